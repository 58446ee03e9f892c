"""Addresses of our pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from datasette.utils import tilde_encode

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette


def path_to(datasette: Datasette, database: str, page: str, name: object = None, /, **query: object) -> str:
    """Return the address of a page of a corpus: ``/corpus/-/article/12``; empty query values are left out."""
    path = f"/{tilde_encode(database)}/-/{page}"
    if name is not None:
        path += f"/{tilde_encode(str(name))}"
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return str(datasette.urls.path(path + (f"?{urlencode(given)}" if given else "")))
