"""The runs of an index: searched together, merged level by level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curator.index.bloom import Asked, Filter, words_for
from curator.index.entries import ID_BITS
from curator.index.merging import Merge, is_note, read_note
from curator.index.segments import SegmentStore
from curator.index.stored import Place, StoredRun, merged, stored_runs, write_segment
from curator.signature.hashing import UInt64

#: Runs of one level that are merged into one of the next.
MERGED_RUNS = 8

#: Beyond this many entries (4 MB, some 17,000 articles) a run has a filter of its own, too.
UNFILTERED_ENTRIES = 1 << 19

#: A merge of more entries than this (32 MB, some 135,000 articles) goes on over many batches. It waits for more runs:
#: to search one run more costs an article .03 us, to be merged once more 3 us.
STAGED_ENTRIES = 1 << 22
STAGED_RUNS = 32

#: Entries that are held in memory together (400 MB, some 1.6 million articles), those of small runs first.
WHOLE_ENTRIES = 50_000_000

#: Entries that the shared filter of runs in memory has room for at first; when it is full, it is made anew with four
#: times the room, or with less, where runs are no more.
_SHARED_ENTRIES = 1 << 19

_NONE = np.zeros(0, dtype=np.uint64)


class Runs:
    """All runs of an index, as its store has them."""

    def __init__(self, store: SegmentStore, n_sections: int) -> None:
        self._store = store
        self._n_sections = n_sections
        segments = store.segments()
        self._last_number = max((segment.id for segment in segments), default=0)
        self._runs = stored_runs(store, (segment for segment in segments if not is_note(segment)))
        self._merges = [read_note(segment) for segment in segments if is_note(segment)]
        for merge in self._merges:
            for source in self._sources(merge):
                source.answer_from(merge.done)
        self._shared = SharedFilter(n_sections)

    @property
    def n_entries(self) -> int:
        """Number of entries of all runs."""
        return sum(run.n_entries for run in self._runs)

    def find(self, asked: Asked, limit: int) -> UInt64:
        """Return the entries at the addresses that are asked: of each run and address the ones with smallest ids."""
        self._load(asked.addresses.size)
        few = self._shared.passing(asked) if self._shared.is_used else asked
        found = [run.find(few if self._shared.covers(run) else asked, limit) for run in self._runs if run.n_entries]
        return np.concatenate([_NONE, *found])

    def _load(self, n_asked: int) -> None:
        """Let runs take into memory what is asked much, and the shared filter cover those that are."""
        growing = {merge.run for merge in self._merges}
        room = WHOLE_ENTRIES
        for run in sorted(self._runs, key=lambda run: run.n_entries):
            room -= run.n_entries
            run.load(n_asked, whole=room >= 0 and run.id not in growing)
            if room < 0:
                run.release()
        self._cover()

    def _cover(self) -> None:
        self._shared.cover([run for run in self._runs if run.whole is not None])

    def add(self, entries: UInt64, forgotten: UInt64) -> None:
        """Write sorted entries as a run, and merge as far as it is time to."""
        sections = np.split(entries, np.searchsorted(entries, self._edges()))
        self._write(sections, level=0, n_entries=entries.size)
        if self._shared.is_used:
            # Before a merge, so that the merged run inherits it.
            self._cover()
        for merge in self._merges:
            merge.earn(entries.size)
        self._merge_levels(forgotten)
        for merge in list(self._merges):
            self._move(merge, forgotten)

    def _edges(self) -> UInt64:
        return np.arange(1, self._n_sections, dtype=np.uint64) << np.uint64(58)

    def drop_all(self) -> None:
        """Delete all runs, and the merges that go on."""
        self._drop(list(self._runs))
        for merge in self._merges:
            self._store.drop(merge.number)
        self._merges = []
        self._shared = SharedFilter(self._n_sections)

    def _merge_levels(self, forgotten: UInt64) -> None:
        level = 0
        while True:
            busy = {number for merge in self._merges for number in (*merge.sources, merge.run)}
            same = [run for run in self._runs if run.level == level and run.id not in busy]
            if len(same) < MERGED_RUNS:
                if not any(run.level > level for run in self._runs):
                    return
            elif sum(run.n_entries for run in same) <= STAGED_ENTRIES:
                self._merge_now(same, level + 1, forgotten)
            elif len(same) >= STAGED_RUNS:
                self._begin(same, level + 1, forgotten)
            level += 1

    def _merge_now(self, sources: Sequence[StoredRun], level: int, forgotten: UInt64) -> None:
        sections = [merged(sources, number, forgotten) for number in range(self._n_sections)]
        run = self._write(sections, level, sum(source.n_entries for source in sources))
        self._shared.inherit(run, sources)
        self._drop(sources)

    def _drop(self, runs: Sequence[StoredRun]) -> None:
        for run in runs:
            self._runs.remove(run)
            for number in run.segment_ids:
                self._store.drop(number)

    def _write(self, sections: Sequence[UInt64], level: int, n_entries: int) -> StoredRun:
        number = self._new_number()
        n_words = words_for(n_entries, self._n_sections) if n_entries > UNFILTERED_ENTRIES else 0
        segment = write_segment(self._store, Place(number, level, number, n_words), sections)
        run = StoredRun(self._store, [segment])
        run.hold(np.concatenate(sections))
        self._runs.append(run)
        return run

    def _new_number(self) -> int:
        self._last_number += 1
        return self._last_number

    def _begin(self, sources: Sequence[StoredRun], level: int, forgotten: UInt64) -> None:
        """Begin a merge that goes on over many batches; one of the same runs' level is brought to its end first."""
        for merge in [merge for merge in self._merges if merge.level == level]:
            while merge.done < self._n_sections:
                self._move_section(merge, forgotten)
            self._end(merge)
        n_words = words_for(sum(source.n_entries for source in sources), self._n_sections)
        ids = tuple(source.id for source in sources)
        self._merges.append(Merge(self._new_number(), level, 0, n_words, 0, 0, ids))

    def _sources(self, merge: Merge) -> list[StoredRun]:
        return [run for run in self._runs if run.id in merge.sources]

    def _move(self, merge: Merge, forgotten: UInt64) -> None:
        """Move as many sections as the entries that were added pay for."""
        sources = self._sources(merge)
        while merge.done < self._n_sections:
            price = sum(source.section_size(merge.done) for source in sources)
            if price > merge.credit:
                break
            merge.credit -= price
            self._move_section(merge, forgotten)
        if merge.done == self._n_sections:
            self._end(merge)
        else:
            self._store.drop(merge.number)
            merge.number = self._new_number()
            self._store.add(merge.note())

    def _move_section(self, merge: Merge, forgotten: UInt64) -> None:
        """Move the next section of a merge's sources to its run, and give back what they held of it."""
        sources = self._sources(merge)
        entries = merged(sources, merge.done, forgotten)
        number = self._new_number()
        merge.run = merge.run or number
        place = Place(number, merge.level, merge.run, merge.n_words)
        segment = write_segment(self._store, place, [entries], first=merge.done)
        grown = next((run for run in self._runs if run.id == merge.run), None)
        if grown is not None:
            grown.extend(segment, entries)
        else:
            self._runs.append(self._growing(StoredRun(self._store, [segment]), entries, sources))
        merge.done += 1
        for source in sources:
            source.drop_before(merge.done)

    def _growing(self, run: StoredRun, entries: UInt64, sources: Sequence[StoredRun]) -> StoredRun:
        """Return a new run, held in memory with room for all that its merge will bring, if there is as much."""
        self._shared.inherit(run, sources)
        n_most = sum(source.n_entries for source in sources)
        if self.n_entries + n_most <= WHOLE_ENTRIES:
            buffer = np.empty(n_most, dtype=np.uint64)
            buffer[: entries.size] = entries
            run.hold(buffer)
        return run

    def _end(self, merge: Merge) -> None:
        self._drop(self._sources(merge))
        self._store.drop(merge.number)
        self._merges.remove(merge)


