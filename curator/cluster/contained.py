"""Shorter texts that longer ones contain: found by few shingles of each, decided by all.

The smallest shingle hashes of a text are a random sample of its shingles. They are looked up among *all* shingles of
the others, so a text finds what contains it whatever the lengths of the two; bands, which compare whole texts, cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from curator.cluster.verify import overlaps, shingle_sets
from curator.index.entries import distinct, run_starts, spread
from curator.signature.hashing import Int64, UInt64
from curator.signature.shingles import shingle, split

#: A text is contained where the other one has this share of its shingles: of a 200-word text two changed words cost
#: 10 of 196 shingles, so .9 lets four words differ, or one sentence of ten.
CONTAINED = 0.9

#: Shingles that are looked up for each text. One found proposes the pair: at containment .9 all four are missed with
#: probability .1 ** 4, at 1 never.
N_ANCHORS = 4

#: Texts of fewer distinct shingles (14 words) say too little: a bare notice stands in many articles.
LEAST_SHINGLES = 10

#: An anchor of more texts than this is a phrase of the trade ("subscribe to our newsletter"), and proposes nothing.
_MOST_OWNERS = 128


class Contained(NamedTuple):
    """A document whose text another one contains, and the share that either has of the other's shingles."""

    id: int
    container: int
    containment: float
    containment_container: float


class Anchors(NamedTuple):
    """Anchor hashes, sorted, with the document that each is of and the number of that document's shingles."""

    hashes: UInt64
    ids: Int64
    sizes: Int64


def find_anchors(batches: Iterable[tuple[Sequence[int], Sequence[str]]]) -> Anchors:
    """Return the anchors of documents (ids, texts): 96 bytes of memory for each."""
    hashes, ids, sizes = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for numbers, texts in batches:
        values, starts = shingle_sets(split(shingle(texts)))
        counts = np.diff(starts)
        long = np.flatnonzero(counts >= LEAST_SHINGLES)
        hashes.append(values[spread(starts[long], np.full(long.size, N_ANCHORS))])
        ids.append(np.repeat(np.array(numbers, dtype=np.int64)[long], N_ANCHORS))
        sizes.append(np.repeat(counts[long], N_ANCHORS))
    joined = np.concatenate(hashes)
    order = np.argsort(joined, kind="stable")
    owners = np.diff(run_starts(joined[order]), append=joined.size)
    order = order[np.repeat(owners <= _MOST_OWNERS, owners)]
    return Anchors(joined[order], np.concatenate(ids)[order], np.concatenate(sizes)[order])


def propose(anchors: Anchors, ids: Sequence[int], texts: Sequence[str]) -> Int64:
    """Return pairs (id, container) of which the container is one of ``ids``: distinct, shape (n, 2), sorted.

    The container has more shingles.
    """
    values, starts = shingle_sets(split(shingle(texts)))
    first = np.searchsorted(anchors.hashes, values, side="left")
    there = (
        np.flatnonzero(anchors.hashes[np.minimum(first, anchors.hashes.size - 1)] == values) if first.size else first
    )
    there = there[first[there] < anchors.hashes.size]
    counts = np.searchsorted(anchors.hashes, values[there], side="right") - first[there]
    rows = spread(first[there], counts)
    places = np.repeat(np.searchsorted(starts, there, side="right") - 1, counts)
    containers, sizes = np.array(ids, dtype=np.int64)[places], np.diff(starts)[places]
    owners, own = anchors.ids[rows], anchors.sizes[rows]
    shorter = own < sizes
    joined = distinct((owners[shorter] << 32) | containers[shorter])
    return np.stack([joined >> 32, joined & 0xFFFFFFFF], axis=1)


def decide(proposed: Int64, texts: dict[int, str]) -> Iterator[Contained]:
    """Yield those of the pairs that ``propose`` gave of which the first text is truly contained in the second."""
    ids = distinct(proposed.ravel())
    sets = split(shingle([texts[number] for number in ids.tolist()]))
    found = overlaps(np.searchsorted(ids, proposed), sets)
    for (one, other), overlap in zip(proposed.tolist(), found, strict=True):
        containment = overlap.shared / overlap.size_a
        if containment >= CONTAINED:
            yield Contained(one, other, containment, overlap.shared / overlap.size_b)


def best(found: Iterable[Contained], keys: Mapping[int, str]) -> list[Contained]:
    """Return, sorted by id, for each document the one it is the smallest part of; of several the smallest key."""
    chosen: dict[int, tuple[tuple[float, str], Contained]] = {}
    for each in found:
        rank = (each.containment_container, keys[each.container])
        if each.id not in chosen or rank < chosen[each.id][0]:
            chosen[each.id] = rank, each
    return [chosen[number][1] for number in sorted(chosen)]
