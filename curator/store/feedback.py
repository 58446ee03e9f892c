"""What people say of cuts and lines, in the browser or on the command line: the table ``feedback``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from curator.model import KINDS, Verdict
from curator.page.lines import line_spans
from curator.store.articles import cuts_of, page_text_of
from curator.store.rows import shown

VERDICTS = ("wrong cut", "clutter")


class Said(NamedTuple):
    """A verdict of a person as it is stored: on which article, when (ISO UTC), and the remark that came with it."""

    article_id: int
    verdict: Verdict
    created: str
    note: str | None


def note_verdict(
    connection: sqlite3.Connection, article_id: int, verdict: Verdict, created: str, note: str | None = None
) -> None:
    """Store a verdict in place of an earlier one on the same stretch; ``created`` is ISO UTC, ``note`` a remark.

    What stands there is noted with it. Raises ValueError where there is no such article, verdict or kind, or the
    stretch lies outside its page.
    """
    _check(verdict)
    row = connection.execute("SELECT raw_chars FROM articles WHERE id = ?", (article_id,)).fetchone()
    if row is None or not 0 <= verdict.start < verdict.end <= row[0]:
        raise ValueError(f"article {article_id} has no stretch {verdict.start}-{verdict.end}")
    text = shown(page_text_of(connection, article_id)[verdict.start : verdict.end])
    connection.execute(
        'INSERT INTO feedback (article_id, start, "end", verdict, kind, text, created, note)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET verdict = excluded.verdict, kind = excluded.kind, text = excluded.text,"
        " created = excluded.created, note = excluded.note",
        (article_id, *verdict[:4], text, created, note and shown(note)),
    )
    _cut_templates_anew(connection, article_id)


def _check(verdict: Verdict) -> None:
    if verdict.verdict not in VERDICTS:
        raise ValueError(f"a verdict is one of {VERDICTS}, not {verdict.verdict!r}")
    if verdict.kind is not None and verdict.kind not in KINDS:
        raise ValueError(f"there is no kind of cut {verdict.kind!r}")


def created_of(connection: sqlite3.Connection, article_id: int, start: int, end: int) -> str | None:
    """Return when the verdict on a stretch was given, or None where there is none."""
    row = connection.execute(
        'SELECT created FROM feedback WHERE article_id = ? AND start = ? AND "end" = ?', (article_id, start, end)
    ).fetchone()
    return None if row is None else str(row[0])


def withdraw_verdict(connection: sqlite3.Connection, article_id: int, start: int, end: int) -> None:
    """Delete the verdict on a stretch, if there is one."""
    connection.execute(
        'DELETE FROM feedback WHERE article_id = ? AND start = ? AND "end" = ?', (article_id, start, end)
    )
    _cut_templates_anew(connection, article_id)


def _cut_templates_anew(connection: sqlite3.Connection, article_id: int) -> None:
    """Have the template lines of an article cut anew, if it has any: they are not found by cleaning it alone."""
    # No template has these marks, so the next learning of the site takes the article for changed.
    noted = "UPDATE page_lines SET marks = -1 WHERE document_id = ? AND marks <> 0 RETURNING site"
    for site in connection.execute(noted, (article_id,)).fetchall():
        connection.execute(
            "INSERT INTO unlearned_sites VALUES (?, 1) ON CONFLICT DO UPDATE SET n_changes = n_changes + 1", tuple(site)
        )


def verdicts_of(connection: sqlite3.Connection, article_id: int) -> list[Verdict]:
    """Return what people said of an article, in order of the page."""
    rows = connection.execute(
        'SELECT start, "end", verdict, kind, text FROM feedback WHERE article_id = ? ORDER BY start, "end"',
        (article_id,),
    )
    return [Verdict(*row) for row in rows]


def judged_ids(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the articles that people said something of, by id."""
    for (identity,) in connection.execute("SELECT DISTINCT article_id FROM feedback ORDER BY article_id").fetchall():
        yield identity


def said_of(connection: sqlite3.Connection, article_id: int | None = None) -> list[Said]:
    """Return all that people said, or what they said of one article, in order of articles and pages."""
    rows = connection.execute(
        'SELECT article_id, start, "end", verdict, kind, text, created, note FROM feedback'
        ' WHERE ?1 IS NULL OR article_id = ?1 ORDER BY article_id, start, "end"',
        (article_id,),
    )
    return [Said(identity, Verdict(*verdict), created, note) for identity, *verdict, created, note in rows]


def note_line(
    connection: sqlite3.Connection, article_id: int, line: str, said: Verdict, created: str, note: str | None = None
) -> int:
    """Store a verdict on each line of an article that reads so, and return how many there are.

    Of ``said`` verdict and kind are read. A wrong cut is what a cut takes, clutter what none takes. Raises ValueError
    as ``note_verdict`` does, and StoreError where the page is missing.
    """
    _check(said)
    cuts = [row.cut for row in cuts_of(connection, article_id)]
    n_noted = 0
    for start, end in lines_reading(page_text_of(connection, article_id), line):
        cut = next((cut for cut in cuts if cut.start < end and cut.end > start), None)
        if (cut is None) == (said.verdict == "clutter"):
            # As in the browser: what a cut takes of this line; of a cut of several lines this line alone.
            whole = cut and start <= cut.start and cut.end <= end
            stretch = (cut.start, cut.end) if cut and whole else (start, end)
            kind = cut.kind if cut else said.kind
            note_verdict(connection, article_id, Verdict(*stretch, said.verdict, kind), created, note)
            n_noted += 1
    return n_noted


def lines_reading(text: str, line: str) -> list[tuple[int, int]]:
    r"""Return where the lines of a page stand that read so, white space at their ends apart.

    >>> lines_reading("Mein Konto\n Mein Konto\nKonto", "Mein Konto ")
    [(0, 10), (12, 22)]
    """
    wanted = line.strip()
    found = []
    for start, end in line_spans(text):
        stripped = text[start:end].strip()
        if stripped and stripped == wanted:
            first = text.index(stripped, start)
            found.append((first, first + len(stripped)))
    return found


def withdraw_line(connection: sqlite3.Connection, article_id: int, line: str) -> int:
    """Delete the verdicts on what reads so in an article; return how many there were."""
    found = [said.verdict for said in said_of(connection, article_id) if said.verdict.text.strip() == line.strip()]
    for verdict in found:
        withdraw_verdict(connection, article_id, verdict.start, verdict.end)
    return len(found)
