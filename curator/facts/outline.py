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
#: The signs of which a sentence has one at its very end.
_LAST_SIGNS = frozenset(""".!?…。！？؟»«"”“’'])""")

_START, _SPAN = attrgetter("start"), attrgetter("start", "end")

#: Kinds of cut whose lines may tell who wrote an article and when.
_TELLING = frozenset({"byline", "bio"})


@dataclass(frozen=True, slots=True)
class Outline:
    """``cuts`` holds for each line the cut that takes all of it, None where it is kept.

    ``kept`` are these lines, ``telling`` they and the cut bylines, in order; ``until`` is where the first prose begins.
    """

    lines: Sequence[Line]
    cuts: Sequence[Cut | None]
    kept: tuple[Line, ...]
    telling: tuple[Line, ...]
    until: int


def is_prose(text: str) -> bool:
    """Return whether a line reads like a paragraph.

    >>> is_prose("Der Bundestag hat am Donnerstag über das neue Gesetz debattiert."), is_prose("Neues Gesetz")
    (True, False)
    """
    if len(text) < _SENTENCE_CHARS:
        return False
    return len(text) >= _PROSE_CHARS or (text[-1] in _LAST_SIGNS and _SENTENCE_END.search(text) is not None)


def outline(lines: Sequence[Line], cuts: Iterable[Cut]) -> Outline:
    """Return which lines are kept, which may tell author and date, and where prose begins."""
    whole = _whole(lines, cuts)
    kept = tuple([line for line, cut in zip(lines, whole, strict=True) if cut is None])
    telling = tuple([line for line, cut in zip(lines, whole, strict=True) if cut is None or cut.kind in _TELLING])
    n_head = next((i for i, line in enumerate(kept) if i and is_prose(line.text)), len(kept))
    if kept and len(kept[0].text) > TITLE_CHARS:
        n_head = 0
    until = kept[n_head].start if n_head < len(kept) else (kept[-1].end if kept else 0)
    return Outline(lines, whole, kept, telling, until)


def _whole(lines: Sequence[Line], cuts: Iterable[Cut]) -> list[Cut | None]:
    """Return for each line a cut that covers it as a whole, or None.

    Of cuts of the same stretch the last one counts; of several that cover a line the one that begins first.
    """
    spans = {cut[:2]: cut for cut in cuts}
    found: list[Cut | None] = list(map(spans.get, map(_SPAN, lines)))
    if len(found) - found.count(None) == len(spans):
        return found
    starts = list(map(_START, lines))
    for start, end in spans.keys() - set(map(_SPAN, lines)):
        at = bisect_left(starts, start)
        if at < len(lines) and lines[at].end <= end:
            return _under_wide(lines, sorted(spans.values(), key=_SPAN))
    return found


def _under_wide(lines: Sequence[Line], cuts: Sequence[Cut]) -> list[Cut | None]:
    """Return what ``_whole`` returns where sorted cuts cover more than a line, or a line with blanks around it."""
    found: list[Cut | None] = [None] * len(lines)
    at = 0
    for i, line in enumerate(lines):
        while at < len(cuts) and cuts[at].end <= line.start:
            at += 1
        for cut in islice(cuts, at, None):
            if cut.start > line.start or found[i]:
                break
            if cut.end >= line.end:
                found[i] = cut
    return found
