"""The lines of a page with what many rules ask of all of them, told once: most pages hold nothing that most rules cut.

To search a page as one string for a sign or two takes as long as to look at a few of its lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.phrases import Phrases, stems
from curator.cleaners.sentence import is_prose as is_paragraph
from curator.cleaners.shape import is_prose
from curator.model import Line

T = TypeVar("T")

#: No shorter line is prose, in scripts that fit a sentence into few characters either.
_LEAST_PROSE_CHARS = 40

#: Phrases are searched for by pieces of this length that many of them share.
_PIECE_CHARS = 5


class Scan:
    """Lines of text, one string each or folded, joined by line feeds and searched as one."""

    def __init__(self, joined: str) -> None:
        """Take the joined lines; where each begins is told when it is asked for."""
        self.joined = joined

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.joined.split("\n")), initial=0))

    def holding(self, signs: Iterable[str]) -> set[int]:
        r"""Return the indexes of the lines that hold one of the signs.

        >>> sorted(Scan("a|b\nc\n|").holding("|"))
        [0, 2]
        """
        joined, found = self.joined, set()
        for sign in signs:
            at = joined.find(sign)
            while at >= 0:
                line = bisect_right(self._starts, at)
                found.add(line - 1)
                at = joined.find(sign, self._starts[line])
        return found


@cache
def pieces(phrases: frozenset[str]) -> tuple[str, ...]:
    """Return a few pieces of phrases, one of which each phrase holds.

    >>> pieces(frozenset({"all rights reserved", "some rights reserved", "rundbrief"}))
    (' rese', 'brief')
    """
    left, found = list(stems(phrases)), []
    while left:
        able = {
            phrase[at : at + _PIECE_CHARS] for phrase in left for at in range(max(len(phrase) - _PIECE_CHARS, 0) + 1)
        }
        best = max(sorted(able), key=lambda piece: sum(piece in phrase for phrase in left))
        found.append(best)
        left = [phrase for phrase in left if best not in phrase]
    return tuple(sorted(found))


class PageLines(tuple[Line, ...]):
    """The lines of a page, also by column, and the phrases of which some lines begin with one."""

    phrases: Phrases
    spans: tuple[tuple[int, int], ...]
    text: tuple[str, ...]
    bare: tuple[str, ...]
    key: tuple[str, ...]
    _told: dict[Callable[[PageLines], Any], Any]

    def __new__(cls, lines: Iterable[Line], phrases: Phrases) -> PageLines:
        """Return the lines as they are; nothing is told yet."""
        page = super().__new__(cls, lines)
        page.phrases, page._told = phrases, {}
        columns = tuple(zip(*page, strict=True)) if page else ((),) * 7
        page.spans = tuple(zip(columns[2], columns[3], strict=True))
        page.text, page.bare, page.key = columns[4:7]
        return page

    def once(self, ask: Callable[[PageLines], T]) -> T:
        """Return what a function says of the page: it is asked once, however many rules want to know."""
        if ask not in self._told:
            self._told[ask] = ask(self)
        found: T = self._told[ask]
        return found

    @cached_property
    def keys(self) -> Scan:
        """The folded lines, to be searched."""
        return Scan("\n".join(self.key))

    @cached_property
    def texts(self) -> Scan:
        """The lines as they are, to be searched."""
        return Scan("\n".join(self.text))

    @cached_property
    def small(self) -> Scan:
        """The lines in small letters, to be searched for what ``small`` returns."""
        return Scan(small(self.texts.joined))

    @cached_property
    def opened(self) -> Mapping[str, Sequence[int]]:
        """For each name of phrases the indexes of the lines that begin with one of them, at a word's end."""
        return self.phrases.opened(self.key)

    def opened_by(self, names: Iterable[str]) -> set[int]:
        """Return the indexes of the lines that begin with a phrase under one of the names."""
        return set().union(*(self.opened.get(name, ()) for name in names))

    @cached_property
    def places(self) -> Mapping[tuple[int, int], int]:
        """The index of the line that starts and ends at two offsets."""
        return dict(zip(self.spans, range(len(self)), strict=True))

    @cached_property
    def numbered(self) -> list[int]:
        """The indexes of the lines with a number in what is folded of them."""
        return [i for i, key in enumerate(self.key) if "#" in key]

    def with_numbers(self) -> list[int]:
        """Return ``numbered``, for rules that look at these lines only."""
        return self.numbered

    @cached_property
    def paragraphs(self) -> list[int]:
        """The indexes of the lines that read as paragraphs."""
        return [i for i, text in enumerate(self.text) if len(text) >= _LEAST_PROSE_CHARS and is_paragraph(text)]

    @cached_property
    def prose(self) -> list[int]:
        """The indexes of the lines that can only be running text."""
        return [i for i, text in enumerate(self.text) if len(text) >= _LEAST_PROSE_CHARS and is_prose(self[i])]

    @property
    def prose_span(self) -> tuple[int, int] | None:
        """The indexes of the first and the last line of prose, or None where there is no prose."""
        return (self.prose[0], self.prose[-1]) if self.prose else None

    @cached_property
    def bulleted(self) -> list[bool]:
        """Whether a bullet stands at the front of each line."""
        return [len(bare) < len(text) for bare, text in zip(self.bare, self.text, strict=True)]


def small(text: str) -> str:
    """Return text with each character in its small form, for prefiltering what is searched for in any case.

    What patterns that ignore case take for an ASCII letter becomes that letter.

    >>> small("BİLD, ſHARE")
    'bild, share'
    """
    if text.isascii():
        return text.lower()
    # By a table: str.lower takes twice as long, str.casefold four times.
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    return _small_forms().take(codes).tobytes().decode("utf-16-le", "surrogatepass")


@cache
def _small_forms() -> NDArray[np.uint16]:
    chars = list(map(chr, range(0x10000)))
    lower = zip(chars, map(str.lower, chars), strict=True)
    forms = np.array([ord(form) if len(form) == 1 else ord(char) for char, form in lower], dtype="<u2")
    for char, letter in {"İ": "i", "ı": "i", "ſ": "s", "K": "k"}.items():
        forms[ord(char)] = ord(letter)
    return forms


def on_page(lines: Sequence[Line], phrases: Phrases) -> PageLines:
    """Return the lines as those of a page: themselves, where they are that already."""
    return lines if isinstance(lines, PageLines) and lines.phrases is phrases else PageLines(lines, phrases)
