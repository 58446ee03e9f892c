"""The articles of a search and its filters as one file, texts too: a table for a spreadsheet, or JSON lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from datasette.database import QueryInterrupted
from datasette.utils.asgi import AsgiStream, AsgiWriter, Request, Response

from curator.browse.pages.articles import MOST_TAKEN, chosen_ids, wish_of
from curator.browse.pages.page import Asked, render
from curator.browse.served import corpus_of

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

    from curator.export.records import Record
    from curator.store.connection import Connection

_TOGETHER = 100

_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
#: By this a spreadsheet knows UTF-8; readers of CSV take it for nothing.
_MARK = "\ufeff"


async def selection(datasette: Datasette, request: Request) -> Response | AsgiStream:
    """Answer with a file of what the cards of the same address show, as ``curator export`` writes it."""
    if request.method not in ("GET", "HEAD"):
        return Response.text("Only GET is answered here.", status=405)
    asked = Asked(datasette, corpus_of(datasette, request), request)
    ending = request.url_vars["ending"]
    try:
        ids = await chosen_ids(asked, wish_of(asked), MOST_TAKEN)
    except QueryInterrupted:
        return await render(asked, "slow", {}, status=503)

    async def write(stream: AsgiWriter) -> None:
        await stream.write(_head(ending))
        for first in range(0, len(ids) if request.method == "GET" else 0, _TOGETHER):
            await stream.write(await _written(asked, ids[first : first + _TOGETHER], ending))

    disposition = {"content-disposition": f'attachment; filename="articles.{ending}"'}
    return AsgiStream(write, headers=disposition, content_type=_TYPES[ending])


async def _written(asked: Asked, ids: list[int], ending: str) -> str:
    """Return these articles as they stand in the file, in the order of the ids."""
    from curator.export.records import records_of  # noqa: PLC0415 - takes the readers of every format along

    def written(connection: sqlite3.Connection) -> str:
        # It is only read from, so any connection of SQLite's will do.
        records = {record["id"]: record for record in records_of(cast("Connection", connection), ids)}
        return "".join(_lines((records[identity] for identity in ids if identity in records), ending))

    return str(await asked.database.execute_fn(written))


def _head(ending: str) -> str:
    from curator.export.spreadsheet import columns  # noqa: PLC0415 - the same

    return _MARK + ",".join(columns(with_cuts=False)) + "\r\n" if ending == "csv" else ""


def _lines(records: Iterable[Record], ending: str) -> Iterator[str]:
    from curator.export.jsonl import to_line  # noqa: PLC0415 - the same
    from curator.export.spreadsheet import columns, csv_rows  # noqa: PLC0415 - the same

    if ending == "csv":
        yield from csv_rows(records, columns(with_cuts=False), "\r\n")
    else:
        yield from map(to_line, records)
