"""An answer of a server -> the raw document, what to remember of it, and how it went over the wire."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy.http import Response, TextResponse

from curator.model import Raw
from curator.pipeline.fetching import FetchRow, Link
from curator.readers import http
from curator.readers.decode import hint_of

from .pages import canonical_of, optouts_of


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
    return media_of(response) in http.TEXTS


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


def recorded(response: Response) -> http.Response:
    """Return an answer as the reader of WARC files has it, its body after content decoding."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return http.Response(str(response.status), headers, response.body)


def raw_of(response: Response, link: Link) -> Raw:
    """Return the document in an answer: body after transfer and content decoding, and what came with it."""
    answer = recorded(response)
    meta: dict[str, object] = {"status": response.status, "headers": answer.kept_headers()}
    if link.via:
        meta["redirects"] = [{"status": status, "url": url} for status, url in link.via]
    if optouts := optouts_of(response):
        meta["optout"] = optouts
    if named := canonical_of(response):
        meta["canonical"] = named
    if link.lastmod:
        meta["lastmod"] = link.lastmod
    media = http.TEXTS.get(media_of(response), "text/html")
    encoding = hint_of(answer.body, answer.charset, is_html=media == "text/html")
    return Raw(link.url, answer.body, media, url=link.url, fetched_at=now(), encoding=encoding, meta=meta)
