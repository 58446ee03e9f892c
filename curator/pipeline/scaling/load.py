"""What a cluster run wrote -> items that a corpus file takes in like cleaned documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curator.errors import EngineError
from curator.model import Failure
from curator.pipeline.adding import Progress, finish, learned_notes, told_by
from curator.pipeline.batches import Item, Seen, batched, write_batch
from curator.pipeline.corpus_rules import scheme_of
from curator.pipeline.deduplicating import deduplicator_of
from curator.pipeline.learning import LearnedSites, conclude, learn_ahead
from curator.pipeline.report import Report, Tally
from curator.pipeline.resuming import Inputs
from curator.pipeline.runs import start_run
from curator.pipeline.scaling import tables
from curator.settings import Settings
from curator.signature import Scheme
from curator.store.connection import Connection, transaction
from curator.store.shards import shard_of

#: Rows that are read from a file at a time.
_ROWS = 256


class Shard(NamedTuple):
    """Which part of a run is meant: number ``number`` (from 1) of ``total``."""

    number: int
    total: int

    def check(self) -> Shard:
        """Return this; ValueError where there is no such shard."""
        if not 1 <= self.number <= self.total:
            raise ValueError(f"shard {self.number} of {self.total}: expected 1 to {max(self.total, 1)}")
        return self


WHOLE = Shard(1, 1)


def check_run(folder: Path, scheme: Scheme) -> None:
    """Raise EngineError where a folder holds no finished run, StoreError where its signatures are of another scheme."""
    if not (folder / "run" / "_SUCCESS").exists():
        raise EngineError(f"{folder}: expected what `curator scale` wrote, found {_instead(folder)}")
    scheme.require(_run_row(folder)["scheme"])


def _instead(folder: Path) -> str:
    """Return what stands where a finished run was expected."""
    if not folder.is_dir():
        return "a file" if folder.exists() else "no such folder"
    begun = (folder / tables.WORK / "run").exists()
    return "an unfinished run: `curator scale --resume` takes it up" if begun else "a folder of other things"


def _run_row(folder: Path) -> tables.Row:
    return next(row for file in _files(folder, "run") for row in pq.read_table(file).to_pylist())


def _files(folder: Path, table: str) -> list[Path]:
    return sorted((folder / table).glob("*.parquet"))


def load_run(
    connection: Connection,
    folder: Path,
    shard: Shard,
    settings: Settings,
    *,
    learns: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Store the documents of a cluster run like such as were just cleaned; return what became of them.

    They take the way of ``add`` from there on: batches, signatures, duplicates, templates. So the file is what adding
    would have made, what is there already stays as it is, and an interrupted load is taken up by loading again.
    """
    shard.check()
    check_run(folder, scheme_of(connection, settings))
    # Cleaned elsewhere, by whatever rules.
    run_id = start_run(connection, "load", settings, inputs=[str(folder)], cleaner="")
    tally = Tally()
    deduplicator = deduplicator_of(connection, settings)
    sites = LearnedSites()
    for batch in batched(load_items(folder, shard), settings.batch_rows):
        if learns:
            learn_ahead(connection, deduplicator, settings, sites)
        with transaction(connection):
            write_batch(connection, deduplicator, batch, run_id, tally)
        tally.cleaned += len(batch)
        if progress is not None:
            progress(tally)
    learned = conclude(connection, deduplicator, settings, sites, learns=learns, tell=told_by(progress, tally))
    return finish(connection, run_id, tally, Inputs("", {}), tuple(learned_notes(learned)))


def load_items(folder: Path, shard: Shard) -> Iterator[Item]:
    """Yield the documents of a run, each behind it the paths it was seen at besides, and the failures (in shard 1)."""
    homes = _Homes(folder, shard) if shard != WHOLE else None
    for file in _files(folder, "documents"):
        for row in _rows(file):
            if homes is None or homes.holds(row["key"]):
                entry = tables.entry_of(row)
                yield entry
                yield from (Seen(entry.key, path, entry.fetched_at) for path in row["paths"])
    if shard.number == 1:
        for file in _files(folder, "failures"):
            yield from (Failure(**row) for row in _rows(file))


def _rows(file: Path) -> Iterator[tables.Row]:
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(_ROWS):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        told = f"is damaged or cut off ({error}): copy the folder again, or make it anew with `curator scale`"
        raise EngineError(f"{file}: {told}") from error


class _Homes:
    """Which documents a shard holds: a cluster and the versions of a url are never parted.

    A document goes where the smallest key of its cluster goes, or else its own key; an older version of a url where
    the newest one goes. Holds 96 bytes for each document that is in a cluster or superseded.
    """

    def __init__(self, folder: Path, shard: Shard) -> None:
        self._shard = shard
        clusters: dict[int, str] = {}
        self._homes: dict[str, str] = {}
        older: dict[str, int] = {}
        for row in self._narrow(folder):
            if row["cluster_id"] is not None:
                self._homes[row["key"]] = clusters[row["id"]] = row["cluster_id"]
            elif row["superseded_by"] is not None:
                older[row["key"]] = row["superseded_by"]
        wanted = set(older.values()) - clusters.keys()
        clusters |= {row["id"]: row["key"] for row in self._narrow(folder) if row["id"] in wanted}
        self._homes |= {key: clusters[newest] for key, newest in older.items()}

    def _narrow(self, folder: Path) -> Iterator[tables.Row]:
        for file in _files(folder, "articles"):
            yield from pq.read_table(file, columns=["id", "key", "cluster_id", "superseded_by"]).to_pylist()

    def holds(self, key: str) -> bool:
        """Return whether the document of this key is in the shard."""
        return shard_of(self._homes.get(key, key), self._shard.total) == self._shard.number - 1
