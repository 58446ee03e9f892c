"""The articles of a corpus file as the rows of a cluster run that stand for documents it has not read.

In a run such an article has the id of its corpus plus the number of the run's own documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curator.pipeline.scaling import clusters, duplicates, tables
from curator.pipeline.scaling.documents import part_of
from curator.signature import Scheme
from curator.store import seen
from curator.store.connection import connect
from curator.store.read import property_of

#: Documents that one task reads.
_RANGE = 50_000


def ranges(path: str, scheme: Scheme) -> list[str]:
    """Return the stretches of a corpus file that tasks read; StoreError where its signatures are of another scheme."""
    with closing(connect(Path(path), read_only=True)) as connection:
        scheme.require(property_of(connection, "scheme") or scheme.to_json())
        return [f"{first}:{path}" for first in range(1, seen.last_id(connection) + 1, _RANGE)]


def read_seen(item: str) -> Iterator[pa.RecordBatch]:
    """Yield the documents of one stretch as ``SEEN``; the corpus file must be there where the task runs."""
    first, _, path = item.partition(":")
    with closing(connect(Path(path), read_only=True)) as connection:
        rows = (row._asdict() for row in seen.seen_rows(connection, int(first), int(first) + _RANGE))
        yield from tables.batches((row | {"part": part_of(str(row["key"]))} for row in rows), tables.SEEN)


def as_raws(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield a row of ``RAWS`` without a document for each that has been seen; its source sorts before all others."""
    for batch in batches:
        n = batch.num_rows
        yield tables.columns(tables.RAWS, part=batch["part"], key=batch["key"], source=[""] * n, raw=pa.nulls(n))


def _ids(n_documents: int, batch: pa.RecordBatch) -> pa.Array:
    return pc.add(batch["id"], n_documents)


def as_versions(n_documents: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``VERSIONS`` of those that have a url."""
    names = [name for name in tables.VERSIONS.names if name != "id"]
    for batch in batches:
        told = tables.columns(tables.VERSIONS, id=_ids(n_documents, batch), **{name: batch[name] for name in names})
        yield told.filter(told["url"].is_valid())


def as_signatures(n_documents: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``SIGNATURES`` of those that take part."""
    for batch in batches:
        some = batch.filter(batch["digest"].is_valid())
        digests = some["digest"].to_pylist()
        yield tables.columns(
            tables.SIGNATURES, part=duplicates.parts_of(digests), id=_ids(n_documents, some), digest=digests,
            minhash=some["minhash"],
        )  # fmt: skip


def as_words(n_documents: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the texts of those that take part, as ``SHINGLES``."""
    for batch in batches:
        some = batch.filter(batch["text"].is_valid())
        ids = np.asarray(_ids(n_documents, some).to_numpy(), dtype=np.int64)
        yield duplicates.texts_told(ids, some["text"])


def as_facts(n_documents: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what the rule of the keeper reads, as ``LINKED`` without component."""
    for batch in batches:
        found = {"id": _ids(n_documents, batch), "key": batch["key"], "published": batch["day"]}
        yield clusters.padded(batch.num_rows, found | {"chars": batch["chars"], "site": batch["site"]})


def as_table(n_documents: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the output table ``seen``: the id in this run, the key, the id in the corpus."""
    for batch in batches:
        yield tables.columns(tables.SEEN_IDS, id=_ids(n_documents, batch), key=batch["key"], article_id=batch["id"])
