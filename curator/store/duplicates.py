"""Signatures, index, pairs and clusters in SQLite; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from curator.cluster.records import Cluster, Member, Pair, Signed
from curator.index.segments import Segment
from curator.signature.hashing import UInt32
from curator.store.write import set_property

_FORGOTTEN = "index_forgotten"
#: A block's row id: number of its segment, then its number in the segment.
_SEGMENT_BITS = 32


class SegmentRows:
    """The index's segments as rows of ``segments`` and ``segment_blocks`` (``curator.index.SegmentStore``)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def segments(self) -> list[Segment]:
        """Return all segments, oldest first."""
        return [Segment(*row) for row in self._connection.execute("SELECT * FROM segments ORDER BY id")]

    def write(self, segment: int, blocks: Iterable[bytes]) -> int:
        """Store the blocks of a new segment and return how many there were."""
        first = segment << _SEGMENT_BITS
        cursor = self._connection.executemany("INSERT INTO segment_blocks VALUES (?, ?)", enumerate(blocks, first))
        return max(cursor.rowcount, 0)

    def add(self, segment: Segment) -> None:
        """Store the record of a segment whose blocks are written."""
        self._connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?)", segment)

    def read(self, segment: int, first: int, count: int) -> bytes:
        """Return ``count`` blocks from block ``first`` on, joined."""
        start = (segment << _SEGMENT_BITS) + first
        rows = self._connection.execute(
            "SELECT data FROM segment_blocks WHERE id >= ? AND id < ? ORDER BY id", (start, start + count)
        )
        return b"".join(row[0] for row in rows)

    def drop(self, segment: int) -> None:
        """Delete a segment and its blocks."""
        start = segment << _SEGMENT_BITS
        self._connection.execute(
            "DELETE FROM segment_blocks WHERE id >= ? AND id < ?", (start, start + (1 << _SEGMENT_BITS))
        )
        self._connection.execute("DELETE FROM segments WHERE id = ?", (segment,))

    def drop_blocks(self, segment: int, end: int) -> None:
        """Delete the blocks of a segment before block number ``end``."""
        start = segment << _SEGMENT_BITS
        self._connection.execute("DELETE FROM segment_blocks WHERE id >= ? AND id < ?", (start, start + end))

    def forgotten(self) -> UInt32:
        """Return the ids that segments may still hold though their documents have left."""
        row = self._connection.execute("SELECT value FROM properties WHERE name = ?", (_FORGOTTEN,)).fetchone()
        return np.frombuffer(row[0] if row else b"", dtype="<u4").astype(np.uint32)

    def set_forgotten(self, ids: UInt32) -> None:
        """Store the forgotten ids in place of the former."""
        set_property(self._connection, _FORGOTTEN, ids.astype("<u4").tobytes())


class SignedArticles:
    """The articles that take part in deduplication: those with a row in ``signatures``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def signatures(self, ids: Sequence[int]) -> dict[int, Signed]:
        """Return the signature rows of those of the ids that take part."""
        rows = self._connection.execute(
            "SELECT article_id, digest, minhash FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))",
            (_listed(ids),),
        )
        return {row[0]: Signed(row[1], row[2]) for row in rows}

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the article texts of those of the ids that take part."""
        rows = self._connection.execute(
            "SELECT id, text FROM article_texts JOIN signatures ON article_id = id"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (_listed(ids),),
        )
        return dict(rows.fetchall())


def _listed(ids: Iterable[int]) -> str:
    return json.dumps([int(identity) for identity in ids])


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has written to the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def add_signatures(connection: sqlite3.Connection, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
    """Write (article id, digest, minhash): from now on these articles take part."""
    connection.executemany("INSERT INTO signatures VALUES (?, ?, ?)", rows)


def leave(connection: sqlite3.Connection, ids: Sequence[int]) -> tuple[dict[int, Signed], list[int]]:
    """Take articles out of deduplication, with all pairs and cluster marks of theirs.

    Returns the signature rows of those that took part, and the other members of the clusters they were in.
    """
    listed = _listed(ids)
    gone = SignedArticles(connection).signatures(ids)
    fellows = connection.execute(
        "SELECT id FROM articles WHERE cluster_id IN (SELECT cluster_id FROM articles"
        " WHERE id IN (SELECT value FROM json_each(?1))) AND id NOT IN (SELECT value FROM json_each(?1))",
        (listed,),
    ).fetchall()
    members = [*gone, *(row[0] for row in fellows)]
    write_clusters(connection, members, [])
    for table, column in (
        ("signatures", "article_id"),
        ("pairs", "a"),
        ("pairs", "b"),
        ("contained", "article_id"),
        ("contained", "container_id"),
    ):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (listed,))
    return gone, [row[0] for row in fellows]


