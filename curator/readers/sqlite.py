"""Tables of an SQLite file -> raws, row by row; the file is only ever read."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from curator.readers import streams
from curator.readers.cells import read_row
from curator.readers.fields import guessed_note, table_fields
from curator.readers.inputs import Input, InputError, Item, Options, is_before, too_large

#: In the header of every corpus file of ours, as ``curator.store.connection.APPLICATION_ID`` writes it.
CORPUS_ID = 0x63757261
_HEADER_BYTES = 100
_WAL = 2
_LEAST_LIMIT = 1_000_000


def read_sqlite(given: Input, options: Options) -> Iterator[Item]:
    """Yield the rows of every table that has a column of texts ("dump.sqlite!posts:17" is a row of ``posts``).

    Raises InputError for a corpus of ours, and where no table has such a column.
    """
    header = given.stream.peek(_HEADER_BYTES)[:_HEADER_BYTES]
    if int.from_bytes(header[68:72], "big") == CORPUS_ID:
        message = "is a corpus of curator, not a dump: `curator merge` joins two corpora"
        raise InputError("curator-corpus", message)
    with _opened(given, header, options) as connection:
        tables = _tables_with_text(connection, given, options)
        is_behind = False
        for name, fields in tables.items():
            if connection.execute(f"SELECT 1 FROM {_quoted(name)} LIMIT 1").fetchone() is None:
                options.notes.add(f"{given.source}!{name}: the table has no rows")
            is_behind = is_behind or not is_before(given, name)
            if is_behind:
                yield from _read_table(connection, given.inner(given.stream, name, name), fields, options)


def _tables_with_text(connection: sqlite3.Connection, given: Input, options: Options) -> dict[str, Mapping[str, str]]:
    """Return what the columns stand for of each table that has one of texts; the others are noted."""
    found: dict[str, Mapping[str, str]] = {}
    error = InputError("no-text-column", "the database has no tables")
    for name in _names(connection):
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")]
        try:
            found[name] = table_fields(columns, options.settings)
        except InputError as told:
            error = told
    if not found:
        raise error
    for name, fields in found.items():
        if (note := guessed_note(f"{given.source}!{name}", fields, options.settings)) is not None:
            options.notes.add(note)
    return found


def _names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of plain tables: a virtual one runs code, and one of SQLite's own holds no documents."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read_table(
    connection: sqlite3.Connection, given: Input, fields: Mapping[str, str], options: Options
) -> Iterator[Item]:
    # SQLite refuses a longer cell before it takes memory for it. Below a megabyte it could not read its own tables.
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(options.settings.max_document_bytes, _LEAST_LIMIT))
    for number, row in _rows(connection, given):
        source = f"{given.source}:{number}"
        if row is None:
            error = too_large("a cell of the row is longer than", options.settings)
            yield given.failure(error)._replace(source=source)
        else:
            yield read_row(row, fields, source, given.place(number - 1, number, number), options.settings)


def _rows(connection: sqlite3.Connection, given: Input) -> Iterator[tuple[int, dict[str, object] | None]]:
    """Yield the rows of a table with their numbers, None for one with a cell that is longer than allowed."""
    number = given.start
    # In the order the table is stored in: an index that covers the columns would give another.
    query = f"SELECT * FROM {_quoted(given.name)} NOT INDEXED LIMIT ? OFFSET ?"
    names = [str(column[0]) for column in connection.execute(query, (0, 0)).description]
    n_rows = -1
    while True:
        before = number
        try:
            for values in connection.execute(query, (n_rows, number)):
                number += 1
                yield number, dict(zip(names, values, strict=True))
        except sqlite3.DataError:  # "string or blob too big"
            # Python reads a row ahead, so the long one is this, or the next: they are asked for one by one.
            if n_rows == 1:
                number += 1
                yield number, None
            n_rows = -1 if n_rows == 1 else 1
        else:
            if n_rows < 0 or number == before:
                return


@contextmanager
def _opened(given: Input, header: bytes, options: Options) -> Iterator[sqlite3.Connection]:
    """Yield a connection that cannot write; SQLite's errors become InputError."""
    with _path_of(given, options) as path:
        try:
            with closing(_connect(path, header)) as connection:
                yield connection
        except (sqlite3.Error, UnicodeError) as error:  # a damaged name is no UTF-8
            message = f"the SQLite file cannot be read on ({error}); what came before was read: is it whole, or in use?"
            raise InputError("damaged", message) from error


def _connect(path: Path, header: bytes) -> sqlite3.Connection:
    """Return a connection that leaves nothing beside the file.

    In write-ahead mode even a reader makes files beside it, unless it is told that nobody writes: so it is told where
    no such file is there already, which shows that nobody does.
    """
    has_log = Path(f"{path}-wal").exists()
    mode = "mode=ro" if header[18:19] != bytes((_WAL,)) or has_log else "immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)
    connection.text_factory = _text
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _text(value: bytes) -> str | bytes:
    """Return a TEXT value, of which SQLite does not ensure that it is UTF-8, as text or else as the bytes it is."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value


@contextmanager
def _path_of(given: Input, options: Options) -> Iterator[Path]:
    """Yield where SQLite finds the file: what is packed or comes through a pipe is copied for as long as it is read."""
    if given.member is None and given.depth == 0 and given.stream.seekable():
        yield Path(given.path)
        return
    with streams.seekable(given.stream, options.settings) as file, tempfile.NamedTemporaryFile(suffix=".db") as copy:
        shutil.copyfileobj(file, copy, streams.BUFFER_BYTES)
        copy.flush()
        yield Path(copy.name)
