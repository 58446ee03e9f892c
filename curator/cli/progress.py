"""Progress on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

#: Seconds between two lines where there is no terminal: a log of an hour stays readable.
_EVERY_S = 10.0


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, str], None]]:
    """Give a function that is told, again and again, how many documents are done, and how they fared."""
    if quiet:
        yield lambda done, counts: None
    elif sys.stderr.isatty():
        with _bar(what) as tell:
            yield tell
    else:
        yield _lines(what)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, str], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, told="")
        started = time.monotonic()

        def tell(done: int, counts: str) -> None:
            rate = done / max(time.monotonic() - started, 1e-3)
            bar.update(task, told=f"{counts} · {rate:,.0f} documents/s")

        yield tell


def _lines(what: str) -> Callable[[int, str], None]:
    started = last = time.monotonic()

    def tell(done: int, counts: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_S:
            last = now
            click.echo(f"curator: {what}: {counts} · {done / (now - started):,.0f} documents/s", err=True)

    return tell
