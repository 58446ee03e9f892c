"""Records -> rows: what a batch, a re-cleaning or a removal changes; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from curator.sites import address_of
from curator.store.rows import ArticleRow, CutValues, Entry, TextRow, named, shown


class Run(NamedTuple):
    """A command at work: what the table ``runs`` knows from its start. ``settings`` is JSON, ``started`` ISO UTC.

    ``inputs`` is a list of the paths it was given, as JSON. ``cleaner`` names the rules that it cleans by: None where
    it cleans nothing, empty where they are not known.
    """

    command: str
    version: str
    settings: str
    started: str
    inputs: str | None = None
    cleaner: str | None = None


def begin_run(connection: sqlite3.Connection, run: Run) -> int:
    """Write the row of a run and return its id."""
    cursor = connection.execute(
        "INSERT INTO runs (command, version, settings, started, inputs, cleaner) VALUES (?, ?, ?, ?, ?, ?)", run
    )
    return int(cursor.lastrowid or 0)


def finish_run(connection: sqlite3.Connection, run_id: int, finished: str, counts: str) -> None:
    """Note when a run ended and its counts (JSON)."""
    connection.execute("UPDATE runs SET finished = ?, counts = ? WHERE id = ?", (finished, counts, run_id))


def add_entries(connection: sqlite3.Connection, entries: Sequence[Entry], run_id: int) -> list[int]:
    """Write documents with their articles and cuts, and return their ids, which follow one upon the other.

    Rows go in table by table: a statement for each row of each document takes three times as long.
    """
    ids = _next_ids(connection, len(entries))
    numbered = list(zip(ids, entries, strict=True))
    _add_sites(connection, [site for entry in entries for site in (entry.site, entry.article.site)])
    connection.executemany(
        "INSERT INTO documents (id, key, source, source_id, url, site, fetched_at, media, encoding, n_bytes, member,"
        " position, fields, meta, run_id, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *map(_named, entry[:13]), run_id, _other_address(entry.url)) for number, entry in numbered],
    )
    connection.executemany(
        "INSERT INTO raws VALUES (?, ?, ?)", [(i, entry.content, entry.record) for i, entry in numbered]
    )
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?)", [(i, entry.page, entry.repairs) for i, entry in numbered]
    )
    _add_articles(connection, numbered)
    return ids


def _other_address(url: str | None) -> str | None:
    """Return the address that a url is one way to write, None where it is that very one."""
    stored = None if url is None else named(url)
    return None if stored is None or (address := address_of(stored)) == stored else address


def settle_addresses(connection: sqlite3.Connection, addresses: Iterable[str]) -> None:
    """Take addresses off the list of those that an upgrade left to be settled."""
    connection.executemany("DELETE FROM unsettled_addresses WHERE address = ?", [(one,) for one in addresses])


def _next_ids(connection: sqlite3.Connection, n: int) -> list[int]:
    """Return the next n ids of documents: none that a document ever had, removed ones with them."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'documents'").fetchone()
    first = int(last[0]) + 1 if last else 1
    return list(range(first, first + n))


def _shown(value: object) -> object:
    return shown(value) if isinstance(value, str) else value


def _named(value: object) -> object:
    return named(value) if isinstance(value, str) else value


def _add_sites(connection: sqlite3.Connection, domains: Iterable[str | None]) -> None:
    distinct = dict.fromkeys(filter(None, domains))
    connection.executemany("INSERT OR IGNORE INTO sites (domain) VALUES (?)", [(domain,) for domain in distinct])


#: The columns of an ``ArticleRow``, in its order.
_COLUMNS = ArticleRow._fields


def _add_articles(connection: sqlite3.Connection, numbered: Sequence[tuple[int, Entry]]) -> None:
    connection.executemany(
        "INSERT INTO articles (id, title, site, url, lang, published, author, words, chars, raw_chars, ratio_cut,"
        " review, status, reason, month) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(i, *map(_shown, entry.article), _month(entry.article.published)) for i, entry in numbered],
    )
    texts = [(i, *entry.text[:2], shown(entry.text.text)) for i, entry in numbered]
    connection.executemany("INSERT INTO article_texts VALUES (?, ?, ?, ?)", texts)
    titled = [(row[0], _shown(entry.article.title), row[3]) for row, (_, entry) in zip(texts, numbered, strict=True)]
    _join_index(connection, titled)
    _add_cuts(connection, [(i, entry.article.site, entry.cuts) for i, entry in numbered])


def _month(published: str | None) -> str | None:
    return published and shown(published[:7])


def _join_index(connection: sqlite3.Connection, rows: Iterable[tuple[int, object, str]]) -> None:
    """Take (id, title, text) into the full-text index."""
    connection.executemany("INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)", rows)


#: A cut's id is that of its article, then its start: the same in whatever order articles are cut and cut again, and
#: the cuts of an article lie together. No document is longer than 2**31 bytes (``settings.max_document_bytes``).
_START_BITS = 31