def add_pairs(connection: sqlite3.Connection, pairs: Iterable[Pair]) -> None:
    """Write verified pairs, in place of rows of the same two articles."""
    connection.executemany("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?, ?)", pairs)


def drop_pairs(connection: sqlite3.Connection, lost: Iterable[tuple[Sequence[int], Sequence[int]]]) -> set[int]:
    """Delete every pair of one of some articles with one of others, and return the articles that had one."""
    parted: set[int] = set()
    for ones, others in lost:
        for first, second in ((ones, others), (others, ones)):
            rows = connection.execute(
                "DELETE FROM pairs WHERE a IN (SELECT value FROM json_each(?))"
                " AND b IN (SELECT value FROM json_each(?)) RETURNING a, b",
                (_listed(first), _listed(second)),
            )
            parted.update(*rows.fetchall())
    return parted


def pairs_of(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Pair]:
    """Return every stored pair that one of these articles is in."""
    listed = _listed(ids)
    rows = connection.execute(
        "SELECT * FROM pairs WHERE a IN (SELECT value FROM json_each(?1))"
        " UNION SELECT * FROM pairs WHERE b IN (SELECT value FROM json_each(?1))",
        (listed,),
    )
    return [Pair(*row) for row in rows]


def count_pairs(connection: sqlite3.Connection, least: float) -> int:
    """Return the number of stored pairs of at least this Jaccard similarity."""
    return int(connection.execute("SELECT count(*) FROM pairs WHERE jaccard >= ?", (least,)).fetchone()[0])


def all_pairs(connection: sqlite3.Connection, least: float) -> Iterator[Pair]:
    """Yield every stored pair of at least this Jaccard similarity."""
    for row in connection.execute("SELECT * FROM pairs WHERE jaccard >= ?", (least,)):
        yield Pair(*row)


def drop_pairs_below(connection: sqlite3.Connection, jaccard: float) -> None:
    """Delete pairs of less than this Jaccard similarity, which a scan for a lower threshold left."""
    connection.execute("DELETE FROM pairs WHERE jaccard < ?", (jaccard,))


def batches_of_signed(connection: sqlite3.Connection, n: int) -> Iterator[list[tuple[int, str, bytes, bytes]]]:
    """Yield (id, text, digest, minhash) of the articles that take part, by id, in lists of n and a shorter last one."""
    last = -1
    while rows := connection.execute(
        "SELECT article_id, text, digest, minhash FROM signatures JOIN article_texts ON id = article_id"
        " WHERE article_id > ? ORDER BY article_id LIMIT ?",
        (last, n),
    ).fetchall():
        yield rows
        last = rows[-1][0]


def batches_of_minhashes(connection: sqlite3.Connection, n: int) -> Iterator[list[tuple[int, bytes, bytes]]]:
    """Yield (id, digest, minhash) of the articles that take part, by id, in lists of n and a shorter last one."""
    last = -1
    while rows := connection.execute(
        "SELECT article_id, digest, minhash FROM signatures WHERE article_id > ? ORDER BY article_id LIMIT ?", (last, n)
    ).fetchall():
        yield rows
        last = rows[-1][0]


def ids_by_digest(connection: sqlite3.Connection) -> Iterator[tuple[bytes, int]]:
    """Yield (digest, id) of the articles that take part, sorted."""
    yield from connection.execute("SELECT digest, article_id FROM signatures ORDER BY digest, article_id")


def first_ids(connection: sqlite3.Connection) -> UInt32:
    """Return the smallest id of each digest among the articles that take part, sorted: 4 bytes an article."""
    rows = connection.execute("SELECT min(article_id) FROM signatures GROUP BY digest")
    return np.sort(np.fromiter((row[0] for row in rows), dtype=np.uint32))


def greatest_signed(connection: sqlite3.Connection) -> int:
    """Return the greatest id of an article that takes part, 0 where none does."""
    return int(connection.execute("SELECT coalesce(max(article_id), 0) FROM signatures").fetchone()[0])


def batches_of_pairs(connection: sqlite3.Connection, n: int) -> Iterator[list[Pair]]:
    """Yield every stored pair, sorted by ids, in lists of n and a shorter last one."""
    last = (-1, -1)
    while rows := connection.execute(
        "SELECT * FROM pairs WHERE (a, b) > (?, ?) ORDER BY a, b LIMIT ?", (*last, n)
    ).fetchall():
        yield [Pair(*row) for row in rows]
        last = rows[-1][:2]


