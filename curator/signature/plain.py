"""The loops over bytes, tokens and shingles, as passes of numpy; ``signature.compiled`` does the same in fewer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from curator.signature.hashing import BASE, SHINGLE_WORDS, SQUARE, TOKEN_BYTES, Int64, UInt8, UInt32, UInt64, mix, mix32

#: Shingles that are permuted together: the two arrays of a pass stay in the processor's cache.
_BLOCK_SHINGLES = 1 << 16

#: What keeps the first n of 8 little-endian bytes.
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


def find_tokens(data: UInt8) -> Int64:
    """Return where the runs of bytes other than 0 start and end: shape (n, 2), of data that starts and ends with 0."""
    inside = data != 0
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    edges += 1
    return edges.reshape(-1, 2)


def hash_tokens(data: UInt8, edges: Int64) -> UInt64:
    """Return the hash of each run of bytes, of a longer one that of its first 64 bytes.

    ``data`` has a number of bytes that 8 divides, and ends with 8 bytes of 0.
    """
    words = data.view("<u8").astype(np.uint64, copy=False)
    starts = np.ascontiguousarray(edges[:, 0])
    sizes = edges[:, 1] - starts
    hashes = _word_at(words, starts)
    hashes &= _MASKS.take(sizes, mode="clip")
    longer = np.flatnonzero(sizes > 8)
    at, left = starts.take(longer) + 8, np.minimum(sizes.take(longer), TOKEN_BYTES) - 8
    while longer.size:
        word = _word_at(words, at)
        word &= _MASKS.take(left, mode="clip")
        word += mix(hashes.take(longer))
        hashes[longer] = word
        further = np.flatnonzero(left > 8)
        longer, at, left = longer.take(further), at.take(further) + 8, left.take(further) - 8
    return mix(hashes)


def _word_at(words: UInt64, positions: Int64) -> UInt64:
    """Return the 8 bytes from each position on, of bytes that are read as little-endian words."""
    places = positions >> 3
    bits = ((positions & 7) << 3).view(np.uint64)
    low = words.take(places)
    low >>= bits
    places += 1
    high = words.take(places, mode="clip")
    # Two shifts, since one by 64 bits would shift by none.
    high <<= np.uint64(1)
    high <<= np.uint64(63) - bits
    low |= high
    return low


def hash_shingles(tokens: UInt64, bounds: Int64, starts: Int64) -> UInt64:
    """Return the hash of each 5 consecutive tokens of texts, text i at ``starts[i]``; of shorter texts one 0 or none.

    Tokens are well mixed, so their sums need no mixing.
    """
    two = tokens[:-1] * BASE
    two += tokens[1:]
    four = two[:-2] * SQUARE
    four += two[2:]
    five = four[:-1] * BASE
    five += tokens[SHINGLE_WORDS - 1 :]
    none = np.zeros(1, dtype=np.uint64)
    places = zip(bounds[:-1].tolist(), np.diff(bounds).tolist(), np.diff(starts).tolist(), strict=True)
    parts = [five[at : at + count] if size >= SHINGLE_WORDS else none[:count] for at, size, count in places]
    return np.concatenate([*parts, none[:0]])


def sum_places(tokens: UInt64, bounds: Int64, factors: UInt64) -> UInt64:
    """Return the sums of each text's tokens, each times the factors of its place: shape (n texts, n factors)."""
    sizes = np.diff(bounds)
    sums = np.zeros((len(factors), sizes.size), dtype=np.uint64)
    some = np.flatnonzero(sizes)
    if some.size:
        products = np.concatenate([factors[:, :size] for size in sizes[some].tolist()], axis=1)
        products *= tokens
        sums[:, some] = np.add.reduceat(products, bounds[:-1][some], axis=1)
    return sums.T


def least_values(hashes: UInt64, starts: Int64, a: UInt32, b: UInt32) -> UInt32:
    """Return the least ``a[k] * h + b[k]`` modulo 2**32 of every text, shape (n texts, n permutations).

    Text i has the hashes from ``starts[i]`` up to ``starts[i + 1]``, one or more; h is their mixed low half.
    """
    found = np.empty((starts.size - 1, a.size), dtype=np.uint32)
    first = 0
    while first < starts.size - 1:
        end = int(np.searchsorted(starts, starts[first] + _BLOCK_SHINGLES, side="right")) - 1
        end = max(end, first + 1)
        block = mix32(hashes[starts[first] : starts[end]].astype(np.uint32))
        found[first:end] = _least_of_block(block, starts[first:end] - starts[first], a, b)
        first = end
    return found


def _least_of_block(block: UInt32, starts: Int64, a: UInt32, b: UInt32) -> UInt32:
    permuted = np.empty_like(block)
    least = np.empty((a.size, starts.size), dtype=np.uint32)
    for row, factor, summand in zip(least, a, b, strict=True):
        np.multiply(block, factor, permuted)
        np.add(permuted, summand, permuted)
        np.minimum.reduceat(permuted, starts, 0, None, row)
    return least.T


def count_shared(hashes: UInt64, starts: Int64, pairs: Int64) -> Int64:
    """Return how many values each pair of sets shares; set i has sorted values from ``starts[i]`` to the next start."""
    edges = starts.tolist()
    sets = [hashes[first:end] for first, end in pairwise(edges)]
    return np.array([_shared(sets[a], sets[b]) for a, b in pairs.tolist()], dtype=np.int64)


def _shared(one: UInt64, other: UInt64) -> int:
    """Return how many values two sets share: sorted together, those stand twice."""
    both = np.concatenate((one, other))
    both.sort()
    return int(np.count_nonzero(both[1:] == both[:-1]))
