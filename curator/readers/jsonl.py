"""JSON lines -> raws, one line in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from curator.readers import streams
from curator.readers.fields import asked_fields
from curator.readers.inputs import Input, Item, Options, nothing_in, too_large
from curator.readers.records import as_utf8, read_record
from curator.readers.sniff import UTF8_BOM


class _Line(NamedTuple):
    """A line that is not blank, without white space at its ends; ``text`` None stands for one that is too long."""

    number: int
    start: int
    end: int
    text: bytes | None


def read_jsonl(given: Input, options: Options) -> Iterator[Item]:
    """Yield a document or a failure for every line that is not blank; its source has its number ("dump.jsonl:17").

    Lines end with a line feed and with nothing else. A line of more than max_document_bytes is skipped without
    being held.
    """
    settings = options.settings
    fields = asked_fields(settings)
    n_records = given.number
    for line in _lines(given, settings.max_document_bytes):
        source = f"{given.source}:{line.number}"
        if line.text is None:
            yield given.failure(too_large("the line is longer than", settings))._replace(source=source)
        else:
            place = given.place(line.start, line.end, line.number)
            text = as_utf8(line.text, options.encoding)
            yield read_record(text, source, fields, settings.max_json_depth, place)
        n_records += 1
    if not n_records:
        raise nothing_in(given, "one JSON object a line")


def _lines(given: Input, max_bytes: int) -> Iterator[_Line]:
    stream, number, start = given.stream, given.number, given.start
    streams.skip(stream, start)
    while line := stream.readline(max_bytes + 1):
        number += 1
        end = start + len(line)
        too_long = len(line) > max_bytes and not line.endswith(b"\n")
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(max_bytes)
            end += len(line)
        text = line.removeprefix(UTF8_BOM).strip()  # also within: such files are put one behind the other
        if text or too_long:
            yield _Line(number, start, end, None if too_long else text)
        start = end
