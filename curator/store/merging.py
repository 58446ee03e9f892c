"""What another corpus knows beside its documents: where else they were seen, and what people said of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curator.model import Verdict


class JudgedStretch(NamedTuple):
    """A verdict of the table ``feedback`` on the document with a key."""

    key: str
    verdict: Verdict
    note: str | None
    created: str


def judged_stretches(connection: sqlite3.Connection) -> list[JudgedStretch]:
    """Return all verdicts of people, by document and place."""
    rows = connection.execute(
        'SELECT key, start, "end", verdict, kind, text, note, created FROM feedback'
        ' JOIN documents ON documents.id = article_id ORDER BY article_id, start, "end"'
    )
    return [JudgedStretch(row[0], Verdict(*row[1:6]), *row[6:]) for row in rows]


def sightings(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield key and path of every further place that a document was seen at."""
    yield from connection.execute(
        "SELECT key, paths.source FROM paths JOIN documents ON documents.id = document_id ORDER BY document_id, 2"
    )


def positions_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[str | None, int | None]]:
    """Return member and position of each of these documents in its input."""
    rows = connection.execute(
        "SELECT id, member, position FROM documents WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}
