"""Records -> CSV that a spreadsheet can open without running anything of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO

from curator.export.jsonl import STORED_KEYS
from curator.export.records import Record

# What makes a spreadsheet take a cell for a formula, their full-width twins, and the mark itself: because that is
# marked, too, the mark can be taken off again.
_MARKED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
_MARK = "'"


def defused(cell: str) -> str:
    """Return a text cell that no spreadsheet computes: a ``'`` stands before what may begin a formula, or is one.

    >>> defused("=1+1"), defused("'tis"), defused("Rabat")
    ("'=1+1", "''tis", 'Rabat')
    """
    return _MARK + cell if cell.startswith(_MARKED) else cell


def columns(*, with_cuts: bool) -> list[str]:
    """Return the names of the columns; the span of the title takes two."""
    names = [name for name in STORED_KEYS if with_cuts or name != "cuts"]
    at = names.index("title_span")
    return [*names[:at], "title_start", "title_end", *names[at + 1 :]]


def csv_rows(records: Iterable[Record], names: Sequence[str], line_end: str) -> Iterable[str]:
    """Yield records as rows of CSV, none for the head: text defused, lists and objects as JSON, nothing for null."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=line_end)
    for record in records:
        span = record["title_span"]
        start, end = span if isinstance(span, tuple) else (None, None)
        row = record | {"title_start": start, "title_end": end}
        writer.writerow([_cell(row[name]) for name in names])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value
