"""Whole corpus files, copied while others write to them, and opened without a change to them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from curator.errors import StoreError
from curator.store.connection import APPLICATION_ID, VERSION, connect


def require_unused(path: Path) -> None:
    """Raise StoreError where a log stands beside a file: it is in use, or was left in the middle of something."""
    for end in ("-wal", "-journal"):
        if path.with_name(path.name + end).exists():
            raise StoreError(
                f"{path}: {path.name}{end} stands beside it, so another command has it open or was killed; end that,"
                f" or open it once with `curator stats --db {path}`"
            )


def backup(connection: sqlite3.Connection, target: Path) -> int:
    """Copy the whole file as it is at this moment to a new one, prove the copy whole, and return its documents.

    Others may go on writing. Raises StoreError where the copy is not sound.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # whoever called flushes it as a whole
        # In one step: a backup in several steps begins again whenever another process has written.
        connection.backup(copy, pages=-1)
        _require_sound(target, copy.execute("PRAGMA integrity_check(3)"))
        broken = copy.execute("PRAGMA foreign_key_check").fetchone()
        _require_sound(target, [("ok" if broken is None else f"a row of {broken[0]} names one that is missing",)])
        return int(copy.execute("SELECT count(*) FROM documents").fetchone()[0])


def _require_sound(path: Path, messages: Iterable[tuple[str]]) -> None:
    wrong = [message for (message,) in messages if message != "ok"]
    if wrong:
        raise StoreError(f"{path.name}: the copy is damaged, so the corpus is: {wrong[0]}; see `curator check`")


@contextmanager
def opened_as_it_is(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection for reading to a corpus file that stays untouched; one of an earlier version is copied first.

    The copy, upgraded, lies in the folder of temporary files (``TMPDIR``) while the block runs.
    """
    with tempfile.TemporaryDirectory(prefix="curator-") as folder:
        if _is_old(path):
            made = Path(folder) / path.name
            with closing(_read_only(path)) as old, closing(sqlite3.connect(made)) as new:
                old.backup(new, pages=-1)
            path = made
        with closing(connect(path, read_only=True)) as connection:
            yield connection


def _is_old(path: Path) -> bool:
    """Return whether a file is a corpus of an earlier version; what is none is for ``connect`` to refuse."""
    try:
        with closing(_read_only(path)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        return False
    return bool(application == APPLICATION_ID and version < VERSION)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
