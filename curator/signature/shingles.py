"""Texts -> 64-bit hashes of their shingles, by arithmetic on arrays of bytes.

A token is what ``signature.characters`` leaves standing: a word in lower case. A shingle is 5 consecutive tokens; fewer
than 5 are one shingle as a whole, and a text with visible characters but no token is one, too.

Every hash is a function of the characters alone: no process, batch or position enters it. Distinct shingles
share a 64-bit hash with probability 2**-64, so among the n shingles of two texts any collision has probability
n**2 / 2**65 (1,000 shingles: 3e-14; a million: 3e-8). Jaccard is exact but for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.signature.characters import word_bytes

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

SHINGLE_WORDS = 5
DIGEST_BYTES = 16

#: Digest of a text in which nothing is visible: such texts are copies of nothing.
BLANK = blake2b(b"", digest_size=DIGEST_BYTES).digest()

#: Texts are hashed together up to this many characters: the arrays then stay in the processor's cache.
_CHUNK_CHARS = 1 << 18

#: A token's bytes are read 8 at a time up to this many words; longer ones are rare, and hashed one by one.
_WORDS_PER_TOKEN = 8

# Odd 64-bit constants without meaning: the base of a shingle's polynomial, and what makes two hashes of one place.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_SQUARE = np.uint64(pow(0x9E3779B97F4A7C15, 2, 1 << 64))
_SEEDS = (np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F))

#: What keeps the first n of 8 little-endian bytes.
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


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


def _word_at(words: UInt64, positions: Int64) -> UInt64:
    """Return the 8 bytes from each position on, of bytes that are read as little-endian words."""
    places = positions >> 3
    bits = ((positions & 7) << 3).view(np.uint64)
    return (words.take(places) >> bits) | ((words.take(places + 1) << np.uint64(1)) << (np.uint64(63) - bits))


def token_hashes(texts: Sequence[str]) -> tuple[UInt64, Int64]:
    """Return the hashes of the tokens of texts, one text after the other, and where each text starts (n + 1)."""
    data, bounds = word_bytes(texts)
    gaps = np.flatnonzero(data == 0)
    sizes = np.diff(gaps) - 1
    some = np.flatnonzero(sizes != 0)
    starts, sizes = gaps.take(some) + 1, sizes.take(some)
    words = data.view("<u8").astype(np.uint64, copy=False)
    hashes = _word_at(words, starts) & _MASKS.take(np.minimum(sizes, 8))
    longer = np.flatnonzero(sizes > 8)
    at, left = starts.take(longer) + 8, sizes.take(longer) - 8
    for _ in range(_WORDS_PER_TOKEN - 1):
        if not longer.size:
            break
        word = _word_at(words, at) & _MASKS.take(np.minimum(left, 8))
        hashes[longer] = mix(hashes.take(longer)) + word
        further = np.flatnonzero(left > 8)
        longer, at, left = longer.take(further), at.take(further) + 8, left.take(further) - 8
    for place in longer.tolist():
        token = data[starts[place] : starts[place] + sizes[place]].tobytes()
        hashes[place] = int.from_bytes(blake2b(token, digest_size=8).digest(), "little")
    return mix(hashes), np.searchsorted(starts, bounds)


def _whole(tokens: UInt64, digest: bytes) -> UInt64:
    """Return the one shingle of a text with fewer than 5 tokens."""
    if not tokens.size:
        return np.frombuffer(digest[:8], dtype="<u8").astype(np.uint64)
    hashes = np.full(1, tokens.size, dtype=np.uint64)
    for token in tokens:
        hashes = hashes * _BASE + token
    return mix(hashes)


@cache
def _factors(n: int) -> tuple[UInt64, UInt64]:
    """Return two hashes for each of n places."""
    places = np.arange(n, dtype=np.uint64)
    first, second = (mix(places * _BASE + seed) | np.uint64(1) for seed in _SEEDS)
    return first, second


def _digests(texts: Sequence[str], tokens: UInt64, starts: Int64) -> tuple[bytes, ...]:
    """Return two sums of a text's tokens, each times a hash of its place, 8 bytes each.

    Of a text without tokens it is a hash of its visible characters.
    """
    sizes = np.diff(starts)
    places = np.arange(tokens.size) - np.repeat(starts[:-1], sizes)
    found = np.empty((len(texts), 2), dtype="<u8")
    sums = np.zeros(tokens.size + 1, dtype=np.uint64)
    n_places = 1 << int(sizes.max(initial=1)).bit_length()
    for column, factors in enumerate(_factors(n_places)):
        np.cumsum(tokens * factors.take(places), out=sums[1:])
        found[:, column] = sums[starts[1:]] - sums[starts[:-1]]
    data = found.tobytes()
    digests = [data[first : first + DIGEST_BYTES] for first in range(0, len(data), DIGEST_BYTES)]
    for number in np.flatnonzero(sizes == 0).tolist():
        visible = "".join(texts[number].split()).encode("utf-8", "surrogatepass")
        digests[number] = blake2b(visible, digest_size=DIGEST_BYTES).digest()
    return tuple(digests)


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
    hashes = _polynomials(np.concatenate([tokens, np.zeros(SHINGLE_WORDS, dtype=np.uint64)])).take(at)
    for i in short:
        hashes[starts[i] : starts[i + 1]] = _whole(tokens[bounds[i] : bounds[i + 1]], digests[i])
    return Shingles(hashes, starts, digests)


def _polynomials(tokens: UInt64) -> UInt64:
    """Return the hash of each 5 consecutive tokens. Tokens are well mixed, so their sums need no mixing."""
    two = tokens[:-1] * _BASE
    two += tokens[1:]
    four = two[:-2] * _SQUARE
    four += two[2:]
    five = four[:-1] * _BASE
    five += tokens[SHINGLE_WORDS - 1 :]
    return five


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
