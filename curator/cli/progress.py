"""Progress on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from curator.pipeline.progress import Progress

#: Seconds between two lines where there is no terminal: a log of an hour stays readable.
_EVERY_S = 10.0

#: A share of the inputs below which the time left would be a guess.
_LEAST_SHARE = 0.01


class Tell(Protocol):
    """What commands tell again and again of their progress."""

    def __call__(self, done: int, counts: str, share: float | None = None, stage: str | None = None) -> None:
        """Tell how many documents are done, how they fared, and which share of the inputs is read, 0 to 1."""

    def ask(self, question: str) -> bool:
        """Return whether the person says yes; True where nobody can be asked."""


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Tell]:
    """Give a function that is told of the progress; a bar goes when the block ends."""
    if quiet:
        yield _Silent()
    elif sys.stderr.isatty():
        with _bar(what) as tell:
            yield tell
    else:
        yield _Lines(what)


def following(tell: Tell, what: str) -> Callable[[Progress], None]:
    """Return what a call is given to tell of its stages; ``what`` is what was done to the documents it counts."""

    def told(so_far: Progress) -> None:
        tell(so_far.done, f"{so_far.done:,} {what}" if so_far.done else "", so_far.share, so_far.stage)

    return told


def can_ask() -> bool:
    """Return whether a person is there to answer a question."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def time_left(elapsed_s: float, share: float | None) -> str:
    """Return the time that is left as hours, minutes and seconds, empty where it cannot be told yet.

    >>> time_left(30, 0.25), time_left(3600, 0.5), time_left(30, None)
    ('1:30 left', '1:00:00 left', '')
    """
    if share is None or share < _LEAST_SHARE:
        return ""
    left_s = round(elapsed_s * (1 - share) / share)
    hours, rest = divmod(left_s, 3600)
    clock = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return f"{clock} left"


def _rate(done: int, elapsed_s: float) -> str:
    """Return the documents a second, nothing before the first: what comes before is told by its name."""
    return f"{done / max(elapsed_s, 1e-3):,.0f} documents/s" if done else ""


class _Clock:
    """Tells the time left of a stage, and the rate of what is counted, in this stage or since an earlier one."""

    def __init__(self) -> None:
        self._stage: str | None = None
        self._done = 0
        self._began = self._counts_since = time.monotonic()

    def told(self, done: int, share: float | None, stage: str | None) -> tuple[str, str]:
        """Return the time left and the rate."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        if done < self._done:
            self._counts_since = self._began
        self._done = done
        return time_left(now - self._began, share), _rate(done, now - self._counts_since)


class _Silent:
    def __call__(self, done: int, counts: str, share: float | None = None, stage: str | None = None) -> None:
        pass

    def ask(self, question: str) -> bool:
        return not can_ask() or click.confirm(question, err=True)


class _Lines(_Silent):
    def __init__(self, what: str) -> None:
        self._what = what
        self._last = time.monotonic()
        self._clock = _Clock()

    def __call__(self, done: int, counts: str, share: float | None = None, stage: str | None = None) -> None:
        left, rate = self._clock.told(done, share, stage)
        now = time.monotonic()
        if now - self._last < _EVERY_S:
            return
        self._last = now
        percent = "" if share is None else f"{share:.0%}"
        told = " · ".join(filter(None, (percent, counts, rate, left)))
        click.echo(f"curator: {stage or self._what}" + f": {told}" * bool(told), err=True)


@contextmanager
def _bar(what: str) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[told]}"))
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(what, bar)


class _Bar(_Silent):
    def __init__(self, what: str, bar: Bars) -> None:
        self._what = what
        self._bar = bar
        self._task = bar.add_task(what, total=None, told="")
        self._clock = _Clock()

    def __call__(self, done: int, counts: str, share: float | None = None, stage: str | None = None) -> None:
        left, rate = self._clock.told(done, share, stage)
        percent = "" if share is None else f"{share:.0%}"
        told = (percent, left, rate, counts)
        self._bar.update(
            self._task,
            description=stage or self._what,
            total=None if share is None else 1.0,
            completed=share or 0.0,
            told=" · ".join(filter(None, told)),
        )

    def ask(self, question: str) -> bool:
        self._bar.stop()
        try:
            return super().ask(question)
        finally:
            self._bar.start()
