"""A corpus file -> its connection in this process and thread."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from curator.store.connection import Connection, connect


class Opened(threading.local):
    """The connection to a corpus file, one for each process and thread: SQLite's must be used in no other.

    A process that was forked finds its parent's here. It opens its own, and neither uses nor closes that one: locks
    belong to a process, so nothing would keep the pages that it reads from being written over.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._writable = False
        self._process = 0
        self._inherited: list[Connection] = []

    def connection(self, path: Path, *, write: bool, create: bool) -> Connection:
        """Return the connection, opened when it is first needed; one that only reads gives way to one that writes."""
        self._leave_inherited()
        if self._connection is None or (write and not self._writable):
            self.close()
            self._connection = connect(path, create=create, read_only=not write)
            self._writable = write
        return self._connection

    def close(self) -> None:
        """Close the connection of this process and thread; the next call opens it again."""
        self._leave_inherited()
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _leave_inherited(self) -> None:
        if self._process != os.getpid() and self._connection is not None:
            self._inherited.append(self._connection)
            self._connection = None
        self._process = os.getpid()
