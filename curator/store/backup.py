"""Whole corpus files, copied while others write to them, and opened without a change to them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from curator.errors import StoreError
from curator.store.connection import APPLICATION_ID, VERSION, Connection, connect, uri_of
from curator.store.selection import snapshot

#: Pages of 4 KB that are copied between two words on how far it is.
_PAGES_TOGETHER = 4_096


def require_unused(path: Path) -> None:
    """Raise StoreError where a log stands beside a file: it is in use, or was left in the middle of something."""
    for end in ("-wal", "-journal"):
        if path.with_name(path.name + end).exists():
            raise StoreError(
                f"{path}: {path.name}{end} stands beside it, so another command has it open or was killed; end that,"
                f" or open it once with `curator stats --db {path}`"
            )


def backup(
    connection: sqlite3.Connection, target: Path, tell: Callable[[str, float | None], None] = lambda stage, share: None
) -> int:
    """Copy the whole file as it is at this moment to a new one, and return the documents of the copy.

    Its structure and references are proved; what stands in packed texts and originals is not read. Others may go on
    writing. ``tell`` is told what it is at, and which share is copied. Raises StoreError where the copy is not sound,
    or its disk full.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # whoever called flushes it as a whole

        def copied(status: int, n_left: int, n_all: int) -> None:
            tell("copying", 1 - n_left / max(n_all, 1))

        try:
            # A backup in several steps begins again whenever another process has written, unless the file is read
            # throughout as it was when the first began.
            with snapshot(connection):
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                connection.backup(copy, pages=_PAGES_TOGETHER, progress=copied)
        except sqlite3.OperationalError as error:
            if "full" not in str(error):
                raise
            raise StoreError(
                f"{target.name}: the disk is full, no copy was made; make room, or give another name"
            ) from error
        tell("proving the copy", None)
        _require_sound(target, copy.execute("PRAGMA integrity_check(3)"))
        broken = copy.execute("PRAGMA foreign_key_check").fetchone()
        _require_sound(target, [("ok" if broken is None else f"a row of {broken[0]} names one that is missing",)])
        return int(copy.execute("SELECT count(*) FROM documents").fetchone()[0])


def _require_sound(path: Path, messages: Iterable[tuple[str]]) -> None:
    wrong = [message for (message,) in messages if message != "ok"]
    if wrong:
        raise StoreError(f"{path.name}: the copy is damaged, so the corpus is: {wrong[0]}; see `curator check`")


@contextmanager
def opened_as_it_is(path: Path) -> Iterator[Connection]:
    """Give a connection for reading to a corpus file that stays untouched; one of an earlier version is copied first.

    The copy, upgraded, lies in the folder of temporary files (``TMPDIR``) while the block runs.
    """
    require_corpus(path)
    with tempfile.TemporaryDirectory(prefix="curator-") as folder:
        if _is_old(path):
            made = Path(folder) / path.name
            with closing(_read_only(path)) as old, closing(sqlite3.connect(made)) as new:
                old.backup(new, pages=-1)
            path = made
        with closing(connect(path, read_only=True)) as connection:
            yield connection


def require_corpus(path: Path) -> None:
    """Raise StoreError where a file holds documents, but is no corpus: such are added."""
    if not path.exists():
        raise StoreError(f"{path}: there is no such corpus file: check the path")
    reads = f"`curator add {path}` reads the documents in it"
    if path.is_dir():
        raise StoreError(f"{path}: is a folder, expected a corpus file; {reads}")
    if not path.is_file() or not path.stat().st_size:
        found = "is empty" if path.is_file() else "is no plain file"
        raise StoreError(f"{path}: {found}, expected a corpus file: check the path")
    if _application_of(path) not in (None, APPLICATION_ID):
        raise StoreError(f"{path}: is no corpus file of curator; {reads}")


def _application_of(path: Path) -> int | None:
    """Return which application a file says to belong to, 0 for none; None where it cannot be opened as it stands."""
    try:
        with closing(_read_only(path)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.OperationalError:  # locked, say, or a log without a place for its index: connect tells
        return None
    except sqlite3.DatabaseError:
        return 0


def _is_old(path: Path) -> bool:
    """Return whether a corpus is of an earlier version; one that cannot be read is for ``connect`` to refuse."""
    try:
        with closing(_read_only(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        return False
    return bool(version < VERSION)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{uri_of(path)}?mode=ro", uri=True)
