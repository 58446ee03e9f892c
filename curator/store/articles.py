"""Stored articles, whole: for explanations, exports and another cleaning."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from curator.errors import ReadError, StoreError
from curator.model import Cut, Raw
from curator.readers import revive
from curator.store.read import rows_of
from curator.store.rows import CutRow, unpack, unpack_page

TABLES = "documents JOIN articles ON articles.id = documents.id JOIN article_texts ON article_texts.id = documents.id"


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A document of the corpus with the article it became. Columns as in the tables of the same names."""

    id: int
    key: str
    source: str
    source_id: str | None
    fetched_at: str | None
    media: str
    encoding: str | None
    n_bytes: int
    site: str | None
    url: str | None
    title: str | None
    lang: str | None
    published: str | None
    author: str | None
    words: int
    chars: int
    raw_chars: int
    ratio_cut: float
    review: str | None
    status: str
    reason: str | None
    cluster_id: str | None
    duplicate_of: int | None
    similarity: float | None
    via: int | None
    title_start: int | None
    title_end: int | None
    text: str

    @property
    def title_span(self) -> tuple[int, int] | None:
        """Where the title stands in the page text, or None."""
        return None if self.title_start is None or self.title_end is None else (self.title_start, self.title_end)


#: Of columns that other tables have, too, the one that is meant.
_MEANT = {"id": "documents.id"}
_MEANT |= {name: f"articles.{name}" for name in ("site", "url", "title")}
_MEANT |= {name: f"article_texts.{name}" for name in ("title_start", "title_end", "text")}
#: What ``StoredArticle`` is made of, in its order.
COLUMNS = ", ".join(_MEANT.get(each.name, each.name) for each in fields(StoredArticle))


def iter_articles(connection: sqlite3.Connection, status: Iterable[str] = ()) -> Iterator[StoredArticle]:
    """Yield the articles of some statuses, or all, in the order of their ids."""
    listed = json.dumps(list(status))
    yield from _articles(connection, "?1 = '[]' OR status IN (SELECT value FROM json_each(?1))", listed)


def articles_of(connection: sqlite3.Connection, ids: Iterable[int]) -> Iterator[StoredArticle]:
    """Yield the articles with these ids, in the order of the ids."""
    listed = json.dumps(list(ids))
    yield from _articles(connection, "documents.id IN (SELECT value FROM json_each(?1))", listed)


def find_article(connection: sqlite3.Connection, identity: int) -> StoredArticle | None:
    """Return an article by its id, or None."""
    if not 0 < identity < 2**63:  # no integer of SQLite's
        return None
    return next(_articles(connection, "documents.id = ?1", identity), None)


def _articles(connection: sqlite3.Connection, where: str, value: object) -> Iterator[StoredArticle]:
    query = f"SELECT {COLUMNS} FROM {TABLES} WHERE {where} ORDER BY documents.id"
    for row in connection.execute(query, (value,)):
        yield StoredArticle(*row)


def cuts_of(connection: sqlite3.Connection, identity: int) -> list[CutRow]:
    """Return an article's cuts in order."""
    rows = connection.execute(
        'SELECT start, "end", kind, rule, why, text FROM cuts WHERE article_id = ? ORDER BY start', (identity,)
    )
    return [CutRow(Cut(*row[:5]), row[5]) for row in rows]


def page_text_of(connection: sqlite3.Connection, identity: int) -> str:
    """Return the page text that an article's offsets point into; raise StoreError where it is missing or damaged."""
    row = connection.execute(
        "SELECT text, coalesce(content, record) FROM pages JOIN raws USING (document_id) WHERE document_id = ?",
        (identity,),
    ).fetchone()
    return unpacked_page(identity, *(row or (None, None)))


def unpacked_page(identity: int, page: bytes | None, raw: bytes | None) -> str:
    """Return the page text of a document as ``page_text_of`` does, of what is stored: page and original, packed."""
    mend = "`curator reclean --whole` makes it anew from the original"
    if page is None:
        raise StoreError(f"the page of document {identity} is missing; {mend}")
    try:
        return unpack_page(page, raw)
    except StoreError as error:
        raise StoreError(f"the page of document {identity}: {error}; {mend}") from error


