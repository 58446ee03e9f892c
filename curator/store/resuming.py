"""How far unfinished runs have read, and where failures are found again; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from curator.model import Failure, Place
from curator.store.rows import named

#: A file's path, and the name it was given by.
FailedFile = tuple[str, str]


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

    ``path`` is None for what came from no file; ``name`` is the file as it was given. ``behind`` is None where nothing
    of the file is before it.
    """

    path: str | None = None
    name: str | None = None
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
        'SELECT path, file, member, start, "end", number FROM unfinished_inputs WHERE options = ?', (options,)
    )
    return {row[0]: UnfinishedInput(row[0], options, row[1], Place(row[0], *row[2:])) for row in rows}


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
    names = [None if name is None else named(name) for name in found[:2]]
    connection.execute(
        "INSERT INTO failures (run_id, source, stage, error, message, path, name, options, file, behind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, stage, error, message) DO UPDATE SET"
        " path = excluded.path, name = excluded.name, options = excluded.options, file = excluded.file,"
        " behind = excluded.behind",
        (run_id, *map(named, failure[:4]), *names, *found[2:4], behind),
    )


def settle_failures(connection: sqlite3.Connection, sources: Iterable[str]) -> int:
    """Delete the failures of sources that became documents; return how many."""
    cursor = connection.execute(
        "DELETE FROM failures WHERE source IN (SELECT value FROM json_each(?))", (json.dumps([*map(named, sources)]),)
    )
    return cursor.rowcount


def failed_files(connection: sqlite3.Connection) -> list[FailedFile]:
    """Return the files that have a failure as a whole, not one of a record in them."""
    return connection.execute(
        "SELECT DISTINCT path, source FROM failures WHERE path IS NOT NULL AND source = name"
    ).fetchall()


def settle_files(connection: sqlite3.Connection, failed: Iterable[FailedFile]) -> None:
    """Delete the failures of whole files that could now be read."""
    connection.executemany("DELETE FROM failures WHERE path = ? AND source = ?", list(failed))


def drop_stale(connection: sqlite3.Connection, ids: Iterable[int], now: Mapping[str, str | None]) -> None:
    """Delete those of the failures that were not met again in their files as these are now, by path."""
    stored = connection.execute(
        "SELECT id, path, file FROM failures WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    drop_failures(connection, [identity for identity, path, file in stored.fetchall() if file != now.get(path)])


def drop_failures(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete failures."""
    connection.executemany("DELETE FROM failures WHERE id = ?", [(identity,) for identity in ids])


def failures(connection: sqlite3.Connection) -> list[StoredFailure]:
    """Return all failures by id."""
    rows = connection.execute(
        "SELECT id, source, stage, error, message, path, name, options, file, behind FROM failures ORDER BY id"
    )
    return [StoredFailure(row[0], Failure(*row[1:5]), _found(*row[5:])) for row in rows]


def _found(
    path: str | None, name: str | None, options: str | None, file: str | None, behind: str | None
) -> FailedInput:
    place = None if behind is None or path is None else Place(path, *json.loads(behind))
    return FailedInput(path, name, options, file, place)
