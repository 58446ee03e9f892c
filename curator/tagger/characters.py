"""Lines -> arrays: every character classed, every word hashed, in numpy for all lines at once."""

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
#: The hash of a word is the sum of its characters' numbers, each times a power of this by its place in the word.
_BASE = 0x9E3779B97F4A7C15
#: From this character on all of a word have the last of these powers.
_MOST_POWERS = 64
_LAST_POWER = np.uint64(pow(_BASE, _MOST_POWERS, 1 << 64))
#: Powers for so many characters are kept; longer texts have theirs computed.
_KEPT_POWERS = 1 << 17
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF, _EIGHT = np.uint64(32), np.uint64(8)
#: A stem is a word's first letters: enough to tell "Kommentare" and "Kommentieren" from other words.
_STEM_CHARS = 5


class Characters(NamedTuple):
    """The characters of all lines, each with a line feed behind it, and the words in them.

    ``start`` and ``end`` (n_lines) delimit the lines in ``codes`` and ``kinds`` (n_chars); ``counts`` has the number
    of characters of each class. The word arrays (n_words) hold first character, length, line, class of the first
    character, and hashes of the case-folded word and of its stem; a word of an unspaced script is a character,
    hashed together with its right neighbour. ``first_word`` (n_lines + 1) says which words are a line's.
    ``sign`` are the places of digits, punctuation and symbols, ``sign_line`` their lines.
    """

    codes: NDArray[np.unsignedinteger]
    kinds: NDArray[np.uint8]
    start: Ints
    end: Ints
    counts: Floats
    sign: Ints
    sign_line: Ints
    first_word: Ints
    word_start: Ints
    word_chars: Ints
    word_line: Ints
    word_kind: NDArray[np.uint8]
    word_hash: Hashes
    stem_hash: Hashes


@cache
def _table() -> NDArray[np.uint64]:
    """Return class and, times 256, one more than the lower case of the characters up to U+FFFF.

    What lies above counts as the last one.
    """
    kinds = np.empty(_LAST + 1, dtype=np.uint8)
    lower = np.arange(_LAST + 1, dtype=np.uint64)
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
    return (lower + np.uint64(1)) << _EIGHT | kinds


def _powers(n: int) -> tuple[Hashes, Hashes]:
    """Return the powers 1 to n of the base, and those by which they are divided: 0 to n, all modulo 2**64."""
    up, down = _kept_powers(_KEPT_POWERS) if n <= _KEPT_POWERS else _kept_powers.__wrapped__(n)
    return up[:n], down[: n + 1]


@cache
def _kept_powers(n: int) -> tuple[Hashes, Hashes]:
    inverse = np.full(n + 1, pow(_BASE, -1, 1 << 64), dtype=np.uint64)
    inverse[0] = 1
    base = np.full(n, _BASE, dtype=np.uint64)
    return np.cumprod(base, dtype=np.uint64), np.cumprod(inverse, dtype=np.uint64)


def mix(hashes: Hashes) -> Hashes:
    """Return hashes with their bits spread, so that any part of them can be used."""
    spread = (hashes ^ (hashes >> _HALF)) * _MIX
    return spread ^ (spread >> _HALF)


def read_characters(texts: Sequence[str]) -> Characters:
    """Return the characters and words of one or more lines, none of them empty."""
    n_lines = len(texts)
    codes = _codes("\n".join(texts) + "\n")
    # Clipped: what lies above the table counts as its last entry. Indexing by 16 or 32 bits takes 5 times as long.
    known = _table().take(codes, mode="clip")
    kinds = known.astype(np.uint8)
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=n_lines)
    filled = sizes + 1
    end = filled.cumsum() - 1
    line_of = np.arange(n_lines).repeat(filled)
    # Two thirds of all characters are small letters: the others are counted, and what is missing is small letters.
    other = (kinds != LOWER).nonzero()[0]
    kind, line = kinds.take(other), line_of.take(other)
    counts = np.bincount(line * N_CLASSES + kind, minlength=n_lines * N_CLASSES).reshape(n_lines, N_CLASSES)
    counts[:, SPACE] -= 1  # the line feed
    counts[:, LOWER] = sizes - counts.sum(axis=1)
    signs = kind >= DIGIT
    start, stop = _word_spans(kinds, unspaced=bool(counts[:, UNSPACED].any()))
    word_line = line_of.take(start)
    first_word = np.zeros(n_lines + 1, dtype=np.int64)
    np.bincount(word_line, minlength=n_lines).cumsum(out=first_word[1:])
    word_kind = kinds.take(start)
    hashes, stems = _hashes(known >> _EIGHT, start, stop)
    return Characters(
        codes, kinds, end - sizes, end, counts.astype(np.float32), other[signs], line[signs],
        first_word, start, stop - start, word_line, word_kind, _paired(hashes, start, word_kind), stems,
    )  # fmt: skip


def _codes(text: str) -> NDArray[np.unsignedinteger]:
    narrow = text.encode("utf-16-le", "surrogatepass")
    if len(narrow) == 2 * len(text):
        return np.frombuffer(narrow, dtype="<u2")
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _word_spans(kinds: NDArray[np.uint8], *, unspaced: bool) -> tuple[Ints, Ints]:
    """Return where words start and end; a character of an unspaced script is one by itself."""
    in_word = np.zeros(len(kinds) + 2, dtype=bool)
    np.less_equal(kinds - np.uint8(UPPER), DIGIT - UPPER, out=in_word[1:-1])  # 0 less 1 is 255
    if not unspaced:
        edges = (in_word[1:] != in_word[:-1]).nonzero()[0]
        return edges[::2], edges[1::2]
    alone = np.zeros(len(kinds) + 2, dtype=bool)
    np.equal(kinds, UNSPACED, out=alone[1:-1])
    edge = (in_word[1:] != in_word[:-1]) | alone[1:] | alone[:-1]
    return (edge & in_word[1:]).nonzero()[0], (edge & in_word[:-1]).nonzero()[0]


def _hashes(values: Hashes, start: Ints, stop: Ints) -> tuple[Hashes, Hashes]:
    """Return the hashes of the words that start and stop at these places, and of their stems.

    A running sum over the text holds the sum of every word: powers are taken by place in the text, and divided by
    that of the word's start. Modulo 2**64 all of this is exact.
    """
    powers, inverse = _powers(len(values))
    total = np.zeros(len(values) + 1, dtype=np.uint64)
    (values * powers).cumsum(out=total[1:])
    before, shift = total.take(start), inverse.take(start)
    chars = stop - start
    hashes = (total.take(start + np.minimum(chars, _MOST_POWERS)) - before) * shift
    for word in (chars > _MOST_POWERS).nonzero()[0].tolist():
        rest = values[start[word] + _MOST_POWERS : stop[word]]
        hashes[word : word + 1] += rest.sum(keepdims=True) * _LAST_POWER
    stems = (total.take(start + np.minimum(chars, _STEM_CHARS)) - before) * shift
    return mix(hashes), mix(stems)


def _paired(hashes: Hashes, start: Ints, kind: NDArray[np.uint8]) -> Hashes:
    """Return the hashes of words, those of unspaced scripts together with the one that follows at once."""
    alone = kind == UNSPACED
    if not alone.any():
        return hashes
    pair = (alone[:-1] & alone[1:] & (start[1:] == start[:-1] + 1)).nonzero()[0]
    paired = hashes.copy()
    paired[pair] = mix(hashes[pair] * _MIX + hashes[pair + 1])
    return paired
