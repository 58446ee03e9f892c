"""What an index asks of its storage: rows of blocks, written once and dropped as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

#: Bytes of a full block: with its row header it fills one SQLite page of 4,096 bytes. The last block of a
#: segment may be shorter.
BLOCK_BYTES = 4_000


class Segment(NamedTuple):
    """What storage keeps of a segment beside its blocks.

    ``id`` is never used twice in the life of a corpus file. ``level`` counts the merges behind it. ``head`` is
    opaque to storage: where the bands begin and the first key of each block, about half a byte per article and band.
    """

    id: int
    level: int
    n_blocks: int
    head: bytes


class SegmentStore(Protocol):
    """Storage of an index; every call runs inside the transaction of the batch that it belongs to.

    A segment is immutable: written by one call of ``write``, read any number of times, dropped as a whole. Keep
    the blocks as rows (segment, number, bytes), not as one BLOB: SQLite walks a BLOB's pages from its start, and
    a BLOB ends at 1 GB. After a transaction was rolled back, make a new ``Index``: the old one may remember
    segments that were never committed.
    """

    def segments(self) -> Sequence[Segment]:
        """Return all segments, oldest (smallest id) first."""
        ...

    def write(self, segment: Segment, blocks: Iterable[bytes]) -> None:
        """Store a new segment: exactly ``segment.n_blocks`` blocks of ``BLOCK_BYTES``, the last one may be shorter.

        ``blocks`` is lazy and reads older segments while it runs.
        """
        ...

    def read(self, segment: int, first: int, count: int) -> bytes:
        """Return ``count`` blocks of a segment from block number ``first`` (counted from 0) on, joined."""
        ...

    def drop(self, segment: int) -> None:
        """Delete a segment and its blocks."""
        ...

    def forgotten(self) -> NDArray[np.uint32]:
        """Return the document ids that segments may still hold though the documents have left."""
        ...

    def set_forgotten(self, ids: NDArray[np.uint32]) -> None:
        """Store these ids as the forgotten ones, in place of the former (a few bytes each, rarely many)."""
        ...
