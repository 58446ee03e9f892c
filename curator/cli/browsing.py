"""``curator browse``."""

from __future__ import annotations

import click

from curator.cli import options as opt


@click.command(epilog=opt.example("curator browse", "curator browse --db db/news.db --port 8010 --no-open"))
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Port to listen on  [default: a free one]")
@click.option("--no-open", "open_browser", is_flag=True, default=True, flag_value=False, help="Open no browser.")
@click.option("--edit", is_flag=True, help="Let pages mark cuts as wrong and lines as clutter.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need --public.")
@click.option("--public", is_flag=True, help="No SQL and no downloads: for readers on other machines.")
@click.option(
    "--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Also answer under this name, that of a proxy."
)
@click.option("--base-url", default="/", show_default=True, metavar="PATH", help="Where a proxy shows the corpus.")
@opt.db_option
def browse(
    port: int | None,
    open_browser: bool,
    edit: bool,
    host: str,
    public: bool,
    allow_hosts: tuple[str, ...],
    base_url: str,
) -> None:
    """Look at the corpus in the browser: Datasette on this machine, until Ctrl-C."""
    settings = opt.settings_in_force()
    from curator.browse import Access, serve

    access = Access(host, public, allow_hosts, base_url)
    serve(settings.db, port=port, open_browser=open_browser, edit=edit, access=access)