def members_of(connection: sqlite3.Connection, ids: Iterable[int]) -> list[Member]:
    """Return what the keeper's rule reads of those of these articles that take part.

    The date is the day of publication, or else the day of the fetch: the earliest day the text is known from.
    """
    rows = connection.execute(
        "SELECT articles.id, key, digest, coalesce(published, substr(fetched_at, 1, 10)), chars, articles.site"
        " FROM articles JOIN signatures ON article_id = articles.id JOIN documents ON documents.id = articles.id"
        " WHERE articles.id IN (SELECT value FROM json_each(?)) ORDER BY articles.id",
        (_listed(ids),),
    )
    return [Member(*row) for row in rows]


def linked_ids(connection: sqlite3.Connection, least: float) -> list[int]:
    """Return the articles that are in a cluster, or in a stored pair of at least this Jaccard similarity.

    Copies of one text are among them, since each has a pair with another one.
    """
    rows = connection.execute(
        "SELECT a FROM pairs WHERE jaccard >= ?1 UNION SELECT b FROM pairs WHERE jaccard >= ?1"
        " UNION SELECT id FROM articles WHERE cluster_id IS NOT NULL",
        (least,),
    )
    return [row[0] for row in rows]


def count_signed(connection: sqlite3.Connection) -> int:
    """Return the number of articles that take part."""
    return int(connection.execute("SELECT count(*) FROM signatures").fetchone()[0])


class _Mark(NamedTuple):
    status: str
    cluster_id: str | None
    duplicate_of: int | None
    similarity: float | None
    via: int | None


_ALONE = _Mark("kept", None, None, None, None)


def write_clusters(connection: sqlite3.Connection, ids: Iterable[int], clusters: Sequence[Cluster]) -> int:
    """Mark the articles ``ids``, whole components all, as members of these clusters, or as standing alone.

    Rows that say so already are not touched; returns how many were.
    """
    found, wanted = _marked(connection, ids, clusters)
    old = {mark.cluster_id for mark in found.values() if mark.cluster_id is not None}
    changes = [(*wanted[identity], identity) for identity, mark in found.items() if mark != wanted[identity]]
    _replace_clusters(connection, old, clusters)
    connection.executemany(
        "UPDATE articles SET status = ?, cluster_id = ?, duplicate_of = ?, similarity = ?, via = ?, reason = NULL"
        " WHERE id = ?",
        changes,
    )
    return len(changes)


def wrongly_marked(connection: sqlite3.Connection, ids: Iterable[int], clusters: Sequence[Cluster]) -> list[int]:
    """Return which of these articles ``write_clusters`` would mark otherwise."""
    found, wanted = _marked(connection, ids, clusters)
    return [identity for identity, mark in found.items() if mark != wanted[identity]]


def wrong_clusters(connection: sqlite3.Connection, clusters: Iterable[Cluster]) -> list[str]:
    """Return the ids of clusters that are stored otherwise than these, or that only one of both holds, sorted."""
    stored = set(connection.execute("SELECT id, size, keeper_id, min_similarity FROM clusters"))
    return sorted({row[0] for row in stored ^ set(map(_cluster_row, clusters))})


def _cluster_row(cluster: Cluster) -> tuple[str, int, int, float]:
    return cluster.id, cluster.size, cluster.keeper, cluster.min_similarity


def _marked(
    connection: sqlite3.Connection, ids: Iterable[int], clusters: Sequence[Cluster]
) -> tuple[dict[int, _Mark], dict[int, _Mark]]:
    """Return how articles are marked, and how they must be: as members of these clusters, or as standing alone."""
    wanted = dict.fromkeys(ids, _ALONE) | _marks(clusters)
    rows = connection.execute(
        "SELECT id, status, cluster_id, duplicate_of, similarity, via FROM articles"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (_listed(wanted),),
    )
    return {row[0]: _Mark(*row[1:]) for row in rows}, wanted


def _marks(clusters: Iterable[Cluster]) -> dict[int, _Mark]:
    marks = {}
    for cluster in clusters:
        marks[cluster.keeper] = _Mark("kept", cluster.id, None, None, None)
        for member in cluster.duplicates:
            marks[member.id] = _Mark("duplicate", cluster.id, member.duplicate_of, member.similarity, member.via)
    return marks


def _replace_clusters(connection: sqlite3.Connection, old: set[str], clusters: Sequence[Cluster]) -> None:
    kept = {cluster.id for cluster in clusters}
    connection.executemany("DELETE FROM clusters WHERE id = ?", [(identity,) for identity in sorted(old - kept)])
    connection.executemany(
        "INSERT INTO clusters VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " size = excluded.size, keeper_id = excluded.keeper_id, min_similarity = excluded.min_similarity",
        map(_cluster_row, clusters),
    )
