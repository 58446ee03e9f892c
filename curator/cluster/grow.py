"""New documents -> their verified pairs; documents that leave -> the pairs that re-link their copies.

What is compared are distinct texts: one document of each digest stands in the bands, one comparison serves all
copies. Among copies all pairs are stored up to 50 of them; beyond that the first 50 speak for the rest: they have all
pairs, with each other and with similar texts, and every further copy has one, with the first (a star). Clusters
lose nothing by it, since documents of one digest belong together with or without a stored pair.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from curator.cluster.crowds import Crowd
from curator.cluster.known import Known
from curator.cluster.records import STORED_JACCARD, Batch, Documents, Pair, Signed
from curator.cluster.verify import Overlap, overlaps
from curator.index.entries import band_addresses, distinct
from curator.index.lsh import Index
from curator.signature.hashing import Int64, UInt32, UInt64
from curator.signature.minhash import from_bytes, minhashes
from curator.signature.scheme import Scheme
from curator.signature.shingles import BLANK, shingle

#: Copies of one text that have all pairs with each other and with similar texts.
SPEAKERS = 50

#: Candidate pairs that are looked up and verified together: bounds the texts in memory.
_VERIFIED_TOGETHER = 2_000

#: A candidate is read if at least this share of its signature agrees. With 128 permutations and Jaccard .5 the
#: number that agree has mean 64 and standard deviation 5.66; 3.2 deviations below it lie .07 % of such pairs.
_DEVIATIONS = 3.2

Groups = Mapping[bytes, Sequence[int]]
#: By two digests, the smaller one first: what their texts share.
Near = dict[tuple[bytes, bytes], Overlap]


class Change(NamedTuple):
    """What documents that came or went change: pairs to be stored, and pairs that are no more.

    ``lost`` holds two lists of documents each: no pair of one of the first with one of the second counts any longer,
    since their texts are not compared any more (``cluster.crowds``).
    """

    pairs: list[Pair]
    lost: list[tuple[list[int], list[int]]]


def least_equal(scheme: Scheme, jaccard: float = STORED_JACCARD) -> int:
    """Return how many values of two signatures must agree for a pair to be verified as of this Jaccard or more.

    >>> least_equal(Scheme()), least_equal(Scheme(), 0.3)
    (46, 22)
    """
    mean = scheme.n_perm * jaccard
    return round(mean - _DEVIATIONS * math.sqrt(mean * (1 - jaccard)))


def make_batch(ids: Sequence[int], texts: Sequence[str], scheme: Scheme | None = None) -> Batch:
    """Return documents with their signatures, and with the shingles, so that verifying need not compute them again.

    Meant for some 1,000 texts: the shingles take 8 bytes for each word.
    """
    shingles = shingle(texts)
    return Batch(ids, texts, shingles.digests, minhashes(shingles, scheme or Scheme()), shingles)


def add_documents(index: Index, batch: Batch, documents: Documents, floor: float = STORED_JACCARD) -> Change:
    """Write documents to the index and return all their pairs, with each other and with the corpus, sorted.

    ``floor`` is the least Jaccard similarity of a pair.

    Blank texts have no pairs and no entries. Which batches documents come in, and in which order, changes no pair
    of texts with up to 50 copies, once the lost pairs are taken away.
    """
    known = Known(documents, batch, index.scheme, floor)
    visible = [(number, digest) for number, digest in zip(batch.ids, batch.digests, strict=True) if digest != BLANK]
    groups = _by_digest(visible)
    old = _copies(index, groups.keys(), known, SPEAKERS + 1, without=known.own_ids)
    news = {digest: ids for digest, ids in groups.items() if digest not in old}
    proposed = _propose(index, [ids[0] for ids in groups.values()], known, news.keys())
    near = dict(_verified(proposed.pairs, known, index.scheme))
    pairs = _pairs(index, groups, old, near, known)
    banded = [ids[0] for ids in news.values()]
    index.add([number for number, _ in visible], [digest for _, digest in visible], banded, known.matrix(banded))
    return Change(pairs, _lost(index, proposed.parted, known))


def remove_documents(
    index: Index, gone: Mapping[int, Signed], documents: Documents, floor: float = STORED_JACCARD
) -> Change:
    """Take documents (id -> signature row) out of the index and return the pairs that are needed in their place.

    ``documents`` must no longer answer for the ids that are gone. Their own pairs are the caller's to delete.
    """
    index.forget(list(gone))
    empty = Batch([], [], [], np.zeros((0, index.scheme.n_perm), dtype=np.uint32))
    known = Known(documents, empty, index.scheme, floor)
    were = Counter(row.digest for row in gone.values())
    left = _copies(index, were.keys(), known, limit=None)
    silent = {digest: ids for digest, ids in left.items() if len(ids) + were[digest] > SPEAKERS}
    near = dict(
        _verified(_propose(index, [ids[0] for ids in silent.values()], known, set()).pairs, known, index.scheme)
    )
    pairs = _pairs(index, silent, {}, near, known)
    banded = [ids[0] for ids in left.values()]
    index.add([], [], banded, known.matrix(banded))
    last = {row.digest: row.minhash for row in gone.values() if row.digest not in left and row.digest != BLANK}
    return Change(sorted({*pairs, *_successors(index, last, known)}), [])


def _by_digest(documents: Iterable[tuple[int, bytes]]) -> dict[bytes, list[int]]:
    """Return ids by digest, ascending, the digests in the order of their first id."""
    groups: dict[bytes, list[int]] = {}
    for number, digest in sorted(documents):
        groups.setdefault(digest, []).append(number)
    return groups


def _pairs(index: Index, groups: Groups, old: Groups, near: Near, known: Known) -> list[Pair]:
    """Return the pairs of the documents in ``groups``, sorted: with their ``old`` copies, and with near texts."""
    new = set(chain.from_iterable(groups.values()))
    ends = set(chain.from_iterable(near))
    everyone = {**old, **_copies(index, ends - groups.keys(), known, SPEAKERS, without=new)}
    several = {digest for digest, ids in groups.items() if len(ids) > 1}
    speakers = {
        digest: sorted([*everyone.get(digest, ()), *groups.get(digest, ())])[:SPEAKERS]
        for digest in several | everyone.keys() | ends
    }
    pairs = list(
        copy_pairs({digest: groups[digest] for digest in several | (old.keys() & groups.keys())}, speakers, new)
    )
    for (one, other), overlap in near.items():
        pairs.extend(cross_pairs(speakers[one], speakers[other], overlap, new))
    return sorted(pairs)


def _copies(
    index: Index, digests: Iterable[bytes], known: Known, limit: int | None, without: Iterable[int] = ()
) -> dict[bytes, list[int]]:
    """Return the documents of the corpus that have these digests, where there are any: at most ``limit`` of each."""
    found = index.copies(list(digests), limit)
    digest_of = known.digests(set(chain.from_iterable(found.values())).difference(without))
    copies = {digest: [number for number in ids if digest_of.get(number) == digest] for digest, ids in found.items()}
    return {digest: ids for digest, ids in copies.items() if ids}


class _Proposed(NamedTuple):
    """Pairs of ids to be verified, and who lost the place of a representative, with the texts each spoke to as such."""

    pairs: Int64
    parted: dict[bytes, set[bytes]]


def _propose(index: Index, heads: Sequence[int], known: Known, new: Iterable[bytes]) -> _Proposed:
    """Return what is to be compared for these documents' sake; ``new`` are texts that are not in the index yet."""
    if not heads:
        return _Proposed(np.zeros((0, 2), dtype=np.int64), {})
    matrix = known.matrix(heads)
    pairs, crowds = index.candidates(heads, matrix)
    if not crowds.size:
        return _Proposed(pairs, {})
    addresses = band_addresses(matrix, index.scheme)
    digest_of = known.digests(heads)
    ids = np.array(heads, dtype=np.int64)
    found, new = [pairs], set(new)
    parted: dict[bytes, set[bytes]] = {}
    for address in crowds.tolist():
        own = {digest_of[number]: number for number in ids[(addresses == address).any(axis=1)].tolist()}
        crowd = _crowd(index, address, own, known)
        found.append(np.array(crowd.partners(own), dtype=np.int64).reshape(-1, 2))
        for digest, others in crowd.parted(own.keys() & new).items():
            parted[digest] = parted.get(digest, set()) | others
    joined = distinct(np.concatenate(found) @ np.array([1 << 32, 1]))
    return _Proposed(np.stack([joined >> 32, joined & 0xFFFFFFFF], axis=1), parted)


