"""Candidate pairs -> what they truly share: shingle sets decide, the bands only propose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.signature.shingles import Int64, UInt64

#: 32,768 places (256 kB): of 400 shingles some 2 lose theirs.
_SLOT_BITS = 15


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


def shingle_sets(texts: Sequence[UInt64]) -> tuple[UInt64, Int64]:
    """Return the sorted distinct values of arrays, one array after the other, and where each starts (n + 1)."""
    starts = np.array([0, *accumulate(text.size for text in texts)])
    hashes = np.concatenate([*texts, np.zeros(0, dtype=np.uint64)])
    for first, end in pairwise(starts.tolist()):
        hashes[first:end].sort()
    keep = np.ones(hashes.size + 1, dtype=np.bool_)
    keep[1:-1] = hashes[1:] != hashes[:-1]
    keep[starts] = True
    return hashes[keep[:-1]], np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(keep[:-1])])[starts]


def overlaps(pairs: NDArray[np.int64], texts: Sequence[UInt64]) -> list[Overlap]:
    """Return what each pair of texts shares.

    ``pairs`` holds numbers of texts, shape (n, 2), sorted by the first; a text is the array of its shingle hashes.

    >>> texts = [np.array(text, dtype=np.uint64) for text in ([3, 5], [5, 7], [5, 3, 5])]
    >>> [overlap.jaccard for overlap in overlaps(np.array([[0, 1], [0, 2]]), texts)]
    [0.3333333333333333, 1.0]
    """
    hashes, starts = shingle_sets(texts)
    table = np.zeros(1 << _SLOT_BITS, dtype=np.uint64)
    edges = starts.tolist()
    found: list[Overlap] = []
    for number, partners in groupby(pairs.tolist(), key=itemgetter(0)):
        one = hashes[edges[number] : edges[number + 1]]
        others = [hashes[edges[other] : edges[other + 1]] for _, other in partners]
        for shared, other in zip(_shared(one, others, table), others, strict=True):
            found.append(Overlap(shared, one.size, other.size))
    return found


def _shared(one: UInt64, others: Sequence[UInt64], table: UInt64) -> list[int]:
    """Return how many values one set shares with each of the others.

    ``table`` (all zero, before and after) is addressed by the low bits of a hash. Values that lose their place in
    it to another one are looked up by themselves, so the counts are exact; so is 0, which marks an empty place.
    """
    slots = (one & np.uint64(table.size - 1)).astype(np.int64)
    table[slots] = one
    lost = one[table[slots] != one].tolist()
    joined = np.concatenate(others)
    hits = table[(joined & np.uint64(table.size - 1)).astype(np.int64)] == joined
    for value in lost:
        hits |= joined == np.uint64(value)
    table[slots] = 0
    if one[:1] != 0:
        hits &= joined != 0
    ends = list(accumulate(other.size for other in others))
    return [int(np.count_nonzero(hits[end - other.size : end])) for end, other in zip(ends, others, strict=True)]
