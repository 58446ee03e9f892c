"""Sorted entries <-> blocks of a segment, read by range.

A segment is a stream of bytes, cut into blocks: its entries, sorted, 8 bytes each; behind them, where it is large,
the Bloom filters of its sections. Its head holds the number of filter bytes, the number of entries of each
section, and the first entry of each block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curator.index.bloom import Asked, make_filter, passing
from curator.index.entries import ID_BITS, Int64, UInt64, bounds, distinct, ids_of, spread
from curator.index.segments import BLOCK_BYTES, Segment, SegmentStore

ENTRIES_PER_BLOCK = BLOCK_BYTES // 8

#: Beyond this many entries (4 MB, some 17,000 articles) a segment has Bloom filters.
UNFILTERED_ENTRIES = 1 << 19

#: Up to this many entries (32 MB, some 135,000 articles) a segment that is searched much is held in memory.
WHOLE_ENTRIES = 1 << 22


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


class SegmentWriter:
    """Writes sorted sections, one at a time, so that a merge needs the memory of one section only."""

    def __init__(self, store: SegmentStore, number: int, level: int, *, filtered: bool) -> None:
        self._store = store
        self._number, self._level, self._filtered = number, level, filtered
        self._filters: list[bytes] = []
        self._counts: list[int] = []
        self._fences: list[UInt64] = []

    def write(self, sections: Iterable[UInt64]) -> Segment:
        """Store a segment of these sections (sorted entries, in the order of the sections) and return its record."""
        n_blocks = self._store.write(self._number, as_blocks(self._pieces(sections)))
        n_filter_bytes = sum(map(len, self._filters))
        head = [np.array([n_filter_bytes, len(self._counts), *self._counts], dtype=np.uint64), *self._fences]
        segment = Segment(self._number, self._level, n_blocks, np.concatenate(head).astype("<u8").tobytes())
        self._store.add(segment)
        return segment

    def _pieces(self, sections: Iterable[UInt64]) -> Iterator[bytes]:
        position = 0
        for entries in sections:
            self._counts.append(entries.size)
            self._fences.append(entries[-position % ENTRIES_PER_BLOCK :: ENTRIES_PER_BLOCK])
            position += entries.size
            if self._filtered:
                self._filters.append(make_filter(entries >> ID_BITS))
            yield entries.astype("<u8", copy=False).tobytes()
        yield from self._filters


class StoredSegment:
    """A segment that is searched; keeps in memory its head, and its filters or, where it is small, its entries."""

    def __init__(self, store: SegmentStore, segment: Segment) -> None:
        self.id, self.level = segment.id, segment.level
        self._store = store
        head = np.frombuffer(segment.head, dtype="<u8").astype(np.uint64)
        n_sections = int(head[1])
        self.counts: Int64 = head[2 : 2 + n_sections].astype(np.int64)
        self.n_entries = int(self.counts.sum())
        self._fences = head[2 + n_sections :]
        self._n_filter_bytes = int(head[0])
        self._whole: UInt64 | None = None
        self._filters: NDArray[np.uint8] | None = None
        self._n_asked = 0

    def section(self, number: int) -> UInt64:
        """Return the sorted entries of a section."""
        start = int(self.counts[:number].sum())
        return self._range(start, int(self.counts[number]))

    def find(self, asked: Asked, limit: int) -> UInt64:
        """Return the entries at sorted, distinct addresses: of each the ``limit`` ones with the smallest ids."""
        addresses = asked.addresses
        self._load(addresses.size)
        if self._filters is not None:
            addresses = passing(asked, self._filters, self.counts)
        least, greatest = bounds(addresses)
        entries = self._whole if self._whole is not None else self._near(least, greatest, limit)
        if not entries.size:
            return entries
        first = np.searchsorted(entries, least, side="left")
        # Most addresses are not there: only for those that are, the end of their entries is looked up.
        at_first = entries[np.minimum(first, entries.size - 1)]
        there = np.flatnonzero((at_first >= least) & (at_first <= greatest))
        counts = np.searchsorted(entries, greatest[there], side="right") - first[there]
        return entries[spread(first[there], np.minimum(counts, limit))]

    def _load(self, n_asked: int) -> None:
        """Take filters and entries into memory once that is cheaper than reading a block for each address asked."""
        self._n_asked += n_asked
        n_read = self._n_asked * BLOCK_BYTES
        if self._filters is None and 0 < self._n_filter_bytes < n_read:
            self._filters = np.frombuffer(self._bytes(8 * self.n_entries, self._n_filter_bytes), dtype=np.uint8)
        if self._whole is None and self.n_entries <= WHOLE_ENTRIES and 8 * self.n_entries < n_read:
            self._whole = self._range(0, self.n_entries)

    def _near(self, least: UInt64, greatest: UInt64, limit: int) -> UInt64:
        """Return the entries of the blocks in which entries between each least and greatest one stand, sorted."""
        first = np.maximum(np.searchsorted(self._fences, least, side="left") - 1, 0)
        last = np.maximum(np.searchsorted(self._fences, greatest, side="right") - 1, first)
        last = np.minimum(last, first + limit // ENTRIES_PER_BLOCK + 2)
        blocks = distinct(spread(first, last - first + 1))
        if not blocks.size:
            return np.zeros(0, dtype=np.uint64)
        breaks = np.flatnonzero(np.diff(blocks) > 1) + 1
        starts = blocks[np.concatenate([[0], breaks])].tolist()
        ends = blocks[np.concatenate([breaks - 1, [blocks.size - 1]])].tolist()
        per = ENTRIES_PER_BLOCK
        parts = [
            self._range(start * per, min((end + 1) * per, self.n_entries) - start * per)
            for start, end in zip(starts, ends, strict=True)
        ]
        return np.concatenate(parts)

    def _range(self, start: int, count: int) -> UInt64:
        """Return ``count`` entries from number ``start`` on."""
        if self._whole is not None:
            return self._whole[start : start + count]
        return np.frombuffer(self._bytes(8 * start, 8 * count), dtype="<u8").astype(np.uint64, copy=False)

    def _bytes(self, start: int, count: int) -> bytes:
        """Return a stretch of the segment's stream of bytes, reading only the blocks it lies in."""
        if not count:
            return b""
        first, last = start // BLOCK_BYTES, (start + count - 1) // BLOCK_BYTES
        data = self._store.read(self.id, first, last - first + 1)
        offset = start - first * BLOCK_BYTES
        return data[offset : offset + count]


def merged(sources: Sequence[StoredSegment], forgotten: UInt64, n_sections: int) -> Iterator[UInt64]:
    """Yield, section by section, the sorted distinct entries of segments without those of forgotten ids."""
    for number in range(n_sections):
        entries = distinct(np.concatenate([source.section(number) for source in sources]))
        yield entries[~np.isin(ids_of(entries), forgotten)] if forgotten.size else entries
