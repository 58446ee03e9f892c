"""Merges that are too large for one batch: a section at a time, as fast as new entries come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curator.index.segments import Segment

#: The first word of a note's head; a segment of a run begins with another one.
_NOTE = np.uint64(0xC0DE000000000001)

#: Of 8 entries that are added, a merge may move 9: it is over before the next one of its level can begin.
_MOVED, _ADDED = 9, 8


@dataclass(slots=True)
class Merge:
    """A merge that goes on: which runs become which, and how far it is.

    Its note is a segment without blocks, written anew with every batch, in the transaction of the batch.
    """

    number: int
    level: int
    run: int
    n_words: int
    done: int
    credit: int
    sources: tuple[int, ...]

    def earn(self, n_entries: int) -> None:
        """Note that this many entries were added."""
        self.credit += n_entries * _MOVED // _ADDED

    def note(self) -> Segment:
        """Return the record that a later process takes the merge up from."""
        numbers = [int(_NOTE), self.level, self.run, self.n_words, self.done, self.credit, *self.sources]
        return Segment(self.number, self.level, 0, np.array(numbers, dtype="<u8").tobytes())


def is_note(segment: Segment) -> bool:
    """Return whether a record is the note of a merge."""
    return int.from_bytes(segment.head[:8], "little") == _NOTE


def read_note(segment: Segment) -> Merge:
    """Return the merge that a note tells of."""
    _, level, run, n_words, done, credit, *sources = np.frombuffer(segment.head, dtype="<u8").tolist()
    return Merge(segment.id, level, run, n_words, done, credit, tuple(sources))
