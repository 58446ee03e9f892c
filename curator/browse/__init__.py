"""Corpus -> pages in a browser: Datasette 0.65 over the database file, with the pages of our plugin."""

from __future__ import annotations

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

    Raises BrowseError when the file is missing or holds no corpus, when the port is taken, and for a host that
    is not loopback without ``public``, or with ``edit``.
    """
    raise NotImplementedError
