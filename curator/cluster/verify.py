"""Candidate pairs -> what they truly share: shingle sets decide, the bands only propose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.index.entries import distinct, run_starts
from curator.signature.shingles import UInt64, shingle

_SLOT_BITS = 16


class Overlap(NamedTuple):
    """Numbers of shingles: that two texts share, and that each has (without repetitions)."""

    shared: int
    size_a: int
    size_b: int

    @property
    def jaccard(self) -> float:
        """Shared shingles as a share of all shingles of both texts, 0..1."""
        return self.shared / (self.size_a + self.size_b - self.shared)

    @property
    def turned(self) -> Overlap:
        """The same with the two texts exchanged."""
        return Overlap(self.shared, self.size_b, self.size_a)


def shingle_sets(texts: Sequence[str]) -> list[UInt64]:
    """Return the sorted distinct shingle hashes of each text."""
    shingles = shingle(texts)
    return [distinct(part) for part in np.split(shingles.hashes, shingles.starts[1:-1])] if texts else []


def overlaps(pairs: NDArray[np.int64], texts: Sequence[str]) -> list[Overlap]:
    """Return what each pair of texts shares; ``pairs`` holds numbers of texts, shape (n, 2), sorted by the first.

    >>> texts = ["a b c d e f", "a b c d e g", "A, b; c d e f!"]
    >>> [overlap.jaccard for overlap in overlaps(np.array([[0, 1], [0, 2]]), texts)]
    [0.3333333333333333, 1.0]
    """
    sets = shingle_sets(texts)
    table = np.zeros(1 << _SLOT_BITS, dtype=np.uint64)
    starts = run_starts(pairs[:, 0])
    found: list[Overlap] = []
    for group in np.split(pairs, starts[1:]) if len(pairs) else []:
        one = sets[group[0, 0]]
        others = [sets[number] for number in group[:, 1].tolist()]
        for shared, other in zip(_shared(one, others, table), others, strict=True):
            found.append(Overlap(shared, one.size, other.size))
    return found


def _shared(one: UInt64, others: Sequence[UInt64], table: UInt64) -> list[int]:
    """Return how many values one set shares with each of the others.

    ``table`` (all zero, before and after) is addressed by the low bits of a hash. Values that lose their place in
    it to another one are looked up by themselves, so the counts are exact. 0 is no place holder for the hash 0:
    that one value always counts as lost.
    """
    slots = one & np.uint64(table.size - 1)
    table[slots] = one
    lost = one[(table[slots] != one) | (one == 0)]
    joined = np.concatenate(others)
    hits = (table[joined & np.uint64(table.size - 1)] == joined) & (joined != 0)
    if lost.size:
        hits |= np.isin(joined, lost)
    table[slots] = 0
    sizes = np.array([other.size for other in others])
    ends = np.cumsum(sizes)
    sums = np.concatenate([[0], np.cumsum(hits)])
    return [int(count) for count in sums[ends] - sums[ends - sizes]]
