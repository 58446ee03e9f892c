"""The loops of ``signature.plain``, compiled by numba: the same arguments, the same bits, fewer passes over memory.

Places are unsigned, because numba takes a signed index for one that may count from the end, which costs a branch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit, uint32, uint64

from curator.signature.hashing import BASE, SHINGLE_WORDS, TOKEN_BYTES, Int64, UInt8, UInt32, UInt64

Loop = TypeVar("Loop", bound=Callable[..., Any])

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LEAST_OF_NONE = np.uint32(0xFFFFFFFF)


def _compiled(loop: Loop) -> Loop:
    return cast(Loop, njit(cache=True)(loop))


def _inlined(loop: Loop) -> Loop:
    return cast(Loop, njit(inline="always")(loop))


#: Shingles that are permuted together: eight products for each load of a, b and the least value.
_UNROLLED = 8


def find_tokens(data: UInt8) -> Int64:
    """Return where the runs of bytes other than 0 start and end: shape (n, 2), of data that starts and ends with 0."""
    inside = data != 0
    # One place more: the loop writes before it knows whether there is an edge.
    edges = np.empty(np.count_nonzero(inside[1:] != inside[:-1]) + 1, dtype=np.int64)
    return edges[: _find_edges(data, edges)].reshape(-1, 2)


def hash_tokens(data: UInt8, edges: Int64) -> UInt64:
    """Return the hash of each run of bytes, of a longer one that of its first 64 bytes."""
    # Two words more, so that no token's last word needs a test for the end.
    words = np.zeros(data.size // 8 + 2, dtype=np.uint64)
    words[:-2] = data.view("<u8")
    hashes = np.empty(len(edges), dtype=np.uint64)
    _hash_runs(words, edges, hashes, np.empty(len(edges) + 1, dtype=np.uint32))
    return hashes


def hash_shingles(tokens: UInt64, bounds: Int64, starts: Int64) -> UInt64:
    """Return the hash of each 5 consecutive tokens of texts, text i at ``starts[i]``; of a shorter one 0 or none."""
    hashes = np.zeros(int(starts[-1]), dtype=np.uint64)
    _hash_windows(tokens, bounds, starts, hashes)
    return hashes


def sum_places(tokens: UInt64, bounds: Int64, factors: UInt64) -> UInt64:
    """Return the sums of each text's tokens, each times the factors of its place: shape (n texts, n factors)."""
    sums = np.zeros((bounds.size - 1, len(factors)), dtype=np.uint64)
    _sum_places(tokens, bounds, factors, sums)
    return sums


def least_values(hashes: UInt64, starts: Int64, a: UInt32, b: UInt32) -> UInt32:
    """Return the least ``a[k] * h + b[k]`` modulo 2**32 of every text, shape (n texts, n permutations)."""
    found = np.full((starts.size - 1, a.size), _LEAST_OF_NONE, dtype=np.uint32)
    _least_values(hashes, starts, a, b, found)
    return found


def count_shared(hashes: UInt64, starts: Int64, pairs: Int64) -> Int64:
    """Return how many values each pair of sets shares; set i has sorted values from ``starts[i]`` to the next start."""
    counts = np.zeros(len(pairs), dtype=np.int64)
    _count_shared(hashes, starts, np.ascontiguousarray(pairs), counts)
    return counts


@_compiled
def _find_edges(data: UInt8, edges: Int64) -> int:
    n = before = uint64(0)
    for place in range(uint64(data.size)):
        inside = uint64(data[place] != 0)
        # Written always and counted at an edge: a branch would be guessed wrong at every other word.
        edges[n] = place
        n += inside ^ before
        before = inside
    return n  # type: ignore[no-any-return]


@_inlined
def _mixed(value: np.uint64) -> np.uint64:
    value ^= value >> uint64(33)
    value *= uint64(0xFF51AFD7ED558CCD)
    value ^= value >> uint64(33)
    value *= uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> uint64(33))  # type: ignore[no-any-return]


@_inlined
def _word(words: UInt64, start: np.uint64, size: np.uint64) -> np.uint64:
    """Return the first ``size`` bytes (1 or more, 8 at most count) from a position on."""
    place, bits = start >> uint64(3), (start & uint64(7)) << uint64(3)
    word = (words[place] >> bits) | ((words[place + uint64(1)] << uint64(1)) << (uint64(63) - bits))
    return word & (_ALL >> (uint64(64) - uint64(8) * min(size, uint64(8))))  # type: ignore[no-any-return]


