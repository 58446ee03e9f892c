"""Corpus -> pages in a browser: Datasette 0.65 over the database file, with the pages of our plugin."""

from __future__ import annotations

import sys
from pathlib import Path


def serve(
    db: Path,
    *,
    port: int | None,
    open_browser: bool,
    edit: bool = False,
    host: str = "127.0.0.1",
    public: bool = False,
) -> None:
    """Serve a corpus until Ctrl-C; the address goes to stdout, anything else to stderr.

    ``port`` None takes 8001 or, where that is in use, any free port. The database is opened read-only and may be
    written meanwhile. ``edit`` lets pages store feedback (POST). ``public`` turns SQL and downloads off; a
    ``host`` other than loopback needs it.

    Raises StoreError when the file is missing or holds no corpus, and SettingsError when the port is taken, and
    for a host that is not loopback without ``public``, or with ``edit``.
    """
    from curator.browse import server  # noqa: PLC0415 - Datasette takes a second to import

    server.check_exposure(host, edit=edit, public=public)
    datasette = server.open_datasette(db, edit=edit, public=public)
    with server.bind(host, port) as listener:
        url = server.url_of(listener)
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        sys.stderr.write(f"Serving {db}; Ctrl-C stops it.\n")
        if open_browser:
            server.open_in_browser(url)
        server.run(datasette, listener, server.hosts_of(host))
