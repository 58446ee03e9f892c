"""An answer of a server -> the raw document, what to remember of it, and how it went over the wire."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime

from scrapy.http import Response, TextResponse

from curator.model import Media, Raw
from curator.pipeline.fetching import FetchRow, Link

from .pages import canonical_of, optouts_of

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_HTML = ("text/html", "application/xhtml+xml")
#: Headers of no use to a reader of the corpus, or of private use between server and client.
_LEFT_OUT = frozenset({"set-cookie", "connection", "keep-alive", "transfer-encoding", "alt-svc", "nel", "report-to"})


def now() -> str:
    """Return the time in UTC to the second, as the store compares times."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def header_of(response: Response, name: str) -> str | None:
    """Return a header's value, or None."""
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1").strip()


def media_of(response: Response) -> str:
    """Return the media type that the server gives, in lower case; HTML that is served without any is told by Scrapy."""
    declared = (header_of(response, "Content-Type") or "").partition(";")[0].strip().lower()
    return declared or ("text/html" if isinstance(response, TextResponse) else "application/octet-stream")


def is_text(response: Response) -> bool:
    """Return whether an answer is a page of text."""
    return media_of(response) in (*_HTML, "text/plain")


def charset_of(response: Response) -> str | None:
    r"""Return the charset that the server names, unless the bytes prove it wrong.

    Bytes beyond ASCII that are valid UTF-8 are UTF-8: a server that calls them Latin-1 says so of all its files.
    """
    found = _CHARSET.search(header_of(response, "Content-Type") or "")
    if found is None:
        return None
    try:
        declared = codecs.lookup(found[1]).name
    except LookupError:
        return None
    if declared.startswith(("iso8859", "cp125", "latin", "ascii", "koi8")) and not response.body.isascii():
        try:
            response.body.decode("utf-8")
        except UnicodeDecodeError:
            return declared
        return None
    return declared


def fetch_of(response: Response, link: Link, last: FetchRow | None = None) -> FetchRow:
    """Return what to remember of an answer; ``last`` is what was remembered, for one that says "not changed".

    Where a server names no Last-Modified, the Date of its answer serves (RFC 9110, 13.1.3).
    """
    modified = header_of(response, "Last-Modified") or header_of(response, "Date")
    etag = header_of(response, "ETag")
    if last is not None:
        etag, modified = etag or last.etag, header_of(response, "Last-Modified") or last.modified
    lastmod = link.lastmod or (last.lastmod if last else None)
    key = last.key if last else None
    return FetchRow(link.url, response.status, etag, modified, lastmod, now(), key)


def raw_of(response: Response, link: Link) -> Raw:
    """Return the document in an answer: body after transfer and content decoding, and what came with it."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
        if name.decode("latin-1").lower() not in _LEFT_OUT
    }
    meta: dict[str, object] = {"status": response.status, "headers": headers}
    if link.via:
        meta["redirects"] = [{"status": status, "url": url} for status, url in link.via]
    if optouts := optouts_of(response):
        meta["optout"] = optouts
    if named := canonical_of(response):
        meta["canonical"] = named
    if link.lastmod:
        meta["lastmod"] = link.lastmod
    media: Media = "text/plain" if media_of(response) == "text/plain" else "text/html"
    charset = charset_of(response)
    return Raw(link.url, response.body, media, url=link.url, fetched_at=now(), encoding=charset, meta=meta)
