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

import numpy as np
from numpy.typing import NDArray

from curator.cluster.records import STORED_JACCARD, Batch, Documents, Pair
from curator.cluster.verify import Overlap, overlaps
from curator.index.entries import distinct
from curator.index.lsh import Index
from curator.signature.minhash import from_bytes, minhashes
from curator.signature.scheme import Scheme
from curator.signature.shingles import BLANK, UInt64, shingle, split

#: Copies of one text that have all pairs with each other and with similar texts.
SPEAKERS = 50

#: Candidate pairs that are looked up and verified together: bounds the texts in memory.
_VERIFIED_TOGETHER = 2_000

#: A candidate is read if at least this share of its signature agrees. With 128 permutations and Jaccard .5 the
#: number that agree has mean 64 and standard deviation 5.66; 3.2 deviations below it lie .07 % of such pairs.
_DEVIATIONS = 3.2

Groups = Mapping[bytes, Sequence[int]]


def least_equal(scheme: Scheme, jaccard: float = STORED_JACCARD) -> int:
    """Return how many values of two signatures must agree for a pair to be verified as of this Jaccard or more.

    >>> least_equal(Scheme()), least_equal(Scheme(), 0.3)
    (46, 22)
    """
    mean = scheme.n_perm * jaccard
    return round(mean - _DEVIATIONS * math.sqrt(mean * (1 - jaccard)))


class _Known:
    """The documents at hand and those of the corpus, looked up by id."""

    def __init__(self, documents: Documents, batch: Batch, scheme: Scheme, floor: float) -> None:
        self.floor = floor
        self._documents, self._batch, self._scheme = documents, batch, scheme
        self._rows = {number: row for row, number in enumerate(batch.ids)}

    def signatures(self, ids: Iterable[int]) -> dict[int, tuple[bytes, NDArray[np.uint32]]]:
        """Return digest and signature of those of the ids that take part."""
        wanted = sorted(set(ids))
        own = [number for number in wanted if number in self._rows]
        found = self._documents.signatures([number for number in wanted if number not in self._rows])
        matrix = from_bytes([row.minhash for row in found.values()], self._scheme)
        known = {number: (row.digest, matrix[i]) for i, (number, row) in enumerate(found.items())}
        rows = [self._rows[number] for number in own]
        batch = self._batch
        return known | {batch.ids[row]: (batch.digests[row], batch.minhashes[row]) for row in rows}

    def matrix(self, ids: Sequence[int]) -> NDArray[np.uint32]:
        """Return the signatures of these ids, which take part, row by row."""
        if all(number in self._rows for number in ids):
            rows: NDArray[np.uint32] = self._batch.minhashes[np.array([self._rows[number] for number in ids], np.int64)]
            return rows
        found = self.signatures(ids)
        return np.array([found[number][1] for number in ids], dtype=np.uint32)

    def shingles(self, ids: Sequence[int]) -> list[UInt64]:
        """Return the shingle hashes of each of these ids, which take part; reads the texts of the corpus only."""
        found: dict[int, UInt64] = {}
        own = self._batch.shingles
        if own is not None:
            starts = own.starts.tolist()
            rows = {number: self._rows[number] for number in ids if number in self._rows}
            found = {number: own.hashes[starts[row] : starts[row + 1]] for number, row in rows.items()}
        texts = self._texts([number for number in ids if number not in found])
        found |= zip(texts, split(shingle(list(texts.values()))), strict=True)
        return [found[number] for number in ids]

    def _texts(self, ids: Sequence[int]) -> dict[int, str]:
        found = dict(self._documents.texts([number for number in ids if number not in self._rows]))
        return found | {number: self._batch.texts[self._rows[number]] for number in ids if number in self._rows}


def make_batch(ids: Sequence[int], texts: Sequence[str], scheme: Scheme | None = None) -> Batch:
    """Return documents with their signatures, and with the shingles, so that verifying need not compute them again.

    Meant for some 1,000 texts: the shingles take 8 bytes for each word.
    """
    shingles = shingle(texts)
    return Batch(ids, texts, shingles.digests, minhashes(shingles, scheme or Scheme()), shingles)


def add_documents(index: Index, batch: Batch, documents: Documents, floor: float = STORED_JACCARD) -> list[Pair]:
    """Write documents to the index and return all their pairs, with each other and with the corpus, sorted.

    ``floor`` is the least Jaccard similarity of a pair.

    Blank texts have no pairs and no entries. Which batches documents come in, and in which order, changes no pair
    of texts with up to 50 copies and up to ``index.lsh.CROWD`` near-identical others.
    """
    visible = [row for row, digest in enumerate(batch.digests) if digest != BLANK]
    groups = _by_digest((batch.ids[row], batch.digests[row]) for row in visible)
    known = _Known(documents, batch, index.scheme, floor)
    pairs, old = _link(index, groups, known)
    banded = [ids[0] for digest, ids in groups.items() if not old[digest]]
    minhashes = known.matrix(banded)
    ids = [batch.ids[row] for row in visible]
    index.add(ids, [batch.digests[row] for row in visible], banded, minhashes)
    return pairs


