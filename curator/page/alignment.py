"""Which lines of a page stand in a text that was made from it: an extractor's, or JSON-LD's.

Compared are runs of words, so markup, bullets, white space and line breaks do not count. A long line stands in the
text wherever its words do; a short one ("Sport") only between the places of the long lines around it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

_WORD = re.compile(r"\w+")
#: Soft hyphens and zero-width spaces stand inside words.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
#: ASCII in lower case, with a space for whatever stands in no word.
_ASCII = bytes(ord(chr(code).lower()) if _WORD.match(chr(code)) and code < 0x80 else 0x20 for code in range(0x100))

#: A folded line of this many bytes hardly stands in a text by chance: five words, or ten Chinese characters.
_LONG_BYTES = 30
#: A long line that does not stand there word by word may still be there in pieces (an inline element was dropped):
#: so many of its runs of four words must be.
_RATIO_PIECES = 0.7
_RUN = 4
#: Compared at most: a page of 10 MB must end in bounded time.
_MAX_TEXT_CHARS = 500_000
_MAX_LINE_CHARS = 20_000


def folded(text: str) -> str:
    """Return the words of a text in lower case between single spaces, one at each end.

    >>> folded("- Ein | Wort.")
    ' ein wort '
    """
    if text.isascii():
        return f" {b' '.join(text.encode().translate(_ASCII).split()).decode()} "
    if "\n" in text:  # most lines of a text are ASCII, and no letter is made of two lines
        lines = (folded(line)[1:-1] for line in text.split("\n"))
        return f" {' '.join(filter(None, lines))} "
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).casefold()
    return f" {' '.join(_WORD.findall(text))} "


def stands_in(lines: Sequence[str], text: str) -> list[bool]:
    """Return for each line (folded) whether it stands in the text (folded).

    Of a line that the page holds more often than the text, those copies are taken that stand between the same
    neighbours as in the text; short lines without a word never are.
    """
    text = text[:_MAX_TEXT_CHARS]
    marks = [False] * len(lines)
    anchors = _place_long(lines, text, marks)
    _place_short(lines, text, marks, _in_order(anchors))
    return marks


def _place_long(lines: Sequence[str], text: str, marks: list[bool]) -> list[tuple[int, int, int]]:
    """Mark the long lines that stand in the text; return (line, start, end) of those that stand once in both."""
    at: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        if _is_long(line):
            at.setdefault(line[:_MAX_LINE_CHARS], []).append(i)
    runs: set[tuple[str, ...]] | None = None
    anchors = []
    copies = []
    for line, places in at.items():
        start = text.find(line)
        if start < 0:
            runs = _runs(text) if runs is None else runs
            if _share_of_runs(line, runs) >= _RATIO_PIECES:
                _mark(marks, places)
        elif len(places) == 1:
            marks[places[0]] = True
            anchors.append((places[0], start, start + len(line) - 1))
        else:
            copies.append((line, places))
    for line, places in copies:
        _mark(marks, _best_copies(line, places, text, anchors))
    return anchors


def _is_long(line: str) -> bool:
    return len(line) >= _LONG_BYTES or len(line.encode("utf-8", "replace")) >= _LONG_BYTES


def _mark(marks: list[bool], places: Sequence[int]) -> None:
    for place in places:
        marks[place] = True


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(*(words[i:] for i in range(_RUN)), strict=False))


def _share_of_runs(line: str, runs: set[tuple[str, ...]]) -> float:
    own = _runs(line)
    return len(own & runs) / len(own) if own else 0.0


def _best_copies(line: str, places: Sequence[int], text: str, anchors: Sequence[tuple[int, int, int]]) -> list[int]:
    """Return as many of the places as the text has copies: those nearest to the lines that stand near in the text."""
    starts: list[int] = []
    start = text.find(line)
    while start >= 0 and len(starts) < len(places):
        starts.append(start)
        start = text.find(line, start + len(line) - 1)
    if len(starts) == len(places) or not anchors:
        return list(places[: len(starts)])
    left = list(places)
    chosen = []
    for start in starts:
        near = min(anchors, key=lambda anchor: min(abs(anchor[1] - start), abs(anchor[2] - start)))[0]
        best = min(left, key=lambda place: abs(place - near))
        left.remove(best)
        chosen.append(best)
    return chosen


def _in_order(anchors: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the longest run of anchors whose order is the same on the page and in the text."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    ordered = sorted(anchors)
    for i, (_, start, _) in enumerate(ordered):
        at = bisect_left(tails, start)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(start)
            ends.append(i)
        else:
            tails[at], ends[at] = start, i
    chain = []
    i = ends[-1] if ends else -1
    while i >= 0:
        chain.append(ordered[i])
        i = before[i]
    return chain[::-1]


def _place_short(lines: Sequence[str], text: str, marks: list[bool], anchors: Sequence[tuple[int, int, int]]) -> None:
    """Mark the short lines that stand, in order, between the same anchors on the page and in the text."""
    bounds = [(-1, 0, 0), *anchors, (len(lines), len(text), len(text))]
    for (line_before, _, low), (line_after, high, _) in pairwise(bounds):
        position = low
        for i in range(line_before + 1, line_after):
            line = lines[i]
            if marks[i] or len(line) < 3 or _is_long(line):
                continue
            found = text.find(line, position, high + 1)
            if found >= 0:
                marks[i] = True
                position = found + len(line) - 1
