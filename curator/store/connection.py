"""A path -> an open SQLite connection to a corpus file, of this version and no other."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from curator.errors import StoreError

#: "cura" in ASCII, in the header of every corpus file.
APPLICATION_ID = 0x63757261

#: The schema version that this code reads and writes: the number of files in ``migrations/``.
VERSION = 13

#: How long a writer waits for another one, and how often, before it gives up; Ctrl-C is heard in between. Clustering a
#: million articles anew, or writing their index of duplicates anew, is one transaction of 10 to 20 s.
_BUSY_S = 10.0
_BUSY_TRIES = 6


class Connection(sqlite3.Connection):
    """An open corpus file that knows whether its path still leads to it; later stages pass it on as it is."""

    path: Path
    _file: os.stat_result

    def stands_at(self, path: Path) -> None:
        """Note which file the connection writes to."""
        self.path, self._file = path.absolute(), path.stat()

    def require_in_place(self) -> None:
        """Raise StoreError where the file was moved, deleted or replaced: SQLite goes on writing to the former one.

        Its log, which would be taken for that of the file that stands there now, is emptied into it before.
        """
        try:
            is_same = os.path.samestat(self.path.stat(), self._file)
        except OSError:
            is_same = False
        if not is_same:
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raise StoreError(
                f"{self.path}: was moved, deleted or replaced while it was written to; all that is stored is in the"
                " former file: put that back and run the same command again"
            )


def connect(path: Path, *, create: bool = False, read_only: bool = False) -> Connection:
    """Return a connection to a corpus file, made where it is missing, upgraded where it is of an earlier version.

    Raises StoreError where there is no file, or an empty one, and ``create`` is off, and where the file is no corpus
    or of a later version.
    """
    try:
        _require_file(path, create=create)
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        return _ready(path, create=create, read_only=read_only)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_explained(error)}") from error
    except OSError as error:
        why = f"{path.parent} is no folder" if path.parent.exists() and not path.parent.is_dir() else error.strerror
        raise StoreError(f"{path}: cannot be made: {why}; give another name with --db") from error


def _require_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the name of a file with --db")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: is no plain file, as a corpus must be; give another name with --db")
    if not create and not path.exists():
        raise StoreError(f"{path}: no such corpus file; `curator add PATH... --db {path}` makes one")


def _ready(path: Path, *, create: bool, read_only: bool) -> Connection:
    connection = _open(path, "ro" if read_only else "rwc")
    version = 0
    try:
        version = _version(connection, path)
        if not version and not create:
            raise StoreError(f"{path}: holds nothing yet; `curator add PATH... --db {path}` makes a corpus of it")
        if version < VERSION and read_only:
            connection.close()
            connection = _open(path, "rw")
        if version < VERSION:
            _upgrade(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if version and _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            made = f"was made by an older curator (schema {version}, this one needs {VERSION})"
            raise StoreError(f"{path}: {made} and cannot be upgraded, since it is read-only; use a copy") from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _open(path: Path, mode: str) -> Connection:
    # A WAL file in a folder that cannot be written to has no place for its index: it is read as it stands.
    frozen = mode == "ro" and not os.access(path.parent, os.W_OK) and not _has_log(path)
    uri = f"{uri_of(path)}?mode={mode}" + ("&immutable=1" if frozen else "")
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, factory=Connection)
    connection.stands_at(path)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -64000")
    connection.execute("PRAGMA temp_store = MEMORY")
    # A batch of 1,000 documents writes 2,500 pages, many of them those that the last one wrote: they go into the file
    # together, and the disk is waited for once in six batches.
    connection.execute("PRAGMA wal_autocheckpoint = 16000")
    return connection


def tolerant(connection: Connection) -> Connection:
    """Return the connection, from now on with U+FFFD in place of damaged characters, which else end any query."""
    connection.text_factory = _text_of
    return connection


def _text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def uri_of(path: Path) -> str:
    """Return a path as SQLite takes it whatever its bytes are, without parameters."""
    return "file:" + quote(os.fsencode(path.absolute()))


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def is_writable(path: Path) -> bool:
    """Return whether this user may write to a corpus file, and to its folder, where its log stands."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of a file, 0 for an empty one; raise StoreError where it is no corpus of ours."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    n_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if n_tables and application != APPLICATION_ID:
        raise StoreError(f"{path}: is a SQLite file, but no curator corpus; give another name with --db")
    if version > VERSION:
        raise StoreError(
            f"{path}: was written by a newer curator (schema {version}, this one knows {VERSION});"
            " upgrade with `pip install -U corpus-curator`"
        )
    return version if n_tables else 0


def _upgrade(connection: Connection) -> None:
    from curator.store.schema import upgrade  # noqa: PLC0415 - sqlite-utils takes 0.2 s to import

    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        upgrade(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


_AGAIN = "make room and run the same command again"
_SAID = {
    sqlite3.SQLITE_NOTADB: "is no SQLite file; give another name with --db",
    sqlite3.SQLITE_READONLY: "is read-only, or lies in a folder that is; make it writable or give another name with"
    " --db",
    sqlite3.SQLITE_FULL: f"the disk is full; nothing of the last batch was written; {_AGAIN}",
    sqlite3.SQLITE_IOERR: f"the disk takes or gives no data (no room, or it fails); {_AGAIN}",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy, or add the inputs to a new file",
}
_SAID[sqlite3.SQLITE_CANTOPEN] = _SAID[sqlite3.SQLITE_READONLY]


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 for an error of the module itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _explained(error: sqlite3.Error) -> str:
    if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        waited_s = _BUSY_TRIES * _BUSY_S
        return f"another command has been writing to it for {waited_s:.0f} s; wait for it to end and run this again"
    unknown = f"cannot be read or written: {error}; `curator check` tells whether it is damaged"
    return _SAID.get(_code(error), unknown)


def _begin(connection: Connection) -> None:
    for tries_left in range(_BUSY_TRIES - 1, -1, -1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or not tries_left:
                raise
        else:
            return


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Run a block as one transaction that holds the write lock from its start; undo it where block or commit fails.

    Raises StoreError where the file stands at its path no more, which is told after the commit.
    """
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.require_in_place()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite inside a block into StoreErrors that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_explained(error)}") from error


@contextmanager
def room_for(output: Path) -> Iterator[None]:
    """Name an output where SQLite finds no room for it inside a block, not the file beside it that becomes it."""
    try:
        yield
    except (sqlite3.Error, StoreError) as error:
        cause = error.__cause__ if isinstance(error, StoreError) else error
        if not isinstance(cause, sqlite3.Error) or _code(cause) != sqlite3.SQLITE_FULL:
            raise
        raise StoreError(f"{output}: the disk is full, nothing was written; make room, or give another name") from error
