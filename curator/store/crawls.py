"""Crawls -> rows: the queue of each crawl, and what is known of every address that was ever fetched."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Crawl(NamedTuple):
    """A crawl that is not finished: new, or taken up where it stopped.

    ``previous_id`` is the last finished crawl of the same target. ``warc_bytes`` of its WARC file are stored.
    """

    id: int
    is_seeded: bool
    previous_id: int | None
    warc_bytes: int


class QueuedRow(NamedTuple):
    """An address of a crawl: where it was found, what it is taken for, and what the finder said of it.

    ``via`` is JSON: the addresses and statuses of the redirects that led to it.
    """

    url: str
    parent: str | None
    kind: str
    rank: int
    depth: int
    site: str
    pattern: str
    lastmod: str | None
    via: str | None


_QUEUED = f"SELECT {', '.join(QueuedRow._fields)} FROM crawl_urls"


class FetchRow(NamedTuple):
    """What the last answer for an address was; ``key`` is that of the document it became, if it became one."""

    url: str
    status: int
    etag: str | None
    modified: str | None
    lastmod: str | None
    fetched_at: str
    key: str | None


def begin_crawl(connection: sqlite3.Connection, spider: str, target: str, started: str) -> Crawl:
    """Return the unfinished crawl of a target, begun anew where there is none; the caller holds the transaction."""
    row = connection.execute(
        "SELECT id, seeded, warc_bytes FROM crawls WHERE spider = ? AND target = ? AND finished IS NULL",
        (spider, target),
    ).fetchone()
    if row is None:
        cursor = connection.execute(
            "INSERT INTO crawls (spider, target, started) VALUES (?, ?, ?)", (spider, target, started)
        )
        row = (int(cursor.lastrowid or 0), 0, 0)
    previous = connection.execute(
        "SELECT max(id) FROM crawls WHERE spider = ? AND target = ? AND finished IS NOT NULL", (spider, target)
    ).fetchone()
    return Crawl(row[0], bool(row[1]), previous[0], row[2])


def drop_unfinished(connection: sqlite3.Connection, spider: str, target: str) -> None:
    """Forget the queue of an interrupted crawl of a target."""
    connection.execute("DELETE FROM crawls WHERE spider = ? AND target = ? AND finished IS NULL", (spider, target))


def note_seeded(connection: sqlite3.Connection, crawl_id: int) -> None:
    """Note that all start addresses of a crawl are in its queue."""
    connection.execute("UPDATE crawls SET seeded = 1 WHERE id = ?", (crawl_id,))


def note_warc(connection: sqlite3.Connection, crawl_id: int, n_bytes: int) -> None:
    """Note how many bytes of a crawl's WARC file belong to addresses that are done."""
    connection.execute("UPDATE crawls SET warc_bytes = ? WHERE id = ?", (n_bytes, crawl_id))


def finish_crawl(connection: sqlite3.Connection, crawl_id: int, finished: str) -> None:
    """Note that a crawl is complete and forget the addresses of the crawl of its target before it."""
    connection.execute("UPDATE crawls SET finished = ? WHERE id = ?", (finished, crawl_id))
    connection.execute(
        "DELETE FROM crawls WHERE id < ? AND (spider, target) = (SELECT spider, target FROM crawls WHERE id = ?)",
        (crawl_id, crawl_id),
    )


def add_urls(connection: sqlite3.Connection, crawl_id: int, rows: Iterable[QueuedRow]) -> None:
    """Put addresses into the queue of a crawl; one that waits there already takes the better rank, if it has one."""
    connection.executemany(
        f"INSERT INTO crawl_urls (crawl_id, {', '.join(QueuedRow._fields)})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (crawl_id, url) DO UPDATE SET parent = excluded.parent,"
        " kind = excluded.kind, rank = excluded.rank, depth = excluded.depth, pattern = excluded.pattern,"
        " lastmod = excluded.lastmod, via = excluded.via WHERE state = 'queued' AND excluded.rank < rank",
        ((crawl_id, *row) for row in rows),
    )


