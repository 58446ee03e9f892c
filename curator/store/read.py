"""Rows -> records: what commands ask of a corpus file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curator.sites import address_of
from curator.store.rows import shown


class Version(NamedTuple):
    """A stored version of a url, as far as its place among the others goes."""

    id: int
    url: str
    fetched_at: str | None
    published: str | None
    key: str
    status: str


def ids_of_keys(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the document ids of those of the keys that are stored."""
    rows = connection.execute(
        "SELECT key, id FROM documents WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),)
    )
    return dict(rows.fetchall())


def urls_of(connection: sqlite3.Connection, ids: Iterable[int]) -> set[str]:
    """Return the urls of these documents, as all ways to write them become."""
    rows = connection.execute(
        "SELECT DISTINCT coalesce(address, url) FROM documents WHERE url IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row[0] for row in rows}


def versions_of(connection: sqlite3.Connection, urls: Iterable[str]) -> list[Version]:
    """Return every stored version of these urls, which ``urls_of`` gave."""
    # Of a url that is written so already there is no address.
    rows = connection.execute(
        "SELECT documents.id, coalesce(address, documents.url), fetched_at, published, key, status"
        " FROM documents JOIN articles ON articles.id = documents.id WHERE documents.id IN"
        " (SELECT id FROM documents WHERE url IN (SELECT value FROM json_each(?1)) AND address IS NULL"
        " UNION ALL SELECT id FROM documents WHERE address IN (SELECT value FROM json_each(?1)))"
        " ORDER BY documents.id",
        (json.dumps(list(urls)),),
    )
    return [Version(*row) for row in rows]


def current_version(connection: sqlite3.Connection, url: str | None) -> int | None:
    """Return the id of the article that supersedes all others of an address."""
    versions = versions_of(connection, [address_of(url or "")])
    return next((version.id for version in versions if version.status != "superseded"), None)


def unsettled_addresses(connection: sqlite3.Connection, n: int) -> list[str]:
    """Return the first n addresses whose versions an upgrade left to be settled."""
    rows = connection.execute("SELECT address FROM unsettled_addresses ORDER BY address LIMIT ?", (n,))
    return [row[0] for row in rows]


def count_statuses(connection: sqlite3.Connection, run_id: int | None = None) -> dict[str, int]:
    """Return the number of articles by status: all, or those that a run added."""
    if run_id is None:
        return dict(connection.execute("SELECT status, count(*) FROM articles GROUP BY status").fetchall())
    rows = connection.execute(
        "SELECT status, count(*) FROM documents JOIN articles ON articles.id = documents.id"
        " WHERE run_id = ? GROUP BY status",
        (run_id,),
    )
    return dict(rows.fetchall())


def count_cuts(connection: sqlite3.Connection, run_id: int) -> list[tuple[str, int, int]]:
    """Return (kind, lines, characters) of what the articles that a run added go without, most characters first."""
    # Documents of a run have neighbouring ids, so the index of the cuts is walked once.
    rows = connection.execute(
        "SELECT kind, sum(length(text) - length(replace(text, char(10), '')) + 1), sum(\"end\" - start) FROM cuts"
        " WHERE article_id BETWEEN (SELECT min(id) FROM documents WHERE run_id = ?1)"
        " AND (SELECT max(id) FROM documents WHERE run_id = ?1)"
        " AND article_id IN (SELECT id FROM documents WHERE run_id = ?1) GROUP BY kind ORDER BY 3 DESC, 1",
        (run_id,),
    )
    return rows.fetchall()


def statuses_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[str, str | None]]:
    """Return the status of each of these articles, with its reason."""
    rows = connection.execute(
        "SELECT id, status, coalesce(reason, CASE WHEN duplicate_of IS NOT NULL THEN"
        " printf('%d %% of the text of article %d', round(similarity * 100), duplicate_of) END)"
        " FROM articles WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def property_of(connection: sqlite3.Connection, name: str) -> str | None:
    """Return a property of the corpus, or None where it was never set."""
    row = connection.execute("SELECT value FROM properties WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def rows_of(connection: sqlite3.Connection, query: str, values: Iterable[object] = ()) -> Iterator[dict[str, object]]:
    """Yield the rows of a query as mappings of column names."""
    cursor = connection.execute(query, tuple(values))
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def texts_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the texts of these articles."""
    rows = connection.execute(
        "SELECT id, text FROM article_texts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return dict(rows.fetchall())


def ids_called(connection: sqlite3.Connection, name: str) -> list[int]:
    """Return the documents that were read from a path or record, have this id of their own, or this address."""
    rows = connection.execute(
        "SELECT id FROM documents WHERE source = ?1 OR source_id = ?1 OR url = ?1"
        " UNION SELECT document_id FROM paths WHERE source = ?1 ORDER BY 1",
        (shown(name),),
    )
    return [identity for (identity,) in rows]


def count_chars(connection: sqlite3.Connection) -> int:
    """Return how many characters the texts of all articles have together."""
    return int(connection.execute("SELECT coalesce(sum(chars), 0) FROM articles").fetchone()[0])


def cleaned_ids(connection: sqlite3.Connection) -> list[int]:
    """Return the ids of the documents that were cleaned as they were added, not taken as they are."""
    rows = connection.execute(
        "SELECT documents.id FROM documents JOIN runs ON runs.id = run_id"
        " WHERE json_extract(settings, '$.clean') ORDER BY documents.id"
    )
    return [row[0] for row in rows]
