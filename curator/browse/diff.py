"""Two texts -> the words that tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\w+|\s+|[^\w\s]", re.UNICODE)

#: Above this many words on either side a changed stretch is shown as a whole: comparing takes the square of it.
_MAX_WORDS = 1_500

#: Lines that both have are shown around a change; the rest is counted.
_CONTEXT_LINES = 2
_MAX_LINES = 4_000


class Change(NamedTuple):
    """A stretch of text that both have, that only the first has, that only the second has, or that is left out."""

    sort: Literal["same", "only first", "only second", "skipped"]
    text: str


def word_diff(first: str, second: str) -> Iterator[Change]:
    """Yield the second text as changes of the first: by lines, and by words inside the lines that differ.

    >>> [(change.sort, change.text) for change in word_diff("a new bridge", "an old bridge")]
    [('only first', 'a'), ('only second', 'an'), ('same', ' '), ('only first', 'new'), ('only second', 'old'), \
('same', ' bridge')]
    """
    left, right = (text.splitlines(keepends=True)[:_MAX_LINES] for text in (first, second))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _context(left[i1:i2], at_start=i1 == 0, at_end=i2 == len(left))
        else:
            yield from _by_words("".join(left[i1:i2]), "".join(right[j1:j2]))


def _context(lines: list[str], *, at_start: bool, at_end: bool) -> Iterator[Change]:
    head = 0 if at_start else _CONTEXT_LINES
    tail = 0 if at_end else _CONTEXT_LINES
    if len(lines) <= head + tail + 1:
        yield Change("same", "".join(lines))
        return
    n_skipped = len(lines) - head - tail
    if head:
        yield Change("same", "".join(lines[:head]))
    yield Change("skipped", f"{n_skipped} equal lines")
    if tail:
        yield Change("same", "".join(lines[-tail:]))


def _by_words(first: str, second: str) -> Iterator[Change]:
    left, right = _WORDS.findall(first), _WORDS.findall(second)
    if max(len(left), len(right)) > _MAX_WORDS:
        yield from _changed(first, second)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(left[i1:i2]))
        else:
            yield from _changed("".join(left[i1:i2]), "".join(right[j1:j2]))


def _changed(first: str, second: str) -> Iterator[Change]:
    if first:
        yield Change("only first", first)
    if second:
        yield Change("only second", second)
