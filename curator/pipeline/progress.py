"""How far a command is: what it tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Progress(NamedTuple):
    """What a command is at, how many it has done of what it counts there, and which share of them all, 0 to 1."""

    stage: str
    done: int = 0
    share: float | None = None


Tell = Callable[[Progress], None]


def untold(so_far: Progress) -> None:
    """Tell nobody."""


def counted(batches: Iterable[T], size: Callable[[T], int], n_all: int, told: tuple[Tell, str]) -> Iterator[T]:
    """Yield batches, and after each one tell, of a stage of this name, how many of all are done.

    >>> list(counted(["ab", "c"], len, 4, (print, "reading")))
    Progress(stage='reading', done=2, share=0.5)
    Progress(stage='reading', done=3, share=0.75)
    ['ab', 'c']
    """
    tell, stage = told
    done = 0
    for batch in batches:
        yield batch
        done += size(batch)
        tell(Progress(stage, done, min(done / max(n_all, 1), 1.0)))
