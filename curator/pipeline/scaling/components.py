"""Edges -> connected components: by union-find in one memory, or by large-star and small-star on the engine.

Kiveris et al., "Connected Components in MapReduce and Beyond" (SoCC 2014): large-star links every greater neighbour of
a node, small-star every smaller one and the node itself, to its smallest neighbour; in turns they end at stars around
the smallest id of each component, after some log^2 n rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curator.cluster.components import UnionFind
from curator.engine import Engine
from curator.engine.groups import whole_groups
from curator.index.entries import run_starts
from curator.pipeline.scaling import tables
from curator.signature.hashing import Int64, mix

D = TypeVar("D")

#: Edges that the driver joins by itself: 16 bytes each as they come, some 200 in its union-find.
DRIVER_EDGES = 2_000_000


def edges_of(threshold: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of ``PAIRS`` that link as ``LABELS``: the greater id, and the smaller as its component."""
    for batch in batches:
        linked = batch.filter(pc.greater_equal(batch["jaccard"], threshold))
        yield tables.columns(tables.LABELS, id=linked["b"], component=linked["a"])


def count_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one row of ``COUNTS`` with the number of rows."""
    yield tables.columns(tables.COUNTS, part=[0], documents=[sum(batch.num_rows for batch in batches)])


def label(engine: Engine[D], edges: D, folder: str, driver_edges: int) -> D:
    """Return each linked id with the smallest id of its component, as ``LABELS``.

    ``edges`` are ``LABELS`` with the smaller end as component. What each round gives is saved under ``folder``.
    """
    n_edges = pc.sum(engine.collect(engine.map(edges, count_rows, tables.COUNTS))["documents"]).as_py() or 0
    if n_edges <= driver_edges:
        return engine.table(union(engine.collect(edges)))
    return _by_stars(engine, edges, folder)


def union(edges: pa.Table) -> pa.Table:
    """Return the ids of edges with the smallest id of their components, sorted by id."""
    sets: UnionFind[int] = UnionFind()
    for low, high in zip(edges["component"].to_pylist(), edges["id"].to_pylist(), strict=True):
        one, other = sets.find(low), sets.find(high)
        sets.union(max(one, other), min(one, other))  # so that the smallest id stands for its set
    ids = pc.unique(pa.chunked_array([*edges["id"].chunks, *edges["component"].chunks], pa.int64())).sort()
    return pa.table({"id": ids, "component": [sets.find(number) for number in ids.to_pylist()]}, tables.LABELS)


def _by_stars(engine: Engine[D], edges: D, folder: str) -> D:
    before: tuple[int, int] | None = None
    number = 0
    while True:
        large = engine.shuffle_map(engine.map(edges, _both_ways, tables.LABELS), _KEYS, large_star, tables.LABELS)
        small = engine.shuffle_map(large, _KEYS, small_star, tables.LABELS)
        path = f"{folder}/{number}"
        engine.drop(path)
        engine.save(small, path)
        edges = engine.read(path, tables.LABELS)
        now = _fingerprint(engine.collect(engine.map(edges, _sums, tables.LABELS)))
        if now == before:
            return engine.shuffle_map(edges, ("component", "id"), add_centres, tables.LABELS)
        before, number = now, number + 1


_KEYS = ("id", "component")


def _both_ways(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        yield tables.columns(tables.LABELS, id=batch["component"], component=batch["id"])


def _groups(table: pa.Table) -> tuple[Int64, Int64, Int64, Int64]:
    """Return ids and components without repeated rows, where each id starts, and the number of its rows."""
    ids, others = (np.asarray(table[name].to_numpy(), dtype=np.int64) for name in _KEYS)
    keep = np.ones(ids.size, dtype=np.bool_)
    keep[1:] = (ids[1:] != ids[:-1]) | (others[1:] != others[:-1])
    ids, others = ids[keep], others[keep]
    starts = run_starts(ids)
    return ids, others, starts, np.diff(starts, append=ids.size)


def large_star(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each greater neighbour of an id with the smallest of the id and its neighbours.

    Takes edges both ways, sorted.
    """
    for table in whole_groups(batches, "id"):
        ids, others, starts, sizes = _groups(table)
        least = np.repeat(np.minimum(ids[starts], others[starts]), sizes)
        greater = others > ids
        yield tables.columns(tables.LABELS, id=others[greater], component=least[greater])


def small_star(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each id, and each but the smallest of its smaller neighbours, with that smallest one.

    Takes edges from the greater id to the smaller one, sorted.
    """
    for table in whole_groups(batches, "id"):
        ids, others, starts, sizes = _groups(table)
        least = np.repeat(others[starts], sizes)
        linked = others != least
        yield tables.columns(
            tables.LABELS,
            id=np.concatenate([ids[starts], others[linked]]),
            component=np.concatenate([others[starts], least[linked]]),
        )


def _sums(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield a row of two numbers that edges sum up to, in whatever order they come: their count and their hashes."""
    count, total = 0, np.uint64(0)
    for batch in batches:
        ids, others = (np.asarray(batch[name].to_numpy(), dtype=np.int64).view(np.uint64) for name in _KEYS)
        count += ids.size
        total += mix(mix(ids) + others).sum(dtype=np.uint64)
    yield tables.columns(tables.LABELS, id=[count], component=np.array([total]).view(np.int64))


def _fingerprint(sums: pa.Table) -> tuple[int, int]:
    totals = np.asarray(sums["component"].to_numpy(), dtype=np.int64).view(np.uint64)
    return int(pc.sum(sums["id"]).as_py() or 0), int(totals.sum(dtype=np.uint64))


def add_centres(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the stars' edges, and each centre with itself; takes stars sorted by centre."""
    for table in whole_groups(batches, "component"):
        yield from table.select(tables.LABELS.names).to_batches()
        centres = pc.unique(table["component"])
        yield tables.columns(tables.LABELS, id=centres, component=centres)
