"""Documents with all that is stored of them, read in the order of their ids, a bounded number at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, NamedTuple

from curator.cluster.records import Signed
from curator.model import Cut, Verdict
from curator.store.articles import COLUMNS, TABLES, OriginalRow, StoredArticle
from curator.store.rows import CutRow
from curator.store.templates import PageLines

#: Documents that are proved together, and the bytes of rows at which fewer are: of books, one.
TOGETHER = 256
_TOGETHER_BYTES = 4 << 20

_ROWS = (
    f"SELECT {COLUMNS}, raws.document_id, content, record, documents.url, fields, documents.meta, pages.text, digest,"
    " minhash, marks, page_lines.document_id, page_lines.site, page_lines.title, page_lines.title_start,"
    " page_lines.title_end, headline, shown, lines, sketch"
    f" FROM {TABLES} LEFT JOIN raws ON raws.document_id = documents.id LEFT JOIN pages ON pages.document_id ="
    " documents.id LEFT JOIN signatures ON article_id = documents.id LEFT JOIN page_lines ON page_lines.document_id ="
    " documents.id ORDER BY documents.id"
)
_N_ARTICLE = len(fields(StoredArticle))
_CUTS = (
    'SELECT article_id, start, "end", kind, rule, why, text FROM cuts WHERE article_id BETWEEN ? AND ?'
    " ORDER BY article_id, start"
)
_VERDICTS = (
    'SELECT article_id, start, "end", verdict, kind, text FROM feedback WHERE article_id BETWEEN ? AND ?'
    ' ORDER BY article_id, start, "end"'
)


class Stored(NamedTuple):
    """A document as its rows hold it: plain values, which travel from process to process in no time.

    ``row`` is one of ``_ROWS``, ``cuts`` and ``verdicts`` are rows without the article's id.
    """

    row: tuple[Any, ...]
    cuts: list[tuple[Any, ...]]
    verdicts: list[tuple[Any, ...]]

    @property
    def id(self) -> int:
        """The document's id."""
        return int(self.row[0])

    def article(self) -> StoredArticle:
        """Return the article."""
        return StoredArticle(*self.row[:_N_ARTICLE])

    def original(self) -> OriginalRow | None:
        """Return what is stored of the document as it was read, None where that is missing."""
        identity, content, record, url, fields, meta = self.row[_N_ARTICLE : _N_ARTICLE + 6]
        return None if identity is None else (content, record, url, fields, meta)

    def page(self) -> bytes | None:
        """Return the packed page, None where it is missing."""
        page: bytes | None = self.row[_N_ARTICLE + 6]
        return page

    def signed(self) -> Signed | None:
        """Return the signature row, None where the article takes no part in deduplication."""
        digest, minhash = self.row[_N_ARTICLE + 7 : _N_ARTICLE + 9]
        return None if digest is None else Signed(digest, minhash)

    def noted(self) -> tuple[PageLines, int] | None:
        """Return what is noted of the page's lines, and which template lines were cut from it."""
        marks, *noted = self.row[_N_ARTICLE + 9 :]
        return None if noted[0] is None else (PageLines(*noted), marks)

    def cut_rows(self) -> list[CutRow]:
        """Return the cuts in order."""
        return [CutRow(Cut(*row[:5]), row[5]) for row in self.cuts]

    def said(self) -> list[Verdict]:
        """Return what people said of the article."""
        return [Verdict(*row) for row in self.verdicts]


def count_documents(connection: sqlite3.Connection) -> int:
    """Return the number of articles, as ``stored_documents`` gives them where nothing is missing."""
    return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def stored_documents(connection: sqlite3.Connection) -> Iterator[list[Stored]]:
    """Yield the documents that have an article and a text, by id, some together."""
    rows: list[tuple[Any, ...]] = []
    n_bytes = 0
    for row in connection.execute(_ROWS):
        rows.append(row)
        n_bytes += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(rows) == TOGETHER or n_bytes > _TOGETHER_BYTES:
            yield _with_cuts(connection, rows)
            rows, n_bytes = [], 0
    if rows:
        yield _with_cuts(connection, rows)


def _with_cuts(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> list[Stored]:
    documents = {row[0]: Stored(row, [], []) for row in rows}
    between = rows[0][0], rows[-1][0]
    for identity, *cut in connection.execute(_CUTS, between):
        if identity in documents:
            documents[identity].cuts.append(tuple(cut))
    for identity, *verdict in connection.execute(_VERDICTS, between):
        if identity in documents:
            documents[identity].verdicts.append(tuple(verdict))
    return list(documents.values())
