"""What learning keeps of pages and sites; the caller holds the transaction.

Triggers note what is to be learned: documents that were added, and sites whose pages came, left or were fetched anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class PageLines(NamedTuple):
    """What learning reads of a page, all from before templates; columns as in the table ``page_lines``."""

    document_id: int
    site: str
    title: str | None
    title_start: int | None
    title_end: int | None
    headline: int
    shown: bool
    lines: bytes
    sketch: bytes


class LearnedPage(NamedTuple):
    """A page of a site in a learning run: its lines, and what tells copies, versions and times apart."""

    document_id: int
    key: str
    url: str | None
    day: str | None
    headline: int
    shown: bool
    lines: bytes
    sketch: bytes
    marks: int


class SiteLine(NamedTuple):
    """A line of a site's template; columns as in the table ``site_lines``."""

    line_hash: str
    text: str
    n_articles: int


def unlearned_documents(connection: sqlite3.Connection, n: int) -> list[int]:
    """Return the first n documents whose lines are not noted yet."""
    rows = connection.execute("SELECT document_id FROM unlearned_documents ORDER BY document_id LIMIT ?", (n,))
    return [row[0] for row in rows]


def count_unlearned_documents(connection: sqlite3.Connection) -> int:
    """Return the number of documents whose lines are not noted yet."""
    return int(connection.execute("SELECT count(*) FROM unlearned_documents").fetchone()[0])


def taken_as_they_are(connection: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Return those of the documents that were added without cleaning."""
    rows = connection.execute(
        "SELECT documents.id FROM documents JOIN runs ON runs.id = run_id"
        " WHERE documents.id IN (SELECT value FROM json_each(?)) AND NOT json_extract(settings, '$.clean')",
        (json.dumps(list(ids)),),
    )
    return {row[0] for row in rows}


def note_lines(connection: sqlite3.Connection, ids: Sequence[int], rows: Iterable[PageLines]) -> None:
    """Write the lines of documents, and take all of ``ids`` off the list of those that wait."""
    connection.executemany("INSERT OR REPLACE INTO page_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", rows)
    connection.executemany("DELETE FROM unlearned_documents WHERE document_id = ?", [(number,) for number in ids])


def forget_lines(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Have the lines of documents noted anew: their pages were cleaned again, without templates."""
    for identity in ids:
        connection.execute("DELETE FROM page_lines WHERE document_id = ?", (identity,))
        connection.execute(
            "INSERT OR IGNORE INTO unlearned_documents SELECT id FROM articles WHERE id = ? AND site IS NOT NULL",
            (identity,),
        )


def unlearned_sites(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the sites to learn, by name, with the number of changes noted for each."""
    return connection.execute("SELECT site, n_changes FROM unlearned_sites ORDER BY site").fetchall()


def changes_of(connection: sqlite3.Connection, site: str) -> int | None:
    """Return the number of changes noted for a site, or None where nothing waits to be learned."""
    row = connection.execute("SELECT n_changes FROM unlearned_sites WHERE site = ?", (site,)).fetchone()
    return None if row is None else int(row[0])


def grown_sites(connection: sqlite3.Connection, least: int) -> list[tuple[str, int]]:
    """Return the sites, with the changes noted, of which so many pages or more are new, and three of four."""
    rows = connection.execute(
        "SELECT site, n_changes FROM unlearned_sites WHERE n_changes >= ? ORDER BY site", (least,)
    ).fetchall()
    return [(site, n) for site, n in rows if 4 * n >= 3 * _count_pages(connection, site, 2 * n)]


def _count_pages(connection: sqlite3.Connection, site: str, most: int) -> int:
    """Return the number of pages of a site; of a large one, which is asked about with every batch, ``most``."""
    query = "SELECT count(*) FROM (SELECT 1 FROM page_lines WHERE site = ? LIMIT ?)"
    return int(connection.execute(query, (site, most)).fetchone()[0])


def settle_site(connection: sqlite3.Connection, site: str) -> None:
    """Take a site off the list of those to learn."""
    connection.execute("DELETE FROM unlearned_sites WHERE site = ?", (site,))
    # Which lines were a template in between must not show.
    connection.execute("DELETE FROM site_rules WHERE site = ? AND n_cuts = 0", (site,))


def unlearn_all(connection: sqlite3.Connection) -> None:
    """Have every site learned anew."""
    connection.execute(
        "INSERT INTO unlearned_sites SELECT DISTINCT site, 1 FROM page_lines WHERE true"
        " ON CONFLICT DO UPDATE SET n_changes = n_changes + 1"
    )


def learned_sites(connection: sqlite3.Connection) -> list[str]:
    """Return the sites that have pages or lines and nothing that waits to be learned."""
    rows = connection.execute(
        "SELECT site FROM page_lines UNION SELECT site FROM site_lines"
        " EXCEPT SELECT site FROM unlearned_sites ORDER BY 1"
    )
    return [row[0] for row in rows]


def pages_of_site(connection: sqlite3.Connection, site: str) -> list[LearnedPage]:
    """Return the pages of a site, sorted by key; the day is that of the fetch, or else of publication."""
    rows = connection.execute(
        "SELECT document_id, key, coalesce(address, documents.url), coalesce(fetched_at, published), headline, shown,"
        " lines, sketch, marks"
        " FROM page_lines JOIN documents ON documents.id = document_id JOIN articles ON articles.id = document_id"
        " WHERE page_lines.site = ?",
        (site,),
    )
    return sorted((LearnedPage(*row) for row in rows), key=lambda page: page.key)


def lines_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, PageLines]:
    """Return what is noted of the lines of these documents."""
    rows = connection.execute(
        "SELECT document_id, site, title, title_start, title_end, headline, shown, lines, sketch FROM page_lines"
        " WHERE document_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row[0]: PageLines(*row) for row in rows}


def set_marks(connection: sqlite3.Connection, rows: Iterable[tuple[int, int]]) -> None:
    """Note (document id, marks): which template lines were cut from a page."""
    connection.executemany(
        "UPDATE page_lines SET marks = ? WHERE document_id = ?", [(marks, identity) for identity, marks in rows]
    )


def site_lines(connection: sqlite3.Connection, site: str) -> list[SiteLine]:
    """Return the stored template of a site, sorted by hash."""
    rows = connection.execute(
        "SELECT line_hash, text, n_articles FROM site_lines WHERE site = ? ORDER BY line_hash", (site,)
    )
    return [SiteLine(*row) for row in rows]


def line_hashes(connection: sqlite3.Connection, sites: Iterable[str]) -> dict[str, set[int]]:
    """Return the hashes of the lines of the stored templates of these sites, where they have one."""
    rows = connection.execute(
        "SELECT site, line_hash FROM site_lines WHERE site IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(sites))),),
    )
    found: dict[str, set[int]] = {}
    for site, line_hash in rows:
        found.setdefault(site, set()).add(int(line_hash, 16))
    return found


def write_site_lines(connection: sqlite3.Connection, site: str, lines: Iterable[SiteLine]) -> None:
    """Write the template of a site in place of the former."""
    connection.execute("DELETE FROM site_lines WHERE site = ?", (site,))
    connection.executemany("INSERT INTO site_lines VALUES (?, ?, ?, ?)", [(site, *line) for line in lines])
