"""Lines and cuts -> the few lines at the top of an article in which its title, author and day stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from curator.model import Cut, Line

#: Prose: a line of this many characters, or one that is a sentence of some length.
_PROSE_CHARS = 140
#: No headline is longer: a first line beyond it is prose, a shorter one is looked at.
TITLE_CHARS = 200
_SENTENCE_CHARS = 60
_SENTENCE_END = re.compile(r"""[.!?…。！？؟][»«"”“’'\])]*$""")

#: Kinds of cut whose lines may tell who wrote an article and when.
_TELLING = frozenset({"byline", "bio"})


@dataclass(frozen=True, slots=True)
class Outline:
    """``kept`` are the lines that no cut takes as a whole, ``telling`` those and the cut bylines, in order.

    ``n_head`` counts the kept lines before the first prose; ``until`` is where that prose begins.
    """

    kept: tuple[Line, ...]
    telling: tuple[Line, ...]
    cut: tuple[Line, ...]
    n_head: int
    until: int


def is_prose(text: str) -> bool:
    """Return whether a line reads like a paragraph.

    >>> is_prose("Der Bundestag hat am Donnerstag über das neue Gesetz debattiert."), is_prose("Neues Gesetz")
    (True, False)
    """
    return len(text) >= _PROSE_CHARS or (len(text) >= _SENTENCE_CHARS and bool(_SENTENCE_END.search(text)))


def outline(lines: Sequence[Line], cuts: Iterable[Cut]) -> Outline:
    """Return which lines are kept, which may tell author and date, and where prose begins."""
    whole = {(cut.start, cut.end): cut.kind for cut in cuts}
    inside = sorted((start, end, kind) for (start, end), kind in whole.items())
    kinds = _kinds(lines, inside)
    kept = tuple(line for line, kind in zip(lines, kinds, strict=True) if kind is None)
    telling = tuple(line for line, kind in zip(lines, kinds, strict=True) if kind is None or kind in _TELLING)
    cut = tuple(line for line, kind in zip(lines, kinds, strict=True) if kind is not None)
    n_head = next((i for i, line in enumerate(kept) if i and is_prose(line.text)), len(kept))
    if kept and len(kept[0].text) > TITLE_CHARS:
        n_head = 0
    until = kept[n_head].start if n_head < len(kept) else (kept[-1].end if kept else 0)
    return Outline(kept, telling, cut, n_head, until)


def _covers(cut: tuple[int, int, str], starts: Sequence[int], lines: Sequence[Line]) -> bool:
    """Return whether a cut covers any line as a whole."""
    at = bisect_left(starts, cut[0])
    return at < len(lines) and lines[at].end <= cut[1]


def _kinds(lines: Sequence[Line], cuts: Sequence[tuple[int, int, str]]) -> list[str | None]:
    """Return for each line the kind of a cut that covers it as a whole, or None."""
    starts = [line.start for line in lines]
    spans = {(line.start, line.end) for line in lines}
    if not any(_covers(cut, starts, lines) for cut in cuts if cut[:2] not in spans):
        whole = {(start, end): kind for start, end, kind in cuts}
        return [whole.get((line.start, line.end)) for line in lines]
    kinds: list[str | None] = [None] * len(lines)
    at = 0
    for i, line in enumerate(lines):
        while at < len(cuts) and cuts[at][1] <= line.start:
            at += 1
        for start, end, kind in islice(cuts, at, None):
            if start > line.start or kinds[i]:
                break
            if end >= line.end:
                kinds[i] = kind
    return kinds
