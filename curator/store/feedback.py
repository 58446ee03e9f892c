"""What people say of cuts and lines, given in the browser: the table ``feedback``."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

VERDICTS = ("wrong cut", "clutter")


class Verdict(NamedTuple):
    """A person's word on a stretch of an article's page: offsets into the page text, one of ``VERDICTS``.

    ``kind`` is the kind of the cut that is wrong, None for a line that should have been cut.
    """

    article_id: int
    start: int
    end: int
    verdict: str
    kind: str | None = None


def note_verdict(connection: sqlite3.Connection, verdict: Verdict, created: str) -> None:
    """Store a verdict in place of an earlier one on the same stretch; ``created`` is ISO UTC.

    Raises ValueError where there is no such article, no such verdict, or the stretch lies outside its page.
    """
    if verdict.verdict not in VERDICTS:
        raise ValueError(f"a verdict is one of {VERDICTS}, not {verdict.verdict!r}")
    row = connection.execute("SELECT raw_chars FROM articles WHERE id = ?", (verdict.article_id,)).fetchone()
    if row is None or not 0 <= verdict.start < verdict.end <= row[0]:
        raise ValueError(f"article {verdict.article_id} has no stretch {verdict.start}-{verdict.end}")
    connection.execute(
        'INSERT INTO feedback (article_id, start, "end", verdict, kind, created) VALUES (?, ?, ?, ?, ?, ?)'
        " ON CONFLICT DO UPDATE SET verdict = excluded.verdict, kind = excluded.kind, created = excluded.created",
        (*verdict, created),
    )


def withdraw_verdict(connection: sqlite3.Connection, article_id: int, start: int, end: int) -> None:
    """Delete the verdict on a stretch, if there is one."""
    connection.execute(
        'DELETE FROM feedback WHERE article_id = ? AND start = ? AND "end" = ?', (article_id, start, end)
    )
