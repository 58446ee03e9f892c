"""What all pages share: rows from the corpus, and a template around them."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from datasette.database import Database, QueryInterrupted
from datasette.utils.asgi import Request, Response

from curator.browse.cells import external, is_http
from curator.browse.formats import breakable, called, day, grouped, moment, percent, plural, share
from curator.browse.links import path_to
from curator.browse.served import corpus_of
from curator.browse.visible import visible

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

Row = dict[str, Any]

#: Said where another process has the file for itself longer than a page waits.
BUSY = "Another command is writing to the corpus. Load the page again in a moment."


#: To skip more rows takes long; the table has them all.
_MOST_PAGES = 1_000


class Asked(NamedTuple):
    """A request for a page of a corpus."""

    datasette: Datasette
    database: Database
    request: Request

    async def rows(self, sql: str, **values: object) -> list[Row]:
        """Return the rows of a query as dictionaries."""
        return [dict(row) for row in (await self.database.execute(sql, values)).rows]

    async def row(self, sql: str, **values: object) -> Row | None:
        """Return the first row of a query, or None."""
        found = await self.rows(sql, **values)
        return found[0] if found else None

    async def page(self, sql: str, n_rows: int, n_all: int, **values: object) -> tuple[list[Row], Row]:
        """Return the rows of the page that is asked for, behind the last the last, and what links to others need.

        That is ``page`` and ``pages``, and whether there is one ``more``; ``n_all`` is the number of all rows.
        """
        pages = max(1, min(-(-n_all // n_rows), _MOST_PAGES))
        page = self.number("page", pages)
        found = await self.rows(sql, most=n_rows, first=(page - 1) * n_rows, **values)
        return found, {"page": page, "pages": pages, "more": page < pages}

    def argument(self, name: str, most_chars: int = 300) -> str:
        """Return a value of the query string without white space around it, "" where it is missing."""
        return (self.request.args.get(name) or "").strip()[:most_chars]

    def number(self, name: str, most: int) -> int:
        """Return a value of the query string as a whole number from 1 to ``most``, 1 where it is none."""
        typed = self.argument(name)
        return min(max(int(typed), 1), most) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 1

    def offset(self, name: str) -> int | None:
        """Return a value of the query string as an offset into a text, None where it is none."""
        typed = self.argument(name)
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 13 else None


PageView = Callable[[Asked], Awaitable[Response]]


def page_view(view: PageView) -> Callable[..., Awaitable[Response]]:
    """Return the view as Datasette calls it; a query that takes too long answers 503 and says so."""

    # Not functools.wraps: Datasette passes what the signature names, and would read the inner one.
    async def answer(datasette: Datasette, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response.text("Only GET is answered here.", status=405)
        asked = Asked(datasette, corpus_of(datasette, request), request)
        try:
            return await view(asked)
        except QueryInterrupted:
            return await render(asked, "slow", {}, status=503)
        except sqlite3.DataError:
            message = "A text on this page is too large to be shown here; `curator explain` prints it."
            return await render(asked, "missing", {"message": message, "status": 500}, status=500)

    answer.__doc__ = view.__doc__
    return answer


async def render(asked: Asked, name: str, facts: Mapping[str, object], status: int = 200) -> Response:
    """Return a template of ours with these facts, and with what every template reads."""
    corpus = asked.database.name
    shared = {
        "corpus": corpus,
        "here": name,
        "to": partial(path_to, asked.datasette, corpus),
        "table": partial(asked.datasette.urls.table, corpus),
        "query": partial(asked.datasette.urls.query, corpus),
        "tables": asked.datasette.urls.database(corpus),
        "static": asked.datasette.urls.path("/-/curator"),
        "n": grouped,
        "percent": percent,
        "share": share,
        "plural": plural,
        "day": day,
        "moment": moment,
        "called": called,
        "breakable": breakable,
        "shown": lambda text: visible(text or ""),
        "external": lambda url, most=60: external(url, most_chars=most) if is_http(url) else visible(url or ""),
        "address": partial(same_page, asked, "page"),
        "change": partial(same_page, asked),
        "asked_q": asked.argument("q"),
    }
    body = await asked.datasette.render_template(f"curator/{name}.html", {**shared, **facts}, request=asked.request)
    return Response.html(body, status=status)


def same_page(asked: Asked, name: str, value: object) -> str:
    """Return the address of this page with one value of its query string changed; "" takes the value out.

    All but a change of page leads back to the first page.
    """
    values = {key: asked.request.args[key][:300] for key in asked.request.args if key not in (name, "page")}
    values |= {name: str(value)} if value != "" else {}
    path = asked.datasette.urls.path(asked.request.path)
    return str(path) + (f"?{urlencode(values)}" if values else "")
