"""Rows of some documents -> another corpus file, as they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from curator.store.connection import connect, uri_of
from curator.store.selection import Selection, chosen_ids, snapshot

_IDS = "SELECT id FROM temp.chosen"

#: What goes with a document: table -> condition on its rows; parents first. ``articles`` come as if each stood alone.
COPIED = {
    "properties": "name <> 'index_forgotten'",
    "runs": f"id IN (SELECT run_id FROM main.documents WHERE id IN ({_IDS}))",
    "documents": f"id IN ({_IDS})",
    "paths": f"document_id IN ({_IDS})",
    "raws": f"document_id IN ({_IDS})",
    "pages": f"document_id IN ({_IDS})",
    "articles": f"id IN ({_IDS})",
    "article_texts": f"id IN ({_IDS})",
    "cuts": f"article_id IN ({_IDS})",
    "contained": f"article_id IN ({_IDS}) AND container_id IN ({_IDS})",
    "feedback": f"article_id IN ({_IDS})",
    "unsettled_addresses": "true",
    "page_lines": f"document_id IN ({_IDS})",
    "site_lines": "site IN (SELECT domain FROM copy.sites)",
}
#: What follows from the documents and is made anew, by triggers or by the caller.
FOLLOWING = (
    *(
        "uncleaned_documents",
        "sites",
        "site_rules",
        "article_search",
        "articles_fts",
        "unlearned_documents",
        "unlearned_sites",
    ),
    *("signatures", "segments", "segment_blocks", "pairs", "clusters"),
)
#: What belongs to the corpus and its history, not to a document.
LEFT_OUT = ("failures", "unfinished_inputs", "crawls", "crawl_urls", "crawl_sites", "fetches")

_ALONE = {
    "status": "CASE status WHEN 'duplicate' THEN 'kept' ELSE status END",
    "cluster_id": "NULL",
    "duplicate_of": "NULL",
    "similarity": "NULL",
    "via": "NULL",
}

#: Columns that hold something else in a copy. Runs that cleaned its documents again stay behind, so none tells how.
_OTHERWISE = {"articles": _ALONE, "runs": {"cleaner": "''", "cleaned_to": "NULL"}}


def copy_chosen(connection: sqlite3.Connection, selection: Selection, target: Path) -> None:
    """Write the chosen documents with all that was made of them to a new corpus file, under the ids that they have.

    Duplicates come as kept articles, without signatures: the caller finds pairs and clusters among them anew. Sites
    of which some pages stay behind wait to be learned. Raises SettingsError as ``chosen_ids`` does.
    """
    connect(target, create=True).close()
    connection.execute("ATTACH ? AS copy", (uri_of(target),))
    try:
        connection.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")
        with snapshot(connection):
            ids = chosen_ids(connection, selection)
            connection.executemany("INSERT INTO temp.chosen VALUES (?)", ((identity,) for identity in ids))
            _copy(connection)
            connection.execute("COMMIT")
    finally:
        connection.execute("DROP TABLE IF EXISTS temp.chosen")
        connection.execute("DETACH copy")


def _copy(connection: sqlite3.Connection) -> None:
    connection.execute(
        f"INSERT INTO copy.sites (domain) SELECT site FROM main.documents WHERE id IN ({_IDS}) AND site IS NOT NULL"
        f" UNION SELECT site FROM main.articles WHERE id IN ({_IDS}) AND site IS NOT NULL"
    )
    for table, condition in COPIED.items():
        names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(_OTHERWISE.get(table, {}).get(name, f'"{name}"') for name in names)
        connection.execute(f"INSERT INTO copy.{table} ({columns}) SELECT {values} FROM main.{table} WHERE {condition}")
    connection.execute(
        "INSERT INTO copy.site_rules SELECT coalesce(site, ''), kind, rule, count(*), sum(\"end\" - start)"
        " FROM copy.cuts JOIN copy.articles ON articles.id = article_id GROUP BY 1, 2, 3"
    )
    connection.execute(
        "INSERT INTO copy.articles_fts (rowid, title, text)"
        f" SELECT id, title, text FROM main.article_search WHERE id IN ({_IDS}) ORDER BY id"
    )
    _copy_what_waits(connection)


def _copy_what_waits(connection: sqlite3.Connection) -> None:
    """Leave on the lists of what is to be learned what waited before, and sites that lost pages."""
    connection.execute(
        "DELETE FROM copy.unlearned_documents"
        " WHERE document_id NOT IN (SELECT document_id FROM main.unlearned_documents)"
    )
    connection.execute(
        "DELETE FROM copy.unlearned_sites WHERE site NOT IN (SELECT site FROM main.unlearned_sites)"
        f" AND site NOT IN (SELECT site FROM main.page_lines WHERE document_id NOT IN ({_IDS}))"
    )


def unsigned_ids(connection: sqlite3.Connection) -> list[int]:
    """Return the kept articles that have no signature yet, by id."""
    rows = connection.execute(
        "SELECT id FROM articles LEFT JOIN signatures ON article_id = id"
        " WHERE status = 'kept' AND article_id IS NULL ORDER BY id"
    )
    return [row[0] for row in rows]


def superseded_urls(connection: sqlite3.Connection) -> list[str]:
    """Return the addresses of which an older version is stored."""
    rows = connection.execute(
        "SELECT DISTINCT coalesce(address, documents.url) FROM documents JOIN articles USING (id)"
        " WHERE status = 'superseded' ORDER BY 1"
    )
    return [row[0] for row in rows]
