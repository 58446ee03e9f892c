"""Articles of a corpus -> files: the formats, shards, checksums and the manifest joined."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, TextIO, cast

import zstandard

import curator
from curator.errors import SettingsError, StoreError
from curator.export.form import LINE_ENDS, Form, settled
from curator.export.jsonl import json_lines
from curator.export.pages import SEPARATOR, markdown_page, name_of, text_page
from curator.export.parquet import pyarrow, write_parquet
from curator.export.records import Record, records_of
from curator.export.spreadsheet import columns, csv_rows
from curator.export.target import (
    MADE_BY,
    MANIFEST,
    HashedFile,
    Written,
    hash_of,
    hashed_file,
    manifest_of,
    placed_file,
    placed_folder,
    write_manifest,
)
from curator.pipeline.copying import copy_corpus
from curator.pipeline.progress import Progress, Tell, untold
from curator.pipeline.runs import now
from curator.settings import Settings
from curator.store.backup import require_unused
from curator.store.connection import VERSION, Connection, room_for
from curator.store.read import property_of
from curator.store.selection import Selection, chosen_ids, snapshot

#: Level 6 of gzip and 10 of Zstandard: the next ones save 1 % and take half as long again.
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 10

#: Articles between two words on how far an export is.
_TOLD_EVERY = 100

#: The checksums of a folder with a file for each article, for `sha256sum -c`.
_SUMS = "_SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported: which articles, with what of theirs, in which form; ``tell`` is told how far it is."""

    selection: Selection = field(default_factory=Selection)
    with_cuts: bool = False
    with_raw: bool = False
    form: Form = field(default_factory=Form)
    tell: Tell = untold


@dataclass(slots=True)
class _Tally:
    articles: int = 0
    chars: int | None = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def counted(self, records: Iterable[Record], n_all: int, tell: Tell) -> Iterator[Record]:
        """Count records while they are taken, and tell of every hundredth which share of all they are."""
        for record in records:
            if self.articles % _TOLD_EVERY == 0:
                tell(Progress("exporting", self.articles, min(self.articles / max(n_all, 1), 1.0)))
            self.articles += 1
            self.chars = (self.chars or 0) + len(str(record["text"]))
            self.statuses[str(record["status"])] += 1
            yield record


def _require_sense(order: Order) -> None:
    """Raise SettingsError where something is asked for that the format has no place for."""
    kind = order.form.kind
    if order.with_raw and kind not in ("jsonl", "parquet", "sqlite"):
        raise SettingsError(f"--with-raw: there is no place for originals in {kind}; use jsonl, parquet or sqlite")
    if order.with_cuts and kind == "text":
        raise SettingsError("--with-cuts: there is no place for cuts in text; use another format")
    if order.form.bom and kind != "csv":
        raise SettingsError(f"--bom: is for csv, not for {kind}")
    if order.form.sharded and kind in ("markdown", "sqlite"):
        what = "a file for each article already" if kind == "markdown" else "one file"
        raise SettingsError(f"shards: {kind} is {what}")


def export_to_stream(connection: Connection, order: Order, output: TextIO) -> int:
    """Write the chosen articles to a stream of text; return how many. JSON lines unless the form says otherwise."""
    tally = _Tally()
    order = replace(order, form=settled(order.form, None))
    _require_sense(order)
    with snapshot(connection):
        for line in _lines(_records(connection, order, tally), order):
            output.write(line)
    return tally.articles


def export_to_path(connection: Connection, settings: Settings, order: Order, output: Path) -> int:
    """Write the chosen articles to a file or folder, with a manifest; return how many.

    All is read from one state of the corpus, whatever is written to it meanwhile. Raises OutputError, StoreError for
    a damaged corpus, and SettingsError for a condition that is none; then nothing is written.
    """
    form = settled(order.form, output)
    order = replace(order, form=form)
    _require_sense(order)
    if form.kind == "sqlite":
        return _export_corpus(connection, settings, order, output)
    if form.kind == "parquet":
        pyarrow()
    tally = _Tally()
    with snapshot(connection):
        about = _about(connection, settings)
        if form.of_folder(output):
            with placed_folder(output, overwrite=form.overwrite) as folder:
                files = list(_fill(connection, order, folder, tally))
                write_manifest(folder / MANIFEST, _manifest(about, order, tally, files))
            return tally.articles
        with placed_file(output, overwrite=form.overwrite) as path:
            records = _records(connection, order, tally)
            files = [_write_file(records, path, order)]
            # An earlier manifest would speak of another file.
            manifest_of(output).unlink(missing_ok=True)
        _place_manifest(output, _manifest(about, order, tally, files))
    return tally.articles


def _export_corpus(connection: Connection, settings: Settings, order: Order, output: Path) -> int:
    require_unused(output)
    about = _about(connection, settings)
    with placed_file(output, overwrite=order.form.overwrite) as path:
        with room_for(output):
            statuses = copy_corpus(connection, settings, order.selection, path, order.tell)
        n_bytes, sha256 = hash_of(path)
        manifest_of(output).unlink(missing_ok=True)
    tally = _Tally(sum(statuses.values()), None, Counter(statuses))
    files = [Written(output.name, tally.articles, n_bytes, sha256)]
    _place_manifest(output, _manifest(about, order, tally, files))
    return tally.articles


def _place_manifest(output: Path, manifest: Mapping[str, object]) -> None:
    with placed_file(manifest_of(output), overwrite=True) as path:
        write_manifest(path, manifest)


