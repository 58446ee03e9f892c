"""Lines -> arrays: every character classed, every word hashed, in numpy for the whole document at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

#: Classes of characters. SPACED letters have no case (Arabic, Devanagari), UNSPACED ones no spaces between words.
SPACE, UPPER, LOWER, SPACED, UNSPACED, DIGIT, STOP, COMMA, COLON, QUOTE, BRACKET, DASH, BAR, SYMBOL, EMOJI = range(15)
N_CLASSES = 15

_MARKS = {
    STOP: ".!?…。！？｡．।॥؟۔։።",
    COMMA: ",;،؛、，；",
    COLON: ":：",
    QUOTE: "\"'“”„‟‘’‚‹›«»「」『』`´",
    BAR: "|/\\>•·→▸►▶●■▪◦‣∙➔➜»_*",
}
#: The scripts that the usual token count splits into characters: kana, Han, Hangul, Thai.
_UNSPACED = ((0x0E00, 0x0E7F), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF))
_BY_CATEGORY = {
    "Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lm": SPACED, "Lo": SPACED, "Mn": SPACED, "Mc": SPACED, "Me": SPACED,
    "Nd": DIGIT, "Nl": DIGIT, "No": DIGIT, "Ps": BRACKET, "Pe": BRACKET, "Pi": QUOTE, "Pf": QUOTE, "Pd": DASH,
    "Zs": SPACE, "Zl": SPACE, "Zp": SPACE, "Cc": SPACE, "Cf": SPACE, "So": EMOJI, "Co": EMOJI, "Cn": EMOJI,
}  # fmt: skip

_LAST = 0xFFFF
_POWERS = np.cumprod(np.full(64, 0x9E3779B97F4A7C15, dtype=np.uint64), dtype=np.uint64)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
#: A stem is a word's first letters: enough to tell "Kommentare" and "Kommentieren" from other words.
_STEM_CHARS = 5


class Characters(NamedTuple):
    """The characters of all lines, joined by line feeds, with the words in them.

    ``start`` and ``end`` (n_lines) delimit the lines in ``codes`` and ``kinds`` (n_chars). The word arrays
    (n_words) hold first character, length, line, class of the first character, and hashes of the case-folded word
    and of its stem; a word of an unspaced script is a character, hashed together with its right neighbour.
    """

    codes: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    start: Ints
    end: Ints
    counts: Floats
    word_start: Ints
    word_chars: Ints
    word_line: Ints
    word_kind: NDArray[np.uint8]
    word_hash: Hashes
    stem_hash: Hashes


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return class and lower case of the characters below U+10000; what lies above counts as U+FFFF."""
    kinds = np.empty(_LAST + 1, dtype=np.uint8)
    lower = np.arange(_LAST + 1, dtype=np.uint16)
    for code in range(_LAST + 1):
        char = chr(code)
        kinds[code] = _BY_CATEGORY.get(unicodedata.category(char), SYMBOL)
        small = char.lower()
        if small != char and len(small) == 1 and ord(small) <= _LAST:
            lower[code] = ord(small)
    for low, high in _UNSPACED:
        letters = kinds[low : high + 1]
        letters[letters == SPACED] = UNSPACED
    for kind, marks in _MARKS.items():
        kinds[[ord(mark) for mark in marks]] = kind
    return kinds, lower


def mix(hashes: Hashes) -> Hashes:
    """Return hashes with their bits spread, so that any part of them can be used."""
    spread = (hashes ^ (hashes >> _HALF)) * _MIX
    return spread ^ (spread >> _HALF)


def _hashed(values: Hashes, within: Ints, starts: Ints) -> Hashes:
    return mix(np.add.reduceat(values * _POWERS[np.clip(within, 0, 63)], starts))


def read_characters(texts: Sequence[str]) -> Characters:
    """Return the characters and words of one or more lines, none of them empty."""
    joined = "\n".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    kind_of, lower_of = _tables()
    known = np.minimum(codes, _LAST)
    kinds = kind_of[known]
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    end = np.cumsum(sizes + 1) - 1
    start = end - sizes
    line_of = np.repeat(np.arange(len(texts)), sizes + 1)[: len(codes)]
    cells = line_of * N_CLASSES + kinds
    counts = np.bincount(cells, minlength=len(texts) * N_CLASSES).reshape(len(texts), N_CLASSES).astype(np.float32)
    counts[:-1, SPACE] -= 1  # the line feeds
    words = _words(kinds, lower_of[known], line_of)
    return Characters(codes, kinds, start, end, counts, *words)


def _words(
    kinds: NDArray[np.uint8], lower: NDArray[np.uint16], line_of: Ints
) -> tuple[Ints, Ints, Ints, NDArray[np.uint8], Hashes, Hashes]:
    in_word = (kinds >= UPPER) & (kinds <= DIGIT)
    alone = kinds == UNSPACED
    breaks = np.ones(len(kinds), dtype=bool)
    breaks[1:] = ~in_word[:-1] | alone[1:] | alone[:-1]
    starts = np.flatnonzero(in_word & breaks)
    if not len(starts):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, none.astype(np.uint8), none.astype(np.uint64), none.astype(np.uint64)
    word_of = np.cumsum(in_word & breaks) - 1
    chars = np.add.reduceat(in_word, starts, dtype=np.int64)
    within = np.arange(len(kinds)) - starts[np.maximum(word_of, 0)]
    values = np.where(in_word, lower.astype(np.uint64) + np.uint64(1), np.uint64(0))
    hashes = _hashed(values, within, starts)
    stems = _hashed(np.where(within < _STEM_CHARS, values, np.uint64(0)), within, starts)
    pair = alone[starts[:-1]] & (starts[1:] == starts[:-1] + 1) & alone[starts[1:]]
    paired = hashes.copy()
    paired[:-1][pair] = mix(hashes[:-1][pair] * _MIX + hashes[1:][pair])
    return starts, chars, line_of[starts], kinds[starts], paired, stems