def _crowd(index: Index, address: int, own: Mapping[bytes, int], known: Known) -> Crowd:
    """Return the crowd of a band: who stands in the index, and others beside them."""
    stored = known.digests(index.standing_at(address).tolist())
    return Crowd({digest: number for number, digest in stored.items()} | dict(own))


def _lost(index: Index, parted: Mapping[bytes, set[bytes]], known: Known) -> list[tuple[list[int], list[int]]]:
    """Return the documents of texts that no band makes comparable any more."""
    if not parted:
        return []
    copies = _copies(index, set(parted).union(*parted.values()), known, limit=None)
    heads = {copies[digest][0]: digest for digest in parted if digest in copies}
    proposed = _propose(index, list(heads), known, ())
    digest_of = known.digests(proposed.pairs.ravel().tolist())
    still: dict[bytes, set[bytes]] = {}
    for a, b in proposed.pairs.tolist():
        still.setdefault(digest_of[a], set()).add(digest_of[b])
        still.setdefault(digest_of[b], set()).add(digest_of[a])
    return [
        (copies[digest], sorted(chain.from_iterable(copies.get(other, ()) for other in others)))
        for digest, before in parted.items()
        if (others := before - still.get(digest, set()))
    ]


def _successors(index: Index, last: Mapping[bytes, bytes], known: Known) -> list[Pair]:
    """Return the pairs of texts that represent a crowd now that the last documents of these ones are gone.

    ``last`` holds their signature rows by digest.
    """
    if not last:
        return []
    gone = list(last)
    addresses = band_addresses(from_bytes(list(last.values()), index.scheme), index.scheme)
    found = []
    risen: dict[bytes, int] = {}
    for address in index.crowded(addresses.ravel()).tolist():
        crowd = _crowd(index, address, {}, known)
        up = crowd.risen(gone[row] for row in np.flatnonzero((addresses == address).any(axis=1)).tolist())
        found.extend(crowd.partners(up))
        risen |= {digest: crowd.members[digest] for digest in up}
    near = dict(_verified(np.array(sorted(set(found)), dtype=np.int64).reshape(-1, 2), known, index.scheme))
    groups = _copies(index, risen, known, SPEAKERS)
    return _pairs(index, groups, {}, near, known)