def _records(
    connection: Connection, order: Order, tally: _Tally, shard: tuple[int, int] | None = None
) -> Iterator[Record]:
    ids = chosen_ids(connection, order.selection, shard)
    found = records_of(connection, ids, with_cuts=order.with_cuts, with_raw=order.with_raw)
    # Shards are of about one size.
    return tally.counted(found, len(ids) * (shard[1] if shard else 1), order.tell)


def _fill(connection: Connection, order: Order, folder: Path, tally: _Tally) -> Iterator[Written]:
    """Write the files of a folder and yield what they are."""
    form = order.form
    if form.shards:
        for number in range(form.shards):
            records = _records(connection, order, tally, (number, form.shards))
            path = folder / f"articles-{number:05}-of-{form.shards:05}{form.ending}"
            yield _write_file(records, path, order)
        return
    records = _records(connection, order, tally)
    if form.sharded:
        yield from _write_shards(records, folder, order)
    else:
        yield _write_pages(records, folder, markdown_page if form.kind == "markdown" else text_page, form.ending)


def _write_shards(records: Iterator[Record], folder: Path, order: Order) -> Iterator[Written]:
    number = 0
    head = list(islice(records, 1))
    while head or not number:  # nothing chosen: one file without articles
        path = folder / f"articles-{number:05}{order.form.ending}"
        yield _write_file(chain(head, records), path, order)
        head = list(islice(records, 1))
        number += 1


def _write_file(records: Iterator[Record], path: Path, order: Order) -> Written:
    """Write records to a file until they end or the file is full."""
    n_articles = 0

    def taken() -> Iterator[Record]:
        nonlocal n_articles
        form = order.form
        while (form.shard_rows == 0 or n_articles < form.shard_rows) and (
            form.shard_mb == 0 or n_articles == 0 or out.tell() < form.shard_mb * 1_000_000
        ):
            record = next(records, None)
            if record is None:
                return
            n_articles += 1
            yield record

    with hashed_file(path) as out:
        if order.form.kind == "parquet":
            write_parquet(taken(), out, with_raw=order.with_raw)
        else:
            with _packed(out, order.form.ending) as stream:
                for line in _lines(taken(), order):
                    stream.write(line.encode("utf-8"))
    return out.written(path.name, n_articles)


@contextmanager
def _packed(out: HashedFile, ending: str) -> Iterator[IO[bytes]]:
    """Give a stream that compresses as the ending says; no time or name goes in, so equal data gives equal bytes."""
    stream = cast("IO[bytes]", out)
    if ending.endswith(".gz"):
        with gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=stream, mtime=0) as packed:
            yield cast("IO[bytes]", packed)
    elif ending.endswith(".zst"):
        with zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(stream, closefd=False) as writer:
            yield cast("IO[bytes]", writer)
    else:
        yield stream


def _lines(records: Iterable[Record], order: Order) -> Iterator[str]:
    form = order.form
    if form.kind == "csv":
        names = columns(with_cuts=order.with_cuts)
        yield "\ufeff" * form.bom + ",".join(names) + LINE_ENDS[form.line_end]
        yield from csv_rows(records, names, LINE_ENDS[form.line_end])
    elif form.kind == "text":
        for number, record in enumerate(records):
            yield SEPARATOR * bool(number) + text_page(record)
    else:
        yield from json_lines(records)


def _write_pages(
    records: Iterable[Record], folder: Path, page: Callable[[Mapping[str, object]], str], ending: str
) -> Written:
    """Write a file for each record, and the list of their checksums, which is what is returned."""
    n_articles = 0
    with hashed_file(folder / _SUMS) as sums:
        for record in records:
            name = name_of(record, ending)
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            with path.open("xb") as stream:
                out = HashedFile(stream)
                out.write(page(record).encode("utf-8"))
            sums.write(f"{out.written(name, 1).sha256}  {name}\n".encode())
            n_articles += 1
    # Half a million small files: flushed together, since each by itself takes milliseconds.
    os.sync()
    return sums.written(_SUMS, n_articles)


def _manifest(about: Mapping[str, object], order: Order, tally: _Tally, files: list[Written]) -> Mapping[str, object]:
    form = order.form
    shards = {name: getattr(form, name) for name in ("shards", "shard_rows", "shard_mb") if getattr(form, name)}
    csv = {"bom": form.bom, "line_end": form.line_end} if form.kind == "csv" else {}
    return {
        "made_by": MADE_BY,
        "version": curator.__version__,
        "created": now(),
        "format": form.format or form.kind,
        "settings": {"with_cuts": order.with_cuts, "with_raw": order.with_raw} | shards | csv,
        "query": asdict(order.selection),
        "corpus": about,
        "articles": tally.articles,
        "characters": tally.chars,
        "status": dict(sorted(tally.statuses.items())),
        "files": [file._asdict() for file in files],
    }


def _about(connection: Connection, settings: Settings) -> dict[str, object]:
    """Return what a manifest says of the corpus; read before anything is written, since it may be damaged."""
    about: dict[str, object] = {"schema": VERSION}
    for name in ("scheme", "keep_rule", "learn_rule"):
        stored = property_of(connection, name)
        try:
            about[name] = stored and json.loads(stored)
        except ValueError as error:
            told = f"the stored {name} is damaged: {stored!r}, expected JSON; see `curator check`"
            raise StoreError(f"{settings.db}: {told}") from error
    return about
