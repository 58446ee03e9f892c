"""An exception that a page raised -> a page that says so, with the way back to the corpus."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from typing import TYPE_CHECKING, NamedTuple

from datasette.utils import tilde_decode
from datasette.utils.asgi import Base400, Forbidden, Request, Response

from curator.browse.pages.page import BUSY, Asked, render
from curator.browse.served import corpora

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette


class Told(NamedTuple):
    """What a person is told of a failure."""

    status: int
    message: str


def told(exception: Exception) -> Told:
    """Return what there is to say of a failure, without any path of this machine.

    >>> told(sqlite3.OperationalError("database is locked")).status, told(KeyError("a")).status
    (503, 500)
    """
    from datasette.views.base import DatasetteError  # noqa: PLC0415 - the same

    if isinstance(exception, Forbidden):
        return Told(403, "This corpus is served to be read: SQL of one's own and downloads of the file are off.")
    if isinstance(exception, Base400):
        return Told(exception.status, str(exception.args[0]) if exception.args else "")
    if isinstance(exception, DatasetteError):
        # Datasette calls a column that there is none to sort by a failure of its own.
        status = 400 if exception.status == 500 else exception.status
        text = "The query took too long; narrow it." if exception.message_is_html else str(exception.message)
        return Told(status, text)
    if isinstance(exception, OSError):
        return Told(500, "The corpus file cannot be read: has it been moved or removed?")
    if isinstance(exception, sqlite3.OperationalError) and "locked" in str(exception):
        return Told(503, BUSY)
    return Told(500, "This page failed; where the corpus is served the terminal says why.")


async def failed_page(datasette: Datasette, request: Request, exception: Exception) -> Response | None:
    """Return our page about a failure, or None where Datasette's own answer is right: for JSON, for other databases."""
    names = corpora(datasette)
    if not names or request.path.partition("?")[0].endswith((".json", ".csv")):
        return None
    name = tilde_decode(request.path.lstrip("/").partition("/")[0])
    listed = [listed for listed in datasette.databases if not listed.startswith("_")]
    if name not in names and (name in listed or len(names) > 1):
        return None
    told_of = told(exception)
    if told_of.status == 500 and not isinstance(exception, OSError):
        traceback.print_exception(exception, file=sys.stderr)
    asked = Asked(datasette, datasette.databases[name if name in names else names[0]], request)
    return await render(asked, "missing", told_of._asdict(), status=told_of.status)
