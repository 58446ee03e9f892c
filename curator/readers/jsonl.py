"""JSON lines -> raws, one line in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

from curator.model import Failure, Raw
from curator.readers import sniff
from curator.readers.records import read_record


def read_jsonl(stream: BufferedReader, source: str, max_bytes: int) -> Iterator[Raw | Failure]:
    """Yield a document or a failure for every line that is not blank; ``source`` gets its number ("dump.jsonl:17").

    Lines end with a line feed and with nothing else. A line of more than max_bytes is skipped without being held.
    """
    if (wide := sniff.wide_encoding(stream.peek(4)[:4])) is not None:
        message = f"JSON lines must be UTF-8, found {wide}: convert the file, for example with iconv -f {wide} -t utf-8"
        yield Failure(source, "read", "encoding", message)
        return
    n_records = 0
    for number, line in _numbered_lines(stream, max_bytes):
        if line is None:
            message = f"the line is longer than {sniff.limit_text(max_bytes)}"
            yield Failure(f"{source}:{number}", "read", "too-large", message)
        elif line:
            yield read_record(line, f"{source}:{number}")
        else:
            continue
        n_records += 1
    if not n_records:
        found = "nothing came in on standard input" if source == "-" else "the file is empty"
        yield Failure(source, "read", "empty", f"{found}: expected one JSON object a line")


def _numbered_lines(stream: BufferedReader, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number, line without white space at its ends); None stands for a line that is too long."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        too_long = len(line) > max_bytes and not line.endswith(b"\n")
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(max_bytes)
        yield number, None if too_long else line.removeprefix(sniff.UTF8_BOM if number == 1 else b"").strip()
