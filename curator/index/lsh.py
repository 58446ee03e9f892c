"""Banded LSH that persists, grows and forgets.

Every document has one entry in the section of digests. One document of each digest has entries in the bands: its
copies have the same signature, so they would only repeat it. Each batch becomes one sorted run; eight runs of a level
are merged into one of the next, so an entry is written again some log8(number of batches) times. A merge of large runs
goes on over the batches that follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.index.bloom import asked
from curator.index.entries import (
    ID_BITS,
    as_ids,
    band_addresses,
    digest_addresses,
    distinct,
    ids_of,
    n_sections,
    pack,
    run_starts,
    spread,
)
from curator.index.runs import Runs
from curator.index.segments import SegmentStore
from curator.signature.hashing import Int64, UInt32, UInt64
from curator.signature.scheme import Scheme

#: Distinct texts with one band key that are all compared with each other. Of a more crowded band the caller decides
#: who is compared with whom: 10,000 near-identical weather reports would be 50 million comparisons.
CROWD = 128


#: An index is bloated that has so many times the entries of its documents: then half as many articles changed or left
#: as there are, at 1 ms and more each, and to write it anew takes .005 ms an article (8,000 articles in .04 s).
BLOATED = 1.5
#: Below so many entries (400 KB, some 1,600 articles) there is nothing to win.
LEAST_BLOATED = 50_000


class Candidates(NamedTuple):
    """Pairs that share a band, int64 of shape (n pairs, 2), distinct, the smaller id first; and crowded bands.

    ``crowds`` are addresses, uint64, sorted: each is shared by more than ``CROWD`` documents, of which no pair is there
    for this band's sake.
    """

    pairs: Int64
    crowds: UInt64


class Listed(NamedTuple):
    """What a batch enters: a digest for each of ``ids``, bands for each of ``banded_ids``, one id of each digest.

    ``minhashes`` are the signatures of ``banded_ids``.
    """

    ids: Sequence[int]
    digests: Sequence[bytes]
    banded_ids: Sequence[int]
    minhashes: UInt32


class Index:
    """The index of a corpus: candidate pairs for new documents.

    Holds in memory the filters of large runs, about 47 bytes for each article, and the entries of runs as far as
    ``runs.WHOLE_ENTRIES`` go (400 MB). Not to be used any further after a transaction of its store was rolled back.
    """

    def __init__(self, store: SegmentStore, scheme: Scheme | None = None) -> None:
        self.scheme = scheme or Scheme()
        self._n_sections = n_sections(self.scheme)
        self._store = store
        self._runs = Runs(store, self._n_sections)
        self._forgotten = as_ids(store.forgotten())

    @property
    def n_entries(self) -> int:
        """Number of entries of all runs."""
        return self._runs.n_entries

    def candidates(self, ids: Sequence[int], minhashes: UInt32) -> Candidates:
        """Return the pairs that share a band: one of each is of ``ids``, the other one, too, or stands in the index."""
        addresses = band_addresses(minhashes, self.scheme)
        own = np.repeat(as_ids(ids), self.scheme.bands)
        mine = np.sort(pack(addresses.ravel(), own))
        starts = run_starts(mine >> ID_BITS)
        wanted, counts = mine[starts] >> ID_BITS, np.diff(starts, append=mine.size)
        numbers, found = self._buckets(wanted, CROWD + 1, mine, counts)
        crowded = np.bincount(numbers, minlength=wanted.size) > CROWD
        calm = ~crowded[numbers]
        numbers, found = numbers[calm], found[calm]
        sizes = counts[numbers]
        owners = ids_of(mine[spread(starts[numbers], sizes)])
        others = np.repeat(ids_of(found), sizes)
        differ = owners != others
        low = np.minimum(owners[differ], others[differ])
        joined = distinct((low << ID_BITS) | np.maximum(owners[differ], others[differ]))
        pairs = np.stack([joined >> ID_BITS, ids_of(joined)], axis=1).astype(np.int64)
        return Candidates(pairs, wanted[crowded])

    def crowded(self, addresses: UInt64) -> UInt64:
        """Return at which of these addresses more than ``CROWD`` stand, one more for each time it is given."""
        wanted, given = np.unique(addresses, return_counts=True)
        numbers, _ = self._buckets(wanted, CROWD + 1, wanted[:0], np.zeros(wanted.size, dtype=np.int64))
        crowded: UInt64 = wanted[np.bincount(numbers, minlength=wanted.size) + given > CROWD]
        return crowded

    def standing_at(self, address: int) -> Int64:
        """Return the ids in the index that share a band, ascending."""
        wanted = np.array([address], dtype=np.uint64)
        _, found = self._buckets(wanted, self.n_entries, wanted[:0], np.zeros(1, dtype=np.int64))
        return ids_of(found).astype(np.int64)

    def entries_of(
        self, ids: Sequence[int], digests: Sequence[bytes], minhashes: UInt32
    ) -> tuple[NDArray[np.bool_], Int64]:
        """Return for each document whether its digest is in the index, and in how many bands it stands."""
        own = as_ids(ids)
        bands, listed = band_addresses(minhashes, self.scheme), digest_addresses(digests, self.scheme)
        wanted = distinct(np.concatenate([bands.ravel(), listed]))
        _, there = self._buckets(wanted, self.n_entries, wanted[:0], np.zeros(wanted.size, dtype=np.int64))
        return np.isin(pack(listed, own), there), np.isin(pack(bands, own[:, np.newaxis]), there).sum(axis=1)

    def copies(self, digests: Sequence[bytes], limit: int | None = None) -> dict[bytes, list[int]]:
        """Return for those of distinct digests that are there the ids that probably have them, ascending.

        With a limit, the smallest ones only. The index compares 30 bits: the caller compares the digests.
        """
        if not digests:
            return {}
        addresses = digest_addresses(digests, self.scheme)
        wanted, inverse = np.unique(addresses, return_inverse=True)
        limit = limit if limit is not None else self.n_entries
        numbers, found = self._buckets(wanted, limit, wanted[:0], np.zeros(wanted.size, dtype=np.int64))
        ids = ids_of(found).astype(np.int64)
        edges = np.searchsorted(numbers, np.arange(wanted.size + 1))
        there = np.flatnonzero((edges[1:] > edges[:-1])[inverse])
        places = inverse[there].tolist()
        return {
            digests[row]: ids[edges[place] : edges[place + 1]].tolist()
            for row, place in zip(there.tolist(), places, strict=True)
        }

    def _buckets(self, wanted: UInt64, limit: int, mine: UInt64, counts: Int64) -> tuple[Int64, UInt64]:
        """Return what stands at sorted, distinct addresses, as sorted (numbers of the addresses, entries).

        Reads all runs and the sorted entries ``mine``, of which each address has ``counts``; leaves out forgotten
        ids, and keeps for each address the ``limit`` entries of the smallest ids. An address with no more than one
        entry of ``mine`` is left out where nothing else stands there.
        """
        stored = self._runs.find(asked(wanted, self._n_sections), limit + self._forgotten.size)
        if self._forgotten.size:
            stored = stored[~np.isin(ids_of(stored), self._forgotten)]
        busy = counts > 1
        busy[np.searchsorted(wanted, stored >> ID_BITS)] = True
        stored = np.concatenate([stored, mine[np.repeat(busy, counts)]])
        entries = distinct(stored)
        numbers = np.searchsorted(wanted, entries >> ID_BITS)
        places = np.arange(entries.size) - np.searchsorted(numbers, numbers)
        near = places < limit
        return numbers[near], entries[near]

    def add(
        self,
        ids: Sequence[int],
        digests: Sequence[bytes],
        banded_ids: Sequence[int],
        minhashes: UInt32,
    ) -> None:
        """Write a batch (``Listed``) as a run; ``banded_ids`` are of digests that are new to the index."""
        own = as_ids(ids)
        if not own.size and not len(banded_ids):
            return
        self._remember(np.concatenate([own, as_ids(banded_ids)]))
        addresses = band_addresses(minhashes, self.scheme)
        bands = pack(addresses.ravel(), np.repeat(as_ids(banded_ids), self.scheme.bands))
        entries = distinct(np.concatenate([bands, pack(digest_addresses(digests, self.scheme), own)]))
        self._runs.add(entries, self._forgotten)

    def _remember(self, ids: UInt64) -> None:
        """Take ids that come back from the forgotten ones."""
        if self._forgotten.size and np.isin(self._forgotten, ids).any():
            self._set_forgotten(np.setdiff1d(self._forgotten, ids))

    def forget(self, ids: Sequence[int]) -> None:
        """Take documents out of all answers; a merge drops their entries."""
        self._set_forgotten(np.union1d(self._forgotten, as_ids(ids)))

    def _set_forgotten(self, ids: UInt64) -> None:
        self._forgotten = ids
        self._store.set_forgotten(ids.astype(np.uint32))

    def is_bloated(self, n_documents: int) -> bool:
        """Return whether a third or more of the entries cannot be those of so many documents.

        Such are entries of forgotten documents, of texts that documents had before, and the same ones in two runs.
        """
        return self.n_entries > max(LEAST_BLOATED, BLOATED * (self.scheme.bands + 1) * n_documents)

    def renew(self, batches: Iterable[Listed]) -> None:
        """Write the index anew, with these documents and nothing else."""
        self._runs.drop_all()
        self._set_forgotten(np.zeros(0, dtype=np.uint64))
        for batch in batches:
            self.add(*batch)
