"""Signatures -> candidate pairs: a banded index that persists, grows and forgets."""

from curator.index.lsh import Index, Listed
from curator.index.segments import BLOCK_BYTES, MemorySegments, Segment, SegmentStore

__all__ = ["BLOCK_BYTES", "Index", "Listed", "MemorySegments", "Segment", "SegmentStore"]
