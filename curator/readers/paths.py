"""Files, folders and standard input -> raws, in a stable order, streaming."""

from __future__ import annotations

import gzip
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from curator.model import Failure, Raw
from curator.readers import sniff
from curator.readers.jsonl import read_jsonl
from curator.readers.records import read_record

#: What may be asked for by name instead of being told from the ending or the content.
FORMATS = ("text", "html", "jsonl", "json")

#: A document, or a line of a JSONL dump, larger than this is a failure: one line of 200 MB must not fill the memory.
MAX_BYTES = 50_000_000

#: Endings that a walk through a folder takes, each also with .gz behind it.
ENDINGS = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}

#: Endings of other containers: read as plain text they would make one senseless document.
_OTHER = re.compile(
    r"\.(?:csv|tsv|parquet|warc|wet|wat|zip|tar|tgz|bz2|xz|zst|7z|pdf|docx?|odt|rtf|epub|xlsx?|db|sqlite|xml|rss)"
)
_KNOWN = ", ".join(ENDINGS)

Item = Raw | Failure


@dataclass(frozen=True, slots=True)
class _Options:
    format: str | None
    encoding: str | None
    max_bytes: int


def read_paths(
    paths: Iterable[str | Path],
    *,
    format: str | None = None,
    encoding: str | None = None,
    max_bytes: int = MAX_BYTES,
    stdin: BinaryIO | None = None,
) -> Iterator[Item]:
    """Yield the documents of files, folders and ``-`` (standard input) in the order of the paths.

    Folders are walked in the order of their names, known endings only (never ``.md``), hidden names skipped.
    ``format`` (one of FORMATS) overrules ending and content, ``encoding`` what the bytes say of themselves.
    ``Raw.source`` is the path, with the line number behind it for JSONL ("dump.jsonl:17"). What cannot be read
    comes as a Failure, and the reading goes on. Raises ValueError for an unknown format or encoding before anything
    is read.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format {format!r} is unknown: expected one of {', '.join(FORMATS)}")
    if encoding is not None and not is_encoding(encoding):
        raise ValueError(f"encoding {encoding!r} is unknown: expected a name such as utf-8, cp1252 or shift_jis")
    options = _Options(format, encoding, max_bytes)
    return _read_all(list(paths), options, stdin)


def is_encoding(name: str) -> bool:
    """Return whether a name is that of an encoding of text.

    >>> is_encoding("latin-1"), is_encoding("utf8000"), is_encoding("hex")
    (True, False, False)
    """
    try:
        return bool("a".encode(name))
    except (LookupError, ValueError):
        return False


def _read_all(paths: Sequence[str | Path], options: _Options, stdin: BinaryIO | None) -> Iterator[Item]:
    for path in paths:
        if str(path) == "-":
            yield from _read_stream(_buffered(stdin or sys.stdin.buffer), "-", options.format, options)
        elif Path(path).is_dir():
            yield from _read_folder(Path(path), options)
        else:
            yield from _read_file(Path(path), options)


def _buffered(stream: BinaryIO) -> BufferedReader:
    return stream if isinstance(stream, BufferedReader) else BufferedReader(cast("BufferedReader", stream))


def _read_folder(folder: Path, options: _Options) -> Iterator[Item]:
    refused: list[OSError] = []
    found = sorted(_walk(folder, refused))
    for path in found:
        yield from _read_file(path, options)
    for error in refused:
        yield _os_failure(str(error.filename), error)
    if not found and not refused:
        message = f"the folder holds no documents: expected files that end in {_KNOWN} (also with .gz), not hidden"
        yield Failure(str(folder), "read", "no-documents", message)


def _walk(folder: Path, refused: list[OSError]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and _ending(path) in ENDINGS and path.is_file():
                yield path


def _ending(path: Path) -> str:
    """Return a path's ending in lower case, that of the content for a gzip file.

    >>> _ending(Path("a/B.JSONL.gz")), _ending(Path("a.txt")), _ending(Path("dump"))
    ('.jsonl', '.txt', '')
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _read_file(path: Path, options: _Options) -> Iterator[Item]:
    source = str(path)
    ending = _ending(path)
    if _OTHER.fullmatch(ending) and options.format is None:
        message = f"{ending} files are not read: expected one of {_KNOWN}; convert it, or declare it with --format"
        yield Failure(source, "read", "unknown-format", message)
        return
    try:
        with path.open("rb") as file, _unpacked(file) as stream:
            yield from _read_stream(stream, source, options.format or ENDINGS.get(ending), options)
    except OSError as error:
        yield _os_failure(source, error)


def _unpacked(file: BufferedReader) -> AbstractContextManager[BufferedReader]:
    packed = file.peek(2)[:2] == sniff.GZIP
    return cast("BufferedReader", gzip.GzipFile(fileobj=file)) if packed else nullcontext(file)


def _os_failure(source: str, error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError):
        return Failure(source, "read", "missing", "there is no such file or folder: check the path")
    if isinstance(error, PermissionError):
        message = "may not be read by this user: change its permissions, or run as its owner"
        return Failure(source, "read", "permission", message)
    return Failure(source, "read", "unreadable", f"cannot be read: {error.strerror or error}")


def _read_stream(stream: BufferedReader, source: str, kind: str | None, options: _Options) -> Iterator[Item]:
    """Yield the documents of an open file; a gzip stream that ends too soon fails, what came before is kept."""
    try:
        kind = kind or sniff.format_of(stream.peek(sniff.HEAD_BYTES)[: sniff.HEAD_BYTES])
        if kind == "json" and not sniff.is_one_value(stream.peek(sniff.HEAD_BYTES)):
            kind = "jsonl"
        if kind == "jsonl":
            yield from read_jsonl(stream, source, options.max_bytes)
        else:
            yield from _read_whole(stream, source, kind, options)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"the gzip data is damaged or cut off ({error}); what came before was read: fetch the file again"
        yield Failure(source, "read", "truncated", message)


def _read_whole(stream: BufferedReader, source: str, kind: str, options: _Options) -> Iterator[Item]:
    content = stream.read(options.max_bytes + 1)
    if len(content) > options.max_bytes:
        yield Failure(source, "read", "too-large", f"is larger than {sniff.limit_text(options.max_bytes)}")
    elif not content:
        found = "nothing came in on standard input" if source == "-" else "the file is empty"
        yield Failure(source, "read", "empty", f"{found}: expected a text, an HTML page or JSON lines")
    elif kind == "json":
        yield from _read_json(content, source)
    elif (binary := sniff.binary_sort(content)) is not None:
        message = f"holds {binary}, expected text: convert it to text, HTML or JSON lines first"
        yield Failure(source, "read", "binary", message)
    else:
        media = "text/html" if kind == "html" else "text/plain"
        yield Raw(source, content, cast("sniff.Media", media), encoding=options.encoding)


def _read_json(content: bytes, source: str) -> Iterator[Item]:
    """Yield the records of a JSON file: one object, or a list of objects ("dump.json:2" is its second)."""
    items = sniff.split_list(content)
    if items is None:
        yield read_record(content.removeprefix(sniff.UTF8_BOM).strip(), source)
        return
    if not items:
        yield Failure(source, "read", "empty", "the JSON list is empty: expected objects with a text in it")
    for number, item in enumerate(items, 1):
        yield read_record(item, f"{source}:{number}")
