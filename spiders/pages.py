"""An HTML page -> the links on it, whether it is an article, and whether it says no to machine learning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse
from scrapy.utils.response import get_meta_refresh

from .addresses import canonical

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Review|Recipe|Story)$")
_LISTING_TYPE = re.compile(r"(?:CollectionPage|ItemList|SearchResultsPage|WebSite|ProfilePage)$")
#: How addresses of articles look: a day in the path, a number of five digits and more, a headline of four words.
_ARTICLE_PATH = re.compile(r"/(?:19|20)\d\d[/-]?[01]\d[/-]?[0-3]\d?/|\d{5,}|(?:[^/-]+-){3,}[^/-]+", re.IGNORECASE)
#: Characters of text in paragraphs from which a page may be an article by itself, and by its address.
_LONG_CHARS, _SHORT_CHARS = 1_500, 400
_SHORTEST_PARAGRAPH = 80
_FEEDS = "//link[@rel='alternate'][contains(@type, 'rss') or contains(@type, 'atom')]/@href"
_MAX_SCRIPT_CHARS = 1_000_000
#: A page that goes elsewhere later than that was meant to be read: many reload, or show the next one, after minutes.
_MAX_REFRESH_S = 10.0
#: A link of a Link header (RFC 8288) whose relation is "canonical".
_CANONICAL = re.compile(r"<([^<>]{1,2000})>\s*(?:;[^,<>]{0,200})?;\s*rel\s*=\s*\"?canonical\b", re.IGNORECASE)
_NO_AI = re.compile(r"\bno(?:image)?ai\b|\bnoml\b", re.IGNORECASE)


def links_of(response: TextResponse) -> Iterator[str]:
    """Yield the targets of a page's links, as they stand there; those marked nofollow are left alone."""
    if "nofollow" in _robots_meta(response):
        return
    for anchor in response.xpath("//a[@href]"):
        if "nofollow" not in (anchor.attrib.get("rel") or "").lower():
            yield anchor.attrib["href"]


def feeds_of(response: TextResponse) -> list[str]:
    """Return the addresses of the feeds that a page names."""
    return [str(href) for href in response.xpath(_FEEDS).getall()]


def base_of(response: TextResponse) -> str:
    """Return the address that the relative links of a page count from."""
    return str(response.urljoin(response.xpath("//base/@href").get("")))


def refresh_of(response: TextResponse) -> str | None:
    """Return where a page sends its readers on within seconds by <meta http-equiv="refresh">, or None."""
    seconds, url = get_meta_refresh(response)
    return url if seconds is not None and seconds <= _MAX_REFRESH_S else None


def canonical_of(response: Response) -> str | None:
    """Return the address that a page names as its own by rel=canonical, in a Link header or in its markup.

    None where it names none or several, and for the address that it was fetched from.
    """
    named = [found[1] for found in _CANONICAL.finditer(b", ".join(response.headers.getlist("Link")).decode("latin-1"))]
    if isinstance(response, TextResponse):
        named += response.xpath("//link[@rel='canonical']/@href").getall()
    found = {canonical(each, response.url) for each in named}
    only = found.pop() if len(found) == 1 else None
    return None if only == canonical(response.url) else only


def is_article(response: TextResponse) -> bool:
    """Return whether a page is an article rather than a list of them.

    JSON-LD and og:type decide where they are; else the address and the length of the paragraphs do.
    """
    declared = _declared(response)
    if declared is not None:
        return declared
    chars = sum(n for n in map(len, _paragraphs(response)) if n >= _SHORTEST_PARAGRAPH)
    return chars >= (_SHORT_CHARS if _looks_so(response.url) else _LONG_CHARS)


def _declared(response: TextResponse) -> bool | None:
    types = list(_types(response))
    if any(_ARTICLE_TYPE.search(each) for each in types):
        return True
    if response.xpath("//meta[@property='og:type']/@content").get("").strip().lower() == "article":
        return True
    return False if any(_LISTING_TYPE.search(each) for each in types) and not _looks_so(response.url) else None


def _looks_so(url: str) -> bool:
    """Return whether an address looks like that of an article."""
    return _ARTICLE_PATH.search(urlsplit(url).path) is not None


def _types(response: TextResponse) -> Iterator[str]:
    """Yield the types that the JSON-LD of a page gives at its top and in its graph."""
    for script in response.xpath("//script[contains(@type, 'ld+json')]/text()").getall():
        if len(script) > _MAX_SCRIPT_CHARS:
            continue
        try:
            found = json.loads(script.strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        tops = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
        for node in [inner for top in tops for inner in (top, *_graph(top))]:
            kinds = node.get("@type")
            yield from (kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str))


def _graph(node: dict[str, object]) -> list[dict[str, object]]:
    graph = node.get("@graph")
    return [each for each in graph if isinstance(each, dict)] if isinstance(graph, list) else []


def _paragraphs(response: TextResponse) -> Iterator[str]:
    for paragraph in response.xpath("//p"):
        yield " ".join("".join(paragraph.xpath(".//text()").getall()).split())


def _robots_meta(response: TextResponse) -> str:
    named = "translate(@name, 'ROBTS', 'robts') = 'robots'"
    return " ".join(response.xpath(f"//meta[{named}]/@content").getall()).lower()


def optouts_of(response: Response) -> list[str]:
    """Return the signals by which a page reserves its text against machine learning, as "where: what".

    noai and noml in X-Robots-Tag and in <meta name="robots">; the TDM Reservation Protocol (W3C community report,
    2024) in tdmrep.json, header and <meta>; Content-Signal and Content-Usage (IETF AI preferences, drafts) in header
    and robots.txt. What a page says of itself by TDM-Reservation holds against tdmrep.json.
    """
    in_markup = list(_in_markup(response)) if isinstance(response, TextResponse) else []
    is_reserved = response.meta.get("is_reserved") and b"0" not in (_tdm_header(response), _tdm_meta(response))
    of_site = ["tdmrep.json: tdm-reservation 1"] if is_reserved else []
    return [*response.meta.get("optouts", ()), *of_site, *_in_headers(response), *in_markup]


def _tdm_header(response: Response) -> bytes:
    return (response.headers.get("TDM-Reservation") or b"").strip()


def _tdm_meta(response: Response) -> bytes:
    if not isinstance(response, TextResponse):
        return b""
    return response.xpath("//meta[@name='tdm-reservation']/@content").get("").strip().encode()


def _in_headers(response: Response) -> Iterator[str]:
    tags = b" ".join(response.headers.getlist("X-Robots-Tag")).decode("latin-1")
    yield from (f"X-Robots-Tag: {word}" for word in _NO_AI.findall(tags))
    if _tdm_header(response) == b"1":
        yield "TDM-Reservation: 1"
    signals = (response.headers.get("Content-Signal") or b"").decode("latin-1")
    if re.search(r"\bai-train\s*=\s*no\b", signals, re.IGNORECASE):
        yield "Content-Signal: ai-train=no"
    usage = (response.headers.get("Content-Usage") or b"").decode("latin-1")
    if re.search(r"\btrain-ai\s*=\s*n\b", usage, re.IGNORECASE):
        yield "Content-Usage: train-ai=n"


def _in_markup(response: TextResponse) -> Iterator[str]:
    yield from (f"meta robots: {word}" for word in _NO_AI.findall(_robots_meta(response)))
    if _tdm_meta(response) == b"1":
        yield "meta tdm-reservation: 1"
