"""Signatures -> candidate pairs: a banded index that persists, grows and forgets."""

from curator.index.lsh import Index
from curator.index.segments import BLOCK_BYTES, MemorySegments, Segment, SegmentStore

__all__ = ["BLOCK_BYTES", "Index", "MemorySegments", "Segment", "SegmentStore"]
