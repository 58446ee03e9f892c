"""Sorted entries <-> blocks of segments, read by range.

A run holds sorted entries of all sections in one segment or, while a large merge goes on and after it, in several, each
with some sections. A segment is a stream of bytes, cut into blocks: its entries, 8 bytes each; behind them, where the
run is large, its part of the run's Bloom filter. Its head holds the run, the first section, the filter's words for
each section, the number of entries of each section, and the first entry of each block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from curator.errors import StoreError
from curator.index.bloom import Asked, Filter, make_filter
from curator.index.entries import ID_BITS, bounds, distinct, ids_of, spread
from curator.index.segments import BLOCK_BYTES, Segment, SegmentStore
from curator.signature.hashing import Int64, UInt64

ENTRIES_PER_BLOCK = BLOCK_BYTES // 8

#: The first word of a head: a segment of a run, as above. Heads of the first corpus files begin with the number of
#: bytes of a filter of another make, which is far smaller; their segments are read without it.
_RUN = np.uint64(0xC0DE000000000002)


def as_blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a stream of bytes in blocks of ``BLOCK_BYTES``, the last one shorter."""
    left = b""
    for piece in pieces:
        data = left + piece
        full = len(data) - len(data) % BLOCK_BYTES
        for start in range(0, full, BLOCK_BYTES):
            yield data[start : start + BLOCK_BYTES]
        left = data[full:]
    if left:
        yield left


class Place(NamedTuple):
    """Where a segment belongs: its number, its level, its run, and the words that the run's filter has a section."""

    number: int
    level: int
    run: int
    n_words: int


def write_segment(store: SegmentStore, place: Place, sections: Iterable[UInt64], first: int = 0) -> Segment:
    """Store a segment of sections (sorted entries) from section ``first`` on, one at a time, and return its record."""
    counts: list[int] = []
    fences: list[UInt64] = []
    filters: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        position = 0
        for entries in sections:
            fences.append(entries[-position % ENTRIES_PER_BLOCK :: ENTRIES_PER_BLOCK])
            position += entries.size
            if place.n_words:
                words = make_filter(entries >> ID_BITS, first + len(counts), place.n_words)
                filters.append(words.astype("<u8", copy=False).tobytes())
            counts.append(entries.size)
            yield entries.astype("<u8", copy=False).tobytes()
        yield from filters

    n_blocks = store.write(place.number, as_blocks(pieces()))
    numbers = [int(_RUN), place.run, first, place.n_words, len(counts), *counts]
    head = np.concatenate([np.array(numbers, dtype=np.uint64), *fences]).astype("<u8").tobytes()
    segment = Segment(place.number, place.level, n_blocks, head)
    store.add(segment)
    return segment


def _damaged(segment: int) -> StoreError:
    return StoreError(
        f"the index of duplicates is damaged (segment {segment}); restore a copy, or `curator merge` this file into a"
        " new one"
    )


