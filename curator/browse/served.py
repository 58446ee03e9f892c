"""Which of the databases that Datasette serves are corpora."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from datasette.database import Database
from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Request

from curator.store.connection import APPLICATION_ID

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

#: Filled once for each Datasette when it starts, before its first request.
_CORPORA: WeakKeyDictionary[Datasette, tuple[str, ...]] = WeakKeyDictionary()


async def find_corpora(datasette: Datasette) -> None:
    """Note the names of the databases whose file header says that curator made them."""
    found = []
    for name, database in datasette.databases.items():
        if database.path and (await database.execute("PRAGMA application_id")).single_value() == APPLICATION_ID:
            found.append(name)
    _CORPORA[datasette] = tuple(found)


def corpora(datasette: Datasette) -> tuple[str, ...]:
    """Return the names of the corpora that this Datasette serves."""
    return _CORPORA.get(datasette, ())


def corpus_of(datasette: Datasette, request: Request) -> Database:
    """Return the corpus that an address names; raise NotFound where there is none of that name."""
    name = tilde_decode(request.url_vars["database"])
    if name not in corpora(datasette):
        raise NotFound("No corpus of that name is served here.")
    return datasette.databases[name]


def may_edit(datasette: Datasette) -> bool:
    """Return whether pages may store what people say of cuts."""
    return bool((datasette.plugin_config("curator") or {}).get("edit"))