def _add_cuts(connection: sqlite3.Connection, found: Iterable[tuple[int, str | None, Iterable[CutValues]]]) -> None:
    """Write the cuts of articles (id, site, cuts), and count them for their sites: a trigger takes as long again."""
    rows: list[tuple[int | str, ...]] = []
    n_cuts: Counter[tuple[str, str, str]] = Counter()
    n_chars: Counter[tuple[str, str, str]] = Counter()
    for identity, site, cuts in found:
        for cut in cuts:
            rows.append(((identity << _START_BITS) + cut[0], identity, *cut))
            key = (site or "", cut[2], cut[3])
            n_cuts[key] += 1
            n_chars[key] += cut[1] - cut[0]
    connection.executemany(
        'INSERT INTO cuts (id, article_id, start, "end", kind, rule, why, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', rows
    )
    connection.executemany(
        "INSERT INTO site_rules VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET n_cuts = n_cuts + excluded.n_cuts, cut_chars = cut_chars + excluded.cut_chars",
        [(*key, number, n_chars[key]) for key, number in n_cuts.items()],
    )


class Recut(NamedTuple):
    """What other cuts make of the stored page of a document."""

    id: int
    article: ArticleRow
    text: TextRow
    cuts: Sequence[CutValues]


def replace_articles(connection: sqlite3.Connection, entries: Mapping[int, Entry]) -> None:
    """Write what a new cleaning made of stored documents in place of their pages, articles and cuts."""
    connection.executemany(
        "INSERT OR REPLACE INTO pages VALUES (?, ?, ?)",
        [(identity, entry.page, entry.repairs) for identity, entry in entries.items()],
    )
    _add_sites(connection, [entry.article.site for entry in entries.values()])
    recut_articles(connection, [Recut(i, entry.article, entry.text, entry.cuts) for i, entry in entries.items()])


def recut_articles(connection: sqlite3.Connection, recuts: Sequence[Recut]) -> None:
    """Write articles and cuts in place of those of their documents.

    Only what differs is touched: each row of cuts, and each column of articles, stands in indexes and sums.
    """
    ids = [recut.id for recut in recuts]
    _leave_index(connection, ids)
    changes = _changes(connection, recuts)
    # The sums of cuts are kept by site: those of an article that moves to another one are all counted anew.
    new = _drop_cuts(
        connection, [recut._replace(cuts=()) if "site" in changes[recut.id] else recut for recut in recuts]
    )
    for identity, changed in changes.items():
        if changed:
            settings = ", ".join(f"{name} = ?" for name in changed)
            connection.execute(f"UPDATE articles SET {settings} WHERE id = ?", (*changed.values(), identity))
    texts = [(*recut.text[:2], shown(recut.text.text), recut.id) for recut in recuts]
    connection.executemany("UPDATE article_texts SET title_start = ?, title_end = ?, text = ? WHERE id = ?", texts)
    titled = [(r.id, _shown(r.article.title), text[2]) for r, text in zip(recuts, texts, strict=True)]
    _join_index(connection, titled)
    _add_cuts(connection, [(r.id, r.article.site, r.cuts if "site" in changes[r.id] else new[r.id]) for r in recuts])


def _changes(connection: sqlite3.Connection, recuts: Sequence[Recut]) -> dict[int, dict[str, object]]:
    """Return for each article the columns that are to hold something else."""
    rows = connection.execute(
        f"SELECT id, {', '.join(_COLUMNS)} FROM articles WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([recut.id for recut in recuts]),),
    )
    found = {identity: values for identity, *values in rows}
    changes = {}
    for recut in recuts:
        wanted = zip(_COLUMNS, found[recut.id], map(_shown, recut.article), strict=True)
        changed = {name: value for name, was, value in wanted if was != value}
        if "published" in changed:
            changed["month"] = _month(recut.article.published)
        changes[recut.id] = changed
    return changes


def _drop_cuts(connection: sqlite3.Connection, recuts: Sequence[Recut]) -> dict[int, list[CutValues]]:
    """Delete the cuts of articles that are not wanted, and return the wanted ones that are not there."""
    left = {recut.id: dict.fromkeys(recut.cuts) for recut in recuts}
    gone = []
    rows = connection.execute(
        'SELECT id, article_id, start, "end", kind, rule, why, text FROM cuts'
        " WHERE article_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(left)),),
    )
    for number, identity, *row in rows:
        if tuple(row) in left[identity]:
            del left[identity][tuple(row)]
        else:
            gone.append((number,))
    connection.executemany("DELETE FROM cuts WHERE id = ?", gone)
    return {identity: list(wanted) for identity, wanted in left.items()}


def _leave_index(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    # An external-content index must be told the very words that leave it, before they are gone.
    connection.execute(
        "INSERT INTO articles_fts (articles_fts, rowid, title, text)"
        " SELECT 'delete', id, title, text FROM article_search WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )


def _drop_text(connection: sqlite3.Connection, identity: int) -> None:
    _leave_index(connection, [identity])
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
        (named(source), identity, named(source)),
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
