"""The lines of many pages by column, and what rules ask of single lines, told for all of them at once.

Most lines hold nothing that most rules cut. Which may, is told in a few passes over the characters of all pages: a
call of numpy costs as much for ten lines as for a thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate, chain, count, repeat
from operator import sub
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.phrases import Phrases
from curator.cleaners.scan import Edges, Scan, pieces, small
from curator.cleaners.sentence import DENSE_SCRIPTS, PROSE_CHARS
from curator.cleaners.sentence import is_prose as is_paragraph
from curator.cleaners.shape import LONG_CHARS, SENTENCE_CHARS, UNSPACED_SCRIPTS, is_prose
from curator.model import Line

T = TypeVar("T")
Ints = NDArray[np.int64]

#: No shorter line is prose, in scripts that fit a sentence into few characters either.
_LEAST_PROSE_CHARS = 40

#: Signs that rules look for, and scripts, a bit for each group.
COLON, SLASH, BAR, BRACKET, COPYRIGHT, ADDRESS, DEGREES = (1 << bit for bit in range(7))
PATH_ARROW, NEIGHBOUR_ARROW, STOP, CLOSER, CREDIT, NO_ITEM, UNSPACED, DENSE = (1 << bit for bit in range(7, 15))
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
    NO_ITEM: ".?:;,",
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
        _, self.gap, self.start, self.end, self.text, self.bare, self.key, self.hints = columns
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
    def _held(self) -> NDArray[np.uint16]:
        """The groups of signs that each line holds up to its first character behind bullets, and from there on."""
        if not self.lines:
            return np.zeros((0, 2), dtype=np.uint16)
        starts = np.empty((len(self.lines), 2), dtype=np.int64)
        starts[:, 0], starts[:, 1] = self._texts.first, self._first_bare
        return np.bitwise_or.reduceat(self._signs, starts.ravel()).reshape(-1, 2)

    @cached_property
    def held(self) -> NDArray[np.uint16]:
        """The groups of signs that each line holds."""
        return self._held[:, 0] | self._held[:, 1]

    @property
    def held_bare(self) -> NDArray[np.uint16]:
        """The groups of signs that each line holds behind its bullets."""
        return self._held[:, 1]

    @cached_property
    def first(self) -> NDArray[np.uint16]:
        """The groups of the first character of each line."""
        return self._signs.take(self._texts.first)

    @cached_property
    def _first_bare(self) -> Ints:
        return self._texts.first + (self.n_chars - self.n_bare)

    @cached_property
    def first_bare(self) -> NDArray[np.uint16]:
        """The groups of the first character of each line behind its bullets."""
        return self._signs.take(self._first_bare)

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
    def _keys(self) -> Scan:
        return Scan(self.key)

    @cached_property
    def n_words(self) -> Ints:
        """The number of words in what is folded of each line; 1 where that is empty."""
        return self._keys.count(self._keys.word_starts)

    def n_beginning(self, name: str) -> Ints:
        """Return for each line at how many words of its key a phrase under a name may begin."""
        return self._keys.n_beginning(self.phrases.of(name))

    def edged(self, letters: Edges) -> list[int]:
        """Return the lines whose keys begin and end as one of some names does, perhaps with some others."""
        return places(self._keys.edged(letters))

    @cached_property
    def in_keys(self) -> Mapping[str, list[int]]:
        """For some names the lines whose key may hold a phrase under them; for "" those with glued labels."""
        groups = (*(pieces(self.phrases.of(name)) for name in _IN_KEYS), pieces(frozenset(GLUED_POSTS)))
        return dict(zip((*_IN_KEYS, ""), self._keys.may_hold(groups), strict=True))

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
        opened = self.opened
        return set().union(*[opened[name] for name in names if name in opened])

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
        return list(chain.from_iterable(map(repeat, count(), map(sub, self.starts[1:], self.starts))))

    def pages_of(self, found: Collection[int]) -> list[int]:
        """Return the numbers, sorted, of the pages that have one of the lines."""
        if len(self.starts) == 2:
            return [0] if found else []
        return sorted({self.page_of[i] for i in found})

    def by_page(self, found: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the numbers of the pages that have lines among sorted ones, each with those lines."""
        if len(self.starts) == 2 and found:
            yield 0, found
            return
        at = 0
        while at < len(found):
            page = self.page_of[found[at]]
            end = bisect_left(found, self.starts[page + 1], at)
            yield page, found[at:end]
            at = end


def places(where: NDArray[np.generic]) -> list[int]:
    """Return the indexes of what is true or not zero."""
    found: list[int] = where.nonzero()[0].tolist()
    return found


def paragraphs(batch: Batch) -> list[int]:
    """Return the lines that read as paragraphs."""
    long = batch.n_chars >= PROSE_CHARS
    # One stop at the end, no ellipsis: most paragraphs need no closer look.
    sure = long & (batch.last & STOP > 0) & (batch.before_last & STOP == 0)
    able = (long | ((batch.n_chars >= _LEAST_PROSE_CHARS) & (batch.held & DENSE > 0))) & ~sure
    return sorted([*places(sure), *(i for i in places(able) if is_paragraph(batch.text[i]))])


def prose(batch: Batch) -> list[int]:
    """Return the lines that can only be running text."""
    long = batch.n_chars >= SENTENCE_CHARS
    sure = long & ((batch.last & STOP > 0) | (batch.n_chars >= LONG_CHARS))
    able = (batch.n_chars >= _LEAST_PROSE_CHARS) & (long | (batch.held & UNSPACED > 0)) & ~sure
    return sorted([*places(sure), *(i for i in places(able) if is_prose(batch.lines[i]))])


def bullets(batch: Batch) -> list[int]:
    """Return the lines with a bullet at their front."""
    return places(batch.n_bare < batch.n_chars)
