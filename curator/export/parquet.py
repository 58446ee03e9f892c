"""Records -> Parquet (the extra ``parquet``), with one schema whatever the articles hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from curator.errors import OutputError
from curator.export.jsonl import STORED_KEYS
from curator.export.records import Record
from curator.export.target import HashedFile

#: Articles of a row group: some 10 MB of news.
_GROUP_ROWS = 2_000


def pyarrow() -> Any:  # noqa: ANN401 - a module without types
    """Return the module pyarrow; OutputError where it is not installed."""
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OutputError("Parquet needs pyarrow: install it with `pip install 'corpus-curator[parquet]'`") from error
    return pyarrow


def schema_of(*, with_raw: bool = False) -> Any:  # noqa: ANN401 - a pyarrow.Schema, of an extra
    """Return the schema of exported articles: it depends on ``with_raw`` alone, never on what articles hold.

    ``meta`` is JSON text; ``cuts`` is a list of structs, empty where cuts were not asked for.
    """
    pa = pyarrow()
    numbers = {"id": pa.int64(), "raw_chars": pa.int64(), "duplicate_of": pa.int64(), "similarity": pa.float64()}
    cut = [("start", pa.int64()), ("end", pa.int64())] + [
        (name, pa.string()) for name in ("kind", "rule", "why", "text")
    ]
    nested = {"title_span": pa.list_(pa.int64()), "cuts": pa.list_(pa.struct(cut))}
    fields = [(name, (numbers | nested).get(name, pa.string())) for name in STORED_KEYS]
    return pa.schema(fields + [("page", pa.string()), ("raw", pa.binary())] * with_raw)


def write_parquet(records: Iterable[Record], out: HashedFile, *, with_raw: bool = False) -> None:
    """Write records as one Parquet file, a row group at a time."""
    pa = pyarrow()
    schema = schema_of(with_raw=with_raw)
    with pa.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        stream = iter(records)
        while group := list(islice(stream, _GROUP_ROWS)):
            writer.write_table(pa.Table.from_pylist(list(_rows(group)), schema=schema))


def _rows(records: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    for record in records:
        meta = record["meta"]
        yield {**record, "meta": None if meta is None else str(meta)}
