"""The same batch functions, in local processes or on Spark.

An engine moves rows and calls functions; it knows nothing of articles. What it moves are Arrow record batches, so this
stage needs pyarrow (the extra ``parquet``), and Spark the extra ``spark``; nothing else of curator imports either.

    source(items, stage, schema)          one task for each item: stage(item) -> batches
    table(rows)                           rows that the caller holds
    read(path, schema)                    what was saved: the columns that the schema names
    map(data, stage, schema)              stage(batches) -> batches, for each part of the data
    shuffle_map(data, keys, stage, schema)  the same, all rows of a key in one part, sorted by the keys
    union(data, ...)                      rows of several; a column that one lacks is null there
    save(data, path)                      Parquet files in a new folder
    collect(data)                         all rows, in the caller's memory

A stage is a function of a module (or a ``functools.partial`` of one): it is called in other processes, and again where
one dies, so it must give the same rows for the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curator.errors import EngineError

try:
    from curator.engine.protocol import Batches, Engine, ItemStage, Stage
except ModuleNotFoundError as error:
    raise EngineError("Parquet needs pyarrow: pip install 'corpus-curator[parquet]'") from error

__all__ = ["Batches", "Engine", "ItemStage", "Stage", "open_engine"]


def open_engine(
    name: str, *, workers: int, partitions: int, master: str | None = None, conf: Mapping[str, str] | None = None
) -> Engine[Any]:
    """Return the engine of a name, "local" or "spark"; EngineError where what it needs is not installed."""
    if name == "local":
        from curator.engine.local import LocalEngine  # noqa: PLC0415

        return LocalEngine(workers, partitions)
    from curator.engine.spark import SparkEngine  # noqa: PLC0415

    return SparkEngine(master, partitions, conf)