def _verified(candidates: Int64, known: Known, scheme: Scheme) -> Iterator[tuple[tuple[bytes, bytes], Overlap]]:
    """Yield the digests and the overlap of those pairs of ids that are as similar as the floor."""
    least = least_equal(scheme, known.floor)
    for first in range(0, len(candidates), _VERIFIED_TOGETHER):
        some = candidates[first : first + _VERIFIED_TOGETHER]
        wanted = distinct(some.ravel())
        ids, digests, matrix = known.rows(wanted)
        if ids.size < wanted.size:
            some = some[np.isin(some, ids).all(axis=1)]
        rows = _similar(some, ids, matrix, least)
        rows = np.array([(a, b) for a, b in rows.tolist() if digests[a] != digests[b]], dtype=np.int64).reshape(-1, 2)
        read = distinct(rows.ravel())
        shingles: list[UInt64] = known.shingles(ids[read].tolist())
        for (a, b), overlap in zip(rows.tolist(), overlaps(np.searchsorted(read, rows), shingles), strict=True):
            if overlap.jaccard >= known.floor:
                one, other = digests[a], digests[b]
                yield ((one, other), overlap) if one < other else ((other, one), overlap.turned)


def _similar(candidates: Int64, ids: Int64, matrix: UInt32, least: int) -> Int64:
    """Return the rows of those pairs of ids, all among ``ids``, of which enough values of the signatures agree."""
    rows = np.searchsorted(ids, candidates)
    equal = (matrix[rows[:, 0]] == matrix[rows[:, 1]]).sum(axis=1)
    similar: Int64 = rows[equal >= least]
    return similar


def copy_pairs(groups: Groups, speakers: Groups, new: set[int]) -> Iterator[Pair]:
    """Yield the pairs of new documents with their copies: all among speakers, a star for the rest."""
    for digest, ids in groups.items():
        spoken = speakers[digest]
        if len(spoken) == 1:
            continue
        for place, b in enumerate(spoken):
            yield from (Pair(a, b, 1.0, 1.0, 1.0) for a in spoken[:place] if a in new or b in new)
        for number in set(ids) - set(spoken):
            yield Pair(spoken[0], number, 1.0, 1.0, 1.0)


def cross_pairs(ones: Sequence[int], others: Sequence[int], overlap: Overlap, new: set[int]) -> Iterator[Pair]:
    """Yield the pairs between the speakers of two texts of which at least one document is new."""
    in_one, in_other = overlap.shared / overlap.size_a, overlap.shared / overlap.size_b
    for one in ones:
        for other in others:
            if one in new or other in new:
                contained = (in_one, in_other) if one < other else (in_other, in_one)
                yield Pair(min(one, other), max(one, other), overlap.jaccard, *contained)