def remove_documents(
    index: Index, gone: Mapping[int, bytes], documents: Documents, floor: float = STORED_JACCARD
) -> list[Pair]:
    """Take documents (id -> digest) out of the index and return the pairs that their copies need in their place.

    ``documents`` must no longer answer for the ids that are gone. Their own pairs are the caller's to delete.
    """
    index.forget(list(gone))
    empty = Batch([], [], [], np.zeros((0, index.scheme.n_perm), dtype=np.uint32))
    known = _Known(documents, empty, index.scheme, floor)
    left = {digest: ids for digest, ids in _copies(index, set(gone.values()), known, limit=None).items() if ids}
    were = Counter(gone.values())
    silent = {digest: ids for digest, ids in left.items() if len(ids) + were[digest] > SPEAKERS}
    pairs, _ = _link(index, silent, known)
    banded = [ids[0] for ids in left.values()]
    index.add([], [], banded, known.matrix(banded))
    return pairs


def _by_digest(documents: Iterable[tuple[int, bytes]]) -> dict[bytes, list[int]]:
    """Return ids by digest, ascending, the digests in the order of their first id."""
    groups: dict[bytes, list[int]] = {}
    for number, digest in sorted(documents):
        groups.setdefault(digest, []).append(number)
    return groups


def _link(index: Index, groups: Groups, known: _Known) -> tuple[list[Pair], dict[bytes, list[int]]]:
    """Return the pairs of documents that are new, ids by digest, and the older copies of their texts."""
    new = set(chain.from_iterable(groups.values()))
    old = _copies(index, groups.keys(), known, SPEAKERS + 1, without=new)
    near = dict(_near(index, groups, known))
    partners = {digest for pair in near for digest in pair} - groups.keys()
    everyone = {**old, **_copies(index, partners, known, SPEAKERS, without=new)}
    speakers = {digest: sorted([*ids, *groups.get(digest, ())])[:SPEAKERS] for digest, ids in everyone.items()}
    pairs = list(_copy_pairs(groups, speakers, new))
    for (one, other), overlap in near.items():
        pairs.extend(_cross(speakers[one], speakers[other], overlap, new))
    return sorted(pairs), old


def _copies(
    index: Index, digests: Iterable[bytes], known: _Known, limit: int | None, without: Iterable[int] = ()
) -> dict[bytes, list[int]]:
    """Return the documents of the corpus that have these digests, ascending, at most ``limit`` of each."""
    wanted = sorted(digests)
    found = index.copies(wanted, limit) if wanted else []
    skipped = set(without)
    signed = known.signatures(set(chain.from_iterable(found)) - skipped)
    return {
        digest: [number for number in ids if number in signed and signed[number][0] == digest]
        for digest, ids in zip(wanted, found, strict=True)
    }


def _near(index: Index, groups: Groups, known: _Known) -> Iterator[tuple[tuple[bytes, bytes], Overlap]]:
    """Yield what distinct texts share, of the floor or more: at least one of each pair stands in ``groups``."""
    heads = [ids[0] for ids in groups.values()]
    if not heads:
        return
    candidates = index.candidates(heads, known.matrix(heads))
    for first in range(0, len(candidates), _VERIFIED_TOGETHER):
        yield from _verified(
            candidates[first : first + _VERIFIED_TOGETHER], known, least_equal(index.scheme, known.floor)
        )


def _verified(
    candidates: NDArray[np.int64], known: _Known, least: int
) -> Iterator[tuple[tuple[bytes, bytes], Overlap]]:
    """Yield the digests and the overlap of those candidate pairs (ids) that are similar enough."""
    signed = known.signatures(candidates.ravel().tolist())
    candidates = candidates[np.isin(candidates, list(signed)).all(axis=1)]
    ids = distinct(candidates.ravel())
    rows = np.searchsorted(ids, candidates)
    matrix = np.array([signed[number][1] for number in ids.tolist()], dtype=np.uint32).reshape(ids.size, -1)
    equal = (matrix[rows[:, 0]] == matrix[rows[:, 1]]).sum(axis=1)
    digests = [signed[number][0] for number in ids.tolist()]
    rows = np.array([(a, b) for a, b in rows[equal >= least].tolist() if digests[a] != digests[b]], dtype=np.int64)
    rows = rows.reshape(-1, 2)
    read = distinct(rows.ravel())
    texts = known.shingles(ids[read].tolist())
    for (a, b), overlap in zip(rows.tolist(), overlaps(np.searchsorted(read, rows), texts), strict=True):
        if overlap.jaccard >= known.floor:
            one, other = digests[a], digests[b]
            yield ((one, other), overlap) if one < other else ((other, one), overlap.turned)


def _copy_pairs(groups: Groups, speakers: Groups, new: set[int]) -> Iterator[Pair]:
    """Yield the pairs of new documents with their copies: all among speakers, a star for the rest."""
    for digest, ids in groups.items():
        spoken = speakers[digest]
        if len(spoken) == 1:
            continue
        for place, b in enumerate(spoken):
            yield from (Pair(a, b, 1.0, 1.0, 1.0) for a in spoken[:place] if a in new or b in new)
        for number in set(ids) - set(spoken):
            yield Pair(spoken[0], number, 1.0, 1.0, 1.0)


def _cross(ones: Sequence[int], others: Sequence[int], overlap: Overlap, new: set[int]) -> Iterator[Pair]:
    """Yield the pairs between the speakers of two texts of which at least one document is new."""
    in_one, in_other = overlap.shared / overlap.size_a, overlap.shared / overlap.size_b
    for one in ones:
        for other in others:
            if one in new or other in new:
                contained = (in_one, in_other) if one < other else (in_other, in_one)
                yield Pair(min(one, other), max(one, other), overlap.jaccard, *contained)
