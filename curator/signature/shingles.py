r"""Texts -> 64-bit hashes of their shingles, by arithmetic on arrays of code points.

A token is a run of ``\w`` characters of ``text.lower()``; in scripts that put no spaces between words (Chinese,
Japanese, Thai, Lao, Burmese, Khmer) every ``\w`` character is one. A shingle is 5 consecutive tokens; fewer than
5 are one shingle as a whole, and a text with visible characters but no token is one, too.

Every hash is a function of the characters alone: no process, batch or position enters it. Distinct shingles
share a 64-bit hash with probability 2**-64, so among the n shingles of two texts any collision has probability
n**2 / 2**65 (1,000 shingles: 3e-14; a million: 3e-8). Jaccard is exact but for that. Which characters are ``\w``
is Python's word: versions of Python differ only in letters newly added to Unicode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

SHINGLE_WORDS = 5
DIGEST_BYTES = 16

#: Digest of a text in which nothing is visible: such texts are copies of nothing.
BLANK = blake2b(b"", digest_size=DIGEST_BYTES).digest()

#: Texts are hashed together up to this many characters: the arrays then stay in the processor's cache.
_CHUNK_CHARS = 1 << 16

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
_LOWERED_IN_CONTEXT = ("\u0130", "\u03a3")

# Odd 64-bit constants without meaning: a base for token polynomials, factors for the places in a shingle.
_BASE = 0x9E3779B97F4A7C15
_PLACES = np.array(
    [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3],
    dtype=np.uint64,
)
_WORD, _ALONE = 1, 2


class Shingles(NamedTuple):
    """Shingle hashes of texts, one text after the other: text i has ``hashes[starts[i]:starts[i + 1]]``.

    A shingle that a text repeats is there as often. ``digests`` (16 bytes each) tell the token sequences apart:
    equal digests mean texts that differ in case, spacing and punctuation at most. A blank text has no shingle.
    """

    hashes: UInt64
    starts: Int64
    digests: tuple[bytes, ...]


def mix(values: UInt64) -> UInt64:
    """Return the values with every bit spread over all others: the 64-bit finalizer of MurmurHash3, a bijection."""
    mixed = values ^ (values >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


@cache
def character_tables() -> tuple[NDArray[np.uint8], UInt64]:
    """Return, by code point: 0 for no part of a token, 1 for part of a word, 2 for a token of its own; and a hash.

    The hash is that of the lower-case character, 0 outside tokens.
    """
    lower = np.arange(_LAST_LETTER + 1, dtype=np.uint64)
    kinds = np.zeros(0x110000, dtype=np.uint8)
    for code in range(_LAST_LETTER + 1):
        small = chr(code).lower()
        lower[code] = ord(small[0])
        kinds[code] = _WORD if small[0].isalnum() or small[0] == "_" else 0
    for first, last in _UNSPACED:
        stretch = kinds[first : last + 1]
        stretch[(stretch > 0) | (first > _LAST_LETTER)] = _ALONE
    hashes = np.zeros(0x110000, dtype=np.uint64)
    hashes[: lower.size] = mix(lower + np.uint64(1))
    hashes[lower.size : 0x40000] = mix(np.arange(lower.size + 1, 0x40001, dtype=np.uint64))
    hashes[kinds == 0] = 0
    return kinds, hashes


def _powers(base: int, n: int) -> UInt64:
    """Return base ** 0 .. base ** (n - 1) modulo 2**64."""
    factors = np.full(n, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


_INVERSE = pow(_BASE, -1, 1 << 64)
_POWERS = _powers(_BASE, 2 * _CHUNK_CHARS)
_INVERSES = _powers(_INVERSE, 2 * _CHUNK_CHARS)


def _power_tables(n: int) -> tuple[UInt64, UInt64]:
    if n <= _POWERS.size:
        return _POWERS[:n], _INVERSES[:n]
    return _powers(_BASE, n), _powers(_INVERSE, n)


def _token_edges(hashes: UInt64, codes: Int64) -> tuple[Int64, Int64]:
    """Return first and end positions of the tokens among characters with these hashes; the last hash must be 0."""
    word = hashes != 0
    alone = np.zeros(0, dtype=np.int64)
    if codes.max() >= _UNSPACED[0][0]:
        apart = character_tables()[0].take(codes) == _ALONE
        alone = np.flatnonzero(apart)
        word &= ~apart
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    if word[0]:
        edges = np.concatenate([np.zeros(1, dtype=np.int64), edges])
    starts, ends = edges[::2], edges[1::2]
    if alone.size:
        starts, ends = np.sort(np.concatenate([starts, alone])), np.sort(np.concatenate([ends, alone + 1]))
    return starts, ends


def _joined(texts: Sequence[str]) -> tuple[str, Int64]:
    """Return texts as one, each ended by a line feed, and where each starts; in lower case where a table cannot."""
    joined = "\n".join(texts) + "\n"
    if any(char in joined for char in _LOWERED_IN_CONTEXT):
        texts = [text.lower() for text in texts]
        joined = "\n".join(texts) + "\n"
    return joined, np.cumsum([0] + [len(text) + 1 for text in texts])


def token_hashes(texts: Sequence[str]) -> tuple[UInt64, Int64]:
    """Return the hashes of the tokens of texts, one text after the other, and where each text starts (n + 1).

    The polynomial of a token's characters comes from running sums, moved to its start by an inverse power:
    exact modulo 2**64, so the same wherever the token stands.
    """
    joined, bounds = _joined(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    hashes = character_tables()[1].take(codes)
    starts, ends = _token_edges(hashes, codes)
    powers, inverses = _power_tables(codes.size)
    hashes *= powers
    sums = np.zeros(codes.size + 1, dtype=np.uint64)
    np.cumsum(hashes, out=sums[1:])
    return mix((sums[ends] - sums[starts]) * inverses[starts]), np.searchsorted(starts, bounds)


def _whole(tokens: UInt64, digest: bytes) -> UInt64:
    """Return the one shingle of a text with fewer than 5 tokens."""
    if not tokens.size:
        return np.frombuffer(digest[:8], dtype="<u8").astype(np.uint64)
    return mix((tokens * _PLACES[: tokens.size]).sum(keepdims=True) + np.uint64(tokens.size))


def _digests(texts: Sequence[str], tokens: UInt64, starts: Int64) -> tuple[bytes, ...]:
    data = tokens.astype("<u8", copy=False).tobytes()
    found = []
    for text, first, end in zip(texts, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        same = data[8 * first : 8 * end] or "".join(text.split()).encode("utf-8", "surrogatepass")
        found.append(blake2b(same, digest_size=DIGEST_BYTES).digest())
    return tuple(found)


def _shingle_chunk(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts that are hashed together."""
    tokens, bounds = token_hashes(texts)
    digests = _digests(texts, tokens, bounds)
    sizes = np.diff(bounds)
    counts = np.maximum(sizes - (SHINGLE_WORDS - 1), 0)
    short = [i for i in np.flatnonzero(counts == 0).tolist() if sizes[i] or texts[i].strip()]
    counts[short] = 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    at = np.arange(starts[-1]) + np.repeat(bounds[:-1] - starts[:-1], counts)
    padded = np.concatenate([tokens, np.zeros(SHINGLE_WORDS, dtype=np.uint64)])
    sums = np.zeros(padded.size - SHINGLE_WORDS + 1, dtype=np.uint64)
    for place, factor in enumerate(_PLACES):
        sums += padded[place : place + sums.size] * factor
    hashes = mix(sums)[at]
    for i in short:
        hashes[starts[i] : starts[i + 1]] = _whole(tokens[bounds[i] : bounds[i + 1]], digests[i])
    return Shingles(hashes, starts, digests)


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield stretches of texts of about ``_CHUNK_CHARS`` characters; a longer text stands alone."""
    first = chars = 0
    for i, text in enumerate(texts):
        if chars and chars + len(text) > _CHUNK_CHARS:
            yield texts[first:i]
            first, chars = i, 0
        chars += len(text) + 1
    if first < len(texts):
        yield texts[first:]


def shingle(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts.

    >>> found = shingle(["One two three four five six.", "one  TWO three four five six", "東京都庁舎前", ""])
    >>> found.starts.tolist(), found.digests[0] == found.digests[1]
    ([0, 2, 4, 6, 6], True)
    """
    parts = [_shingle_chunk(chunk) for chunk in _chunks(texts)]
    if not parts:
        return Shingles(np.zeros(0, dtype=np.uint64), np.zeros(1, dtype=np.int64), ())
    counts = np.concatenate([np.diff(part.starts) for part in parts])
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    hashes = np.concatenate([part.hashes for part in parts])
    return Shingles(hashes, starts, tuple(digest for part in parts for digest in part.digests))


def split(shingles: Shingles) -> list[UInt64]:
    """Return the shingle hashes of each text by themselves."""
    return np.split(shingles.hashes, shingles.starts[1:-1]) if shingles.starts.size > 1 else []
