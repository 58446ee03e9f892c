"""Parquet files -> raws, some rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import unquote

from curator.readers import streams
from curator.readers.cells import read_row
from curator.readers.fields import guessed_note, table_fields
from curator.readers.inputs import Input, InputError, Item, Options, too_large
from curator.readers.records import value_of, without

#: Rows read at once: enough to be fast; fewer where they are long, so that they hold about so many bytes.
_BATCH_ROWS = 64
_BATCH_BYTES = 1 << 24

#: The folder of the rows that have no value in a column.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def read_parquet(given: Input, options: Options) -> Iterator[Item]:
    """Yield a document or a failure for every row ("table.parquet:17" is the seventeenth).

    Raises InputError where pyarrow is not installed.
    """
    with streams.seekable(given.stream, options.settings) as file, _opened(file) as table:
        if not table.metadata.num_rows:
            options.notes.add(f"{given.source}: the table has no rows")
        parts = _columns_of_folders(given.source)
        fields = table_fields(_values(table.schema_arrow), options.settings)
        columns = {*table.schema_arrow.names, fields.get("fetched_at")}
        inner = [name for name in fields.values() if name not in columns]
        if (note := guessed_note(given.source, fields, options.settings)) is not None:
            options.notes.add(note)
        rows = _rows(table, given.start, given, options.settings.max_document_bytes)
        for number, found in enumerate(rows, given.start + 1):
            source = f"{given.source}:{number}"
            if found is None:
                yield given.failure(too_large("the row is longer than", options.settings))._replace(source=source)
                continue
            row, place = _flat({**parts, **found}, inner), given.place(number - 1, number, number)
            yield read_row(row, fields, source, place, options.settings)


def _columns_of_folders(source: str) -> dict[str, str | None]:
    """Return the columns that stand in the names of folders: Spark, Arrow and Hive write a table in parts by them.

    >>> _columns_of_folders("dump/lang=de/day=2024-03-01/part-0.parquet"), _columns_of_folders("a=b.parquet")
    ({'lang': 'de', 'day': '2024-03-01'}, {})
    """
    found = (folder.partition("=") for folder in source.split("/")[:-1] if "=" in folder)
    return {name: None if value == _NO_VALUE else unquote(value) for name, _, value in found}


def _values(schema: Any) -> list[str]:  # noqa: ANN401 - untyped library
    """Return the names of columns that hold values, then those of fields inside structs, "article.body".

    A struct or a list is no text, whatever its name: as one it would be a text of brackets and escapes.
    """
    from pyarrow.types import is_nested  # noqa: PLC0415 - an extra, and slow to load

    inner = [name for field in schema for name in _fields_inside(field, f"{field.name}.")]
    return [field.name for field in schema if not is_nested(field.type)] + inner


def _fields_inside(outer: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - untyped library
    from pyarrow.types import is_nested, is_struct  # noqa: PLC0415

    for field in outer.type if is_struct(outer.type) else ():
        if not is_nested(field.type):
            yield path + field.name
        yield from _fields_inside(field, f"{path}{field.name}.")


def _flat(row: Mapping[str, object], inner: Iterable[str]) -> Mapping[str, object]:
    """Return a row with these fields as columns of their own, no longer inside others: no text stands in it twice."""
    for name in inner:
        row = {**without(row, name), name: value_of(row, name)}
    return row


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[Any]:
    """Yield the Parquet file; its library's errors become InputError."""
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        message = "Parquet files need pyarrow, which is not installed: pip install 'corpus-curator[parquet]'"
        raise InputError("no-pyarrow", message) from error
    try:
        yield parquet.ParquetFile(file, buffer_size=1 << 16, pre_buffer=False)
    except InputError:
        raise
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        message = f"the Parquet file is damaged or cut off ({error}); what came before was read: fetch it again"
        raise InputError("damaged", message) from error


def _rows(
    table: Any,  # noqa: ANN401 - untyped library
    start: int,
    given: Input,
    most: int,
) -> Iterator[Mapping[str, object] | None]:
    """Yield the rows from ``start`` on, None for one of more than so many bytes; row groups before it are not read.

    pyarrow unpacks a page of a column as a whole, so a long cell is in memory, but once only.
    """
    for group in range(table.metadata.num_row_groups):
        about = table.metadata.row_group(group)
        if start >= about.num_rows:
            start -= about.num_rows
            continue
        n_rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES * about.num_rows // max(about.total_byte_size, 1)))
        for batch in table.iter_batches(batch_size=n_rows, row_groups=[group]):
            given.gauge.add(batch.nbytes)
            n_skipped = min(start, batch.num_rows)
            start -= n_skipped
            if batch.nbytes <= most:
                yield from batch.slice(n_skipped).to_pylist()
                continue
            for at in range(n_skipped, batch.num_rows):
                one = batch.slice(at, 1)
                yield None if one.nbytes > most else one.to_pylist()[0]
