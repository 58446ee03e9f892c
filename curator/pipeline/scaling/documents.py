"""Inputs -> cleaned documents with ids: stages over batches, each a pure function of its rows."""

from __future__ import annotations

import json
import pickle
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curator.engine.groups import whole_groups
from curator.model import Failure, Raw
from curator.pipeline.deduplicating import versions
from curator.pipeline.entries import key_of, normal_time, prepare, prepare_all
from curator.pipeline.scaling import tables
from curator.pipeline.scaling.inputs import ReadOptions, Task, read_input
from curator.pipeline.scaling.tables import Row
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.signature.hashing import Int64
from curator.sites import address_of
from curator.store.read import Version
from curator.store.rows import shown

#: Hex digits of a key that say its part: 65,536 of them, of some 15,000 documents each at 10^9.
_PART_DIGITS = 4
N_PARTS = 16**_PART_DIGITS

Ids = Int64


def read_documents(options: ReadOptions, settings: Settings, task: str) -> Iterator[pa.RecordBatch]:
    """Yield the documents, failures and notes of one input as rows of ``RAWS``."""
    return tables.batches(map(raw_row, read_input(Task(*json.loads(task)), options, settings)), tables.RAWS)


def part_of(key: str) -> int:
    """Return the number of the part that a document belongs to by its key."""
    return int(key[:_PART_DIGITS], 16)


def raw_row(item: Raw | Failure) -> Row:
    """Return the row of ``RAWS`` of a document, failure or note."""
    packed = pickle.dumps(item, protocol=5)
    key = key_of(item) if isinstance(item, Raw) else blake2b(packed, digest_size=16).hexdigest()
    return {"part": part_of(key), "key": key, "source": shown(item.source), "raw": packed}


def clean_documents(settings: Settings, clean: bool, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``CLEANED`` rows of ``RAWS`` that are sorted by part, key, source.

    Of documents with one key the one with the smallest source stays; it keeps the paths of the others and the latest
    time of a fetch.
    """
    return tables.batches(_cleaned(settings, clean, batches), tables.CLEANED)


def _cleaned(settings: Settings, clean: bool, batches: Iterator[pa.RecordBatch]) -> Iterator[Row]:
    ranks: Counter[int] = Counter()
    groups: deque[_Group] = deque()
    # A process of its own cleans, so that a document which kills it or hangs is a failure and not the end of the run.
    raws = _first_of_each(batches, groups)
    alone = replace(settings, workers=1)
    with closing(work_on(raws, prepare, alone, cuts=clean, together=prepare_all)) as results:
        for made in results:
            group = groups.popleft()
            if isinstance(made, Failure):
                yield tables.failure_row(made, group.part)
                continue
            entry = made._replace(fetched_at=group.fetched_at)
            yield tables.row_of(entry, group.part, ranks[group.part], sorted(group.sources - {entry.source}))
            ranks[group.part] += 1


class _Group(NamedTuple):
    """What the documents of one key have between them: where they were found, and when at last."""

    part: int
    sources: set[str]
    fetched_at: str | None


def _first_of_each(batches: Iterator[pa.RecordBatch], groups: deque[_Group]) -> Iterator[Raw | Failure]:
    """Yield one document of each key, and note of which group it is; in place of one that was seen, that it was."""
    rows = (row for table in whole_groups(batches, "key") for row in table.to_pylist())
    for _, same in groupby(rows, key=lambda row: str(row["key"])):
        found = list(same)
        if found[0]["raw"] is None:
            if len(found) > 1:
                groups.append(_Group(found[0]["part"], set(), None))
                yield tables.SEEN_BEFORE
            continue
        # Our own rows of a moment ago; nothing pickled is ever read from a file that somebody could have written.
        items = [pickle.loads(row["raw"]) for row in found]  # noqa: S301
        times = [normal_time(item.fetched_at) for item in items if isinstance(item, Raw)]
        latest = max(filter(None, times), default=None)
        groups.append(_Group(found[0]["part"], {item.source for item in items}, latest))
        yield items[0]


def count_parts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield how many rows with a rank each part has, as ``COUNTS``."""
    counts: Counter[int] = Counter()
    for batch in batches:
        counts.update(
            part for part, rank in zip(batch["part"].to_pylist(), batch["rank"].to_pylist(), strict=True) if rank >= 0
        )
    yield tables.columns(tables.COUNTS, part=list(counts), documents=list(counts.values()))


def first_ids(counts: pa.Table) -> Ids:
    """Return the number of the first document, or text, of each part: numbers follow the order of keys, from 1."""
    sizes = np.zeros(N_PARTS, dtype=np.int64)
    np.add.at(sizes, counts["part"].to_numpy(), counts["documents"].to_numpy())
    return 1 + np.cumsum(sizes) - sizes


def _numbered(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the batches without failures, the column ``id`` in front."""
    for batch in batches:
        found = batch.filter(pc.greater_equal(batch["rank"], 0))
        ids = first[found["part"].to_numpy()] + found["rank"].to_numpy()
        yield pa.RecordBatch.from_arrays([pa.array(ids), *found.columns], names=["id", *found.schema.names])


def number_documents(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``DOCUMENTS``."""
    return (batch.select(tables.DOCUMENTS.names) for batch in _numbered(first, batches))


def number(first: Ids, names: Sequence[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield some columns of the cleaned documents, ``id`` among them."""
    return (batch.select(names) for batch in _numbered(first, batches))


def failures(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``FAILURES``."""
    for batch in batches:
        found = batch.filter(pc.equal(batch["rank"], tables.FAILED_RANK))
        if found.num_rows:
            yield found.select(tables.FAILURES.names)


def count_ranked(rank: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the number of rows of a rank that stands for no document, as ``COUNTS``."""
    n = sum(pc.sum(pc.equal(batch["rank"], rank)).as_py() or 0 for batch in batches)
    yield tables.columns(tables.COUNTS, part=[0], documents=[n])


def first_told(rank: int, n: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the first n of the failures, or notes, of a rank as ``FAILURES``, in the order of their sources."""
    told: list[Failure] = []
    for batch in batches:
        found = batch.filter(pc.equal(batch["rank"], rank)).select(tables.FAILURES.names).to_pylist()
        told = sorted([*told, *(Failure(**row) for row in found)])[:n]
    return tables.batches((failure._asdict() for failure in told), tables.FAILURES)


def with_url(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``VERSIONS`` of documents that have a url, as all ways to write it become."""
    for batch in number(first, tables.VERSIONS.names, batches):
        found = batch.filter(batch["url"].is_valid())
        if found.num_rows:
            place = found.schema.get_field_index("url")
            addresses = pa.array(map(address_of, found["url"].to_pylist()), found.schema.field(place).type)
            yield found.set_column(place, found.schema.field(place), addresses)


def supersede(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``SUPERSEDED`` of ``VERSIONS`` that are sorted by url."""
    for table in whole_groups(batches, "url"):
        found = [
            Version(row["id"], row["url"], row["fetched_at"], row["published"], row["key"], row["status"])
            for row in table.to_pylist()
        ]
        older, newest = versions(found)
        latest = {version.url: version.id for version in newest}
        rows = ({"id": version.id, "newest": latest[version.url]} for version in older)
        yield from tables.batches(rows, tables.SUPERSEDED, tables.NARROW_ROWS)
