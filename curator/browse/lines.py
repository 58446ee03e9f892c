"""Page text and its cuts -> lines to show: raw on one side, what is left of each on the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from markupsafe import Markup

from curator.browse.visible import visible
from curator.model import Cut
from curator.page.lines import line_spans

#: A line is shown up to here; a page of one line of a megabyte must still open.
LINE_CHARS = 4_000


class Piece(NamedTuple):
    """A stretch of a line: what it shows, and the cut that takes it or None."""

    text: Markup
    cut: Cut | None


class ShownLine(NamedTuple):
    """A line of the page.

    ``span`` holds the offsets of its visible part. ``state`` is kept, cut, partly, title or blank. ``clean`` is
    what is left of it. ``first`` is the cut that this line is the first to show, ``says_why`` whether its reason
    differs from the line's above. ``hidden_chars`` counts what is not shown of a very long line.
    """

    number: int
    span: tuple[int, int]
    state: str
    pieces: tuple[Piece, ...]
    clean: Markup
    first: Cut | None
    says_why: bool
    hidden_chars: int

    @property
    def kind(self) -> str | None:
        """The kind of the first cut in the line, which may begin behind white space."""
        return next((piece.cut.kind for piece in self.pieces if piece.cut), None)


class Window(NamedTuple):
    """The lines on one page of the comparison; ``page`` counts from 1, ``more`` tells whether another follows."""

    lines: list[ShownLine]
    page: int
    more: bool

    def holds(self, at: int) -> bool:
        """Return whether a place of the text stands on this page."""
        return bool(self.lines) and self.lines[0].span[0] <= at < self.lines[-1].span[1]


def window_of(lines: Iterable[ShownLine], size: int, page: int, at: int | None = None) -> Window:
    """Return the page of that number, or the one that holds the place ``at``; the last one where there is none."""
    rest = iter(lines)
    ahead = list(islice(rest, size))
    number = 0
    while ahead:
        number += 1
        window, ahead = ahead, list(islice(rest, size))
        is_it = number == page if at is None else window[-1].span[1] > at
        if is_it or not ahead:
            return Window(window, number, bool(ahead))
    return Window([], 1, False)


def shown_lines(text: str, cuts: Sequence[Cut], title: tuple[int, int] | None) -> Iterator[ShownLine]:
    """Yield the lines of a page with their cuts (sorted, disjoint); a run of blank lines is one line."""
    at = 0
    seen: Cut | None = None
    said: tuple[str, ...] = ()
    blank = False
    for number, (start, end) in enumerate(line_spans(text), 1):
        while at < len(cuts) and cuts[at].end <= start:
            at += 1
        touching = _touching(cuts, at, end)
        if not text[start:end].strip():
            if not blank:
                yield ShownLine(number, (start, end), "blank", (), Markup(""), None, False, 0)
            blank = True
            continue
        blank = False
        first = next((cut for cut in touching if cut != seen), None)
        seen = touching[-1] if touching else seen
        reason = first[2:] if first else said if touching else ()
        yield _line(text, number, (start, end), touching, title)._replace(
            first=first, says_why=reason not in ((), said)
        )
        said = reason


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    line = text[start:end]
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip())


def _touching(cuts: Sequence[Cut], at: int, end: int) -> list[Cut]:
    found = []
    while at < len(cuts) and cuts[at].start < end:
        found.append(cuts[at])
        at += 1
    return found


def _line(
    text: str, number: int, span: tuple[int, int], cuts: Sequence[Cut], title: tuple[int, int] | None
) -> ShownLine:
    start, end = span
    stop = min(end, start + LINE_CHARS)
    pieces = tuple(_pieces(text, start, stop, cuts))
    kept = _kept(text, start, end, cuts)
    state = "kept" if not cuts else "partly" if kept.strip() else "cut"
    if title and title[0] < end and title[1] > start:
        state = "title"
    clean = visible(kept.strip()[:LINE_CHARS] if cuts else kept[:LINE_CHARS])
    return ShownLine(number, _trimmed(text, start, end), state, pieces, clean, None, False, end - stop)


def _pieces(text: str, start: int, stop: int, cuts: Sequence[Cut]) -> Iterator[Piece]:
    position = start
    for cut in cuts:
        low, high = max(cut.start, start), min(cut.end, stop)
        if low >= stop:
            break
        if position < low:
            yield Piece(visible(text[position:low]), None)
        yield Piece(visible(text[low:high]), cut)
        position = high
    if position < stop:
        yield Piece(visible(text[position:stop]), None)


def _kept(text: str, start: int, end: int, cuts: Sequence[Cut]) -> str:
    parts = []
    position = start
    for cut in cuts:
        parts.append(text[position : max(position, cut.start)])
        position = max(position, cut.end)
    return "".join(parts) + text[position:end]
