"""Bytes of a CSV or TSV file -> rows of cells, each cell the bytes it is, with what is wrong with the others."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import islice
from typing import NamedTuple

from curator.readers import streams
from curator.readers.fields import guess_fields
from curator.readers.inputs import InputError
from curator.readers.sniff import UTF8_BOM

#: The likelier first: where two part the first rows equally well, the first of them does.
_DELIMITERS = (",", ";", "\t", "|")
#: Stands for the delimiter of a table of one column: a sign that no text holds.
_NONE = "\x1f"
_SAMPLE_ROWS = 20
#: A row of more lines is a quote that never closes; so many short lines are 50 MB of objects already.
_MOST_LINES = 1_000_000
#: Spreadsheets write this line before the header, to tell each other the delimiter.
_SEPARATOR = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)
#: A quote behind a backslash that does not end its cell, as the one of "C:\\" does.
_ESCAPED = re.compile(r'\\"(?![,;\t|\r\n])')
#: What a header's cells look like where nothing but the content tells that a text is a table.
_COLUMN_NAME = re.compile(r"[\w .()/-]{1,40}")
_STRAY = "a quote of the row does not close, or is not doubled: mend it, then add the file again"


class Dialect(NamedTuple):
    """How the cells of a table are told apart, and how many bytes stand before its header."""

    delimiter: str
    escape: str | None = None
    n_before: int = 0


class Row(NamedTuple):
    """A row, from byte to byte of the file: its cells, or what is wrong with it."""

    start: int
    end: int
    cells: tuple[bytes, ...]
    error: InputError | None = None


def dialect_of(head: bytes) -> Dialect:
    r"""Return the dialect that parts the first rows of a table into the most alike numbers of cells.

    >>> dialect_of(b"id;text\n1;Rabat, Fes\n2;Agadir, Tanger\n")
    Dialect(delimiter=';', escape=None, n_before=0)
    """
    n_before = len(UTF8_BOM) if head.startswith(UTF8_BOM) else 0
    said = _SEPARATOR.match(head, n_before)
    body = _whole_lines(head[said.end() if said else n_before :])
    # As MySQL writes them; in a table that doubles its quotes a backslash is a backslash.
    escape = "\\" if '""' not in body and _ESCAPED.search(body) else None
    if said:
        return Dialect(said[1].decode("latin-1"), escape, said.end())
    found = max(_DELIMITERS, key=lambda delimiter: _shape(body, delimiter))
    return Dialect(found if _shape(body, found).n_columns > 1 else _NONE, escape, n_before)


def is_table(head: bytes) -> bool:
    r"""Return whether a text of which only the content is known is a table: by its header and rows of as many cells.

    >>> is_table(b"id,text\n1,Rabat\n2,Fes\n"), is_table(b"Text, photos, a story\nof some people.\n")
    (True, False)
    """
    shape = _shape(_whole_lines(head), dialect_of(head).delimiter)
    is_even = shape.has_text and shape.share_alike == 1 and shape.n_rows > 1
    return is_even and all(map(_COLUMN_NAME.fullmatch, shape.names))


class _Shape(NamedTuple):
    """What a delimiter makes of the first rows; the best compares as the greatest."""

    has_text: bool
    share_alike: float
    n_columns: int
    n_rows: int
    names: tuple[str, ...] = ()


def _shape(body: str, delimiter: str) -> _Shape:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
        rows.extend(islice(filter(None, reader), _SAMPLE_ROWS))
    if len(rows) > 2:
        rows.pop()  # cut off where the sample ends, for all one knows
    if not rows or len(rows[0]) < 2:
        return _Shape(False, 0, 1, len(rows))
    alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    has_text = not guess_fields(rows[0]).keys().isdisjoint(("text", "html"))
    return _Shape(has_text, alike, len(rows[0]), len(rows), tuple(rows[0]))


def _whole_lines(head: bytes) -> str:
    return (head[: head.rfind(b"\n") + 1] or head).decode("latin-1")


class Rows(Iterator[Row]):
    """The rows of a stream, blank lines passed over.

    A row that is broken costs its first line only: it comes with an error, and what stands behind it is read anew.
    """

    def __init__(self, stream: BufferedReader, dialect: Dialect, max_bytes: int) -> None:
        # A limit of the whole process in the standard library; ours counts the bytes of a row.
        csv.field_size_limit(max(csv.field_size_limit(), max_bytes + 1))
        self._stream = stream
        self._dialect = dialect
        self._max_bytes = max_bytes
        self._n_columns: int | None = None
        self._again: deque[bytes] = deque()
        self._held: list[bytes] = []
        self._n_held = 0
        self._is_again = False
        self._end = dialect.n_before
        streams.skip(stream, self._end)
        self._reader = self._new_reader()

    def go_to(self, start: int) -> None:
        """Read on at this byte of the file, which lies behind the header."""
        streams.skip(self._stream, start, self._end)
        self._again.clear()
        self._end = start

    def _new_reader(self) -> Iterator[list[str]]:
        dialect = self._dialect
        return csv.reader(self._lines(), delimiter=dialect.delimiter, escapechar=dialect.escape, strict=True)

    def _lines(self) -> Iterator[str]:
        while line := self._again.popleft() if self._again else self._stream.readline(self._max_bytes + 1):
            self._held.append(line)
            self._n_held += len(line)
            if self._n_held > self._max_bytes or len(self._held) > _MOST_LINES:
                raise _TooLongError
            yield line.decode("latin-1")

    def __next__(self) -> Row:
        while True:
            self._held, self._n_held = [], 0
            self._is_again = bool(self._again)
            try:
                cells = next(self._reader)
            except (csv.Error, _TooLongError):
                self._reader = self._new_reader()
                return self._mended()
            if cells:
                return self._row(cells)
            self._end += self._n_held

    def _row(self, cells: list[str]) -> Row:
        """Return a row; the first is the header and says how many cells the others may have."""
        if self._n_columns is None:
            self._n_columns = len(cells)
        if len(cells) > self._n_columns and any(cells[self._n_columns :]):
            if len(self._held) > 1:
                return self._mended()
            return self._passed(self._uneven(cells))
        # Spreadsheets leave out empty cells at the end; behind a broken row it is more likely the rest of that.
        if self._is_again and len(cells) < self._n_columns:
            return self._passed(self._uneven(cells))
        return self._passed(None, cells)

    def _uneven(self, cells: list[str]) -> InputError:
        found = f"the row has {len(cells)} cells, expected {self._n_columns}"
        return InputError("columns", f"{found}: a delimiter, quote or line end in a text has no quotes around it")

    def _passed(self, error: InputError | None, cells: Iterable[str] = ()) -> Row:
        start, self._end = self._end, self._end + sum(map(len, self._held))
        return Row(start, self._end, tuple(cell.encode("latin-1") for cell in cells), error)

    def _mended(self) -> Row:
        """Return the first line of a row that is broken, as it stands or as an error; the others are read again."""
        self._again.extendleft(reversed(self._held[1:]))
        del self._held[1:]
        line = self._held[0]
        if len(line) > self._max_bytes:
            return self._passed_over()
        cells = line.decode("latin-1").rstrip("\r\n").split(self._dialect.delimiter)
        if len(cells) == self._n_columns and not line.count(b'"') % 2:
            return self._passed(None, cells)
        return self._passed(InputError("quotes", _STRAY))

    def _passed_over(self) -> Row:
        """Return the error of a line that is too long, none of it held."""
        start, self._end = self._end, self._end + len(self._held[0])
        while (line := self._stream.readline(self._max_bytes)) and not line.endswith(b"\n"):
            self._end += len(line)
        self._end += len(line)
        return Row(start, self._end, (), InputError("too-large", ""))


class _TooLongError(Exception):
    """A row is longer than a document may be."""
