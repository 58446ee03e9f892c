"""The addresses of our pages, and what answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound, Request, Response, asgi_static

from curator.browse.guard import Send
from curator.browse.links import path_to
from curator.browse.pages.article import article, by_key
from curator.browse.pages.articles import articles
from curator.browse.pages.cluster import cluster, clusters
from curator.browse.pages.compare import compare
from curator.browse.pages.download import download
from curator.browse.pages.feedback import feedback
from curator.browse.pages.home import home
from curator.browse.pages.page import Asked, page_view
from curator.browse.pages.rules import rule, rules
from curator.browse.pages.selection import selection
from curator.browse.pages.sites import site, sites
from curator.browse.served import corpora

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

View = Callable[..., Awaitable[Any]]

_STATIC = Path(__file__).parent / "plugin" / "static"


def home_path(datasette: Datasette, database: str) -> str:
    """Return the address of the overview of a corpus."""
    return path_to(datasette, database, "home")


async def root(datasette: Datasette, request: Request, send: Send) -> Response:
    """Lead from / to the overview where one corpus is all that is served; else show Datasette's own index."""
    listed = [name for name in datasette.databases if not name.startswith("_")]
    if request.url_vars["format"] is None and len(listed) == 1 and listed[0] in corpora(datasette):
        return Response.redirect(home_path(datasette, listed[0]))
    from datasette.views.index import IndexView  # noqa: PLC0415 - the same

    return await IndexView.as_view(datasette)(request, send)


@page_view
async def no_page(_: Asked) -> Response:
    """Answer that there is no page of this name."""
    raise NotFound("There is no such page.")


ROUTES: list[tuple[str, View]] = [
    (r"^/(?:\.(?P<format>jsono?))?$", root),
    (r"^/-/curator/(?P<path>.*)$", asgi_static(_STATIC)),
    (r"^/(?P<database>[^/]+)/-/home$", home),
    (r"^/(?P<database>[^/]+)/-/articles$", articles),
    (r"^/(?P<database>[^/]+)/-/articles\.(?P<ending>csv|jsonl)$", selection),
    (r"^/(?P<database>[^/]+)/-/article/(?P<id>[0-9]+)$", article),
    (r"^/(?P<database>[^/]+)/-/article/(?P<id>[0-9]{1,18})/feedback$", feedback),
    (r"^/(?P<database>[^/]+)/-/article/(?P<id>[0-9]+)\.(?P<ending>txt|json)$", download),
    (r"^/(?P<database>[^/]+)/-/key/(?P<key>[0-9a-f]{32})$", by_key),
    (r"^/(?P<database>[^/]+)/-/compare$", compare),
    (r"^/(?P<database>[^/]+)/-/clusters$", clusters),
    (r"^/(?P<database>[^/]+)/-/cluster/(?P<id>[^/]+)$", cluster),
    (r"^/(?P<database>[^/]+)/-/sites$", sites),
    (r"^/(?P<database>[^/]+)/-/site/(?P<id>[^/]+)$", site),
    (r"^/(?P<database>[^/]+)/-/rules$", rules),
    (r"^/(?P<database>[^/]+)/-/rule/(?P<id>[^/]+)$", rule),
    (r"^/(?P<database>[^/]+)/-(?:/.*)?$", no_page),
]