def settle_url(connection: sqlite3.Connection, crawl_id: int, url: str, state: str, reason: str | None) -> None:
    """Note what became of an address of a crawl."""
    connection.execute(
        "UPDATE crawl_urls SET state = ?, reason = ? WHERE crawl_id = ? AND url = ?", (state, reason, crawl_id, url)
    )


def note_fetch(connection: sqlite3.Connection, row: FetchRow) -> None:
    """Note the answer for an address in place of the one before."""
    connection.execute("INSERT OR REPLACE INTO fetches VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def queued(connection: sqlite3.Connection, crawl_id: int, limit: int) -> list[QueuedRow]:
    """Return addresses of a crawl that wait to be fetched: by rank, the newest first."""
    rows = connection.execute(
        f"{_QUEUED} WHERE crawl_id = ? AND state = 'queued' ORDER BY rank, lastmod DESC, id LIMIT ?", (crawl_id, limit)
    )
    return [QueuedRow(*row) for row in rows]


def children(connection: sqlite3.Connection, crawl_id: int, parent: str) -> list[QueuedRow]:
    """Return the addresses that a crawl found at one of its addresses."""
    rows = connection.execute(f"{_QUEUED} WHERE crawl_id = ? AND parent = ? ORDER BY id", (crawl_id, parent))
    return [QueuedRow(*row) for row in rows]


def ranks(connection: sqlite3.Connection, crawl_id: int, urls: Iterable[str]) -> dict[str, int]:
    """Return those of the addresses that a crawl has met, with their rank in the queue, or -1 if they are settled."""
    rows = connection.execute(
        "SELECT url, iif(state = 'queued', rank, -1) FROM crawl_urls"
        " WHERE crawl_id = ? AND url IN (SELECT value FROM json_each(?))",
        (crawl_id, json.dumps(list(urls))),
    )
    return dict(rows.fetchall())


def find_fetch(connection: sqlite3.Connection, url: str) -> FetchRow | None:
    """Return what the last answer for an address was, or None where there was none."""
    row = connection.execute("SELECT * FROM fetches WHERE url = ?", (url,)).fetchone()
    return None if row is None else FetchRow(*row)


def count_by(
    connection: sqlite3.Connection,
    crawl_id: int,
    column: str,
    *,
    state: str | None = None,
    reason: str | None = None,
    kinds: Iterable[str] = (),
) -> Mapping[str, int]:
    """Return the numbers of a crawl's addresses by ``column`` ("site", "pattern" or "kind").

    Only those of a state, a reason and some kinds count, where these are given. Raises ValueError for another column.
    """
    if column not in ("site", "pattern", "kind"):
        raise ValueError(f"column is {column!r}, expected site, pattern or kind")
    rows = connection.execute(
        f"SELECT {column}, count(*) FROM crawl_urls WHERE crawl_id = ?1 AND (?2 IS NULL OR state = ?2)"
        " AND (?3 IS NULL OR reason = ?3) AND (?4 = '[]' OR kind IN (SELECT value FROM json_each(?4))) GROUP BY 1",
        (crawl_id, state, reason, json.dumps(list(kinds))),
    )
    return dict(rows.fetchall())


def count_queued(connection: sqlite3.Connection, crawl_id: int) -> int:
    """Return how many addresses of a crawl wait to be fetched."""
    query = "SELECT count(*) FROM crawl_urls WHERE crawl_id = ? AND state = 'queued'"
    return int(connection.execute(query, (crawl_id,)).fetchone()[0])


def skipped(connection: sqlite3.Connection, crawl_id: int) -> Iterator[tuple[str, int]]:
    """Yield the reasons for which addresses of a crawl were left out, with their number, the most frequent first."""
    yield from connection.execute(
        "SELECT reason, count(*) FROM crawl_urls WHERE crawl_id = ? AND state = 'skipped'"
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        (crawl_id,),
    )
