"""A click on "wrong cut" or "clutter" -> a row of ``feedback``; only where the corpus is served to edit."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from datasette.utils.asgi import Base400, Request, Response

from curator.browse.links import path_to
from curator.browse.served import corpus_of, may_edit
from curator.model import Verdict
from curator.store.feedback import note_verdict, withdraw_verdict

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

#: What a button of the article page sends: what is said, of which stretch, of which kind of cut.
_BUTTON = re.compile(r"(wrong cut|clutter|undo):(\d{1,12}):(\d{1,12}):([a-z]{0,20})")


class Busy(Base400):  # type: ignore[misc]
    """Another process was writing to the corpus all the while."""

    status = 503


#: A remark is a sentence or two.
_NOTE_CHARS = 500


async def feedback(datasette: Datasette, request: Request) -> Response:
    """Store or withdraw a verdict and lead back to the line it is about."""
    database = corpus_of(datasette, request)
    if not may_edit(datasette):
        return Response.text("This corpus is served for reading; start it with --edit.", status=403)
    if request.method != "POST":
        return Response.text("Only POST is answered here.", status=405)
    form = await request.post_vars()
    said = _BUTTON.fullmatch(form.get("say", ""))
    if said is None:
        return Response.text("That is no verdict.", status=400)
    what, start, end, kind = said.groups()
    article_id = int(request.url_vars["id"])
    # The kind of a cut comes with its button; that of a line that was missed is chosen above them all.
    verdict = Verdict(int(start), int(end), what, (kind or form.get("kind") if what == "clutter" else kind) or None)

    note = form.get("note", "").strip()[:_NOTE_CHARS] or None

    def write(connection: sqlite3.Connection) -> None:
        with connection:
            if what == "undo":
                withdraw_verdict(connection, article_id, *verdict[:2])
            else:
                note_verdict(connection, article_id, verdict, datetime.now(UTC).isoformat(timespec="seconds"), note)

    try:
        await database.execute_write_fn(write)
    except ValueError as error:
        return Response.text(str(error), status=400)
    except sqlite3.OperationalError as error:
        # `curator add` holds the file while it writes a batch.
        raise Busy("Nothing was stored: another command is writing to the corpus. Go back and say it again.") from error
    opened = "all" if form.get("lines") == "all" else ""
    address = path_to(datasette, database.name, "article", article_id, at=start, lines=opened)
    return Response.redirect(f"{address}#c{start}", status=303)
