"""Banded LSH that persists, grows and forgets.

Every document has one entry in the section of digests. One document of each digest has entries in the bands: its
copies have the same signature, so they would only repeat it. Each batch becomes one sorted segment; eight segments
of a level are merged into one of the next, so an entry is written again some log8(number of batches) times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from curator.index.bloom import asked
from curator.index.entries import (
    ID_BITS,
    Int64,
    UInt64,
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
from curator.index.segments import SegmentStore
from curator.index.stored import UNFILTERED_ENTRIES, SegmentWriter, StoredSegment, merged
from curator.signature.scheme import Scheme

#: Segments of one level that are merged into one of the next.
MERGED_SEGMENTS = 8

#: Distinct texts with one band key that a new text is compared with: those with the smallest ids. A bucket of
#: 10,000 near-identical weather reports then costs 128 comparisons for each, not 10,000. Up to 128 distinct
#: texts in a bucket all pairs are found; beyond, every text is still compared with the same first 128, so what
#: may be lost is a pair of two later ones that is linked through none of them.
CROWD = 128


class Index:
    """The index of a corpus: candidate pairs for new documents.

    Holds in memory the heads and filters of large segments, about 47 bytes for each article, and smaller segments
    whole, together some 250 MB at most.
    Not to be used any further after a transaction of its store was rolled back.
    """

    def __init__(self, store: SegmentStore, scheme: Scheme | None = None) -> None:
        self.scheme = scheme or Scheme()
        self._n_sections = n_sections(self.scheme)
        self._store = store
        self._segments = [StoredSegment(store, segment) for segment in store.segments()]
        self._forgotten = as_ids(store.forgotten())

    @property
    def n_entries(self) -> int:
        """Number of entries of all segments."""
        return sum(segment.n_entries for segment in self._segments)

    def candidates(self, ids: Sequence[int], minhashes: NDArray[np.uint32]) -> Int64:
        """Return the pairs that share a band: int64 of shape (n pairs, 2), distinct, the smaller id first.

        At least one of each pair is of ``ids``; the other one is, too, or stands in the index.
        """
        addresses = band_addresses(minhashes, self.scheme)
        own = np.repeat(as_ids(ids), self.scheme.bands)
        mine = np.sort(pack(addresses.ravel(), own))
        starts = run_starts(mine >> ID_BITS)
        wanted, counts = mine[starts] >> ID_BITS, np.diff(starts, append=mine.size)
        numbers, found = self._buckets(wanted, CROWD, mine, counts)
        sizes = counts[numbers]
        owners = ids_of(mine[spread(starts[numbers], sizes)])
        others = np.repeat(ids_of(found), sizes)
        differ = owners != others
        low = np.minimum(owners[differ], others[differ])
        joined = distinct((low << ID_BITS) | np.maximum(owners[differ], others[differ]))
        return np.stack([joined >> ID_BITS, ids_of(joined)], axis=1).astype(np.int64)

    def copies(self, digests: Sequence[bytes], limit: int | None = None) -> list[list[int]]:
        """Return for each of distinct digests the ids in the index that probably have it, ascending.

        With a limit, the smallest ones only. The index compares 30 bits: the caller compares the digests.
        """
        addresses = digest_addresses(digests, self.scheme)
        wanted, inverse = np.unique(addresses, return_inverse=True)
        limit = limit if limit is not None else self.n_entries
        numbers, found = self._buckets(wanted, limit, wanted[:0], np.zeros(wanted.size, dtype=np.int64))
        ids = ids_of(found).astype(np.int64)
        edges = np.searchsorted(numbers, np.arange(wanted.size + 1))
        return [ids[edges[place] : edges[place + 1]].tolist() for place in inverse.tolist()]

    def _buckets(self, wanted: UInt64, limit: int, mine: UInt64, counts: Int64) -> tuple[Int64, UInt64]:
        """Return what stands at sorted, distinct addresses, as sorted (numbers of the addresses, entries).

        Reads all segments and the sorted entries ``mine``, of which each address has ``counts``; leaves out forgotten
        ids, and keeps for each address the ``limit`` entries of the smallest ids. An address with no more than one
        entry of ``mine`` is left out where nothing else stands there.
        """
        reach = limit + self._forgotten.size
        ready = asked(wanted, self._n_sections)
        found = [segment.find(ready, reach) for segment in self._segments if segment.n_entries]
        stored = np.concatenate([*found, np.zeros(0, dtype=np.uint64)])
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
        minhashes: NDArray[np.uint32],
    ) -> None:
        """Write a batch as a segment: a digest for each of ``ids``, bands for each of ``banded_ids``.

        ``minhashes`` are the signatures of ``banded_ids``: one document of each digest new to the index.
        """
        own = as_ids(ids)
        if not own.size and not len(banded_ids):
            return
        self._remember(np.concatenate([own, as_ids(banded_ids)]))
        addresses = band_addresses(minhashes, self.scheme)
        bands = pack(addresses.ravel(), np.repeat(as_ids(banded_ids), self.scheme.bands))
        entries = distinct(np.concatenate([bands, pack(digest_addresses(digests, self.scheme), own)]))
        edges = np.arange(1, self._n_sections, dtype=np.uint64) << np.uint64(58)
        self._write(np.split(entries, np.searchsorted(entries, edges)), level=0, n_entries=entries.size)
        self._merge_levels()

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

    def compact(self) -> None:
        """Merge all segments into one, without anything of forgotten documents."""
        if self._segments:
            self._merge(self._segments, max(segment.level for segment in self._segments))
        self._set_forgotten(np.zeros(0, dtype=np.uint64))

    def _merge_levels(self) -> None:
        level = 0
        while True:
            same = [segment for segment in self._segments if segment.level == level]
            if len(same) >= MERGED_SEGMENTS:
                self._merge(same, level + 1)
            elif not any(segment.level > level for segment in self._segments):
                return
            level += 1

    def _merge(self, sources: Sequence[StoredSegment], level: int) -> None:
        sources = list(sources)
        sections = merged(sources, self._forgotten, self._n_sections)
        self._write(sections, level, sum(source.n_entries for source in sources))
        for source in sources:
            self._segments.remove(source)
            self._store.drop(source.id)

    def _write(self, sections: Iterable[UInt64], level: int, n_entries: int) -> None:
        number = 1 + max((segment.id for segment in self._segments), default=0)
        writer = SegmentWriter(self._store, number, level, filtered=n_entries > UNFILTERED_ENTRIES)
        self._segments.append(StoredSegment(self._store, writer.write(sections)))
