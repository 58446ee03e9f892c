"""Rows in Arrow files of a temporary folder, worked on in local processes: no cluster, no Java."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curator.engine.protocol import ItemStage, Stage
from curator.errors import EngineError

#: Rows of a batch that a stage is given.
BATCH_ROWS = 4096

#: What marks a folder that was saved to its end; Spark writes the same name.
SUCCESS = "_SUCCESS"

_LZ4 = pa.ipc.IpcWriteOptions(compression="lz4")
#: An odd 64-bit constant without meaning, which spreads whole numbers over the parts.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Part(NamedTuple):
    """A stretch of rows: files whose rows stand one after the other, Arrow or Parquet."""

    files: tuple[str, ...]
    columns: tuple[str, ...] | None = None


class LocalData(NamedTuple):
    """Rows in parts, and the schema that they have when they are read."""

    parts: tuple[Part, ...]
    schema: pa.Schema


Job = Callable[[], int]


class LocalEngine:
    """The stages in processes of this machine; what they give lies in a temporary folder until ``close``.

    ``partitions`` is the number of parts after a shuffle: one of them must fit into the memory of a process.
    ``shuffled_bytes`` counts what was written to be sorted anew.
    """

    def __init__(self, workers: int = 1, partitions: int = 8, folder: Path | None = None) -> None:
        self.partitions = partitions
        self.shuffled_bytes = 0
        self._folder = Path(tempfile.mkdtemp(prefix="curator-", dir=folder))
        self._numbers = count()
        self._workers = workers
        self._pool = _pool(workers) if workers > 1 else None

    def close(self) -> None:
        """End the processes and delete the temporary folder."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def source(self, items: Sequence[str], stage: ItemStage, schema: pa.Schema) -> LocalData:
        """Return what ``stage`` gives for each item, one task an item."""
        files = [self._new_file() for _ in items]
        jobs = [partial(_write, partial(stage, item), schema, file) for item, file in zip(items, files, strict=True)]
        self._run(jobs)
        return _data(files, schema)

    def table(self, rows: pa.Table) -> LocalData:
        """Return rows that the caller holds."""
        file = self._new_file()
        _write(partial(iter, rows.to_batches(max_chunksize=BATCH_ROWS)), rows.schema, file)
        return _data([file], rows.schema)

    def read(self, path: str, schema: pa.Schema) -> LocalData:
        """Return the rows of a folder of Parquet files, of the columns that the schema names."""
        files = sorted(str(file) for file in Path(path).glob("*.parquet"))
        return LocalData(tuple(Part((file,), tuple(schema.names)) for file in files), schema)

    def map(self, data: LocalData, stage: Stage, schema: pa.Schema) -> LocalData:
        """Return what ``stage`` makes of each part."""
        files = [self._new_file() for _ in data.parts]
        jobs = [
            partial(_write, partial(_mapped, stage, part, data.schema), schema, file)
            for part, file in zip(data.parts, files, strict=True)
        ]
        self._run(jobs)
        return _data(files, schema)

    def shuffle_map(self, data: LocalData, keys: Sequence[str], stage: Stage, schema: pa.Schema) -> LocalData:
        """Return what ``stage`` makes of parts that hold all rows of a value of ``keys[0]``, sorted by ``keys``."""
        pieces = [[self._new_file() for _ in range(self.partitions)] for _ in data.parts]
        splits = [
            partial(_split, part, data.schema, keys[0], files) for part, files in zip(data.parts, pieces, strict=True)
        ]
        self.shuffled_bytes += sum(self._run(splits))
        files = [self._new_file() for _ in range(self.partitions)]
        mine = [Part(tuple(some[number] for some in pieces)) for number in range(self.partitions)]
        jobs = [
            partial(_write, partial(_sorted_map, stage, part, data.schema, tuple(keys)), schema, file)
            for part, file in zip(mine, files, strict=True)
        ]
        self._run(jobs)
        for file in (file for some in pieces for file in some):
            Path(file).unlink()
        return _data(files, schema)

    def union(self, *data: LocalData) -> LocalData:
        """Return the rows of all; a column that some lack is null there."""
        schema = pa.unify_schemas([each.schema for each in data])
        return LocalData(tuple(part for each in data for part in each.parts), schema)

    def save(self, data: LocalData, path: str) -> None:
        """Write the rows as Parquet files into a new folder; the file ``_SUCCESS`` comes last."""
        Path(path).mkdir(parents=True)
        jobs = [
            partial(_save, part, data.schema, str(Path(path, f"part-{number:05}.parquet")))
            for number, part in enumerate(data.parts)
        ]
        self._run(jobs)
        Path(path, SUCCESS).touch()

    def exists(self, path: str) -> bool:
        """Return whether there is such a file or folder; EngineError for an address, which no local path is."""
        if "://" in path:
            raise EngineError(f"{path}: local processes write to folders; give one, or another --engine")
        return Path(path).exists()

    def drop(self, path: str) -> None:
        """Delete a folder, if it is there."""
        shutil.rmtree(path, ignore_errors=True)

    def collect(self, data: LocalData) -> pa.Table:
        """Return all rows; they must fit into memory."""
        return pa.Table.from_batches([batch for part in data.parts for batch in _rows(part, data.schema)], data.schema)

    def _new_file(self) -> str:
        return str(self._folder / f"{next(self._numbers)}.arrow")

    def _run(self, jobs: Sequence[Job]) -> list[int]:
        if self._pool is None:
            return [job() for job in jobs]
        return list(self._pool.map(_call, jobs))


