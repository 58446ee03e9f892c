"""The invariants of a corpus file, each proved from its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from curator.store.checks.duplicates import check_clusters, check_rules
from curator.store.checks.problem import Problem, guarded, proved
from curator.store.checks.rows import check_file, check_rows, check_search

__all__ = ["Problem", "check_search", "check_structure", "guarded", "proved"]

#: What is proved without reading a text or a signature, with what a person is told of it.
_STRUCTURE: tuple[tuple[str, Callable[[sqlite3.Connection], Iterator[Problem]]], ...] = (
    ("checking the file", check_file),
    ("checking the rules", check_rules),
    ("checking the rows", check_rows),
    ("checking clusters", check_clusters),
)


def check_structure(connection: sqlite3.Connection, tell: Callable[[str], None]) -> Iterator[Problem]:
    """Yield what is wrong with the file as SQLite sees it, its references, sums, rules and clusters.

    ``tell`` is called with what comes next. Rows are compared with each other, so the connection must see the file as
    it is at one moment.
    """
    for what, invariant in _STRUCTURE:
        tell(what)
        yield from guarded(invariant.__name__.removeprefix("check_"), invariant(connection))
