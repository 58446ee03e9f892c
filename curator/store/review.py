"""What people review: articles in longer ones, the weakest links of clusters, texts read in a row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curator.cluster.contained import Contained
from curator.store.search import MOST_ROWS

#: How the reason of an article begins that was dropped because a longer one contains it.
IN_A_LONGER_ONE = "contained in article "


class WeakLink(NamedTuple):
    """A duplicate that is hardly similar to the article it hangs on: its keeper, or the member it came through."""

    similarity: float
    id: int
    other: int
    keeper: int
    title: str | None
    other_title: str | None


def batches_of_kept(connection: sqlite3.Connection, n: int) -> Iterator[tuple[list[int], list[str]]]:
    """Yield ids and texts of kept articles, by id, n at a time."""
    last = -1
    while rows := connection.execute(
        "SELECT id, text FROM article_texts JOIN articles USING (id)"
        " WHERE id > ? AND status = 'kept' ORDER BY id LIMIT ?",
        (last, n),
    ).fetchall():
        yield [row[0] for row in rows], [row[1] for row in rows]
        last = rows[-1][0]


def keys_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the keys of documents."""
    listed = json.dumps(sorted(set(ids)))
    return dict(
        connection.execute("SELECT id, key FROM documents WHERE id IN (SELECT value FROM json_each(?))", (listed,))
    )


def write_contained(connection: sqlite3.Connection, rows: Iterable[Contained]) -> None:
    """Mark these articles as contained in longer ones; of others only those that were dropped for it stay marked."""
    connection.execute("DELETE FROM contained WHERE article_id IN (SELECT id FROM articles WHERE status <> 'rejected')")
    add_contained(connection, rows)


def add_contained(connection: sqlite3.Connection, rows: Iterable[Contained]) -> None:
    """Mark these articles as contained in longer ones."""
    connection.executemany("INSERT OR REPLACE INTO contained VALUES (?, ?, ?, ?)", rows)


def contained_in(connection: sqlite3.Connection) -> list[Contained]:
    """Return the marked articles that are kept, by id."""
    rows = connection.execute(
        "SELECT contained.* FROM contained JOIN articles ON id = article_id WHERE status = 'kept' ORDER BY article_id"
    )
    return [Contained(*row) for row in rows]


def dropped_ids(connection: sqlite3.Connection) -> list[int]:
    """Return the articles that were dropped because a longer one contains them."""
    rows = connection.execute(
        "SELECT id FROM articles WHERE status = 'rejected' AND substr(reason, 1, ?) = ? ORDER BY id",
        (len(IN_A_LONGER_ONE), IN_A_LONGER_ONE),
    )
    return [row[0] for row in rows]


def weakest_links(connection: sqlite3.Connection, n: int) -> list[WeakLink]:
    """Return the n duplicates that are least similar to what they hang on, the weakest first; ValueError for n < 0."""
    if n < 0:
        raise ValueError(f"n is 0 or more, not {n}")
    rows = connection.execute(
        "SELECT a.similarity, a.id, b.id, a.duplicate_of, a.title, b.title FROM articles AS a"
        " JOIN articles AS b ON b.id = coalesce(a.via, a.duplicate_of)"
        " WHERE a.status = 'duplicate' ORDER BY a.similarity, a.id LIMIT ?",
        (min(n, MOST_ROWS),),
    )
    return [WeakLink(*row) for row in rows]
