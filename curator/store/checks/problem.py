"""What a check finds, damage that ends a query with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from curator.errors import CuratorError


class Problem(NamedTuple):
    """An invariant that does not hold: its name, the rows concerned, what was found."""

    check: str
    where: str
    found: str


#: What values raise that no column should hold: a number in place of a text, bytes that are too few.
STRANGE = (CuratorError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

T = TypeVar("T")


def guarded(name: str, found: Iterator[Problem]) -> Iterator[Problem]:
    """Yield what a check finds; where it meets what cannot be read, or is of no use, that is a problem, too.

    Whatever else can be proved is: other checks read other parts.
    """
    try:
        yield from found
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        yield Problem(name, "file", f"cannot be read to its end: {error}; the rest of it is not proved")
    except STRANGE as error:
        yield Problem(name, "file", f"holds a value that it cannot hold: {strange(error)}; the rest is not proved")


def strange(error: Exception) -> str:
    """Return what a value raised, in words."""
    return f"{type(error).__name__}: {error}"


def proved(
    wrong: Callable[[Sequence[T]], Iterable[Problem]], rows: Sequence[T], told: Callable[[T], str]
) -> list[Problem]:
    """Return what is wrong with rows that are proved together; those that no proof can be made of are problems.

    ``told`` names a row.
    """
    try:
        return list(wrong(rows))
    except STRANGE as error:  # the edge catches per item: alone, the guilty one is told
        if len(rows) > 1:
            return [problem for row in rows for problem in proved(wrong, [row], told)]
        check, _, where = told(rows[0]).partition(": ")
        return [Problem(check, where, f"holds a value that it cannot hold: {strange(error)}")]
