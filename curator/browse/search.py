"""What a person types -> a full-text query that cannot fail."""

from __future__ import annotations

import re

_TOKENS = re.compile(r'"([^"]*)"?|([^\s"]+)')

#: More words than this say nothing more, and each costs a look into the index.
_MAX_WORDS = 24

#: The query that finds nothing.
NO_WORD = '""'


def fts_query(typed: str) -> str | None:
    r"""Return an FTS5 query for all the words typed, or None where there is no word in it.

    Words in quotes stay together, a star at a word's end stands for any ending; nothing else is an operator.

    >>> fts_query("AH-64E 50% brück*"), fts_query('"new bridge'), fts_query('NEAR("'), fts_query('"%"')
    ('"AH-64E" "50%" "brück"*', '"new bridge"', '"NEAR("', None)
    """
    terms = []
    for quoted, word in _TOKENS.findall(typed.replace("\x00", " ")):
        term = quoted or word
        if any(char.isalnum() for char in term):
            star = "*" if word.endswith("*") else ""
            terms.append(f'"{term.rstrip("*")}"{star}')
    return " ".join(terms[:_MAX_WORDS]) or None