@_compiled
def _hash_runs(words: UInt64, edges: Int64, hashes: UInt64, longer: UInt32) -> None:
    n = uint64(edges.shape[0])
    n_longer = uint64(0)
    for i in range(n):
        start = uint64(edges[i, 0])
        size = uint64(edges[i, 1]) - start
        hashes[i] = _word(words, start, size)
        longer[n_longer] = i
        n_longer += uint64(size > uint64(8))
    done = uint64(8)
    while n_longer and done < uint64(TOKEN_BYTES):
        n_left = uint64(0)
        for j in range(n_longer):
            i = uint64(longer[j])
            start = uint64(edges[i, 0])
            size = uint64(edges[i, 1]) - start
            hashes[i] = _mixed(hashes[i]) + _word(words, start + done, size - done)
            longer[n_left] = i
            n_left += uint64(size > done + uint64(8))
        n_longer = n_left
        done += uint64(8)
    for i in range(n):
        hashes[i] = _mixed(hashes[i])


@_compiled
def _hash_windows(tokens: UInt64, bounds: Int64, starts: Int64, hashes: UInt64) -> None:
    for text in range(uint64(starts.size - 1)):
        first, at = uint64(bounds[text]), uint64(starts[text])
        if bounds[text + uint64(1)] - bounds[text] >= SHINGLE_WORDS:
            for i in range(uint64(starts[text + uint64(1)]) - at):
                value = uint64(0)
                for place in range(uint64(SHINGLE_WORDS)):
                    value = value * BASE + tokens[first + i + place]
                hashes[at + i] = value


@_compiled
def _sum_places(tokens: UInt64, bounds: Int64, factors: UInt64, sums: UInt64) -> None:
    for text in range(uint64(bounds.size - 1)):
        first = uint64(bounds[text])
        size = uint64(bounds[text + uint64(1)]) - first
        for row in range(uint64(factors.shape[0])):
            total = uint64(0)
            for place in range(size):
                total += tokens[first + place] * factors[row, place]
            sums[text, row] = total


@_inlined
def _mixed32(value: np.uint32) -> np.uint32:
    value = uint32(value ^ (value >> uint32(16)))
    value = uint32(value * uint32(0x85EBCA6B))
    value = uint32(value ^ (value >> uint32(13)))
    value = uint32(value * uint32(0xC2B2AE35))
    return uint32(value ^ (value >> uint32(16)))  # type: ignore[no-any-return]


@_inlined
def _permuted(value: np.uint32, factor: np.uint32, summand: np.uint32) -> np.uint32:
    return uint32(uint32(value * factor) + summand)  # type: ignore[no-any-return]


@_compiled
def _least_values(hashes: UInt64, starts: Int64, a: UInt32, b: UInt32, found: UInt32) -> None:
    n_perm = uint64(a.size)
    some = np.empty(_UNROLLED, dtype=np.uint32)
    for text in range(uint64(starts.size - 1)):
        at, end = uint64(starts[text]), uint64(starts[text + uint64(1)])
        least = found[text]
        while at < end:
            # The last ones are filled up with one of them, which changes no least value.
            for i in range(uint64(_UNROLLED)):
                some[i] = _mixed32(uint32(hashes[min(at + i, end - uint64(1))]))
            h0, h1, h2, h3, h4, h5, h6, h7 = some
            for k in range(n_perm):
                x, y = a[k], b[k]
                one = min(_permuted(h0, x, y), _permuted(h1, x, y))
                two = min(_permuted(h2, x, y), _permuted(h3, x, y))
                three = min(_permuted(h4, x, y), _permuted(h5, x, y))
                four = min(_permuted(h6, x, y), _permuted(h7, x, y))
                least[k] = min(least[k], one, two, three, four)
            at += uint64(_UNROLLED)


@_compiled
def _count_shared(hashes: UInt64, starts: Int64, pairs: Int64, counts: Int64) -> None:
    for row in range(uint64(len(pairs))):
        one, other = uint64(starts[pairs[row, 0]]), uint64(starts[pairs[row, 1]])
        end_one, end_other = uint64(starts[pairs[row, 0] + 1]), uint64(starts[pairs[row, 1] + 1])
        n = uint64(0)
        while one < end_one and other < end_other:
            x, y = hashes[one], hashes[other]
            # Counted, not branched on: which of two random values is the smaller one cannot be guessed.
            n += uint64(x == y)
            one += uint64(x <= y)
            other += uint64(y <= x)
        counts[row] = n
