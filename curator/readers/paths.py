"""Files, folders, patterns and standard input -> documents, in a stable order, streaming."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from curator.errors import MissingError
from curator.model import Failure, Place
from curator.readers import streams
from curator.readers.formats import FORMATS, read_input
from curator.readers.inputs import NO_SUCH_PATH, NO_SUCH_PATTERN, Gauge, Input, Item, Notes, Options, os_error
from curator.readers.walk import Walk
from curator.settings import Settings

_EXPECTED = (
    "expected .txt, .html, .mhtml, .jsonl, .json, .csv, .tsv, .parquet, .warc, .wet, .arc, .wacz, .sqlite, .eml, .mbox,"
    " .zip, .tar (also packed)"
)


class Streamed(Iterator[Item]):
    """The documents and failures of a stream; ``notes`` says what else a person should know of what was read so far."""

    def __init__(self, items: Iterator[Item], notes: Notes) -> None:
        self._items = items
        self._notes = notes

    def __next__(self) -> Item:
        return next(self._items)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the reading that is no failure."""
        return self._notes.texts()


class Documents(Streamed):
    """The documents and failures of a run's inputs, in order.

    While it is read, ``path`` is the file under way and ``n_packed`` the bytes of it that were read, as it lies on
    disk. A path that stands in ``resume`` is read from right behind that place.
    """

    def __init__(
        self, paths: Iterable[str | Path], options: Options, stdin: BinaryIO | None, resume: Mapping[str, Place]
    ) -> None:
        super().__init__(self._read_all([str(path) for path in paths], options, stdin), options.notes)
        self._resume = resume
        self._gauge: Gauge | None = None
        self.path: str | None = None

    @property
    def n_packed(self) -> int:
        """Bytes of the file under way that were read so far."""
        return self._gauge.n_packed if self._gauge else 0

    def _read_all(self, paths: Iterable[str], options: Options, stdin: BinaryIO | None) -> Iterator[Item]:
        for path in paths:
            if path == "-":
                yield from self._read_pipe(stdin or sys.stdin.buffer, "-", options)
            elif os.path.isdir(path):  # noqa: PTH112 - a Path raises where it may not look
                yield from self._read_folder(path, options)
            elif glob.has_magic(path) and not os.path.lexists(path):
                yield from self._read_pattern(path, options)
            else:
                yield from self._read_file(path, options)

    def _read_pattern(self, pattern: str, options: Options) -> Iterator[Item]:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a Path cannot begin with a pattern
        if not found:
            yield Failure(pattern, "read", "missing", NO_SUCH_PATTERN)
        yield from self._read_all(found, options, None)

    def _read_folder(self, folder: str, options: Options) -> Iterator[Item]:
        walk = Walk(folder)
        for path in walk.found:
            yield from self._read_file(path, options, is_found=True)
        yield from walk.failures
        if walk.left_out:
            options.notes.add(left_out(folder, walk.left_out))
        if walk.parts:
            options.notes.add(parts_left_out(folder, walk.parts))
        if not walk.found and not walk.failures:
            yield Failure(folder, "read", "no-documents", f"the folder holds no documents: {_EXPECTED}, not hidden")

    def _read_file(self, path: str, options: Options, *, is_found: bool = False) -> Iterator[Item]:
        try:
            file = io.FileIO(path)
        except OSError as error:
            yield Failure(path, "read", (told := os_error(error)).error, str(told))
            return
        with file:
            if not file.seekable():
                yield from self._read_pipe(file, path, options)
                return
            gauge = Gauge(options.settings, file.tell)
            stream: BufferedReader = BufferedReader(file, streams.BUFFER_BYTES)
            yield from self._read_stream(Input(stream, path, path, gauge, is_found=is_found), options)

    def _read_pipe(self, pipe: BinaryIO | io.FileIO, source: str, options: Options) -> Iterator[Item]:
        stream, n_bytes = streams.count(pipe)
        yield from self._read_stream(Input(stream, source, source, Gauge(options.settings, n_bytes)), options)

    def _read_stream(self, given: Input, options: Options) -> Iterator[Item]:
        self.path, self._gauge = given.path, given.gauge
        yield from read_input(replace(given, behind=self._resume.get(given.path)), options)


