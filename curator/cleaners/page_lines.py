"""The lines of a page among those of the pages that are read together with it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from curator.cleaners.batch import Batch, paragraphs, prose
from curator.cleaners.phrases import Phrases
from curator.model import Line


class PageLines(tuple[Line, ...]):
    """The lines of a page, also by column; ``first`` is the index of the first of them in the batch."""

    batch: Batch
    first: int
    gap: tuple[int, ...]
    text: tuple[str, ...]
    bare: tuple[str, ...]
    key: tuple[str, ...]

    def __new__(cls, batch: Batch, number: int) -> PageLines:
        """Return the lines of a page of a batch."""
        first, stop = batch.starts[number : number + 2]
        page = super().__new__(cls, batch.lines[first:stop])
        page.batch, page.first = batch, first
        page.text, page.bare, page.key = batch.text[first:stop], batch.bare[first:stop], batch.key[first:stop]
        page.gap = batch.gap[first:stop]
        return page

    def where(self, ask: Callable[[Batch], Sequence[int]]) -> list[int]:
        """Return the indexes, sorted, of the lines of the page among those that a function names in the batch."""
        return self._of(self.batch.once(ask))

    def _of(self, found: Sequence[int]) -> list[int]:
        if len(self) == len(self.batch.lines):
            return list(found)
        first = self.first
        low = bisect_left(found, first)
        return [i - first for i in found[low : bisect_left(found, first + len(self), low)]]

    def opened_by(self, names: Iterable[str]) -> set[int]:
        """Return the indexes of the lines that begin with a phrase under one of the names, at a word's end."""
        opened = self.batch.opened
        return set().union(*[self._of(opened[name]) for name in names if name in opened])

    @cached_property
    def _starting(self) -> Mapping[int, int]:
        return dict(zip(self.batch.start[self.first : self.first + len(self)], range(len(self)), strict=True))

    def place_of(self, start: int, end: int) -> int | None:
        """Return the index of the line that starts and ends at two offsets, or None where none does."""
        at = self._starting.get(start)
        return at if at is not None and self.batch.end[self.first + at] == end else None

    @cached_property
    def paragraphs(self) -> list[int]:
        """The indexes of the lines that read as paragraphs."""
        return self.where(paragraphs)

    @cached_property
    def prose_span(self) -> tuple[int, int] | None:
        """The indexes of the first and the last line of running text, or None where there is none."""
        found = self.where(prose)
        return (found[0], found[-1]) if found else None

    @cached_property
    def bulleted(self) -> list[bool]:
        """Whether a bullet stands at the front of each line."""
        return self.batch.bulleted[self.first : self.first + len(self)]


def on_page(lines: Sequence[Line], phrases: Phrases) -> PageLines:
    """Return the lines as those of a page: themselves, where they are that already."""
    if isinstance(lines, PageLines) and lines.batch.phrases is phrases:
        return lines
    return PageLines(Batch([lines], phrases), 0)


def runs(at: Iterable[int]) -> Iterator[list[int]]:
    """Yield indexes, given in their order, by runs without a gap.

    >>> list(runs([2, 3, 7]))
    [[2, 3], [7]]
    """
    run: list[int] = []
    for i in at:
        if run and i != run[-1] + 1:
            yield run
            run = []
        run.append(i)
    if run:
        yield run
