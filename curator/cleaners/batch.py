"""The lines of many pages by column, and what rules ask of single lines, told for all of them at once.

Most lines hold nothing that most rules cut. Which may, is told in a few passes over the characters of all pages: a
call of numpy costs as much for ten lines as for a thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate, chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.phrases import Phrases
from curator.cleaners.scan import Scan, pieces, small
from curator.cleaners.sentence import DENSE_SCRIPTS, PROSE_CHARS
from curator.cleaners.sentence import is_prose as is_paragraph
from curator.cleaners.shape import SENTENCE_CHARS, UNSPACED_SCRIPTS, is_prose
from curator.model import Line

T = TypeVar("T")
Ints = NDArray[np.int64]

#: No shorter line is prose, in scripts that fit a sentence into few characters either.
_LEAST_PROSE_CHARS = 40

#: Signs that rules look for, and scripts, a bit for each group.
COLON, SLASH, BAR, BRACKET, COPYRIGHT, ADDRESS, DEGREES = (1 << bit for bit in range(7))
PATH_ARROW, NEIGHBOUR_ARROW, STOP, CLOSER, CREDIT, UNSPACED, DENSE = (1 << bit for bit in range(7, 14))
_SIGNS: Mapping[int, str] = {
    COLON: ":",
    SLASH: "/",
    BAR: "|/·•›»",
    BRACKET: "()[]",
    COPYRIGHT: "©ⓒ℗",
    ADDRESS: "@[",
    DEGREES: "°º˚℃℉",
    PATH_ARROW: ">»›→▸►❯⟩",
    NEIGHBOUR_ARROW: "←⟵◀❮→⟶❯",
    STOP: ".?!",
    CLOSER: ")]",
    CREDIT: "©(Ⓒⓒ",
}

#: Phrases that stand anywhere in what rules cut: in the folded line, and in its small letters.
_IN_KEYS = (
    *("legal.rights", "legal.risk", "comments.contains", "newsletter.ends"),
    *("paywall.last",),
)
_IN_TEXTS = ("newsletter.word", "bio.channel", "bio.contributed")
#: What is looked for beside them: the labels of links that WordPress glues together, the word copyright and its sign.
GLUED_POSTS = ("vorheriger beitragzurück", "nächster beitragweiter", "previous postprevious", "next postnext")
_COPYRIGHT = ("opyr", "(c)")


@cache
def _sign_table() -> NDArray[np.uint16]:
    table = np.zeros(0x10000, dtype=np.uint16)
    for bit, signs in _SIGNS.items():
        table[[ord(sign) for sign in signs]] |= np.uint16(bit)
    for bit, scripts in ((UNSPACED, UNSPACED_SCRIPTS), (DENSE, DENSE_SCRIPTS)):
        for low, high in scripts:
            table[low : high + 1] |= np.uint16(bit)
    return table


@cache
def _small_pieces(phrases: frozenset[str]) -> tuple[str, ...]:
    return tuple(map(small, pieces(phrases)))


class Batch:
    """The lines of one or more pages, one page behind the other.

    ``starts`` holds the index of the first line of each page, and the number of all lines. ``n_chars`` counts the
    characters of each line, ``n_bare`` those behind its bullets.
    """

    def __init__(self, pages: Sequence[Sequence[Line]], phrases: Phrases) -> None:
        """Take the lines apart; nothing else is told yet."""
        self.phrases = phrases
        self.starts = list(accumulate(map(len, pages), initial=0))
        self.lines = tuple(chain.from_iterable(pages))
        columns = tuple(zip(*self.lines, strict=True)) if self.lines else ((),) * 8
        self.start, self.end, self.text, self.bare, self.key, self.hints = columns[2:]
        self.n_chars = np.fromiter(map(len, self.text), np.int64, len(self.lines))
        self.n_bare = np.fromiter(map(len, self.bare), np.int64, len(self.lines))
        self._told: dict[Callable[[Batch], Any], Any] = {}

    def once(self, ask: Callable[[Batch], T]) -> T:
        """Return what a function says of the lines: it is asked once, however many rules want to know."""
        if ask not in self._told:
            self._told[ask] = ask(self)
        found: T = self._told[ask]
        return found

    @cached_property
    def _texts(self) -> Scan:
        return Scan(self.text)

    @cached_property
    def _signs(self) -> NDArray[np.uint16]:
        return _sign_table().take(self._texts.codes)

    @cached_property
    def held(self) -> NDArray[np.uint16]:
        """The groups of signs that each line holds."""
        return np.bitwise_or.reduceat(self._signs, self._texts.first) if self.lines else self._signs

    @cached_property
    def first(self) -> NDArray[np.uint16]:
        """The groups of the first character of each line."""
        return self._signs.take(self._texts.first)

    @cached_property
    def first_bare(self) -> NDArray[np.uint16]:
        """The groups of the first character of each line behind its bullets."""
        return self._signs.take(self._texts.first + self.n_chars - self.n_bare)

    @cached_property
    def last(self) -> NDArray[np.uint16]:
        """The groups of the last character of each line."""
        return self._signs.take(self._texts.last)

    @cached_property
    def before_last(self) -> NDArray[np.uint16]:
        """The groups of the last character but one of each line."""
        return self._signs.take(np.maximum(self._texts.last - 1, 0))

    def beginning(self, table: NDArray[np.bool_]) -> list[int]:
        """Return the lines whose first code has True in a table of all codes of UTF-16."""
        return places(table.take(self._texts.codes.take(self._texts.first)))

    @cached_property
    def in_keys(self) -> Mapping[str, list[int]]:
        """For some names the lines whose key may hold a phrase under them; for "" those with glued labels."""
        groups = (*(pieces(self.phrases.of(name)) for name in _IN_KEYS), pieces(frozenset(GLUED_POSTS)))
        return dict(zip((*_IN_KEYS, ""), Scan(self.key).may_hold(groups), strict=True))

    @cached_property
    def in_texts(self) -> Mapping[str, list[int]]:
        """For some names the lines that may hold a phrase under them; for "" those that may speak of copyright."""
        groups = (*(_small_pieces(self.phrases.of(name)) for name in _IN_TEXTS), _COPYRIGHT)
        return dict(zip((*_IN_TEXTS, ""), self._texts.in_small_letters().may_hold(groups), strict=True))

    @cached_property
    def opened(self) -> Mapping[str, Sequence[int]]:
        """For each name of phrases the lines that begin with one of them, at a word's end."""
        return self.phrases.opened(self.key)

    def opened_by(self, names: Iterable[str]) -> set[int]:
        """Return the lines that begin with a phrase under one of the names."""
        return set().union(*(self.opened.get(name, ()) for name in names))

    @cached_property
    def numbered(self) -> Ints:
        """The lines with a number in what is folded of them."""
        return np.array([i for i, key in enumerate(self.key) if "#" in key], dtype=np.int64)

    def numbered_within(self, n_chars: int) -> list[int]:
        """Return the lines with a number that are no longer."""
        found: list[int] = self.numbered[self.n_chars.take(self.numbered) <= n_chars].tolist()
        return found

    @cached_property
    def bulleted(self) -> list[bool]:
        """Whether a bullet stands at the front of each line."""
        found: list[bool] = (self.n_bare < self.n_chars).tolist()
        return found

    @cached_property
    def page_of(self) -> list[int]:
        """The number of the page of each line."""
        found: list[int] = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts)).tolist()
        return found

    def by_page(self, found: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the numbers of the pages that have lines among sorted ones, each with those lines."""
        at = 0
        while at < len(found):
            page = self.page_of[found[at]]
            end = bisect_left(found, self.starts[page + 1], at)
            yield page, found[at:end]
            at = end


def places(where: NDArray[np.generic]) -> list[int]:
    """Return the indexes of what is true or not zero."""
    found: list[int] = np.flatnonzero(where).tolist()
    return found


def with_numbers(batch: Batch) -> list[int]:
    """Return the lines with a number in what is folded of them."""
    found: list[int] = batch.numbered.tolist()
    return found


def paragraphs(batch: Batch) -> list[int]:
    """Return the lines that read as paragraphs."""
    long = batch.n_chars >= PROSE_CHARS
    able = long | ((batch.n_chars >= _LEAST_PROSE_CHARS) & (batch.held & DENSE > 0))
    return [i for i in places(able) if is_paragraph(batch.text[i])]


def prose(batch: Batch) -> list[int]:
    """Return the lines that can only be running text."""
    able = (batch.n_chars >= _LEAST_PROSE_CHARS) & ((batch.n_chars >= SENTENCE_CHARS) | (batch.held & UNSPACED > 0))
    return [i for i in places(able) if is_prose(batch.lines[i])]


def bullets(batch: Batch) -> list[int]:
    """Return the lines with a bullet at their front."""
    return places(batch.n_bare < batch.n_chars)
