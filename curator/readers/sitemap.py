"""Sitemaps, sitemap indexes, RSS and Atom feeds, plain lists of addresses -> the addresses they announce.

A sitemap comes from a stranger: entities stay unresolved, nothing is loaded from outside, and size and number of
addresses are limited (the protocol's own limits, sitemaps.org, 50 MB and 50,000).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import BinaryIO, NamedTuple

from lxml import etree

from curator.errors import ReadError

MAX_BYTES = 52_428_800
MAX_URLS = 50_000
_GZIP = b"\x1f\x8b"
#: Elements that stand for one address each, in sitemaps, indexes, RSS and Atom.
_ENTRIES = frozenset({"url", "sitemap", "item", "entry"})
#: Where an entry says when it changed (sitemaps, Atom), and when it came out (news sitemaps, RSS, Atom, Dublin Core).
_CHANGED = ("lastmod", "updated")
_PUBLISHED = ("publication_date", "pubDate", "published", "date")


class SitemapEntry(NamedTuple):
    """An address that a sitemap or feed announces.

    ``kind`` is "sitemap" for an entry of an index, "article" for one of a news sitemap or feed, else "page".
    ``lastmod`` and ``published`` are times in UTC, ``lang`` what a news sitemap says.
    """

    kind: str
    url: str
    lastmod: str | None = None
    published: str | None = None
    lang: str | None = None


def read_sitemap(stream: BinaryIO, *, max_bytes: int = MAX_BYTES, max_urls: int = MAX_URLS) -> Iterator[SitemapEntry]:
    r"""Yield what a sitemap or feed announces, in its order, plain or gzipped; broken markup yields what is whole.

    Raises ReadError for what is no sitemap or feed, and for one that is larger than ``max_bytes`` unpacked.

    >>> [*read_sitemap(BytesIO(b"<urlset><url><loc>https://example.org/a</loc></url></urlset>"))]
    [SitemapEntry(kind='page', url='https://example.org/a', lastmod=None, published=None, lang=None)]
    >>> [each.url for each in read_sitemap(BytesIO(b"https://example.org/a\nhttps://example.org/b\n"))]
    ['https://example.org/a', 'https://example.org/b']
    """
    content = _unpacked(stream, max_bytes)
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    entries = _from_lines(content) if head.startswith((b"http://", b"https://")) else _from_xml(content)
    for number, entry in enumerate(entries):
        if number == max_urls:
            return
        yield entry


def _unpacked(stream: BinaryIO, max_bytes: int) -> bytes:
    content = stream.read(max_bytes + 1)
    if content.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=BytesIO(content)) as file:
                content = file.read(max_bytes + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ReadError(f"the sitemap's gzip data is damaged ({error})") from error
    if len(content) > max_bytes:
        raise ReadError(f"the sitemap is larger than {max_bytes:,} bytes")
    return content


def _from_lines(content: bytes) -> Iterator[SitemapEntry]:
    for line in content.decode("utf-8-sig", "replace").splitlines():
        if line.strip().startswith(("http://", "https://")):
            yield SitemapEntry("page", line.strip())


def _from_xml(content: bytes) -> Iterator[SitemapEntry]:
    is_map = False
    events = etree.iterparse(
        BytesIO(content),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for event, element in events:
            name = _name(element)
            if event == "start":
                is_map = is_map or name in ("urlset", "sitemapindex", "rss", "feed", "RDF")
                continue
            if name not in _ENTRIES or not is_map:
                continue
            entry = _entry(element, name)
            element.clear()
            if entry is not None:
                yield entry
    except etree.XMLSyntaxError as error:
        raise ReadError(f"is no sitemap or feed that can be read ({error})") from error
    if not is_map:
        raise ReadError(
            "is no sitemap or feed: expected <urlset>, <sitemapindex>, <rss>, <feed> or a list of addresses"
        )


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _entry(element: etree._Element, name: str) -> SitemapEntry | None:
    texts: dict[str, str] = {}
    is_news = name in ("item", "entry")
    for inner in element.iterdescendants():
        key = _name(inner)
        is_news = is_news or key == "publication_date"
        text = (inner.text or "").strip()
        if key == "link" and inner.get("href") and inner.get("rel", "alternate") == "alternate" and name == "entry":
            text = inner.get("href", "")
        if text:
            texts.setdefault(key, text)
    url = texts.get("loc") if name in ("url", "sitemap") else texts.get("link") or _permalink(element)
    if not url:
        return None
    lastmod, published = (
        next((time for key in keys if (time := _time(texts.get(key)))), None) for keys in (_CHANGED, _PUBLISHED)
    )
    kind = "sitemap" if name == "sitemap" else "article" if is_news else "page"
    return SitemapEntry(kind, url, lastmod, published, texts.get("language"))


def _permalink(element: etree._Element) -> str | None:
    """Return the address that an RSS item has for its id."""
    text = next((inner.text or "" for inner in element.iterdescendants() if _name(inner) == "guid"), "")
    return text.strip() if text.strip().startswith(("http://", "https://")) else None


def _time(text: str | None) -> str | None:
    """Return a time of ISO 8601 or of an RSS feed in UTC, or None.

    >>> _time("2024-03-01T10:00+02:00"), _time("Fri, 01 Mar 2024 10:00:00 GMT"), _time("gestern")
    ('2024-03-01T08:00:00+00:00', '2024-03-01T10:00:00+00:00', None)
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            time = read(text or "")
            return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).isoformat()
        except (ValueError, TypeError, OverflowError):
            continue
    return None
