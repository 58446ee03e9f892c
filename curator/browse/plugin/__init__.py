"""The Datasette plugin: guards, links and pages, for databases that are corpora and no others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy
from datasette.utils.asgi import Forbidden, Request, Response

from curator.browse.cells import Cell, render
from curator.browse.failed import failed_page
from curator.browse.guard import App, Receive, Scope, Send, add_headers, without_prefix
from curator.browse.links import path_to
from curator.browse.routes import ROUTES, home_path
from curator.browse.served import corpora, find_corpora
from curator.browse.sheets import defuse_csv
from curator.store.connection import APPLICATION_ID
from curator.store.search import match_of

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

#: The longest value that SQL may make: above any stored one (texts are packed), below what fills the memory.
_LIMIT_BYTES = 16 * 2**20

#: The full-text query that finds nothing.
_NO_WORD = '""'

hookimpl = pluggy.HookimplMarker("datasette")

_IGNORE, _OK = sqlite3.SQLITE_IGNORE, sqlite3.SQLITE_OK

#: Columns that hold whole paths: read as NULL. Sources and settings name files as they were given to `curator add`; who
#: looks in from another machine reads none.
_PATHS = frozenset({("failures", "path"), ("unfinished_inputs", "path")})
_PUBLIC_PATHS = _PATHS | {
    *((table, "source") for table in ("documents", "paths", "failures")),
    *(("runs", "settings"), ("runs", "inputs"), ("failures", "options"), ("unfinished_inputs", "options")),
}


def _hide_paths(hidden: frozenset[tuple[str, str]]) -> Callable[..., int]:
    """Return the answer to SQLite's question whether a statement may do this: all but learn of a path of this disk."""

    def allowed(action: int, name: str | None, column: str | None, *_: str | None) -> int:
        asks = action == sqlite3.SQLITE_PRAGMA and name == "database_list"
        return _IGNORE if asks or (action == sqlite3.SQLITE_READ and (name, column) in hidden) else _OK

    return allowed


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, datasette: Datasette) -> None:
    """Bound what SQL typed into a page can do to this machine, and take any search that is typed.

    Last of the plugins: Datasette's own ``escape_fts`` makes a syntax error of a lone quote.
    """
    if conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LIMIT_BYTES)
        public = (datasette.plugin_config("curator") or {}).get("public")
        conn.set_authorizer(_hide_paths(_PUBLIC_PATHS if public else _PATHS))
        conn.create_function("escape_fts", 1, lambda typed: match_of(typed or "") or _NO_WORD, deterministic=True)


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Any]:
    """Note which of the databases are corpora."""

    async def find() -> None:
        await find_corpora(datasette)

    return find


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Put the security headers on every answer where a corpus is served, and no formula into its CSV."""

    def wrap(app: App) -> App:
        guarded = without_prefix(add_headers(defuse_csv(app)), datasette.setting("base_url"))

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            await (guarded if corpora(datasette) else app)(scope, receive, send)

        return choose

    return wrap


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Return the addresses of our pages."""
    return ROUTES


@hookimpl
def render_cell(
    row: object, value: object, column: str, table: str | None, database: str, datasette: Datasette
) -> object:
    """Return links to our pages for the columns of a corpus that have one."""
    if database not in corpora(datasette):
        return None
    return render(Cell(datasette, database, table, column, value, row))


@hookimpl(tryfirst=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Callable[[], Any] | None:
    """Say what failed on a page of ours, without the message of the system, which may name a path."""
    if not corpora(datasette):
        return None

    async def answer() -> Response | None:
        return await failed_page(datasette, request, exception)

    return answer


@hookimpl(tryfirst=True)
def forbidden(datasette: Datasette, request: Request, message: str) -> Callable[[], Any] | None:
    """Say what is not allowed on a page of ours."""
    return handle_exception(datasette, request, Forbidden(message))


@hookimpl
def extra_template_vars(datasette: Datasette, database: str | None) -> dict[str, object]:
    """Give Datasette's pages of a corpus the way to ours: ``_crumbs.html`` shows it."""
    if database not in corpora(datasette):
        return {}
    pages = {"home": "Overview", "articles": "Articles", "clusters": "Duplicates", "sites": "Sites", "rules": "Rules"}
    return {"curator_pages": [(path_to(datasette, database, page), name) for page, name in pages.items()]}


@hookimpl
def extra_css_urls(database: str | None, datasette: Datasette) -> list[str]:
    """Give Datasette's pages of a corpus our colours."""
    return [datasette.urls.path("/-/curator/tables.css")] if database in corpora(datasette) else []


@hookimpl
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """List our home pages in Datasette's menu."""
    return [{"href": home_path(datasette, name), "label": f"{name}: overview"} for name in corpora(datasette)]
