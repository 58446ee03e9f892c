"""An article as a file: its plain text, or its record as ``curator export`` writes it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, cast

from datasette.utils.asgi import Request, Response

from curator.browse.served import corpus_of

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

    from curator.store.connection import Connection

_TYPES = {"txt": "text/plain; charset=utf-8", "json": "application/json; charset=utf-8"}


async def download(datasette: Datasette, request: Request) -> Response:
    """Answer with headline and clean text as they are, or with all that is known of the article, cuts among it."""
    # Both take the readers of every format along, which a page does without.
    from curator.export.jsonl import to_line  # noqa: PLC0415
    from curator.export.pages import text_page  # noqa: PLC0415
    from curator.export.records import Record, records_of  # noqa: PLC0415

    if request.method not in ("GET", "HEAD"):
        return Response.text("Only GET is answered here.", status=405)
    identity, ending = request.url_vars["id"], request.url_vars["ending"]
    number = int(identity) if len(identity) < 19 else 0

    def record(connection: sqlite3.Connection) -> Record | None:
        # It is only read from, so any connection of SQLite's will do.
        return next(records_of(cast("Connection", connection), [number], with_cuts=ending == "json"), None)

    found = await corpus_of(datasette, request).execute_fn(record)
    if found is None:
        return Response.text(f"There is no article {identity[:20]} in this corpus.", status=404)
    body = text_page(found) if ending == "txt" else to_line(found)
    return Response(body, content_type=_TYPES[ending])
