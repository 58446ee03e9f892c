"""Datasette's CSV of a corpus -> the same with no cell that a spreadsheet would compute.

A headline ``=HYPERLINK(...)`` of a scraped page must not become a formula on the machine of who opens the file.
"""

from __future__ import annotations

import re

from curator.browse.guard import App, Message, Receive, Scope, Send

#: A cell and what ends it, as ``csv.writer`` puts them; a quote inside a quoted cell stands twice.
_CELL = re.compile(r'("[^"]*(?:""[^"]*)*"|[^",\r\n]*)(,|\r\n|\Z)')
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?", re.IGNORECASE)


def defused_csv(rows: str) -> str:
    r"""Return whole rows of CSV with a ``'`` before each cell that a spreadsheet may compute, as in our own exports.

    Numbers stay numbers.

    >>> print(defused_csv('=1+1,"=A1,B1",-0.5,-x,"a ""=1"" b",,c'))
    '=1+1,"'=A1,B1",-0.5,'-x,"a ""=1"" b",,c
    """
    return _CELL.sub(lambda found: _defused_cell(found[1]) + found[2], rows)


def _defused_cell(cell: str) -> str:
    # Exports take the readers of every format along, which a page does without.
    from curator.export.spreadsheet import defused  # noqa: PLC0415

    if cell.startswith('"'):
        return '"' + defused(cell[1:])
    return cell if _NUMBER.fullmatch(cell) else defused(cell)


def defuse_csv(app: App) -> App:
    """Return the app with the CSV of Datasette's tables defused; Datasette sends each row as a message of its own.

    Our own downloads are defused as they are written.
    """

    async def defusing(scope: Scope, receive: Receive, send: Send) -> None:
        is_csv = False

        async def send_defused(message: Message) -> None:
            nonlocal is_csv
            if message["type"] == "http.response.start":
                kinds = [value for name, value in message["headers"] if bytes(name).lower() == b"content-type"]
                # Datasette calls it plain text unless it is to be saved.
                is_csv = any(bytes(kind).startswith((b"text/plain", b"text/csv")) for kind in kinds)
            elif is_csv and message.get("body"):
                message = {**message, "body": defused_csv(message["body"].decode("utf-8")).encode("utf-8")}
            await send(message)

        is_table = scope["type"] == "http" and scope["path"].endswith(".csv") and "/-/" not in scope["path"]
        await app(scope, receive, send_defused if is_table else send)

    return defusing
