r"""Texts -> bytes in which only the characters of tokens are left, in lower case and UTF-8.

A token is a run of ``\w`` characters of ``text.lower()``; in scripts that put no spaces between words (Chinese,
Japanese, Thai, Lao, Burmese, Khmer) every ``\w`` character is one. Which characters are ``\w`` is Python's word:
versions of Python differ only in letters newly added to Unicode.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise

import numpy as np

from curator.signature.hashing import Int64, UInt8, UInt16, UInt32

#: Scripts without spaces between words; iteration and number signs of Han among them. Hangul has spaces.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),
    (0x20000, 0x3FFFF),
)
#: No letter outside Han stands above this code point.
_LAST_LETTER = 0x1FFFF

#: "İ".lower() is two characters, and "Σ".lower() depends on its neighbours: no table can say them.
LOWERED_IN_CONTEXT = ("\u0130", "\u03a3")

WORD, ALONE = 1, 2
_CLEARED, _KEPT, _LOWERED, _REWRITTEN = range(4)


@cache
def character_tables() -> tuple[UInt8, UInt32]:
    """Return, by code point: 0 for no part of a token, 1 for part of a word, 2 for a token of its own; and lower case.

    The lower-case code point is 0 outside tokens. Both are of shape (0x110000,).
    """
    lower = np.arange(0x110000, dtype=np.uint32)
    kinds = np.zeros(0x110000, dtype=np.uint8)
    for code in range(_LAST_LETTER + 1):
        small = chr(code).lower()
        lower[code] = ord(small[0])
        kinds[code] = WORD if small[0].isalnum() or small[0] == "_" else 0
    for first, last in _UNSPACED:
        stretch = kinds[first : last + 1]
        stretch[(stretch > 0) | (first > _LAST_LETTER)] = ALONE
    lower[kinds == 0] = 0
    return kinds, lower


@cache
def _ascii_table() -> bytes:
    """Return what each byte becomes: an ASCII character its lower case or 0, any other byte itself."""
    return bytes(character_tables()[1][:128].tolist()) + bytes(range(128, 256))


@cache
def _changes() -> UInt8:
    """Return what becomes of a character in place, by code point."""
    kinds, lower = character_tables()
    codes = np.arange(lower.size)
    changes = np.full(lower.size, _REWRITTEN, dtype=np.uint8)
    changes[(kinds == WORD) & (lower == codes)] = _KEPT
    changes[(kinds == WORD) & (lower != codes) & (lower >= 0x80) & (codes < 0x800) & (lower < 0x800)] = _LOWERED
    changes[kinds == 0] = _CLEARED
    changes[[ord(char) for char in LOWERED_IN_CONTEXT]] = _REWRITTEN
    return changes


def word_bytes(texts: Sequence[str]) -> tuple[UInt8, Int64]:
    """Return texts as bytes, one after the other, 0 where no token is, and the position at which each starts (n + 1).

    A byte 0 stands before and after every text. The number of bytes is a multiple of 8, and the last 8 are 0.

    >>> data, starts = word_bytes(["One, Two", "東京"])
    >>> [bytes(data[a:b]).decode().split(chr(0)) for a, b in zip(starts, starts[1:])]
    [['one', '', 'two', ''], ['', '東', '', '京', '', '']]
    """
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    data, starts = _joined(parts)
    if all(map(bytes.isascii, parts)):
        return data, starts
    rewritten = _change_in_place(data, starts)
    if not rewritten:
        return data, starts
    edges = starts.tolist()
    parts = [data[first : end - 1].tobytes() for first, end in pairwise(edges)]
    for number, part in zip(rewritten, _rewritten([texts[number] for number in rewritten]), strict=True):
        parts[number] = part
    return _joined(parts)


def _joined(parts: Sequence[bytes]) -> tuple[UInt8, Int64]:
    """Return texts as bytes, ASCII characters lowered or 0, with where each starts."""
    starts = np.array(list(accumulate((len(part) + 1 for part in parts), initial=1)), dtype=np.int64)
    end = b"\n" * (8 + (1 - int(starts[-1])) % 8)
    joined = bytearray().join((b"\n", b"\n".join(parts), end)) if parts else bytearray(end)
    return np.frombuffer(joined.translate(_ascii_table()), dtype=np.uint8), starts


def _change_in_place(data: UInt8, starts: Int64) -> list[int]:
    """Clear or lower the characters beyond ASCII; return the numbers of the texts that must be rewritten instead."""
    lead = np.flatnonzero(data >= 0xC0)
    codes, sizes = _decoded(data, lead)
    changes = _changes()[codes]
    for place in range(4):
        data[lead[(changes == _CLEARED) & (sizes > place)] + place] = 0
    low, at = character_tables()[1][codes[changes == _LOWERED]], lead[changes == _LOWERED]
    data[at], data[at + 1] = 0xC0 | low >> 6, 0x80 | low & 0x3F
    rewritten = np.searchsorted(starts, lead[changes == _REWRITTEN], side="right") - 1
    return sorted(set(rewritten.tolist()))


def _decoded(data: UInt8, lead: Int64) -> tuple[Int64, Int64]:
    """Return the code points of the characters beyond ASCII that start at these bytes, and their sizes in bytes."""
    first, second, third, fourth = (data[lead + place].astype(np.int64) for place in range(4))
    sizes = 2 + (first >= 0xE0) + (first >= 0xF0)
    two = (first & 0x1F) << 6 | second & 0x3F
    three = (first & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
    four = (first & 0x07) << 18 | (second & 0x3F) << 12 | (third & 0x3F) << 6 | fourth & 0x3F
    return np.where(sizes == 2, two, np.where(sizes == 3, three, four)), sizes


def _rewritten(texts: Sequence[str]) -> list[bytes]:
    """Return texts in lower case, U+0000 in place of what is outside tokens and around tokens of one character."""
    parts = []
    kinds, lower = character_tables()
    for text in texts:
        codes = as_codes(text.lower() if any(char in text for char in LOWERED_IN_CONTEXT) else text)
        alone = kinds.take(codes) == ALONE
        apart = np.zeros(codes.size + 2 * int(np.count_nonzero(alone)), dtype=np.uint32)
        apart[np.arange(codes.size) + 2 * np.cumsum(alone) - alone] = lower.take(codes)
        parts.append(as_utf8(apart))
    return parts


def as_codes(text: str) -> UInt16 | UInt32:
    """Return the code points of a text; as 16 bits each where all of them fit."""
    short = text.encode("utf-16-le", "surrogatepass")
    if len(short) == 2 * len(text):
        return np.frombuffer(short, dtype="<u2").astype(np.uint16, copy=False)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def as_utf8(codes: UInt16 | UInt32) -> bytes:
    """Return the UTF-8 bytes of code points, of which none is a surrogate."""
    encoding, unit = ("utf-16-le", "<u2") if codes.dtype == np.uint16 else ("utf-32-le", "<u4")
    return codes.astype(unit, copy=False).tobytes().decode(encoding).encode()
