"""A corpus file -> Datasette on a socket of this machine."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import webbrowser
from collections.abc import Iterable
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from curator.browse import plugin
from curator.browse.cells import MOST_CHARS
from curator.browse.database import CorpusDatabase
from curator.browse.guard import allow_hosts
from curator.browse.metadata import metadata
from curator.errors import SettingsError
from curator.store.connection import connect

DEFAULT_PORT = 8001
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})

#: The path in front of a corpus; segments of letters, digits and marks that need no escape.
_PREFIX = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")

#: A name or an address; no pattern, since one that matches all would let any page on the web ask for the corpus.
_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")

#: Datasette's limits. Suggested facets group every column of every page; a facet may take nearly as long as a query.
_SETTINGS = {
    "suggest_facets": False,
    "facet_time_limit_ms": 900,
    "sql_time_limit_ms": 1_500,
    "num_sql_threads": 4,
    "truncate_cells_html": MOST_CHARS,
    "cache_size_kb": 64_000,
}
_PUBLIC_SETTINGS = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "max_returned_rows": 200,
    "sql_time_limit_ms": 1_000,
}


def open_datasette(db: Path, *, edit: bool = False, public: bool = False, base_url: str = "/") -> Datasette:
    """Return Datasette over a corpus file, with our metadata, limits and pages; ``base_url`` begins their addresses.

    Raises StoreError when the file is missing, or is no corpus, or is of a later version.
    """
    connect(db, read_only=True).close()
    # Datasette prints each 404 with all local variables; an error of ours (500) still prints its traceback.
    pm.get_plugin("datasette.handle_exception").rich = None
    if not pm.is_registered(plugin):
        pm.register(plugin, "curator")
    facts = metadata(db.stem) | {"plugins": {"curator": {"edit": edit, "public": public}}}
    settings = _SETTINGS | (_PUBLIC_SETTINGS if public else {}) | {"base_url": base_url}
    files = [str(db)]
    # A WAL file in a folder that cannot be written to has no place for its index; nobody is writing it either.
    frozen = not os.access(db.absolute().parent, os.W_OK) and not db.with_name(db.name + "-wal").exists()
    datasette = Datasette(
        [] if frozen else files, immutables=files if frozen else [], metadata=facts, settings=settings
    )
    datasette.remove_database(db.stem)
    datasette.add_database(CorpusDatabase(datasette, str(db), is_mutable=not frozen))
    return datasette


def bind(host: str, port: int | None) -> socket.socket:
    """Return a listening socket: on the port asked for, or on 8001, or on any free one.

    Raises SettingsError when the port asked for is taken or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port is not None else [DEFAULT_PORT, 0]:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            reason = error
        else:
            return listener
    raise SettingsError(
        f"cannot listen on {host} port {port or DEFAULT_PORT}: {reason}; leave --port out for a free one"
    )


def check_exposure(host: str, *, edit: bool, public: bool) -> None:
    """Raise SettingsError when a corpus would be open to others without the user having said so."""
    if host not in LOOPBACK and not public:
        raise SettingsError(f"--host {host} lets other machines read the corpus; add --public if that is meant")
    if edit and (public or host not in LOOPBACK):
        raise SettingsError("--edit is for this machine only; leave --public and --host out")


def outside_names(names: Iterable[str], *, edit: bool) -> set[str]:
    """Return the names under which a proxy passes requests on; SettingsError for what is none, and with ``edit``.

    >>> outside_names(["Corpus.Example.com:443"], edit=False)
    {'corpus.example.com'}
    """
    found = {re.sub(r":\d+$", "", name.strip().lower()) for name in names}
    for name in sorted(found):
        if not _HOST_NAME.fullmatch(name):
            raise SettingsError(f"--allow-host {name!r} is no name; expected one such as corpus.example.com")
    if found and edit:
        raise SettingsError("--edit is for this machine only; leave --allow-host out")
    return found


def checked_prefix(base_url: str) -> str:
    """Return the path under which a proxy shows the corpus, with a slash at both ends; SettingsError for what is none.

    >>> checked_prefix("news/corpus"), checked_prefix("/")
    ('/news/corpus/', '/')
    """
    path = f"/{base_url.strip('/')}/" if base_url.strip("/") else "/"
    if not _PREFIX.fullmatch(path):
        raise SettingsError(f"--base-url {base_url!r} is no path; expected one such as /corpus/")
    return path


def open_in_browser(url: str) -> None:
    """Open an address in the user's browser, if there is one with a window of its own.

    A text browser would take the terminal over, so on Unix a display is asked for.
    """
    windowed = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if windowed:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)


def run(datasette: Datasette, listener: socket.socket, hosts: Iterable[str]) -> None:
    """Answer requests on a listening socket until Ctrl-C."""
    app = allow_hosts(datasette.app(), set(hosts))
    config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=2)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def url_of(listener: socket.socket) -> str:
    """Return the address that a listening socket is reached at."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def hosts_of(host: str) -> set[str]:
    """Return the names under which a server bound to this host may be asked for."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        addresses = {f"[{address}]" if ":" in address else address for address in _own_addresses()}
        return {*LOOPBACK, socket.gethostname(), socket.getfqdn(), *addresses}
    return {*LOOPBACK, host}


def _own_addresses() -> set[str]:
    with contextlib.suppress(OSError):
        return {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return set()