def _pool(workers: int) -> ProcessPoolExecutor:
    # fork needs no guard in the caller's script; Arrow starts its threads anew in a forked process.
    method = "fork" if "fork" in get_all_start_methods() and os.name == "posix" else "spawn"
    return ProcessPoolExecutor(workers, mp_context=get_context(method))


def _call(job: Job) -> int:
    return job()


def _data(files: Sequence[str], schema: pa.Schema) -> LocalData:
    return LocalData(tuple(Part((file,)) for file in files), schema)


def _rows(part: Part, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a part, columns in the order of the schema, null where a file lacks one."""
    for file in part.files:
        for batch in _file_rows(file, part.columns):
            if batch.schema.names == schema.names:
                yield batch
                continue
            lacking = {field.name: field.type for field in schema if field.name not in batch.schema.names}
            arrays = [
                pa.nulls(batch.num_rows, lacking[name]) if name in lacking else batch[name] for name in schema.names
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _file_rows(file: str, columns: tuple[str, ...] | None) -> Iterator[pa.RecordBatch]:
    if file.endswith(".parquet"):
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches(BATCH_ROWS, columns=columns and list(columns))
        return
    with pa.memory_map(file) as stored, pa.ipc.open_file(stored) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _write(batches: Callable[[], Iterator[pa.RecordBatch]], schema: pa.Schema, file: str) -> int:
    """Write batches to an Arrow file and return its size in bytes."""
    with pa.ipc.new_file(file, schema, options=_LZ4) as writer:
        for batch in batches():
            if batch.num_rows:
                writer.write_batch(batch)
    return Path(file).stat().st_size


def _mapped(stage: Stage, part: Part, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    return stage(_rows(part, schema))


def _sorted_map(stage: Stage, part: Part, schema: pa.Schema, keys: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    rows = pa.Table.from_batches(_rows(part, schema), schema).sort_by([(key, "ascending") for key in keys])
    return stage(iter(rows.to_batches(max_chunksize=BATCH_ROWS)))


def _split(part: Part, schema: pa.Schema, key: str, files: Sequence[str]) -> int:
    """Write the rows of a part to files by the hash of their key and return the bytes written."""
    writers = [pa.ipc.new_file(file, schema, options=_LZ4) for file in files]
    for batch in _rows(part, schema):
        numbers = _part_numbers(batch[key], len(files))
        order = np.argsort(numbers, kind="stable")
        edges = np.searchsorted(numbers[order], np.arange(len(files) + 1))
        ordered = batch.take(pa.array(order))
        for number, writer in enumerate(writers):
            if edges[number] < edges[number + 1]:
                writer.write_batch(ordered.slice(edges[number], edges[number + 1] - edges[number]))
    for writer in writers:
        writer.close()
    return sum(Path(file).stat().st_size for file in files)


def _part_numbers(column: pa.Array, n: int) -> NDArray[np.int64]:
    if pa.types.is_integer(column.type):
        mixed = column.to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64) * _SPREAD
        numbers: NDArray[np.int64] = ((mixed >> np.uint64(33)) % np.uint64(n)).astype(np.int64)
        return numbers
    values = (value.encode() if isinstance(value, str) else value for value in column.to_pylist())
    return np.array([crc32(value) % n for value in values], dtype=np.int64)


def _save(part: Part, schema: pa.Schema, file: str) -> int:
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _rows(part, schema):
            writer.write_batch(batch)
    return Path(file).stat().st_size
