"""What a corpus file knows of its articles, for a cluster run that is to leave them out and to find copies of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple


class SeenRow(NamedTuple):
    """A document of a corpus; ``digest``, ``minhash`` and ``text`` are None where it takes no part in deduplication.

    ``day`` is that of publication, or else of the fetch.
    """

    id: int
    key: str
    url: str | None
    fetched_at: str | None
    published: str | None
    status: str
    day: str | None
    chars: int
    site: str | None
    digest: bytes | None
    minhash: bytes | None
    text: str | None


def last_id(connection: sqlite3.Connection) -> int:
    """Return the greatest id of a document, 0 in an empty corpus."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM documents").fetchone()[0])


def seen_rows(connection: sqlite3.Connection, first: int, end: int) -> Iterator[SeenRow]:
    """Yield the documents with ids from ``first`` to before ``end``, by id."""
    rows = connection.execute(
        "SELECT articles.id, key, coalesce(address, documents.url), fetched_at, published, status,"
        " coalesce(published, substr(fetched_at, 1, 10)), chars, articles.site, digest, minhash,"
        " CASE WHEN digest IS NOT NULL THEN text END"
        " FROM articles JOIN documents USING (id) JOIN article_texts USING (id)"
        " LEFT JOIN signatures ON article_id = articles.id"
        " WHERE articles.id >= ? AND articles.id < ? ORDER BY articles.id",
        (first, end),
    )
    for row in rows:
        yield SeenRow(*row)
