"""The tables of a corpus file, as sqlite-utils migrations: the files of ``migrations/``, one after the other.

A migration that has been released is never edited: a later one changes what it made. ``PRAGMA user_version``
counts the migrations that a file has seen. ``python -m curator.store.schema`` prints the whole schema;
``db/schema.sql`` holds that output.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from curator.sites import address_of
from curator.store.rows import shown, unpack_text

_FOLDER = Path(__file__).parent / "migrations"


def statements(script: str) -> Iterator[str]:
    r"""Yield the statements of a script in SQL; a trigger, which holds some, is one.

    ``sqlite3.Connection.executescript`` would end the transaction that an upgrade is.

    >>> list(statements("CREATE TABLE a (b);\nDROP TABLE a;\n"))
    ['CREATE TABLE a (b);', 'DROP TABLE a;']
    """
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        statement = "\n".join(lines)
        if sqlite3.complete_statement(statement):
            yield statement
            lines = []


def _judged_texts(db: Database) -> None:
    judged = 'SELECT feedback.id, start, "end", pages.text FROM feedback JOIN pages ON document_id = article_id'
    for identity, start, end, page in db.execute(judged).fetchall():
        db.execute("UPDATE feedback SET text = ? WHERE id = ?", (shown(unpack_text(page)[start:end]), identity))


def _addresses(db: Database) -> None:
    rows = db.execute("SELECT id, url FROM documents WHERE url IS NOT NULL")
    other = [(address, identity) for identity, url in rows if (address := address_of(url)) != url]
    for address, identity in other:
        db.execute("UPDATE documents SET address = ? WHERE id = ?", (address, identity))
        # Pages of one address are one article to the template of their site, which the page may tell, not the url.
        db.execute(
            "INSERT INTO unlearned_sites SELECT site, 1 FROM page_lines WHERE document_id = ?"
            " ON CONFLICT DO UPDATE SET n_changes = n_changes + 1",
            (identity,),
        )
    db.execute(
        "INSERT INTO unsettled_addresses SELECT address FROM documents AS one WHERE address IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM documents AS other WHERE other.id <> one.id AND (other.url = one.address OR"
        " other.address = one.address)) GROUP BY address"
    )


#: What is done behind the statements of a migration, where SQL cannot do it.
_FILLED: dict[str, Callable[[Database], None]] = {
    "note_judged_texts": _judged_texts,
    "tell_addresses": _addresses,
}


def _migrate(path: Path, name: str, db: Database) -> None:
    for statement in statements(path.read_text(encoding="utf-8")):
        db.execute(statement)
    if name in _FILLED:
        _FILLED[name](db)


def _migrations() -> Migrations:
    """Return the migrations in their order; a corpus file knows them by their names."""
    made = Migrations("curator")
    for path in sorted(_FOLDER.glob("*.sql")):
        name = path.stem.partition("_")[2]
        made(name=name)(partial(_migrate, path, name))
    return made


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables of an earlier schema version, or no tables, to this one; the caller holds the transaction."""
    _migrations().apply(Database(connection, recursive_triggers=False))


def schema_sql() -> str:
    """Return the SQL that makes an empty corpus of this version, without the bookkeeping of FTS5 and migrations."""
    connection = sqlite3.connect(":memory:")
    upgrade(connection)
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'articles\\_fts\\_%' ESCAPE '\\'"
        " AND tbl_name NOT LIKE '\\_sqlite%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    )
    made = [f"{row[0]};\n" for row in rows]
    n_migrations = connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
    head = f"-- Generated: python -m curator.store.schema > db/schema.sql\nPRAGMA user_version = {n_migrations};\n"
    return head + "".join(made)


if __name__ == "__main__":
    sys.stdout.write(schema_sql())
