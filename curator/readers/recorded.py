"""Records of a crawl one after the other, each with headers and a length -> their bytes, damaged ones passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from typing import NamedTuple

from curator.readers import streams
from curator.readers.inputs import Input, InputError
from curator.settings import Settings

_LINE_BYTES = 1 << 16


class Head(NamedTuple):
    """What stands before a record's content: its headers, the length of the content, or what is wrong with them.

    ``n_bytes`` counts those behind the line that the record begins with.
    """

    n_bytes: int
    headers: Mapping[str, str]
    n_content: int = 0
    error: InputError | None = None


class Form(NamedTuple):
    """How records are written: by which line one begins, and how the rest of its head is read."""

    begins: Callable[[bytes], object]
    read_head: Callable[[BufferedReader, bytes, Settings], Head]


class Record(NamedTuple):
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


def read_records(given: Input, settings: Settings, form: Form) -> Iterator[Record]:
    """Yield the records of a file; what stands between them and is none comes as one with an error."""
    streams.go_on_behind_damage(given.stream)
    stream, at = given.stream, given.start
    streams.skip(stream, at)
    last: Record | None = None
    while line := stream.readline(_LINE_BYTES):
        begin, at = at, at + len(line)
        if not line.strip():
            continue
        if form.begins(line):
            if last is not None:
                yield _checked(last, begin, stream)
            last = _read_record(stream, begin, at, form.read_head(stream, line, settings), settings)
            at = last.end
        elif last is None:
            last = Record(begin, begin, {}, is_lost=True)
        elif not last.is_lost:  # its length is wrong, so its content is not all there
            last = last._replace(is_lost=True)
    if last is not None:
        yield _checked(last, at, stream)


def _checked(record: Record, end: int, stream: BufferedReader) -> Record:
    """Return a record, or an error for bytes that are none and where damaged data was passed over in or behind it.

    The checksum of packed data stands behind it: that a record is sound is known when the next one begins.
    """
    if record.is_lost:
        message = f"{end - record.start:,} bytes are no sound record: a length is wrong, or the file is damaged there"
        return record._replace(end=end, error=record.error or InputError("damaged", message))
    if record.error is None and any(
        gap.start < end and record.start < gap.at <= end for gap in streams.gaps_of(stream)
    ):
        return record._replace(error=InputError("damaged", "the gzip data of the record is damaged: fetch it again"))
    return record


def _read_record(stream: BufferedReader, begin: int, at: int, head: Head, settings: Settings) -> Record:
    """Return the record of a head; ``at`` is where the line that it begins with ended."""
    at += head.n_bytes
    if head.error is not None:
        return Record(begin, at, head.headers, error=head.error)
    content, n_read = _read_content(stream, at, head.n_content, settings.max_document_bytes)
    if n_read == head.n_content:
        return Record(begin, at + n_read, head.headers, content, n_read)
    message = "the record is cut off: the file ends inside it, or is damaged there; fetch the file again"
    return Record(begin, at + n_read, head.headers, error=InputError("truncated", message))


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
