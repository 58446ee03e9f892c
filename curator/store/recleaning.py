"""Which documents are to be cleaned again where no rule has changed; the caller holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


def is_cleaned_by(connection: sqlite3.Connection, cleaner: str) -> bool:
    """Return whether every cleaned document was last cleaned by these rules, whatever people said of it since."""
    last = connection.execute(
        "SELECT id, cleaned_to FROM runs WHERE cleaned_to IS NOT NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    # Runs that clean nothing have no cleaner; what a run met that it could not clean, the next must meet, too. A run
    # that began before and went on beside it has brought documents with higher ids.
    other = connection.execute(
        "SELECT 1 FROM runs WHERE id >= ?1 AND (cleaner <> ?2 OR"
        " (cleaner IS NOT NULL AND command = 'reclean' AND json_extract(counts, '$.failed') > 0))"
        " UNION ALL SELECT 1 FROM documents JOIN runs ON runs.id = run_id"
        " WHERE documents.id > ?3 AND run_id < ?1 AND cleaner <> ?2 LIMIT 1",
        (last[0] if last else 0, cleaner, last[1] if last else 0),
    )
    return other.fetchone() is None


def note_whole(connection: sqlite3.Connection, run_id: int, last_id: int) -> None:
    """Note that a run left every document as its rules clean it; ``last_id`` was the greatest when it began."""
    connection.execute("UPDATE runs SET cleaned_to = ? WHERE id = ?", (last_id, run_id))


def distrust_later_runs(connection: sqlite3.Connection, run_id: int) -> None:
    """Note of runs that began later and clean by other rules, beside this one, that theirs is not the last word."""
    connection.execute(
        "UPDATE runs SET cleaner = '' WHERE id > ?1 AND command = 'reclean'"
        " AND cleaner <> (SELECT cleaner FROM runs WHERE id = ?1)",
        (run_id,),
    )


def uncleaned_documents(connection: sqlite3.Connection) -> dict[int, int]:
    """Return the documents of which something that cleaning reads has changed, with the number of changes noted."""
    return dict(connection.execute("SELECT document_id, n_changes FROM uncleaned_documents").fetchall())


def settle_documents(connection: sqlite3.Connection, ids: Iterable[int], waiting: Mapping[int, int]) -> None:
    """Take cleaned documents off the list, but for those that changed once more since ``waiting`` was read."""
    connection.executemany(
        "DELETE FROM uncleaned_documents WHERE document_id = ? AND n_changes = ?",
        [(identity, waiting[identity]) for identity in ids if identity in waiting],
    )
