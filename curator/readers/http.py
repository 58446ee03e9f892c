"""An HTTP response as it was recorded -> status, headers and body, after transfer and content decoding."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from io import BytesIO
from typing import NamedTuple

import zstandard
from warcio.bufferedreaders import ChunkedDataReader
from warcio.statusandheaders import StatusAndHeadersParser

from curator.model import Media
from curator.readers.inputs import InputError

_PARSER = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1"], verify=False)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
#: Media types of texts, as servers name them.
TEXTS: Mapping[str, Media] = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "text/plain": "text/plain",
}
#: Headers of no use to a reader of the corpus, or of private use between server and client.
_LEFT_OUT = frozenset({"set-cookie", "connection", "keep-alive", "alt-svc", "nel", "report-to"})


class Response(NamedTuple):
    """A recorded answer; header names are in lower case, ``body`` is still coded as the headers say."""

    status: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The media type without its parameters, in lower case; empty where the server gave none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the server names."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1] if found else None

    def kept_headers(self) -> dict[str, str]:
        """Return the headers that are worth keeping."""
        return {name: value for name, value in self.headers.items() if name not in _LEFT_OUT}


def headers_of(block: bytes) -> tuple[str, dict[str, str]]:
    """Return the status line and the headers of a block of them, of WARC or of HTTP; repeated ones joined by commas."""
    parsed = _PARSER.parse(BytesIO(block + b"\r\n\r\n"))
    headers: dict[str, list[str]] = {}
    for name, value in parsed.headers:
        headers.setdefault(name.lower(), []).append(value.strip())
    return parsed.statusline, {name: ", ".join(values) for name, values in headers.items()}


def headers_too_long(max_bytes: int) -> InputError:
    """Return the error of a record with more headers than any server sends."""
    limit = f"the headers of the record have more than {max_bytes:,} bytes"
    return InputError("headers", f"{limit}: the file is damaged there; if not, raise max_header_bytes in curator.toml")


def response_of(content: bytes, max_header_bytes: int) -> Response:
    """Return the response that bytes begin with, its status a number in digits; raises InputError for none."""
    end = _BLANK_LINE.search(content, 0, max_header_bytes)
    if end is None and len(content) > max_header_bytes:
        raise headers_too_long(max_header_bytes)
    if not content.startswith(b"HTTP/") or end is None:
        raise InputError("http", "the record is no HTTP response: its headers are missing or do not end")
    status, headers = headers_of(content[: end.start()])
    return Response(status.partition(" ")[0], headers, content[end.end() :])


def decoded_body(response: Response, max_bytes: int) -> bytes:
    """Return the body without transfer and content coding, at most one byte more than max_bytes.

    A body that is not coded although its headers say so is taken as it is: crawlers decode, and keep the headers.
    """
    body = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        body = ChunkedDataReader(BytesIO(body)).read()
    codings = response.headers.get("content-encoding", "").lower().replace(",", " ").split()
    for coding in reversed(codings):
        body = _decoded(body, coding, max_bytes)
    return body[: max_bytes + 1]


def _decoded(body: bytes, coding: str, max_bytes: int) -> bytes:
    decode = _DECODERS.get(coding)
    if decode is None:
        raise InputError("content-coding", f"the body is coded as {coding!r}: expected gzip, deflate, br or zstd")
    return decode(body, max_bytes + 1)


def _gunzip(body: bytes, n_most: int) -> bytes:
    return _inflated(body, n_most, 16 + zlib.MAX_WBITS) if body.startswith(b"\x1f\x8b") else body


def _inflate(body: bytes, n_most: int) -> bytes:
    """Return deflated data without its packing: with the header that the standard demands, or bare as many send it."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return _inflated(body, n_most, bits)
        except InputError:
            continue
    return body


def _inflated(body: bytes, n_most: int, bits: int) -> bytes:
    try:
        return zlib.decompressobj(bits).decompress(body, n_most)
    except zlib.error as error:
        raise _broken(error) from error


def _unzstd(body: bytes, n_most: int) -> bytes:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as reader:
            return bytes(reader.read(n_most))
    except zstandard.ZstdError as error:
        raise _broken(error) from error


def _unbrotli(body: bytes, n_most: int) -> bytes:
    try:
        brotli = import_module("brotli")
    except ImportError as error:
        message = "the body is coded as br, which needs the package brotli: pip install 'brotli>=1.2'"
        raise InputError("content-coding", message) from error
    unpacker, found = brotli.Decompressor(), b""
    try:
        found = unpacker.process(body, output_buffer_limit=n_most)
        while len(found) < n_most and not unpacker.is_finished() and (more := unpacker.process(b"", n_most)):
            found += more
    except brotli.error:
        return body  # br has no mark to tell it by
    return bytes(found)


def _broken(error: Exception) -> InputError:
    return InputError("content-coding", f"the body is damaged: it cannot be decoded as its headers say ({error})")


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
    "identity": lambda body, n_most: body,
}