def has_page(connection: sqlite3.Connection, identity: int, text: str) -> bool:
    """Return whether this is the page text that is stored of a document; none is where it is missing or damaged."""
    try:
        return page_text_of(connection, identity) == text
    except StoreError:
        return False


def raw_of(connection: sqlite3.Connection, article: StoredArticle) -> Raw:
    """Return a document as it was read; raise ReadError where what is stored of it is missing or damaged."""
    found = connection.execute(
        "SELECT content, record, url, fields, meta FROM raws JOIN documents ON id = document_id WHERE id = ?",
        (article.id,),
    ).fetchone()
    return revived(article, found)


#: What is stored of a document as it was read: content, record, url, fields, meta.
OriginalRow = tuple[bytes | None, bytes | None, str | None, str | None, str | None]


def revived(article: StoredArticle, found: OriginalRow | None) -> Raw:
    """Return a document as ``raw_of`` does, of the row that is stored of it."""
    if found is None:
        raise ReadError(f"{article.source}: the stored original is missing; add its input again")
    content, record, url, fields, meta = found
    row: Mapping[str, object] = {
        "source": article.source,
        "source_id": article.source_id,
        "url": url,
        "fetched_at": article.fetched_at,
        "media": article.media,
        "encoding": article.encoding,
        "fields": fields,
        "meta": meta,
    }
    try:
        unpacked = None if content is None else unpack(content), None if record is None else unpack(record)
    except StoreError as error:
        raise ReadError(f"{article.source}: {error}; remove the document and add its input again") from error
    return revive(*unpacked, row)


def paths_of(connection: sqlite3.Connection, identity: int) -> list[str]:
    """Return the other paths that a document was seen at."""
    rows = connection.execute("SELECT source FROM paths WHERE document_id = ? ORDER BY source", (identity,))
    return [row[0] for row in rows]


def cluster_of(connection: sqlite3.Connection, cluster_id: str) -> list[dict[str, object]]:
    """Return the members of a cluster, the survivor first, then by similarity."""
    return list(
        rows_of(
            connection,
            "SELECT articles.id, title, articles.site, published, source, status, similarity, via FROM articles"
            " JOIN documents ON documents.id = articles.id WHERE cluster_id = ?"
            " ORDER BY status = 'duplicate', similarity DESC, articles.id",
            (cluster_id,),
        )
    )


def stats_of(connection: sqlite3.Connection) -> dict[str, object]:
    """Return what the corpus holds and what was cut, as numbers by name."""
    totals = next(
        rows_of(
            connection,
            "SELECT count(*) AS articles, coalesce(sum(raw_chars), 0) AS raw_chars,"
            " CAST(coalesce(sum(round(raw_chars * ratio_cut)), 0) AS INTEGER) AS cut_chars FROM articles",
        )
    )

    def by(query: str) -> dict[str, object]:
        return dict(connection.execute(query).fetchall())

    return {
        **totals,
        "status": by("SELECT status, count(*) FROM articles GROUP BY status ORDER BY count(*) DESC, status"),
        "clusters": connection.execute("SELECT count(*) FROM clusters").fetchone()[0],
        "pairs": connection.execute("SELECT count(*) FROM pairs").fetchone()[0],
        "failures": connection.execute("SELECT count(*) FROM failures").fetchone()[0],
        "languages": by("SELECT coalesce(lang, ''), count(*) FROM articles GROUP BY lang ORDER BY count(*) DESC, lang"),
        "sites": by("SELECT domain, n_articles FROM sites WHERE n_articles > 0 ORDER BY 2 DESC, 1"),
        "templates": by("SELECT site, count(*) FROM site_lines GROUP BY site ORDER BY 2 DESC, 1"),
        "months": by("SELECT month, count(*) FROM articles WHERE month IS NOT NULL GROUP BY month ORDER BY month"),
        "kinds": by("SELECT kind, sum(cut_chars) FROM site_rules GROUP BY kind HAVING sum(n_cuts) ORDER BY 2 DESC, 1"),
        "rules": by("SELECT rule, sum(n_cuts) FROM site_rules GROUP BY rule HAVING sum(n_cuts) ORDER BY 2 DESC, 1"),
    }
