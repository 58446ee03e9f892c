"""Raw -> page, text and HTML alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from curator.model import Hints, Page, PageMeta, Raw, Repair
from curator.page.dates import iso_date
from curator.page.lines import split_all, split_lines
from curator.page.mail import site_of_mail
from curator.page.mojibake import repair
from curator.page.saved import saved_from
from curator.readers.decode import Decoded, decode
from curator.readers.fields import fold_name
from curator.readers.records import time_of, value_of
from curator.sites import NO_SITES, Sites, site_of

if TYPE_CHECKING:
    from curator.page.html import Row
    from curator.page.jsonld import Linked

_FLATTENED = "nested more than {} elements deep (max_html_depth), so read as plain text"

#: Names of keys and columns by the fact that they hold, folded, the likelier first.
_SAID: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "titel", "überschrift", "schlagzeile", "titre", "título", "titulo", "titolo"),
    "author": ("author", "byline", "autor", "autorin", "verfasser", "auteur", "autore"),
    "published": (
        "published", "date", "date_published", "published_at", "pubdate", "pub_date", "publication_date",
        "publish_date", "published_date", "datum", "erscheinungsdatum", "veröffentlicht", "veröffentlicht_am",
        "date_de_publication", "fecha",
    ),
    "lang": ("lang", "language", "lang_code", "language_code", "sprache", "langue", "idioma", "lingua"),
    "description": ("description", "lede"),
}  # fmt: skip
#: Smaller numbers are no seconds since 1970 (this one is in 1973), but a day as eight digits, or a year.
_EARLIEST_SECOND = 10**8
#: Characters of a number that is no time, however it is counted.
_LONG_NUMBER = 20


def build_page(raw: Raw, sites: Sites = NO_SITES, max_html_depth: int = 500) -> Page:
    """Return the page of a document: its text, its visible lines with their hints, what it says of itself.

    HTML that is nested deeper than ``max_html_depth`` elements is read as plain text, and ``review`` says so. Mojibake
    is repaired in files only: the text value of a JSON record stays as it was given, so that offsets count the
    characters that the user has. Never raises because of what the document holds.
    """
    return build_pages([raw], sites, max_html_depth)[0]


def build_pages(raws: Sequence[Raw], sites: Sites = NO_SITES, max_html_depth: int = 500) -> list[Page]:
    """Return what ``build_page`` returns for each document, in less time where texts are short."""
    texts = [None if raw.media == "text/html" else _text_of(raw) for raw in raws]
    lines = iter(split_all([told.text for told in texts if told is not None]))
    return [
        _html_page(raw, _decoded(raw), sites, max_html_depth)
        if told is None
        else Page(told.text, next(lines), raw.media, told.encoding, raw.url, said_of(raw), told.repairs)
        for raw, told in zip(raws, texts, strict=True)
    ]


class _Text(NamedTuple):
    text: str
    encoding: str | None
    repairs: tuple[Repair, ...]


def _text_of(raw: Raw) -> _Text:
    decoded = _decoded(raw)
    text, repairs = (decoded.text, ()) if raw.record is not None else repair(decoded.text)
    return _Text(text, decoded.encoding, repairs)


def _decoded(raw: Raw) -> Decoded:
    if raw.record is not None:
        return Decoded(raw.content.decode("utf-8", "surrogatepass"), "utf-8")
    return decode(raw.content, raw.encoding, is_html=raw.media == "text/html")


def said_of(raw: Raw) -> PageMeta:
    """Return what a record says of its article, in the keys that dumps and spreadsheets use for it.

    Case and the signs between words do not count: "Pub_Date" is "pub date". Where the text stands inside another
    object, "article.body", that is asked after the record itself. The headers of a mail name its site.
    """
    if not raw.meta:
        return PageMeta()
    meta = _folded(_beside_text(raw)) | _folded(raw.meta)
    said = {fact: _string(meta, names) for fact, names in _SAID.items()}
    days = (_day(meta.get(name)) for name in _SAID["published"])
    headers = raw.meta.get("headers")
    site = site_of_mail(headers) if isinstance(headers, Mapping) else None
    return PageMeta(**said | {"published": next(filter(None, days), None), "site": site})


def _beside_text(raw: Raw) -> Mapping[str, object]:
    path = (raw.fields.get("text") or raw.fields.get("html") or "").rpartition(".")[0]
    found = value_of(raw.meta, path)
    return found if isinstance(found, Mapping) else {}


def _folded(meta: Mapping[str, object]) -> dict[str, object]:
    """Return keys as they are and folded; one that is written as in the list goes before one that is only folded."""
    return {fold_name(key): value for key, value in meta.items()} | dict(meta)


def _day(value: object) -> str | None:
    """Return the day that a value of a record names: also eight digits, or seconds or milliseconds since 1970.

    >>> _day(20240303), _day("1709251200"), _day(1709251200000), _day(2024)
    ('2024-03-03', '2024-03-01T00:00:00+00:00', '2024-03-01T00:00:00+00:00', None)
    """
    if isinstance(value, str) and len(value) < _LONG_NUMBER and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, int | float) and value >= _EARLIEST_SECOND:
        value = time_of(value)
    return iso_date(str(value)) if isinstance(value, str | int) else None


def _string(meta: Mapping[str, object], names: Sequence[str]) -> str | None:
    values = (meta.get(name) for name in names)
    return next((" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()), None)


def _html_page(raw: Raw, decoded: Decoded, sites: Sites, max_depth: int) -> Page:
    # Loaded here: lxml, the extractor and Beautiful Soup take most of a second, and text dumps need none of them.
    from curator.page import html, jsonld, markup, metadata  # noqa: PLC0415

    said = said_of(raw)
    url = raw.url or saved_from(decoded.text)
    parsed = markup.parse(decoded.text, max_depth)
    if parsed is None:
        return Page("", (), raw.media, decoded.encoding, url, said)
    tree = parsed.root
    linked = jsonld.read_linked(tree)
    rows = html.read_rows(tree)
    found = metadata.read_markup(tree, linked, rows)
    meta = _joined(said, found.meta)
    rules = sites.of(site_of(url) or meta.site, meta.published or raw.fetched_at)
    if rules is not None and rules.selectors:
        from curator.page.selectors import mark_elements  # noqa: PLC0415 - Beautiful Soup for these sites only

        rows = html.read_rows(tree, mark_elements(tree, rules))
    hints = _hints(rows, linked, found.descriptions, _extracted(tree, raw.url))
    text = "\n".join(row.text for row in rows)
    text, repairs = (text, ()) if raw.record is not None else repair(text)
    lines = tuple(line._replace(hints=hints[line.number - 1]) for line in split_lines(text))
    review = _FLATTENED.format(max_depth) if parsed.is_flattened else None
    return Page(text, lines, raw.media, decoded.encoding, url, meta, repairs, review)


def _extracted(tree: object, url: str | None) -> str | None:
    from curator.page.extractor import extract_text  # noqa: PLC0415 - as above

    return extract_text(tree, url)


def _joined(said: PageMeta, found: PageMeta) -> PageMeta:
    """Return what the record says, completed by what the markup says; that knows its own site better than a mailer."""
    return PageMeta(
        said.title or found.title,
        said.author or found.author,
        said.published or found.published,
        said.lang or found.lang,
        found.site or said.site,
        said.description or found.description,
    )


def _hints(rows: Sequence[Row], linked: Linked, descriptions: Sequence[str], extracted: str | None) -> list[Hints]:
    from curator.page.alignment import folded, stands_in  # noqa: PLC0415 - as above

    keys = [folded(row.text) for row in rows]
    kept = stands_in(keys, folded(extracted)) if extracted else None
    bodies = stands_in(keys, folded("\n".join(linked.bodies))) if linked.bodies else None
    told = [folded(text) for text in descriptions]
    return [
        Hints(
            tag=row.tag,
            classes=row.classes,
            depth=row.depth,
            heading=row.heading,
            link_density=row.link_density,
            extracted=kept[i] if kept else None,
            in_article_body=bodies[i] if bodies else None,
            in_description=_is_told(keys[i], told),
            site_rule=row.site_rule,
        )
        for i, row in enumerate(rows)
    ]


def _is_told(line: str, descriptions: Sequence[str]) -> bool:
    """Return whether a line of some words is a description of the article, a part of it, or begins with it."""
    if len(line) < 20:
        return False
    return any(line in text or (len(text) > 40 and line.startswith(text.rstrip())) for text in descriptions)
