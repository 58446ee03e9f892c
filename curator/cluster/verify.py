"""Candidate pairs -> what they truly share: shingle sets decide, the bands only propose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from curator.signature.hashing import Int64, UInt64
from curator.signature.kernels import kernels_for


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


def overlaps(pairs: Int64, texts: Sequence[UInt64]) -> list[Overlap]:
    """Return what each pair of texts shares.

    ``pairs`` holds numbers of texts, shape (n, 2); a text is the array of its shingle hashes.

    >>> texts = [np.array(text, dtype=np.uint64) for text in ([3, 5], [5, 7], [5, 3, 5])]
    >>> [overlap.jaccard for overlap in overlaps(np.array([[0, 1], [0, 2]]), texts)]
    [0.3333333333333333, 1.0]
    """
    if not len(pairs):
        return []
    hashes, starts = shingle_sets(texts)
    shared = kernels_for(len(pairs)).count_shared(hashes, starts, pairs)
    sizes = np.diff(starts)
    numbers = zip(shared.tolist(), sizes[pairs[:, 0]].tolist(), sizes[pairs[:, 1]].tolist(), strict=True)
    return [Overlap(*each) for each in numbers]
