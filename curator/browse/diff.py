"""Two texts -> the words that tell them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\w+|\s+|[^\w\s]", re.UNICODE)

#: Above this many words on either side a changed stretch is shown as a whole: comparing takes the square of it.
_MAX_WORDS = 1_500

#: Texts that repeat themselves so that more pairs of words or lines than these are equal (a table, 450 times the same
#: line) take minutes to compare: there what stands on the other side more often than a few times leads no match, and is
#: only taken along beside one.
_MOST_EQUAL_PAIRS = 200_000
_OFTEN = 5

#: Lines that both have are shown around a change; the rest is counted.
_CONTEXT_LINES = 2
_MAX_LINES = 4_000

#: Lines that share this part of their words are two versions of one; in longer runs than these they are not looked for.
_LIKE_LINE = 0.5
_MAX_LINE_PAIRS = 10_000


class Change(NamedTuple):
    """A stretch of text that both have, that only one of them has, or the word that something is left out.

    What is "skipped" both have; what is "not compared" may differ.
    """

    sort: Literal["same", "only first", "only second", "skipped", "not compared"]
    text: str


def word_diff(first: str, second: str) -> Iterator[Change]:
    r"""Yield the second text as changes of the first: by lines, and by words inside the lines that differ.

    Blank lines are left out: where they alone differ, the texts say the same.

    >>> [(change.sort, change.text) for change in word_diff("a new bridge", "an old bridge")][-2:]
    [('only second', 'old'), ('same', ' bridge\n')]
    """
    whole_left, whole_right = _spoken(first), _spoken(second)
    left, right = whole_left[:_MAX_LINES], whole_right[:_MAX_LINES]
    for tag, i1, i2, j1, j2 in _opcodes(left, right):
        if tag == "equal":
            yield from _context(left[i1:i2], at_start=i1 == 0, at_end=i2 == len(left))
        else:
            yield from _by_lines(left[i1:i2], right[j1:j2])
    if whole_left[_MAX_LINES:] != whole_right[_MAX_LINES:]:
        yield Change("not compared", f"The texts differ below, too; their first {_MAX_LINES:,} lines are compared.")


def _opcodes(left: Sequence[str], right: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return the steps from one sequence to the other, as ``SequenceMatcher.get_opcodes`` has them."""
    times = Counter(right)
    crowded = sum(times[item] for item in left) > _MOST_EQUAL_PAIRS
    often = (lambda item: times[item] > _OFTEN) if crowded else None
    return SequenceMatcher(often, left, right, autojunk=False).get_opcodes()


def _spoken(text: str) -> list[str]:
    """Return the lines of a text that hold anything, each with one line feed."""
    return [line.strip() + "\n" for line in text.splitlines() if not line.isspace() and line]


def _by_lines(left: list[str], right: list[str]) -> Iterator[Change]:
    """Yield the changes between two runs of lines: each pair of like lines by words, the lines between as a whole."""
    if len(left) == len(right) == 1 or len(left) * len(right) > _MAX_LINE_PAIRS:
        yield from _by_words("".join(left), "".join(right))
        return
    i = j = 0
    for i_like, j_like in _like_lines(left, right):
        yield from _changed("".join(left[i:i_like]), "".join(right[j:j_like]))
        yield from _by_words(left[i_like], right[j_like])
        i, j = i_like + 1, j_like + 1
    yield from _changed("".join(left[i:]), "".join(right[j:]))


def _like_lines(left: list[str], right: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of lines that share most of their words, in order on both sides."""
    words = [set(_WORDS.findall(line)) for line in right]
    first = 0
    for i, line in enumerate(left):
        mine = set(_WORDS.findall(line))
        likeness = [len(mine & found) / len(mine | found) for found in words[first:]]
        best = max(range(len(likeness)), key=likeness.__getitem__, default=-1)
        if best >= 0 and likeness[best] >= _LIKE_LINE:
            yield i, first + best
            first += best + 1


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
    for tag, i1, i2, j1, j2 in _opcodes(left, right):
        if tag == "equal":
            yield Change("same", "".join(left[i1:i2]))
        else:
            yield from _changed("".join(left[i1:i2]), "".join(right[j1:j2]))


def _changed(first: str, second: str) -> Iterator[Change]:
    if first:
        yield Change("only first", first)
    if second:
        yield Change("only second", second)
