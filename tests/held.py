"""curator's command line, held once its corpus holds so much: who watches it comes in time, on any machine.

`python held.py QUERY NUMBER GATE WORD...` runs `curator WORD...`. After the first commit by which the query gives the
number it waits until there is a file GATE, which may never come, or until the process that started it is gone.
"""

import os
import runpy
import sqlite3
import sys
import time
from pathlib import Path

N_ARTICLES = "SELECT count(*) FROM articles"


def held(query: str, number: int, gate: Path, *words: object) -> list[str]:
    """Return the command that runs curator until a query gives a number, and goes on when the gate is there."""
    return [sys.executable, "-P", __file__, query, str(number), str(gate), *map(str, words)]


def _hold(query: str, number: int, gate: Path) -> None:
    from curator.store.connection import Connection

    parent = os.getppid()

    def execute(connection: sqlite3.Connection, statement: str, *values: object) -> sqlite3.Cursor:
        done = sqlite3.Connection.execute(connection, statement, *values)
        if statement == "COMMIT" and not gate.exists():
            (found,) = sqlite3.Connection.execute(connection, query).fetchone()
            while found >= number and not gate.exists() and os.getppid() == parent:
                time.sleep(0.01)
        return done

    Connection.execute = execute


if __name__ == "__main__":
    wanted, least, file, *words = sys.argv[1:]
    _hold(wanted, int(least), Path(file))
    sys.argv = ["curator", *words]
    runpy.run_module("curator", run_name="__main__")
