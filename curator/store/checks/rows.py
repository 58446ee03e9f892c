"""The file as SQLite sees it, rows that must have each other, sums, and the full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from curator.store.checks.problem import Problem, guarded


def check_file(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that SQLite finds the file whole and that every reference has its row."""
    yield from guarded("integrity", _not_whole(connection))
    yield from guarded("references", _without_row(connection))


def _not_whole(connection: sqlite3.Connection) -> Iterator[Problem]:
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield Problem("integrity", "file", message)


def _without_row(connection: sqlite3.Connection) -> Iterator[Problem]:
    for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Problem("references", f"{table} {rowid}", f"names a row that is missing from {parent}")


#: What is kept of the cuts of each site and rule, and what they come to.
_SUMMED = "SELECT rule, kind, site, n_cuts, cut_chars FROM site_rules WHERE n_cuts <> 0"
_COUNTED = (
    "SELECT rule, kind, coalesce(site, ''), count(*), sum(\"end\" - start)"
    " FROM cuts JOIN articles ON articles.id = article_id GROUP BY 1, 2, 3"
)

#: Queries that find nothing in a sound file: (name, what is wrong, query of the rows concerned, named first).
_FINDS_NOTHING = (
    ("documents", "has no article", "SELECT id FROM documents EXCEPT SELECT id FROM articles"),
    ("documents", "has no stored original", "SELECT id FROM documents EXCEPT SELECT document_id FROM raws"),
    ("documents", "has no stored page", "SELECT id FROM documents EXCEPT SELECT document_id FROM pages"),
    ("articles", "has no text", "SELECT id FROM articles EXCEPT SELECT id FROM article_texts"),
    (
        "articles",
        "is rejected without a reason",
        "SELECT id FROM articles WHERE status = 'rejected' AND reason IS NULL",
    ),
    (
        "versions",
        "is one of two current versions of a url",
        "SELECT min(articles.id) FROM articles JOIN documents USING (id)"
        " WHERE documents.url IS NOT NULL AND status IN ('kept', 'duplicate')"
        " GROUP BY coalesce(address, documents.url) HAVING count(*) > 1"
        " AND coalesce(address, documents.url) NOT IN (SELECT address FROM unsettled_addresses)",
    ),
    (
        "signatures",
        "is kept or a duplicate without a signature, or has one and is neither",
        "SELECT id FROM articles LEFT JOIN signatures ON article_id = id"
        " WHERE (status IN ('kept', 'duplicate')) <> (article_id IS NOT NULL)",
    ),
    (
        "clusters",
        "has not the members it counts, or not one survivor",
        "SELECT clusters.id FROM clusters LEFT JOIN articles ON cluster_id = clusters.id GROUP BY clusters.id"
        " HAVING count(*) <> size OR sum(status = 'kept') <> 1 OR sum(status = 'kept' AND articles.id = keeper_id) <> 1"
        " OR sum(status = 'duplicate' AND duplicate_of = keeper_id) <> size - 1",
    ),
    (
        "clusters",
        "is a duplicate outside any cluster, or marked as one without being one",
        "SELECT id FROM articles WHERE (status = 'duplicate') <> (duplicate_of IS NOT NULL)"
        " OR (status = 'duplicate' AND cluster_id IS NULL)"
        " OR (cluster_id IS NOT NULL AND status NOT IN ('kept', 'duplicate'))",
    ),
    (
        "pairs",
        "is in a pair but takes no part in deduplication",
        "SELECT a FROM pairs UNION SELECT b FROM pairs EXCEPT SELECT article_id FROM signatures",
    ),
    (
        "sites",
        "has counters that differ from its articles",
        "SELECT domain FROM sites EXCEPT SELECT domain FROM (SELECT * FROM sites INTERSECT SELECT domain, count(id),"
        " coalesce(sum(status = 'kept'), 0), coalesce(sum(status = 'duplicate'), 0),"
        " coalesce(sum(status = 'rejected'), 0), coalesce(sum(status = 'superseded'), 0),"
        " coalesce(sum(articles.raw_chars), 0),"
        " coalesce(sum(CAST(round(ratio_cut * articles.raw_chars) AS INTEGER)), 0)"
        " FROM sites LEFT JOIN articles ON site = domain GROUP BY domain)",
    ),
    ("site_rules", "has sums that differ from the cuts", f"{_SUMMED} EXCEPT {_COUNTED}"),
    ("site_rules", "has cuts that no sum counts", f"{_COUNTED} EXCEPT {_SUMMED}"),
)


def check_rows(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that tables agree: one article a document, one survivor a cluster, counters that add up."""
    for name, wrong, query in _FINDS_NOTHING:
        yield from guarded(name, _found(connection, name, wrong, query))


def _found(connection: sqlite3.Connection, name: str, wrong: str, query: str) -> Iterator[Problem]:
    for row in connection.execute(query):
        yield Problem(name, str(row[0]), wrong)


def check_search(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that the full-text index holds exactly the words of the articles.

    SQLite has it asked for by an INSERT, which changes nothing, but is refused where the file may not be written to.
    """
    try:
        connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        yield Problem("search", "articles_fts", "does not agree with the articles")
