"""Words -> articles: full-text search that takes any input."""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

from curator.store.rows import shown

#: What a snippet sets around a word that was found: control characters that no text is displayed with.
FOUND, END = "\x02", "\x03"

#: Of more rows no query can be asked.
MOST_ROWS = 2**63 - 1

_PIECES = re.compile(r'"([^"]*)"?|([^\s"]+)')

#: More words than these say nothing more, and each costs a look into the index.
_MOST_WORDS = 24


class Hit(NamedTuple):
    """An article that a search found; the words found stand between ``FOUND`` and ``END`` in ``snippet``."""

    id: int
    title: str | None
    site: str | None
    published: str | None
    lang: str | None
    status: str
    snippet: str


def match_of(query: str) -> str:
    r"""Return a query as FTS5 takes it: every word quoted, so that no character in it is syntax.

    Words in quotes are a phrase, a word that ends in ``*`` stands for all that begin so; all words must occur.

    >>> match_of('AH-64E L\'expertise 50% brück*'), match_of('"new bridge'), match_of('NEAR("'), match_of('"%"')
    ('"AH-64E" "L\'expertise" "50%" "brück"*', '"new bridge"', '"NEAR("', '')
    """
    parts = []
    for phrase, word in _PIECES.findall(query.replace("\x00", " ")):
        text = phrase or word
        if any(char.isalnum() for char in text):
            parts.append(f'"{text.rstrip("*")}"' + "*" * word.endswith("*"))
    return " ".join(parts[:_MOST_WORDS])


def search(
    connection: sqlite3.Connection, query: str, *, status: str | None = "kept", limit: int = 20, offset: int = 0
) -> list[Hit]:
    """Return the articles that hold all words of a query, best first; none for a query without a word.

    Case and accents do not count. ``status`` None searches all articles. Raises ValueError for a limit or an offset
    below 0.
    """
    if limit < 0 or offset < 0:
        raise ValueError(f"limit and offset are 0 or more, not {limit} and {offset}")
    match = match_of(shown(query))
    if not match:
        return []
    rows = connection.execute(
        "SELECT id, articles.title, site, published, lang, status, snippet(articles_fts, 1, ?, ?, '…', 24)"
        " FROM articles_fts JOIN articles ON id = articles_fts.rowid"
        " WHERE articles_fts MATCH ? AND (?4 IS NULL OR status = ?4) ORDER BY rank LIMIT ? OFFSET ?",
        (FOUND, END, match, status, min(limit, MOST_ROWS), min(offset, MOST_ROWS)),
    )
    return [Hit(*row) for row in rows]