class _Part:
    """A segment of a run, as its head tells it."""

    def __init__(self, segment: Segment) -> None:
        head = np.frombuffer(segment.head, dtype="<u8").astype(np.uint64)
        if head[0] != _RUN:
            n_counts = int(head[1])
            # The bytes of an old filter lie behind the entries, where nothing is read.
            head = np.concatenate([np.array([_RUN, segment.id, 0, 0, n_counts], dtype=np.uint64), head[2:]])
        self.id, self.level = segment.id, segment.level
        self.run, self.first, self.n_words, n_counts = head[1:5].tolist()
        self.counts: Int64 = head[5 : 5 + n_counts].astype(np.int64)
        self.n_entries = int(self.counts.sum())
        self.fences = head[5 + n_counts :]
        if self.fences.size != -(-self.n_entries // ENTRIES_PER_BLOCK) or segment.n_blocks < self.fences.size:
            raise _damaged(self.id)


class StoredRun:
    """A run that is searched; keeps its heads in memory and, once it was asked much, its filter and its entries."""

    def __init__(self, store: SegmentStore, segments: Iterable[Segment]) -> None:
        self._store = store
        self._parts = sorted(map(_Part, segments), key=lambda part: part.first)
        self.level = self._parts[0].level
        self.id, self.n_words = self._parts[0].run, self._parts[0].n_words
        self._n_asked = 0
        self._filter: Filter | None = None
        self._buffer: UInt64 | None = None
        self.first_section = self._parts[0].first
        self._n_dead = 0
        self._arrange()

    def _arrange(self) -> None:
        self.counts = np.concatenate([part.counts for part in self._parts])
        self._starts = np.cumsum([0, *self.counts.tolist()])
        self._fences = np.concatenate([part.fences for part in self._parts])
        self._blocks = np.cumsum([0, *(part.fences.size for part in self._parts)])
        self.end_section = self._parts[0].first + self.counts.size

    @property
    def segment_ids(self) -> list[int]:
        """The segments that the run is stored in."""
        return [part.id for part in self._parts]

    @property
    def n_entries(self) -> int:
        """Number of entries that the run answers for."""
        return int(self._starts[-1]) - self._n_dead

    @property
    def whole(self) -> UInt64 | None:
        """The entries that the run answers for, where they are in memory."""
        return None if self._buffer is None else self._buffer[self._n_dead : int(self._starts[-1])]

    def hold(self, entries: UInt64) -> None:
        """Take all entries into memory, or an array that has room for those to come behind them."""
        self._buffer = entries

    def extend(self, segment: Segment, entries: UInt64) -> None:
        """Take a segment of this run with the entries of the next section."""
        part = _Part(segment)
        at = int(self._starts[-1])
        if self._buffer is not None:
            self._buffer[at : at + entries.size] = entries
        if self._filter is not None:
            self._filter = self._filter.followed_by(self._filter_of([part]))
        self._parts.append(part)
        self._arrange()

    def section_size(self, number: int) -> int:
        """Return how many entries of a section the run answers for."""
        if not self.first_section <= number < self.end_section:
            return 0
        return int(self.counts[number - self._parts[0].first])

    def section(self, number: int) -> UInt64:
        """Return the sorted entries of a section; none of one that the run does not answer for."""
        if not self.first_section <= number < self.end_section:
            return np.zeros(0, dtype=np.uint64)
        if self._buffer is not None:
            own = number - self._parts[0].first
            return self._buffer[self._starts[own] : self._starts[own + 1]]
        part = next(part for part in self._parts if part.first <= number < part.first + part.counts.size)
        own = number - part.first
        return self._range(part, int(part.counts[:own].sum()), int(part.counts[own]))

    def answer_from(self, section: int) -> None:
        """Answer for the sections from this one on only."""
        self.first_section = section
        self._n_dead = int(self._starts[section - self._parts[0].first])

    def drop_before(self, section: int) -> None:
        """Answer for the sections from this one on only, and give back the blocks of those before."""
        self.answer_from(section)
        for part in self._parts:
            self._store.drop_blocks(part.id, _blocks_before(part, section))

    def find(self, asked: Asked, limit: int) -> UInt64:
        """Return the entries at the addresses that are asked: of each the ``limit`` ones with the smallest ids."""
        start, end = int(asked.edges[self.first_section]), int(asked.edges[self.end_section])
        if self._filter is not None:
            return self._search(asked.addresses[self._filter.passing(asked, start, end)], limit)
        return self._search(asked.addresses[start:end], limit)

    def _search(self, addresses: UInt64, limit: int) -> UInt64:
        if not addresses.size:
            return addresses
        least, greatest = bounds(addresses)
        whole = self.whole
        entries = whole if whole is not None else self._near(least, greatest, limit)
        if not entries.size:
            return entries
        first = np.searchsorted(entries, least, side="left")
        # Most addresses are not there: only for those that are, the end of their entries is looked up.
        at_first = entries[np.minimum(first, entries.size - 1)]
        there = np.flatnonzero((at_first >= least) & (at_first <= greatest))
        counts = np.searchsorted(entries, greatest[there], side="right") - first[there]
        return entries[spread(first[there], np.minimum(counts, limit))]

    def load(self, n_asked: int, *, whole: bool) -> None:
        """Take filter and, if wanted, entries into memory once that is cheaper than a block for each address asked."""
        self._n_asked += n_asked
        n_read = self._n_asked * BLOCK_BYTES
        if self._filter is None and 0 < 8 * self.n_words * self.counts.size < n_read:
            self._filter = Filter(self._filter_of(self._parts), self.n_words, self._parts[0].first)
        if whole and self._buffer is None and 8 * self.n_entries < n_read:
            self._buffer = np.zeros(int(self._starts[-1]), dtype=np.uint64)
            parts = [self._range(part, 0, part.n_entries) for part in self._parts]
            self._buffer[self._n_dead :] = np.concatenate(parts)[-self.n_entries :] if self.n_entries else 0

    def release(self) -> None:
        """Hold the entries in memory no longer."""
        self._buffer = None

    def _filter_of(self, parts: Sequence[_Part]) -> UInt64:
        data = [self._bytes(part, 8 * part.n_entries, 8 * self.n_words * part.counts.size) for part in parts]
        return np.frombuffer(b"".join(data), dtype="<u8").astype(np.uint64, copy=False)

    def _near(self, least: UInt64, greatest: UInt64, limit: int) -> UInt64:
        """Return the entries of the blocks in which entries between each least and greatest one stand, sorted."""
        first = np.maximum(np.searchsorted(self._fences, least, side="left") - 1, 0)
        last = np.maximum(np.searchsorted(self._fences, greatest, side="right") - 1, first)
        last = np.minimum(last, first + limit // ENTRIES_PER_BLOCK + 2)
        blocks = distinct(spread(first, last - first + 1))
        found = [np.zeros(0, dtype=np.uint64)]
        for part, (start, end) in zip(self._parts, pairwise(self._blocks.tolist()), strict=True):
            first_own = start + _blocks_before(part, self.first_section)
            own = blocks[np.searchsorted(blocks, first_own) : np.searchsorted(blocks, end)] - start
            for stretch in np.split(own, np.flatnonzero(np.diff(own) > 1) + 1) if own.size else ():
                at = int(stretch[0]) * ENTRIES_PER_BLOCK
                found.append(self._range(part, at, min(stretch.size * ENTRIES_PER_BLOCK, part.n_entries - at)))
        return np.concatenate(found)

    def _range(self, part: _Part, start: int, count: int) -> UInt64:
        """Return ``count`` entries of a part from number ``start`` on; fewer where its first blocks are gone."""
        return np.frombuffer(self._bytes(part, 8 * start, 8 * count), dtype="<u8").astype(np.uint64, copy=False)

    def _bytes(self, part: _Part, start: int, count: int) -> bytes:
        """Return a stretch of a part's stream of bytes, reading only the blocks it lies in."""
        end = start + count
        start = max(start, BLOCK_BYTES * _blocks_before(part, self.first_section))
        if start >= end:
            return b""
        first, last = start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        data = self._store.read(part.id, first, last - first + 1)
        if len(data) < end - first * BLOCK_BYTES:
            raise _damaged(part.id)
        return data[start - first * BLOCK_BYTES : end - first * BLOCK_BYTES]


def _blocks_before(part: _Part, section: int) -> int:
    """Return how many blocks of a part hold nothing but entries of sections before this one."""
    return 8 * int(part.counts[: max(0, section - part.first)].sum()) // BLOCK_BYTES


def stored_runs(store: SegmentStore, segments: Iterable[Segment]) -> list[StoredRun]:
    """Return the runs that segments make, oldest first."""
    ordered = sorted((_Part(segment).run, segment) for segment in segments)
    return [StoredRun(store, [each for _, each in group]) for _, group in groupby(ordered, key=itemgetter(0))]


def merged(sources: Sequence[StoredRun], section: int, forgotten: UInt64) -> UInt64:
    """Return the sorted distinct entries of a section of runs, without those of forgotten ids."""
    entries = distinct(np.concatenate([source.section(section) for source in sources]))
    return entries[~np.isin(ids_of(entries), forgotten)] if forgotten.size else entries
