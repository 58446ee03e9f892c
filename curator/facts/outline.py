"""Lines and cuts -> the few lines at the top of an article in which its title, author and day stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from curator.model import Cut, Line

#: Prose: a line of this many characters, or one that is a sentence of some length.
_PROSE_CHARS = 140
#: No headline is longer: a first line beyond it is prose, a shorter one is looked at.
TITLE_CHARS = 200
_SENTENCE_CHARS = 60
_SENTENCE_END = re.compile(r"""[.!?…。！？؟][»«"”“’'\])]*$""")

_START = attrgetter("start")

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
    kinds = _kinds(lines, cuts)
    told = list(zip(lines, kinds, strict=True))
    kept = tuple([line for line, kind in told if kind is None])
    telling = tuple([line for line, kind in told if kind is None or kind in _TELLING])
    cut = tuple([line for line, kind in told if kind is not None])
    n_head = next((i for i, line in enumerate(kept) if i and is_prose(line.text)), len(kept))
    if kept and len(kept[0].text) > TITLE_CHARS:
        n_head = 0
    until = kept[n_head].start if n_head < len(kept) else (kept[-1].end if kept else 0)
    return Outline(kept, telling, cut, n_head, until)


def _kinds(lines: Sequence[Line], cuts: Iterable[Cut]) -> list[str | None]:
    """Return for each line the kind of a cut that covers it as a whole, or None.

    Of cuts of the same stretch the last one counts; of several that cover a line the one that begins first.
    """
    whole = {(cut.start, cut.end): cut.kind for cut in cuts}
    starts = list(map(_START, lines))
    kinds: list[str | None] = [None] * len(lines)
    wide = False
    for (start, end), kind in whole.items():
        at = bisect_left(starts, start)
        if at == len(lines):
            continue
        line = lines[at]
        if line.start == start and line.end == end:
            kinds[at] = kind
        elif line.end <= end:
            wide = True
    return _kinds_of_wide(lines, sorted((*span, kind) for span, kind in whole.items())) if wide else kinds


def _kinds_of_wide(lines: Sequence[Line], cuts: Sequence[tuple[int, int, str]]) -> list[str | None]:
    """Return what ``_kinds`` returns where sorted cuts cover more than a line, or a line with blanks around it."""
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
