"""A choice of articles, by status and by a condition that a user wrote in SQL, and what is stored of them.

The condition is one expression over the columns of ``articles``, and ``source``, ``source_id`` and ``fetched_at`` of
its document. SQLite itself is told to refuse whatever does not read: it asks a function before it compiles anything of
a statement.
"""

from __future__ import annotations

import json
import re
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from curator.errors import SettingsError
from curator.model import Cut
from curator.store.rows import CutRow, shown
from curator.store.shards import key_range

#: Articles whose rows are in memory together.
_TOGETHER = 500
#: What a condition is about: an article, and where it came from. A subquery has no rowid, which may be asked for.
_ARTICLES = (
    "SELECT articles.*, articles.id AS rowid, source, source_id, fetched_at"
    " FROM articles JOIN documents ON documents.id = articles.id"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles: of these statuses (none: of any), and for which ``where``, a condition in SQL, holds."""

    status: tuple[str, ...] = ("kept",)
    where: str | None = None


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read the file as it is now throughout a block, whatever other processes write meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def chosen_ids(
    connection: sqlite3.Connection, selection: Selection, shard: tuple[int, int] | None = None
) -> array[int]:
    """Return the ids of the chosen articles, ascending; ``shard`` (number, how many) takes those of one shard.

    Raises SettingsError where the condition is no single expression that reads.
    """
    described = "articles" if selection.where is None else f"({_ARTICLES}) AS articles"
    query = f"SELECT id FROM {described} WHERE (?1 = '[]' OR status IN (SELECT value FROM json_each(?1)))"
    values = [json.dumps(selection.status)]
    if shard is not None:
        query += " AND id IN (SELECT id FROM documents WHERE key >= ?2 AND key < ?3)"
        values += key_range(*shard)
    if selection.where is None:
        return array("q", (row[0] for row in connection.execute(query + " ORDER BY id", values)))
    check_expression(selection.where)
    # Opening a virtual table declares it, which would be refused; once open it is only read.
    connection.execute("SELECT articles_fts.rowid FROM articles_fts, json_each('[]') LIMIT 0")
    connection.set_authorizer(_may)
    try:
        rows = connection.execute(f"{query} AND (\n{selection.where}\n) ORDER BY id", values)
        return array("q", (row[0] for row in rows))
    except sqlite3.Error as error:
        connection.set_authorizer(None)
        raise SettingsError(
            f"--where: {_explained(connection, error, selection.where)}: {selection.where!r}"
        ) from error
    finally:
        connection.set_authorizer(None)


# Strings, names in quotes and comments are skipped as wholes, so a bracket inside them counts for nothing.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|[();]""", re.DOTALL
)
_WANTED = "expected one condition over the columns of articles, such as lang = 'de' and published >= '2024'"


def check_expression(text: str) -> None:
    """Raise SettingsError for text that is no single expression of SQL, whatever its words.

    >>> check_expression("lang = 'de;)' and (words > 10)")
    >>> check_expression("1); DROP TABLE cuts")
    Traceback (most recent call last):
    ...
    curator.errors.SettingsError: --where: closes a bracket that it did not open: expected one condition over ...
    """
    if shown(text) != text or "\x00" in text:
        raise SettingsError(f"--where: holds a character that no column holds: {_WANTED}")
    depth = 0
    for found in _TOKEN.findall(text):
        depth += (found == "(") - (found == ")")
        if depth < 0:
            raise SettingsError(f"--where: closes a bracket that it did not open: {_WANTED}")
        if found == ";":
            raise SettingsError(f"--where: holds a semicolon: {_WANTED}")
    if depth:
        raise SettingsError(f"--where: opens a bracket that it does not close: {_WANTED}")
    if not text.strip():
        raise SettingsError(f"--where: holds no condition: {_WANTED}")


#: What a condition may do. The full-text index asks for the pragma when it is searched.
_READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)


#: What a value stands behind.
_COMPARES = r"(?:[=<>]|\b(?:like|glob|match|between|in\s*\())"


def _may(action: int, first: str | None, second: str | None, schema: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and second is None:
        return sqlite3.SQLITE_OK
    refused = action not in _READS or (action == sqlite3.SQLITE_FUNCTION and second == "load_extension")
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _explained(connection: sqlite3.Connection, error: sqlite3.Error, where: str) -> str:
    text = str(error)
    if text.startswith("no such column"):
        name = text.partition(": ")[2]
        if re.search(rf"{_COMPARES}\s*{re.escape(name)}", where, re.IGNORECASE):
            text = f"{text}; a text stands in single quotes: '{name}'"
        columns = connection.execute(f"SELECT * FROM ({_ARTICLES}) LIMIT 0").description
        return f"{text} (there are {', '.join(dict.fromkeys(column[0] for column in columns))})"
    if "not authorized" in text or "prohibited" in text:
        return "may read and do nothing else"
    if text == 'near ")": syntax error' and ")" not in where:
        # The bracket is the one that is put around the condition.
        return "ends where more is expected"
    if "bindings" in text:
        return "holds a placeholder, for which there is no value"
    return text


def batches_of(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids in runs short enough for their texts to be in memory together."""
    for first in range(0, len(ids), _TOGETHER):
        yield ids[first : first + _TOGETHER]


def cuts_of_many(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, list[CutRow]]:
    """Return the cuts of each of these articles in order; one without cuts is missing."""
    rows = connection.execute(
        'SELECT article_id, start, "end", kind, rule, why, text FROM cuts'
        " WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY article_id, start",
        (json.dumps(list(ids)),),
    )
    found: dict[int, list[CutRow]] = {}
    for identity, *cut, text in rows:
        found.setdefault(identity, []).append(CutRow(Cut(*cut), text))
    return found
