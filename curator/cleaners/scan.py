"""Many lines searched at once for what few of them hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.phrases import stems

Codes = NDArray[np.uint16]

#: Phrases are searched for by pieces of this length that many of them share.
_PIECE_CHARS = 5
#: A piece is looked for by a hash of its first characters: four odd numbers without meaning.
_FACTORS = tuple(map(np.uint16, (40503, 12829, 28411, 54059)))
#: The bits of each byte that are set.
_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))
_LINE_FEED, _SPACE = ord("\n"), ord(" ")


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


class Edges(NamedTuple):
    """The first two and the last two letters of names, by their hash, and what may stand for either of two letters."""

    fronts: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    loose: NDArray[np.bool_]


def edges(names: Iterable[str], between: str) -> Edges:
    """Return the edges of lines of some names; what is ``between`` them may also stand inside a name."""
    fronts, ends = np.zeros(0x10000, dtype=bool), np.zeros(0x10000, dtype=bool)
    for codes in map(_codes, names):
        if len(codes) > 1:
            fronts[_pairs(codes[:1], codes[1:2])] = ends[_pairs(codes[-2:-1], codes[-1:])] = True
    return Edges(fronts, ends, table_of(frozenset(between).union(name for name in names if len(name) == 1)))


def _pairs(first: Codes, second: Codes) -> Codes:
    """Return the hash of two codes, for many of them."""
    return first * _FACTORS[0] + second * _FACTORS[1]


class Scan:
    """The characters of lines, each line with a line feed behind it, in UTF-16."""

    def __init__(self, lines: Sequence[str] | Codes) -> None:
        """Take lines, none of them with a line feed, or the codes of such lines."""
        self.codes = lines if isinstance(lines, np.ndarray) else _codes("\n".join(lines) + "\n" if lines else "")

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        ends: NDArray[np.int64] = (self.codes == _LINE_FEED).nonzero()[0]
        return ends

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The place of the first code of each line."""
        return np.concatenate((np.zeros(1, np.int64), self._ends[:-1] + 1)) if len(self._ends) else self._ends

    @property
    def last(self) -> NDArray[np.int64]:
        """The place of the last code of each line."""
        return self._ends - 1

    def in_small_letters(self) -> Scan:
        """Return the lines with each character in its small form.

        What patterns that ignore case take for an ASCII letter becomes that letter.
        """
        return Scan(_small_forms().take(self.codes))

    def may_hold(self, groups: tuple[tuple[str, ...], ...]) -> list[list[int]]:
        r"""Return for each group of pieces the indexes of the lines that hold one of them, perhaps with some others.

        The others hold the first four characters of a piece, or four that hash as they do: one place of 2,000 does.

        >>> Scan(["a newsletter", "b", "(c)"]).may_hold((("etter", "brief"), ("(c)",)))
        [[0], [2]]
        """
        sieve, short = _sieve(groups)
        marks = sieve.take(self._hashes)
        found = (marks != 0).nonzero()[0]  # 20 times as fast for truth values
        held: list[set[int]] = [set() for _ in groups]
        for mark, line in zip(marks.take(found).tolist(), self._ends.searchsorted(found).tolist(), strict=True):
            for bit in _BITS[mark]:
                held[bit].add(line)
        for bit, piece in short:
            held[bit].update(self._ends.searchsorted(self._places_of(piece)).tolist())
        return [sorted(some) for some in held]

    @cached_property
    def word_starts(self) -> NDArray[np.int64]:
        """The places of the first code of each line and of what stands behind a space."""
        starts = (self.codes == _LINE_FEED) | (self.codes == _SPACE)
        return np.concatenate((np.zeros(1, np.int64), starts[:-1].nonzero()[0] + 1)) if len(starts) else self._ends

    def count(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of some sorted places stand in each line."""
        n_up_to: NDArray[np.int64] = found.searchsorted(self._ends, side="right")
        n_up_to[1:] -= n_up_to[:-1].copy()  # np.diff takes five times as long
        return n_up_to

    def n_beginning(self, phrases: frozenset[str]) -> NDArray[np.int64]:
        """Return for each line at how many of its words a phrase may begin: at those with its first four characters."""
        table, short = _beginnings(phrases)
        begun = table.take(self._hashes.take(self.word_starts))
        for codes in short:
            begun |= np.logical_and.reduce(
                [self.codes.take(self.word_starts + step, mode="clip") == code for step, code in enumerate(codes)]
            )
        return self.count(self.word_starts[begun])

    def edged(self, letters: Edges) -> NDArray[np.bool_]:
        """Return whether each line begins and ends with such letters."""
        front, behind = self.codes.take(self.first), self.codes.take(self.first + 1, mode="clip")
        before, end = self.codes.take(self.last - 1, mode="clip"), self.codes.take(self.last)
        begun = letters.fronts.take(_pairs(front, behind)) | letters.loose.take(front) | letters.loose.take(behind)
        return begun & (letters.ends.take(_pairs(before, end)) | letters.loose.take(before) | letters.loose.take(end))

    @cached_property
    def _hashes(self) -> Codes:
        n = len(self.codes)
        hashes = self.codes * _FACTORS[0]
        for step, factor in enumerate(_FACTORS[1:], 1):
            hashes[: max(n - step, 0)] += self.codes[step:] * factor
        return hashes

    def _places_of(self, piece: str) -> NDArray[np.int64]:
        wanted = _codes(piece)
        size = max(len(self.codes) - len(wanted) + 1, 0)
        where = np.ones(size, dtype=bool)
        for step, code in enumerate(wanted):
            where &= self.codes[step : step + size] == code
        found: NDArray[np.int64] = where.nonzero()[0]
        return found


def small(text: str) -> str:
    """Return text with each character in its small form, for prefiltering what is searched for in any case.

    >>> small("BİLD, ſHARE")
    'bild, share'
    """
    if text.isascii():
        return text.lower()
    return _small_forms().take(_codes(text)).tobytes().decode("utf-16-le", "surrogatepass")


@cache
def table_of(chars: frozenset[str]) -> NDArray[np.bool_]:
    """Return for each code of UTF-16 whether one of the characters, or a half of one, has it."""
    table = np.zeros(0x10000, dtype=bool)
    table[_codes("".join(chars))] = True
    return table


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")


@cache
def _small_forms() -> Codes:
    chars = list(map(chr, range(0x10000)))
    lower = zip(chars, map(str.lower, chars), strict=True)
    forms = np.array([ord(form) if len(form) == 1 else ord(char) for char, form in lower], dtype="<u2")
    for char, letter in {"İ": "i", "ı": "i", "ſ": "s", "\u212a": "k"}.items():
        forms[ord(char)] = ord(letter)
    return forms


@cache
def _sieve(groups: tuple[tuple[str, ...], ...]) -> tuple[NDArray[np.uint8], tuple[tuple[int, str], ...]]:
    """Return for each hash the groups, a bit each, of which a piece has it; and the pieces too short for a hash."""
    sieve = np.zeros(0x10000, dtype=np.uint8)
    short = []
    for bit, group in enumerate(groups):
        for piece in group:
            if len(piece) < len(_FACTORS):
                short.append((bit, piece))
            else:
                sieve[Scan(_codes(piece))._hashes[0]] |= np.uint8(1 << bit)
    return sieve, tuple(short)


@cache
def _beginnings(phrases: frozenset[str]) -> tuple[NDArray[np.bool_], tuple[Codes, ...]]:
    """Return for each hash whether a word that begins a phrase has it; and the phrases too short for a hash."""
    table = np.zeros(0x10000, dtype=bool)
    short = []
    for codes in map(_codes, sorted(phrases)):
        if len(codes) < len(_FACTORS) - 1:
            short.append(codes)
        for end in (_SPACE, _LINE_FEED):
            table[Scan(np.append(codes, end)[: len(_FACTORS)].astype(codes.dtype))._hashes[0]] = True
    return table, tuple(short)
