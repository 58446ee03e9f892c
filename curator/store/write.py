"""Records -> rows: what a batch, a re-cleaning or a removal changes; the caller holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from curator.store.rows import ArticleRow, CutRow, Entry, TextRow, shown


class Run(NamedTuple):
    """A command at work: what the table ``runs`` knows from its start. ``settings`` is JSON, ``started`` ISO UTC."""

    command: str
    version: str
    settings: str
    started: str


def begin_run(connection: sqlite3.Connection, run: Run) -> int:
    """Write the row of a run and return its id."""
    cursor = connection.execute("INSERT INTO runs (command, version, settings, started) VALUES (?, ?, ?, ?)", run)
    return int(cursor.lastrowid or 0)


def finish_run(connection: sqlite3.Connection, run_id: int, finished: str, counts: str) -> None:
    """Note when a run ended and its counts (JSON)."""
    connection.execute("UPDATE runs SET finished = ?, counts = ? WHERE id = ?", (finished, counts, run_id))


def add_entry(connection: sqlite3.Connection, entry: Entry, run_id: int) -> int:
    """Write a document with its article and cuts and return its id."""
    _add_sites(connection, (entry.site, entry.article.site))
    cursor = connection.execute(
        "INSERT INTO documents (key, source, source_id, url, site, fetched_at, media, encoding, n_bytes, member,"
        " position, fields, meta, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*(shown(part) if isinstance(part, str) else part for part in entry[:13]), run_id),
    )
    identity = int(cursor.lastrowid or 0)
    connection.execute("INSERT INTO raws VALUES (?, ?, ?)", (identity, entry.content, entry.record))
    connection.execute("INSERT INTO pages VALUES (?, ?, ?)", (identity, entry.page, entry.repairs))
    _add_article(connection, identity, entry)
    return identity


def _add_sites(connection: sqlite3.Connection, domains: Iterable[str | None]) -> None:
    for domain in filter(None, domains):
        connection.execute("INSERT OR IGNORE INTO sites (domain) VALUES (?)", (domain,))


#: The columns of an ``ArticleRow``, in its order.
_COLUMNS = ArticleRow._fields


def _article_values(row: ArticleRow) -> tuple[object, ...]:
    values = (shown(part) if isinstance(part, str) else part for part in row)
    return (*values, row.published)


def _add_article(connection: sqlite3.Connection, identity: int, entry: Entry) -> None:
    connection.execute(
        "INSERT INTO articles (title, site, url, lang, published, author, words, chars, raw_chars, ratio_cut,"
        " review, status, reason, month, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, substr(?, 1, 7), ?)",
        (*_article_values(entry.article), identity),
    )
    _add_text(connection, identity, entry.article.title, entry.text)
    _add_cuts(connection, identity, entry.cuts)


def _add_text(connection: sqlite3.Connection, identity: int, title: str | None, row: TextRow) -> None:
    text = shown(row.text)
    connection.execute("INSERT INTO article_texts VALUES (?, ?, ?, ?)", (identity, *row[:2], text))
    _join_index(connection, identity, title, row)


def _join_index(connection: sqlite3.Connection, identity: int, title: str | None, row: TextRow) -> None:
    connection.execute(
        "INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)",
        (identity, title and shown(title), shown(row.text)),
    )


def _add_cuts(connection: sqlite3.Connection, identity: int, cuts: Sequence[CutRow]) -> None:
    connection.executemany(
        'INSERT INTO cuts (article_id, start, "end", kind, rule, why, text) VALUES (?, ?, ?, ?, ?, ?, ?)',
        [(identity, *row.cut, shown(row.text)) for row in cuts],
    )


def replace_article(connection: sqlite3.Connection, identity: int, entry: Entry) -> None:
    """Write what a new cleaning made of a stored document in place of its page, article and cuts."""
    connection.execute(
        "UPDATE pages SET text = ?, repairs = ? WHERE document_id = ?", (entry.page, entry.repairs, identity)
    )
    _add_sites(connection, (entry.article.site,))
    recut_article(connection, identity, entry.article, entry.text, entry.cuts)


def recut_article(
    connection: sqlite3.Connection, identity: int, article: ArticleRow, text: TextRow, cuts: Sequence[CutRow]
) -> None:
    """Write what other cuts make of the stored page of a document, in place of its article and cuts.

    Only what differs is touched: each row of cuts, and each column of articles, stands in indexes and sums.
    """
    found = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM articles WHERE id = ?", (identity,)).fetchone()
    values = _article_values(article)[:-1]
    changes = {name: value for name, was, value in zip(_COLUMNS, found, values, strict=True) if was != value}
    _leave_index(connection, identity)
    # The sums of cuts are kept by site: those of an article that moves to another one are all counted anew.
    new = _drop_cuts(connection, identity, () if "site" in changes else cuts)
    if "published" in changes:
        changes["month"] = (article.published or "")[:7] or None
    if changes:
        settings = ", ".join(f"{name} = ?" for name in changes)
        connection.execute(f"UPDATE articles SET {settings} WHERE id = ?", (*changes.values(), identity))
    connection.execute(
        "UPDATE article_texts SET title_start = ?, title_end = ?, text = ? WHERE id = ?",
        (*text[:2], shown(text.text), identity),
    )
    _join_index(connection, identity, article.title, text)
    _add_cuts(connection, identity, cuts if "site" in changes else new)


def _drop_cuts(connection: sqlite3.Connection, identity: int, wanted: Sequence[CutRow]) -> list[CutRow]:
    """Delete the cuts of an article that are not wanted, and return the wanted ones that are not there."""
    left = {(*row.cut, shown(row.text)): row for row in wanted}
    gone = []
    for number, *row in connection.execute(
        'SELECT id, start, "end", kind, rule, why, text FROM cuts WHERE article_id = ?', (identity,)
    ):
        if left.pop(tuple(row), None) is None:
            gone.append((number,))
    connection.executemany("DELETE FROM cuts WHERE id = ?", gone)
    return list(left.values())


def _leave_index(connection: sqlite3.Connection, identity: int) -> None:
    # An external-content index must be told the very words that leave it, before they are gone.
    connection.execute(
        "INSERT INTO articles_fts (articles_fts, rowid, title, text)"
        " SELECT 'delete', id, title, text FROM article_search WHERE id = ?",
        (identity,),
    )


def _drop_text(connection: sqlite3.Connection, identity: int) -> None:
    _leave_index(connection, identity)
    connection.execute("DELETE FROM cuts WHERE article_id = ?", (identity,))
    connection.execute("DELETE FROM article_texts WHERE id = ?", (identity,))


def remove_document(connection: sqlite3.Connection, identity: int) -> None:
    """Delete a document with all that was made of it; no other row may name it as its keeper any more."""
    _drop_text(connection, identity)
    connection.execute("DELETE FROM articles WHERE id = ?", (identity,))
    connection.execute("DELETE FROM documents WHERE id = ?", (identity,))


def see_again(connection: sqlite3.Connection, identity: int, source: str, fetched_at: str | None) -> bool:
    """Note where and when a stored document was seen again; return whether its latest fetch moved."""
    connection.execute(
        "INSERT OR IGNORE INTO paths SELECT id, ? FROM documents WHERE id = ? AND source <> ?",
        (shown(source), identity, shown(source)),
    )
    if fetched_at is None:
        return False
    cursor = connection.execute(
        "UPDATE documents SET fetched_at = ? WHERE id = ? AND (fetched_at IS NULL OR fetched_at < ?)",
        (fetched_at, identity, fetched_at),
    )
    return cursor.rowcount > 0


def set_status(connection: sqlite3.Connection, changes: Iterable[tuple[int, str, str | None]]) -> None:
    """Give articles (id, status, reason)."""
    connection.executemany(
        "UPDATE articles SET status = ?, reason = ? WHERE id = ?",
        [(status, reason, identity) for identity, status, reason in changes],
    )


def set_property(connection: sqlite3.Connection, name: str, value: str | bytes) -> None:
    """Store a property of the corpus."""
    connection.execute("INSERT OR REPLACE INTO properties VALUES (?, ?)", (name, value))


def analyze(connection: sqlite3.Connection) -> None:
    """Refresh the planner's statistics, which facets and searches of the browser need, from samples of each index."""
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute("ANALYZE")