def left_out(folder: str, endings: Counter[str]) -> str:
    """Return the note on the files of other endings that a folder holds."""
    ends = ", ".join(f"{end or 'no ending'} {n:,}" for end, n in endings.most_common(6))
    return f"{folder}: files of other endings were left out ({ends}); name one to read it"


def parts_left_out(folder: str, parts: Sequence[str]) -> str:
    """Return the note on folders with the parts of saved pages that were passed over; ``parts`` are not empty."""
    found = (
        f"{len(parts):,} folders with parts of saved pages" if len(parts) > 1 else "a folder with parts of a saved page"
    )
    first = f"{parts[0]} and others" if len(parts) > 1 else parts[0]
    return f"{folder}: {found} passed over ({first}); name one to read it"


def missing_paths(paths: Iterable[str | Path]) -> list[Failure]:
    """Return a failure for each of these paths that does not exist, and for each pattern that nothing matches.

    What may not be looked at counts as there: reading tells what is wrong with it.
    """
    found = ((str(path), _why_missing(str(path))) for path in paths)
    return [Failure(path, "read", "missing", why) for path, why in found if why is not None]


def _why_missing(path: str) -> str | None:
    try:
        if path != "-":
            os.stat(path)  # noqa: PTH116 - as text, as it is read
    except (FileNotFoundError, NotADirectoryError):
        if not glob.has_magic(path) or os.path.lexists(path):
            return NO_SUCH_PATH
        return None if any(glob.iglob(path, recursive=True)) else NO_SUCH_PATTERN  # noqa: PTH207
    except (OSError, ValueError):
        return None
    return None


def present_paths(paths: Sequence[str | Path]) -> tuple[list[str | Path], list[Failure]]:
    """Return which of these paths exist, and a failure for each other; MissingError where none does."""
    missing = missing_paths(paths)
    if paths and len(missing) == len(paths):
        raise MissingError("; ".join(f"{failure.source}: {failure.message}" for failure in missing))
    names = {failure.source for failure in missing}
    return [path for path in paths if str(path) not in names], missing


def read_paths(
    paths: Iterable[str | Path],
    *,
    format: str | None = None,
    encoding: str | None = None,
    settings: Settings | None = None,
    stdin: BinaryIO | None = None,
    resume: Mapping[str, Place] | None = None,
) -> Documents:
    """Return the documents of files, folders, patterns and ``-`` (standard input) in the order of the paths.

    Folders are walked in the order of their names, known endings only (never ``.md``), hidden names skipped.
    ``format`` (one of FORMATS) overrules ending and content, ``encoding`` what the bytes say of themselves.
    ``Raw.source`` is the path, with the name inside an archive behind an exclamation mark, and the number of the
    line, record or row behind a colon ("dumps.zip!a/b.jsonl:17"). What cannot be read comes as a Failure, and the
    reading goes on. A path that stands in ``resume`` is read from right behind that place. Raises ValueError for an
    unknown format or encoding before anything is read.
    """
    return Documents(paths, _options(format, encoding, settings), stdin, resume or {})


def read_stream(
    stream: BinaryIO,
    source: str,
    *,
    format: str | None = None,
    encoding: str | None = None,
    settings: Settings | None = None,
) -> Streamed:
    """Return the documents of an open stream; ``source`` names it, and its ending tells what its content does not."""
    options = _options(format, encoding, settings)
    buffered, n_bytes = streams.count(stream)
    given = Input(buffered, source, source, Gauge(options.settings, n_bytes))
    return Streamed(read_input(given, options), options.notes)


def _options(format: str | None, encoding: str | None, settings: Settings | None) -> Options:
    if format is not None and format not in FORMATS:
        raise ValueError(f"format {format!r} is unknown: expected one of {', '.join(FORMATS)}")
    if encoding is not None and not is_encoding(encoding):
        raise ValueError(f"encoding {encoding!r} is unknown: expected a name such as utf-8, cp1252 or shift_jis")
    return Options(format, encoding, settings or Settings(), Notes())


def is_encoding(name: str) -> bool:
    """Return whether a name is that of an encoding of text.

    >>> is_encoding("latin-1"), is_encoding("utf8000"), is_encoding("hex")
    (True, False, False)
    """
    try:
        return bool("a".encode(name))
    except (LookupError, ValueError):
        return False
