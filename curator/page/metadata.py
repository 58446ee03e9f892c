"""What the markup of a page says about its article: meta elements, JSON-LD, the language of the document."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from curator.model import PageMeta
from curator.page.alignment import folded
from curator.page.dates import iso_date
from curator.page.extractor import find_author
from curator.page.html import Row
from curator.page.jsonld import Linked
from curator.page.markup import Element
from curator.sites import site_of

_DATES = (
    *("article:published_time", "og:article:published_time", "article:published", "datepublished", "date"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "pubdate", "publish-date"),
    *(
        "publish_date",
        "publication_date",
        "publishdate",
        "parsely-pub-date",
        "sailthru.date",
        "citation_publication_date",
    ),
    *("cxenseparse:recs:publishtime", "article.published", "article_date_original", "originalpublicationdate"),
)
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl")
_DESCRIPTIONS = ("description", "og:description", "twitter:description", "dc.description", "sailthru.description")
_TITLES = ("og:title", "twitter:title", "title", "headline", "dc.title", "sailthru.title", "parsely-title")
_ADDRESSES = ("og:url", "twitter:url")

#: Between a headline and the name of its site in a title element.
_BORDER = re.compile(r"\s+[|–—·•«»:-]+\s+")
_MAX_TITLE_CHARS = 400
_LANG = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_BY = re.compile(r"^(?:by|von|par|por|di|door)\s+", re.IGNORECASE)
#: A person's or an agency's name: no digits, no address, not a sentence.
_NAME = re.compile(r"[^\W\d_][^\d@/|<>{}]{1,80}")


class Markup(NamedTuple):
    """The facts of a page's markup, and the texts in it that are descriptions of the article."""

    meta: PageMeta
    descriptions: tuple[str, ...]


def read_markup(tree: Element, linked: Linked, rows: Sequence[Row]) -> Markup:
    """Return what the markup of a page says of its article; rows are its visible lines."""
    metas = _metas(tree)
    descriptions = [metas.get(name) for name in _DESCRIPTIONS] + [linked.description]
    named = tuple(dict.fromkeys(filter(None, descriptions)))
    meta = PageMeta(
        title=_title(tree, linked, metas, rows),
        author=_author(tree, linked, metas),
        published=_published(tree, linked, metas),
        lang=_lang(tree, linked, metas),
        site=_site(tree, metas),
        description=named[0] if named else None,
    )
    return Markup(meta, named)


def _metas(tree: Element) -> dict[str, str]:
    """Return the content of meta elements by property, name or itemprop in lower case, the first of each."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _first(metas: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((metas[name] for name in names if name in metas), None)


def _title(tree: Element, linked: Linked, metas: Mapping[str, str], rows: Sequence[Row]) -> str | None:
    """Return the headline as it stands on the page if any of the markup's titles does, else the surest of them."""
    element = next(tree.iter("title"), None)
    named = " ".join((element.text or "").split()) if element is not None else ""
    said = [linked.headline, *(metas.get(name) for name in _TITLES), named]
    candidates = [title for title in said if title and len(title) <= _MAX_TITLE_CHARS]
    whole = {folded(title) for title in candidates}
    parts = {folded(part) for title in candidates for part in _BORDER.split(title)[:1]}
    shown = sorted((row for row in rows if row.heading), key=lambda row: row.heading)
    able = [row.text for row in [*shown, *rows] if 3 < len(row.text) < 300]
    exact = next((text for text in able if folded(text) in whole), None)
    tops = {row.text for row in shown if row.heading == 1}
    if exact is None and len(tops) == 1 and _share_words(next(iter(tops)), whole):
        return next(iter(tops))
    part = next((text for text in able if folded(text) in parts), None)
    return exact or part or (candidates[0] if candidates else None)


def _share_words(text: str, titles: Collection[str]) -> bool:
    """Return whether more than half the words of a heading stand in one of the folded titles."""
    words = set(folded(text).split())
    return any(2 * len(words & set(title.split())) > len(words) for title in titles)


def _author(tree: Element, linked: Linked, metas: Mapping[str, str]) -> str | None:
    named = map(_name, (linked.author, *(metas.get(key) for key in _AUTHORS)))
    return next(filter(None, named), None) or _name(find_author(tree))


def _name(text: str | None) -> str | None:
    name = _BY.sub("", (text or "").strip())
    return name if _NAME.fullmatch(name) else None


def _published(tree: Element, linked: Linked, metas: Mapping[str, str]) -> str | None:
    stated = [linked.published, *(metas.get(name) for name in _DATES)]
    for time in tree.iter("time", "meta", "span", "abbr"):
        if (time.get("itemprop") or "").lower() == "datepublished" or time.get("pubdate") is not None:
            stated.append(time.get("datetime") or time.get("content") or time.get("title"))
    return next((date for text in stated if (date := iso_date(text))), None)


def _lang(tree: Element, linked: Linked, metas: Mapping[str, str]) -> str | None:
    root = tree.getroottree().getroot()
    for name in (root.get("lang"), linked.lang, metas.get("og:locale"), metas.get("content-language")):
        found = _LANG.fullmatch((name or "").strip())
        if found:
            return found[1].lower()
    return None


def _site(tree: Element, metas: Mapping[str, str]) -> str | None:
    canonical = next((link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"), None)
    return site_of(canonical) or site_of(_first(metas, _ADDRESSES))
