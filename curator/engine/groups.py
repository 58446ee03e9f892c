"""Sorted batches -> batches in which no group of equal keys is split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def starts_of(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return where each run of equal values begins in a column without nulls.

    >>> starts_of(pa.array(["a", "a", "b"])).tolist(), starts_of(pa.array([], pa.int64())).tolist()
    ([0, 2], [])
    """
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    differs = pc.not_equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.concatenate([[True], differs]))


def whole_groups(batches: Iterator[pa.RecordBatch], key: str) -> Iterator[pa.Table]:
    """Yield the rows of sorted batches in tables that hold whole groups of ``key``: about a batch each.

    >>> parts = pa.table({"k": [1, 1, 2, 3, 3]}).to_batches(max_chunksize=1)
    >>> [table["k"].to_pylist() for table in whole_groups(iter(parts), "k")]
    [[1, 1], [2], [3, 3]]
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        last = int(starts_of(batch[key])[-1])
        if last or (held and held[-1][key][-1] != batch[key][0]):
            head = [*held, *([batch.slice(0, last)] if last else [])]
            if head:
                yield pa.Table.from_batches(head)
            held = []
        held.append(batch.slice(last))
    if held:
        yield pa.Table.from_batches(held)
