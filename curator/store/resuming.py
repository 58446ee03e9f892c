"""How far unfinished runs have read, and where failures are found again; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from curator.model import Failure, Place
from curator.store.rows import shown


class UnfinishedInput(NamedTuple):
    """A file that a run was reading: ``place`` is that of the last document of it that is stored.

    ``path`` is absolute, ``options`` are JSON, ``file`` tells the file from what may stand there later.
    """

    path: str
    options: str
    file: str
    place: Place


class FailedInput(NamedTuple):
    """Where a failure is found again: its file, absolute, as it was then, behind a document of it.

    ``path`` is None for what came from no file; ``behind`` is None where it is the first of the file.
    """

    path: str | None = None
    options: str | None = None
    file: str | None = None
    behind: Place | None = None


class StoredFailure(NamedTuple):
    """A row of the table ``failures``."""

    id: int
    failure: Failure
    found: FailedInput


def unfinished_inputs(connection: sqlite3.Connection, options: str) -> dict[str, UnfinishedInput]:
    """Return the files that unfinished runs were reading with these options, by path."""
    rows = connection.execute(
        'SELECT path, options, file, member, start, "end", number FROM unfinished_inputs WHERE options = ?', (options,)
    )
    return {row[0]: UnfinishedInput(*row[:3], Place(row[0], *row[3:])) for row in rows}


def note_inputs(connection: sqlite3.Connection, inputs: Iterable[UnfinishedInput], run_id: int) -> None:
    """Write how far files are read and stored."""
    connection.executemany(
        "INSERT OR REPLACE INTO unfinished_inputs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(one.path, run_id, one.options, one.file, *one.place[1:]) for one in inputs],
    )


def finish_inputs(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Delete the rows of files that are read to their ends."""
    connection.executemany("DELETE FROM unfinished_inputs WHERE path = ?", [(path,) for path in paths])


def add_failure(connection: sqlite3.Connection, failure: Failure, run_id: int, found: FailedInput) -> None:
    """Write a failure, unless an earlier run met the same one; where it is found is kept up to date."""
    behind = None if found.behind is None else json.dumps(found.behind[1:])
    connection.execute(
        "INSERT INTO failures (run_id, source, stage, error, message, path, options, file, behind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, stage, error, message) DO UPDATE SET"
        " path = excluded.path, options = excluded.options, file = excluded.file, behind = excluded.behind",
        (run_id, *map(shown, failure), found.path and shown(found.path), found.options, found.file, behind),
    )


def settle_failures(connection: sqlite3.Connection, sources: Iterable[str]) -> int:
    """Delete the failures of sources that became documents; return how many."""
    cursor = connection.execute(
        "DELETE FROM failures WHERE source IN (SELECT value FROM json_each(?))", (json.dumps([*map(shown, sources)]),)
    )
    return cursor.rowcount


def settle_files(connection: sqlite3.Connection, failed: Iterable[tuple[str, str]]) -> None:
    """Delete the failures of whole files, (path, source), that could now be read."""
    connection.executemany("DELETE FROM failures WHERE path = ? AND source = ?", list(failed))


def failures(connection: sqlite3.Connection) -> list[StoredFailure]:
    """Return all failures by id."""
    rows = connection.execute(
        "SELECT id, source, stage, error, message, path, options, file, behind FROM failures ORDER BY id"
    )
    return [StoredFailure(row[0], Failure(*row[1:5]), _found(*row[5:])) for row in rows]


def _found(path: str | None, options: str | None, file: str | None, behind: str | None) -> FailedInput:
    place = None if behind is None or path is None else Place(path, *json.loads(behind))
    return FailedInput(path, options, file, place)
