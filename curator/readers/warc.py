"""WARC and WET files -> raws: text responses of status 200, and the texts that were made from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedReader
from typing import NamedTuple

from curator.model import Raw
from curator.readers import sniff, streams
from curator.readers.decode import hint_of
from curator.readers.http import decoded_body, headers_of, response_of
from curator.readers.inputs import Input, InputError, Item, Options, too_large
from curator.readers.records import Media
from curator.settings import Settings

_VERSION = re.compile(rb"WARC/\d\.\d+\s*\Z")
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_LINE_BYTES = 1 << 16
_HEADER_BYTES = 1 << 20
_TEXTS: Mapping[str, Media] = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "text/plain": "text/plain",
}
#: What of a record's headers comes back under ``meta``. A truncated record is half a page, by the crawler's limit.
_KEPT = {
    "warc_record_id": "warc-record-id",
    "truncated": "warc-truncated",
    "language": "warc-identified-content-language",
}


class _Record(NamedTuple):
    """A record of the file from byte to byte: its headers and content, or what is wrong with it.

    ``n_bytes`` is the length of the content, of which only so much is held as a document may have.
    """

    start: int
    end: int
    headers: Mapping[str, str]
    content: bytes = b""
    n_bytes: int = 0
    error: InputError | None = None
    is_lost: bool = False


def read_warc(given: Input, options: Options) -> Iterator[Item]:
    """Yield the text responses of status 200 of a WARC file, and the texts of a WET file.

    "crawl.warc.gz:17" is the seventeenth record of the file; requests, revisits and what is no text are passed over.
    A record that is damaged is a failure, and reading goes on with the next one.
    """
    streams.go_on_behind_damage(given.stream)
    settings = options.settings
    n_read = n_passed = 0
    for number, record in enumerate(_records(given, settings.max_document_bytes), given.number + 1):
        source = f"{given.source}:{number}"
        try:
            raw = _raw_of(record, settings)
        except InputError as error:
            yield given.failure(error)._replace(source=source)
        else:
            if raw is not None:
                yield replace(raw, source=source, place=given.place(record.start, record.end, number))
            n_passed += raw is None
            n_read += raw is not None
    _tell(given, options, n_read, n_passed)


def _tell(given: Input, options: Options, n_read: int, n_passed: int) -> None:
    if n_passed:
        what = f"{n_passed:,} of {n_read + n_passed:,} records are no text of a response of status 200"
        options.notes.add(f"{given.source}: {what}, and were passed over")
    if n_broken := len(streams.gaps_of(given.stream)):
        message = f"damaged places in the gzip data: {n_broken:,}; the records there are lost, all others were read"
        raise InputError("damaged", f"{message}: fetch the file again")
    if not n_read and given.behind is None:
        message = "the file holds no text responses of status 200, and no texts made from them"
        raise InputError("no-documents", message)


def _records(given: Input, most: int) -> Iterator[_Record]:
    """Yield the records of a file; what stands between them and is none comes as one with an error."""
    stream, at = given.stream, given.start
    streams.skip(stream, at)
    last: _Record | None = None
    while line := stream.readline(_LINE_BYTES):
        begin, at = at, at + len(line)
        if not line.strip():
            continue
        if _VERSION.match(line):
            if last is not None:
                yield _checked(last, begin, stream)
            last = _read_record(stream, begin, at, most)
            at = last.end
        elif last is None:
            last = _Record(begin, begin, {}, is_lost=True)
        else:  # its length is wrong, so its content is not all there
            last = last._replace(is_lost=True)
    if last is not None:
        yield _checked(last, at, stream)


def _checked(record: _Record, end: int, stream: BufferedReader) -> _Record:
    """Return a record, or an error for bytes that are none and where damaged data was passed over in or behind it.

    The checksum of packed data stands behind it: that a record is sound is known when the next one begins.
    """
    if record.is_lost:
        message = f"{end - record.start:,} bytes are no sound record: a length is wrong, or the file is damaged there"
        return record._replace(end=end, error=InputError("damaged", message))
    if record.error is None and any(
        gap.start < end and record.start < gap.at <= end for gap in streams.gaps_of(stream)
    ):
        return record._replace(error=InputError("damaged", "the gzip data of the record is damaged: fetch it again"))
    return record


def _read_record(stream: BufferedReader, begin: int, at: int, most: int) -> _Record:
    """Return the record behind a version line; ``at`` is where that line ended."""
    block = b""
    while (line := stream.readline(_LINE_BYTES)) and line.strip() and len(block) < _HEADER_BYTES:
        block += line
    at += len(block) + len(line)
    _, headers = headers_of(b"WARC/1.0\r\n" + block)
    length = headers.get("content-length", "")
    if not _LENGTH.fullmatch(length):
        error = InputError("damaged", f"the record's Content-Length is {length[:40]!r}, expected a number")
        return _Record(begin, at, headers, error=error)
    n_bytes = int(length)
    content, n_read = _read_content(stream, at, n_bytes, most)
    if n_read == n_bytes:
        return _Record(begin, at + n_bytes, headers, content, n_bytes)
    message = "the record is cut off: the file ends inside it, or is damaged there; fetch the file again"
    return _Record(begin, at + n_read, headers, error=InputError("truncated", message))


def _read_content(stream: BufferedReader, at: int, n_bytes: int, most: int) -> tuple[bytes, int]:
    """Return the first ``most`` of so many bytes, and how many were read: fewer at the end, or at a damaged stretch."""
    pieces: list[bytes] = []
    n_read = 0
    while n_read < n_bytes and not (n_read and any(gap.at == at + n_read for gap in streams.gaps_of(stream))):
        data = stream.read1(min(n_bytes - n_read, streams.BUFFER_BYTES))
        if not data:
            break
        pieces += [data[: most - n_read]] if n_read < most else []
        n_read += len(data)
    return b"".join(pieces), n_read


def _raw_of(record: _Record, settings: Settings) -> Raw | None:
    """Return the document of a record, None for one that is passed over; raises InputError for a damaged one."""
    if record.error is not None:
        raise record.error
    kind = record.headers.get("warc-type", "").lower()
    if kind == "response" and record.content.startswith(b"HTTP/"):
        return _of_response(record, settings)
    media = _TEXTS.get(record.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind not in ("resource", "conversion") or media is None:
        return None
    if record.n_bytes > settings.max_document_bytes:
        raise too_large("the record is longer than", settings)
    return _document(record, media, record.content, None, {})


def _of_response(record: _Record, settings: Settings) -> Raw | None:
    response = response_of(record.content)
    media = _TEXTS.get(response.media)
    if not response.media and sniff.format_of(response.body) == "html":
        media = "text/html"
    if response.status != "200" or media is None:
        return None
    body = decoded_body(response, settings.max_document_bytes)
    if max(record.n_bytes, len(body)) > settings.max_document_bytes:
        raise too_large("the record is longer than", settings)
    meta = {"status": 200, "headers": response.kept_headers()}
    return _document(record, media, body, response.charset, meta)


def _document(
    record: _Record, media: Media, body: bytes, charset: str | None, meta: Mapping[str, object]
) -> Raw | None:
    """Return a document without its source and place; None for a body that is empty or no text at all."""
    if not body.strip() or sniff.binary_sort(body) is not None:
        return None
    headers = record.headers
    known = {name: headers[header] for name, header in _KEPT.items() if header in headers}
    return Raw(
        source="",
        content=body,
        media=media,
        url=headers.get("warc-target-uri", "").strip("<> ") or None,
        fetched_at=headers.get("warc-date"),
        encoding=hint_of(body, charset, is_html=media == "text/html"),
        meta={**meta, **known},
    )
