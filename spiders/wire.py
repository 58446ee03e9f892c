"""Requests and answers as they went over the wire, for a WARC file."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response
from twisted.web.http import RESPONSES

from curator.pipeline.fetching import Exchange

from .responses import now

#: Of the connection, not of the answer; the length is that of the body as it is written.
_LEFT_OUT = frozenset({b"transfer-encoding", b"content-length", b"connection", b"keep-alive"})


class WireMiddleware:
    """Keeps each answer as it came, its content encoding still on, in ``meta["exchange"]``."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of a crawl that writes a WARC file; others need none."""
        spec = getattr(crawler.spider, "spec", None)
        if spec is None or not spec.warc:
            raise NotConfigured("no WARC file is written")
        return cls()

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep an answer."""
        request.meta["exchange"] = Exchange(
            request.url,
            now(),
            _request_bytes(request),
            _response_bytes(response),
            str(response.ip_address) if response.ip_address else None,
        )
        return response


def _request_bytes(request: Request) -> bytes:
    parts = urlsplit(request.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    first = f"{request.method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode("ascii", "replace")
    return first + _header_lines(request) + b"\r\n"


def _response_bytes(response: Response) -> bytes:
    reason = RESPONSES.get(response.status, b"")
    reason = reason if isinstance(reason, bytes) else str(reason).encode()
    first = b"HTTP/1.1 %d %s\r\n" % (response.status, reason)
    length = b"Content-Length: %d\r\n" % len(response.body)
    return first + _header_lines(response) + length + b"\r\n" + response.body


def _header_lines(message: Request | Response) -> bytes:
    lines = (
        b"%s: %s\r\n" % (name, value.replace(b"\r", b" ").replace(b"\n", b" "))
        for name, values in message.headers.items()
        for value in values
        if name.lower() not in _LEFT_OUT
    )
    return b"".join(lines)
