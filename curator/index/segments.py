"""What an index asks of its storage: rows of blocks, written once and dropped as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from curator.signature.hashing import UInt32

#: Bytes of a full block: with its row header it fills one SQLite page of 4,096 bytes.
BLOCK_BYTES = 4_000


class Segment(NamedTuple):
    """What storage keeps of a segment beside its blocks.

    ``id`` is never used twice, unless an index was written anew and is empty. ``level`` counts the merges behind it.
    ``head`` is opaque to storage: where the bands begin and the first entry of each block, half a byte per article. A
    segment without blocks is a note of the index to itself.
    """

    id: int
    level: int
    n_blocks: int
    head: bytes


class SegmentStore(Protocol):
    """Storage of an index; every call runs inside the transaction of the batch that it belongs to.

    A segment is immutable: its blocks are written in one call, then it is added, read any number of times, and
    dropped from front to end. Keep the blocks as rows (segment, number, bytes), not as one BLOB: SQLite walks a BLOB's
    pages from its start, and a BLOB ends at 1 GB. After a transaction was rolled back, make a new ``Index``: the
    old one may remember segments that were never committed.
    """

    def segments(self) -> Sequence[Segment]:
        """Return all added segments, oldest (smallest id) first."""
        ...

    def write(self, segment: int, blocks: Iterable[bytes]) -> int:
        """Store the blocks of a new segment, numbered from 0, and return how many there were.

        ``blocks`` is lazy and reads older segments while it runs. Every block has ``BLOCK_BYTES``; only the last
        may be shorter.
        """
        ...

    def add(self, segment: Segment) -> None:
        """Store the record of a segment whose blocks are written."""
        ...

    def read(self, segment: int, first: int, count: int) -> bytes:
        """Return ``count`` blocks of a segment from block number ``first`` on, joined."""
        ...

    def drop(self, segment: int) -> None:
        """Delete a segment and its blocks."""
        ...

    def drop_blocks(self, segment: int, end: int) -> None:
        """Delete the blocks of a segment before block number ``end``: nobody reads them any more."""
        ...

    def forgotten(self) -> UInt32:
        """Return the document ids that segments may still hold though the documents have left."""
        ...

    def set_forgotten(self, ids: UInt32) -> None:
        """Store these ids as the forgotten ones, in place of the former (4 bytes each, rarely many)."""
        ...


class MemorySegments:
    """Segments in memory: for corpora that are deduplicated once and not kept, and for measuring."""

    def __init__(self) -> None:
        self._segments: dict[int, Segment] = {}
        self._blocks: dict[int, list[bytes]] = {}
        self._forgotten: UInt32 = np.zeros(0, dtype=np.uint32)

    def segments(self) -> Sequence[Segment]:
        """Return all added segments, oldest first."""
        return [self._segments[number] for number in sorted(self._segments)]

    def write(self, segment: int, blocks: Iterable[bytes]) -> int:
        """Store the blocks of a new segment and return how many there were."""
        self._blocks[segment] = list(blocks)
        return len(self._blocks[segment])

    def add(self, segment: Segment) -> None:
        """Store the record of a segment whose blocks are written."""
        self._segments[segment.id] = segment

    def read(self, segment: int, first: int, count: int) -> bytes:
        """Return blocks of a segment, joined."""
        return b"".join(self._blocks[segment][first : first + count])

    def drop(self, segment: int) -> None:
        """Delete a segment and its blocks."""
        self._segments.pop(segment, None)
        self._blocks.pop(segment, None)

    def drop_blocks(self, segment: int, end: int) -> None:
        """Delete the blocks of a segment before block number ``end``."""
        blocks = self._blocks[segment]
        blocks[:end] = [b""] * min(end, len(blocks))

    def forgotten(self) -> UInt32:
        """Return the ids whose documents have left."""
        return self._forgotten

    def set_forgotten(self, ids: UInt32) -> None:
        """Store these ids as the forgotten ones."""
        self._forgotten = ids

    @property
    def n_bytes(self) -> int:
        """Bytes of all blocks and heads."""
        blocks = sum(len(block) for blocks in self._blocks.values() for block in blocks)
        return blocks + sum(len(segment.head) for segment in self._segments.values())
