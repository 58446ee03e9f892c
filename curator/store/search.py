"""Words -> articles: full-text search that takes any input."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

from curator.store.rows import shown
from curator.store.unspaced import Scan, around, is_unspaced, scan_for

#: What a snippet sets around a word that was found: control characters that no text is displayed with.
FOUND, END = "\x02", "\x03"

#: Of more rows no query can be asked.
MOST_ROWS = 2**63 - 1

_PIECES = re.compile(r'"([^"]*)"?|([^\s"]+)')

#: A whole run of characters that a script without spaces writes is one word to the index: it finds few.
_MOST_MATCHED = 1_000

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
    return " ".join(f'"{word}"' + "*" * any_ending for word, any_ending in _words_of(query))


def scan_of(query: str) -> Scan | None:
    """Return how to find what the index cannot: words of scripts without spaces, as they stand inside longer runs.

    >>> scan_of("東京 bridge").values, scan_of("bridge")
    ({'word0': '東京', 'spaced': '"bridge"'}, None)
    """
    words = list(_words_of(query))
    spaced = " ".join(f'"{word}"' + "*" * any_ending for word, any_ending in words if not is_unspaced(word))
    return scan_for([word for word, _ in words if is_unspaced(word)], spaced)


def _words_of(query: str) -> Iterator[tuple[str, bool]]:
    """Yield the words and phrases of a query, each with whether any ending will do."""
    pieces = ((phrase or word, word.endswith("*")) for phrase, word in _PIECES.findall(query.replace("\x00", " ")))
    words = ((text.rstrip("*"), any_ending) for text, any_ending in pieces if any(map(str.isalnum, text)))
    return islice(words, _MOST_WORDS)


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
    most, first = min(limit, MOST_ROWS), min(offset, MOST_ROWS)
    scan = scan_of(shown(query))
    if scan:
        # What is found in the texts comes behind what the index found.
        hits = _matching(connection, match, status, _MOST_MATCHED, 0)
        return [*hits, *_scanned(connection, scan, status, {hit.id for hit in hits})][first : first + most]
    return _matching(connection, match, status, most, first)


def _matching(connection: sqlite3.Connection, match: str, status: str | None, most: int, first: int) -> list[Hit]:
    rows = connection.execute(
        "SELECT id, articles.title, site, published, lang, status, snippet(articles_fts, 1, ?, ?, '…', 24)"
        " FROM articles_fts JOIN articles ON id = articles_fts.rowid"
        " WHERE articles_fts MATCH ? AND (?4 IS NULL OR status = ?4) ORDER BY rank LIMIT ? OFFSET ?",
        (FOUND, END, match, status, most, first),
    )
    return [Hit(*row) for row in rows]


def _scanned(connection: sqlite3.Connection, scan: Scan, status: str | None, known: Collection[int]) -> Iterator[Hit]:
    """Yield the articles that hold words of scripts without spaces, but for those that are known, the newest first."""
    rows = connection.execute(
        "SELECT id, title, site, published, lang, status, text FROM articles JOIN article_texts USING (id)"
        f" WHERE id IN ({scan.sql}) AND (:status IS NULL OR status = :status) ORDER BY id DESC",
        {**scan.values, "status": status},
    )
    for identity, *facts, text in rows:
        if identity not in known:
            yield Hit._make((identity, *facts, around(text, scan.words, FOUND, END)))
