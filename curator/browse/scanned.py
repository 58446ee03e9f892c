"""A search in Datasette's own table of articles -> the same search with the words that the index cannot find.

The index takes a run of Chinese, Japanese or Thai characters for one word. Our pages look for such words in the texts
(``store.unspaced``); the table, which they link to, is to hold the same articles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from curator.store.search import scan_of

_SEARCHED = re.compile(r"select rowid from \[?articles_fts\]? where \[?articles_fts\]? match escape_fts\(:search\)")


def with_scanned(sql: str, values: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any] | None]:
    """Return a statement and the values that it names; one that searches for such words looks into the texts, too.

    >>> searched = "select rowid from articles_fts where articles_fts match escape_fts(:search)"
    >>> with_scanned(searched, {"search": "bridge"}) == (searched, {"search": "bridge"})
    True
    >>> with_scanned(searched, {"search": "東京"})[1]
    {'search': '東京', 'word0': '東京'}
    """
    typed = values.get("search") if isinstance(values, Mapping) else None
    scan = scan_of(typed) if isinstance(typed, str) and _SEARCHED.search(sql) else None
    if scan is None:
        return sql, values
    widened = _SEARCHED.sub(lambda found: f"{found[0]} union select id from ({scan.sql})", sql)
    return widened, {**(values or {}), **scan.values}
