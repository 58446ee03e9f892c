"""Text -> visible lines, each with the folded form that phrases are looked up by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, islice, repeat
from operator import add, itemgetter, sub
from typing import NamedTuple

from curator.model import Line
from curator.page.fold import fold_all

#: White space and the characters that show nothing: zero-width, joiners, bidi marks, soft hyphen, BOM.
_INVISIBLE = "\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_VISIBLE = re.compile(rf"[^{_INVISIBLE}](?:.*[^{_INVISIBLE}])?", re.DOTALL)
#: Those of them that are no white space: what ``str.strip`` leaves at the ends of a line.
_ZERO_WIDTH = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\ufeff"
    + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A))))
)

_FIRST, _LAST = itemgetter(0), itemgetter(-1)

#: List marks at the front of a line. A dash counts only with white space behind it: "-5 °C" is no bullet.
_BULLETS = re.compile(r"(?:[•‣◦▪▫■□●○►▶▸»›✓✔➤➔→·∙⁃*|>]+\s*|[-–—]\s+)+")

#: The line of some columns: half the time of ``Line._make``.
_new_line = partial(tuple.__new__, Line)


def bare(text: str) -> str:
    """Return text without the bullets at its front.

    >>> bare("• Politik"), bare("-5 °C"), bare("•")
    ('Politik', '-5 °C', '•')
    """
    mark = None if text[:1].isalnum() else _BULLETS.match(text)
    return text[mark.end() :] or text if mark else text


def line_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every physical line, its line break left out.

    Lines end where ``str.splitlines`` ends them: LF, CR, CR LF, VT, FF, NEL, U+2028 and U+2029 among others.
    """
    for start, body in located_lines(text):
        yield start, start + len(body)


def located_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each physical line starts, and its text without its line break."""
    start = 0
    # Two characters end a line on Windows, one elsewhere.
    pieces = text.splitlines(keepends=True) if "\r\n" in text else repeat("")
    for body, piece in zip(text.splitlines(), pieces, strict=False):
        yield start, body
        start += len(piece) or len(body) + 1


class _Visible(NamedTuple):
    """The visible lines of a text by column, as in ``Line``."""

    numbers: list[int]
    gaps: list[int]
    starts: list[int]
    text: list[str]
    bare: list[str]


def split_lines(text: str) -> tuple[Line, ...]:
    r"""Return the visible lines of a text in order.

    >>> [(line.number, line.gap, line.text, line.key) for line in split_lines("A b\n\n \n- Mein Konto \n")]
    [(1, 0, 'A b', 'a b'), (4, 2, '- Mein Konto', 'mein konto')]
    """
    return split_all([text])[0]


def split_all(texts: Sequence[str]) -> list[tuple[Line, ...]]:
    """Return what ``split_lines`` returns for each text, in less time where texts are short."""
    pages = [_visible(text) for text in texts]
    keys = iter(fold_all([line for page in pages for line in page.bare]))
    return [_made(page, list(islice(keys, len(page.bare)))) for page in pages]


def _visible(text: str) -> _Visible:
    bodies = text.splitlines()
    # Two characters end a line on Windows, one elsewhere.
    pieces = map(len, text.splitlines(keepends=True)) if "\r\n" in text else map((1).__add__, map(len, bodies))
    begins = list(accumulate(pieces, initial=0))
    seen = list(map(str.strip, bodies))
    if not text.isascii():
        seen = _without_invisible(seen)
    at = [i for i, line in enumerate(seen) if line]
    numbers = [i + 1 for i in at]
    shown = [seen[i] for i in at]
    starts = [
        begins[i] if len(line) == len(bodies[i]) else begins[i] + bodies[i].index(line)
        for i, line in zip(at, shown, strict=True)
    ]
    inner = [line if line[0].isalnum() else bare(line) for line in shown]
    return _Visible(numbers, list(map(sub, at, [0, *numbers])), starts, shown, inner)


def _without_invisible(lines: list[str]) -> list[str]:
    """Return lines without what shows nothing at their ends, as ``str.strip`` leaves it."""
    shown = list(filter(None, lines))
    if _ZERO_WIDTH.isdisjoint(map(_FIRST, shown)) and _ZERO_WIDTH.isdisjoint(map(_LAST, shown)):
        return lines
    found = map(_VISIBLE.search, lines)
    return [match.group() if match else "" for match in found]


def _made(page: _Visible, keys: list[str]) -> tuple[Line, ...]:
    ends = map(add, page.starts, map(len, page.text))
    columns = zip(page.numbers, page.gaps, page.starts, ends, page.text, page.bare, keys, repeat(None))
    return tuple(map(_new_line, columns))
