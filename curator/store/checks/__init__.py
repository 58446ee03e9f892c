"""The invariants of a corpus file, each proved from its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from curator.store.checks.duplicates import check_clusters, check_index, check_pairs, check_signatures
from curator.store.checks.problem import Problem
from curator.store.checks.rows import check_file, check_rows, check_search
from curator.store.checks.texts import check_texts

__all__ = ["Problem", "check", "check_search"]

_INVARIANTS: tuple[Callable[[sqlite3.Connection], Iterator[Problem]], ...] = (
    check_file,
    check_rows,
    check_texts,
    check_signatures,
    check_index,
    check_pairs,
    check_clusters,
)


def check(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Yield every way in which a corpus file is not what it must be, its full-text index apart (``check_search``).

    Rows are compared with each other, so the connection must see the file as it is at one moment.
    """
    for invariant in _INVARIANTS:
        yield from invariant(connection)
