"""What an engine can do: the few calls that local processes and Spark both answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

D = TypeVar("D")

Batches = Iterator[pa.RecordBatch]
Stage = Callable[[Batches], Batches]
ItemStage = Callable[[str], Batches]


class Engine(Protocol[D]):
    """Rows in parts, and the functions that are called on each part; ``D`` is what stands for the rows."""

    def source(self, items: Sequence[str], stage: ItemStage, schema: pa.Schema) -> D:
        """Return what ``stage`` gives for each item, one task an item."""
        ...

    def table(self, rows: pa.Table) -> D:
        """Return rows that the caller holds."""
        ...

    def read(self, path: str, schema: pa.Schema) -> D:
        """Return the rows of a folder of Parquet files, of the columns that the schema names."""
        ...

    def map(self, data: D, stage: Stage, schema: pa.Schema) -> D:
        """Return what ``stage`` makes of each part."""
        ...

    def shuffle_map(self, data: D, keys: Sequence[str], stage: Stage, schema: pa.Schema) -> D:
        """Return what ``stage`` makes of parts that hold all rows of a value of ``keys[0]``, sorted by ``keys``.

        No value of ``keys`` may be null: engines sort nulls differently.
        """
        ...

    def union(self, *data: D) -> D:
        """Return the rows of all; a column that some lack is null there."""
        ...

    def save(self, data: D, path: str) -> None:
        """Write the rows as Parquet files into a new folder; the file ``_SUCCESS`` comes last."""
        ...

    def exists(self, path: str) -> bool:
        """Return whether there is such a file or folder."""
        ...

    def drop(self, path: str) -> None:
        """Delete a folder, if it is there."""
        ...

    def collect(self, data: D) -> pa.Table:
        """Return all rows; they must fit into memory."""
        ...

    def close(self) -> None:
        """Let go of processes and temporary files."""
        ...
