"""Corpus -> pages in a browser: Datasette 0.65 over the database file, with the pages of our plugin."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask for a corpus: at the address ``host``, which must be of this machine alone unless it is ``public``.

    ``public`` turns SQL and downloads off. ``allow_hosts`` are further names that the corpus is asked for by: those of
    a reverse proxy in front of it. ``base_url`` is the path under which that proxy shows it.
    """

    host: str = "127.0.0.1"
    public: bool = False
    allow_hosts: Sequence[str] = ()
    base_url: str = "/"


def serve(db: Path, *, port: int | None, open_browser: bool, edit: bool = False, access: Access | None = None) -> None:
    """Serve a corpus until Ctrl-C; the address goes to stdout, anything else to stderr.

    ``port`` None takes 8001 or, where that is in use, any free port. The database is opened read-only and may be
    written meanwhile. ``edit`` lets pages store feedback (POST).

    Raises StoreError when the file is missing or holds no corpus, and SettingsError when the port is taken, and
    for a host that is not loopback without ``public``, or with ``edit``, and for a name or a path that is none.
    """
    from curator.browse import server  # noqa: PLC0415 - Datasette takes a second to import

    access = access or Access()
    server.check_exposure(access.host, edit=edit, public=access.public)
    names = server.hosts_of(access.host) | server.outside_names(access.allow_hosts, edit=edit)
    base_url = server.checked_prefix(access.base_url)
    datasette = server.open_datasette(db, edit=edit, public=access.public, base_url=base_url)
    with server.bind(access.host, port) as listener:
        url = server.url_of(listener) + base_url[1:]
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        sys.stderr.write(f"Serving {db}; Ctrl-C stops it.\n")
        if open_browser:
            server.open_in_browser(url)
        server.run(datasette, listener, names)