class SharedFilter:
    """One filter for all runs that are held in memory: what none of them has, one look tells."""

    def __init__(self, n_sections: int) -> None:
        self._n_sections = n_sections
        self._room = 0
        self._make(_SHARED_ENTRIES)

    def _make(self, room: int) -> None:
        if room != self._room:
            n_words = words_for(room, self._n_sections)
            self._filter = Filter(np.zeros(n_words * self._n_sections, dtype=np.uint64), n_words)
        self._filter.words[:] = 0
        self._room, self._n_entries = room, 0
        self._ids: set[int] = set()

    @property
    def is_used(self) -> bool:
        """Whether it covers any run."""
        return bool(self._ids)

    def covers(self, run: StoredRun) -> bool:
        """Return whether the filter lets pass what a run has."""
        return run.id in self._ids

    def passing(self, asked: Asked) -> Asked:
        """Return those of the asked addresses that a covered run may have."""
        return asked.some(self._filter.passing(asked, 0, asked.addresses.size))

    def inherit(self, run: StoredRun, sources: Sequence[StoredRun]) -> None:
        """Let a run that was merged of covered ones be covered, too: what it has passes already."""
        if all(self.covers(source) for source in sources):
            self._ids.add(run.id)

    def cover(self, runs: Sequence[StoredRun]) -> None:
        """Let pass what these runs have, which are all that are in memory."""
        new = [run for run in runs if not self.covers(run)]
        if self._n_entries + sum(run.n_entries for run in new) > self._room:
            self._make(max(_SHARED_ENTRIES, 4 * sum(run.n_entries for run in runs)))
            new = list(runs)
        for run in new:
            if run.whole is not None:
                self._filter.add(run.whole >> ID_BITS)
                self._ids.add(run.id)
                self._n_entries += run.n_entries
