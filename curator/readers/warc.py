"""WARC and WET files -> raws: text responses of status 200, and the texts that were made from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedReader

from curator.model import Media, Raw
from curator.readers import sniff, streams
from curator.readers.decode import hint_of
from curator.readers.http import TEXTS, decoded_body, headers_of, headers_too_long, response_of
from curator.readers.inputs import Input, InputError, Item, Options, too_large
from curator.readers.recorded import Form, Head, Record, read_records
from curator.settings import Settings

_VERSION = re.compile(rb"WARC/\d\.\d+\s*\Z")
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_LINE_BYTES = 1 << 16
#: Addresses of what a crawler notes of itself: Wget's arguments and log, and the texts that Browsertrix took from pages
#: whose responses stand in the same file.
_NOTED = ("metadata:", "urn:text:")
#: What of a record's headers comes back under ``meta``. A truncated record is half a page, by the crawler's limit.
_KEPT = {
    "warc_record_id": "warc-record-id",
    "truncated": "warc-truncated",
    "language": "warc-identified-content-language",
}


def read_warc(given: Input, options: Options) -> Iterator[Item]:
    """Yield the text responses of status 200 of a WARC file, and the texts of a WET file.

    "crawl.warc.gz:17" is the seventeenth record of the file; requests, revisits, what a crawler notes of itself and
    what is no text are passed over.
    A record that is damaged is a failure, and reading goes on with the next one.
    """
    yield from read_responses(given, options, Form(_VERSION.match, _read_head))


def read_responses(given: Input, options: Options, form: Form) -> Iterator[Item]:
    """Yield the texts of a file of records; their headers are named as those of WARC."""
    settings = options.settings
    n_read = n_passed = 0
    for number, record in enumerate(read_records(given, settings, form), given.number + 1):
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


def _read_head(stream: BufferedReader, line: bytes, settings: Settings) -> Head:
    """Return what stands behind a version line: the headers, up to a blank line."""
    block = bytearray()
    while (line := stream.readline(_LINE_BYTES)) and line.strip():
        block += line
        if len(block) > settings.max_header_bytes:
            return Head(len(block), {}, error=headers_too_long(settings.max_header_bytes))
    n_bytes = len(block) + len(line)
    _, headers = headers_of(b"WARC/1.0\r\n" + block)
    length = headers.get("content-length", "")
    if not _LENGTH.fullmatch(length):
        error = InputError("damaged", f"the record's Content-Length is {length[:40]!r}, expected a number")
        return Head(n_bytes, headers, error=error)
    return Head(n_bytes, headers, int(length))


def _raw_of(record: Record, settings: Settings) -> Raw | None:
    """Return the document of a record, None for one that is passed over; raises InputError for a damaged one."""
    if record.error is not None:
        raise record.error
    kind = record.headers.get("warc-type", "").lower()
    if kind == "response" and record.content.startswith(b"HTTP/"):
        return _of_response(record, settings)
    media = TEXTS.get(record.headers.get("content-type", "").partition(";")[0].strip().lower())
    # Servers of the first years sent pages without headers: a response may be the page itself.
    if kind not in ("response", "resource", "conversion") or media is None or _address(record).startswith(_NOTED):
        return None
    if record.n_bytes > settings.max_document_bytes:
        raise too_large("the record is longer than", settings)
    return _document(record, media, record.content, None, {})


def _of_response(record: Record, settings: Settings) -> Raw | None:
    response = response_of(record.content, settings.max_header_bytes)
    media = TEXTS.get(response.media)
    if not response.media and sniff.format_of(response.body) == "html":
        media = "text/html"
    if response.status != "200" or media is None:
        return None
    body = decoded_body(response, settings.max_document_bytes)
    if max(record.n_bytes, len(body)) > settings.max_document_bytes:
        raise too_large("the record is longer than", settings)
    meta = {"status": 200, "headers": response.kept_headers()}
    return _document(record, media, body, response.charset, meta)


def _address(record: Record) -> str:
    return record.headers.get("warc-target-uri", "").strip("<> ")


def _document(record: Record, media: Media, body: bytes, charset: str | None, meta: Mapping[str, object]) -> Raw | None:
    """Return a document without its source and place; None for a body that is empty or no text at all."""
    if not body.strip() or sniff.binary_sort(body) is not None:
        return None
    headers = record.headers
    known = {name: headers[header] for name, header in _KEPT.items() if header in headers}
    return Raw(
        source="",
        content=body,
        media=media,
        url=_address(record) or None,
        fetched_at=headers.get("warc-date"),
        encoding=hint_of(body, charset, is_html=media == "text/html"),
        meta={**meta, **known},
    )
