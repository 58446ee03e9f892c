"""Text -> visible lines, each with the folded form that phrases are looked up by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, compress, count, islice, pairwise, repeat
from operator import add, itemgetter
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
    for start, body in zip(*located_lines(text), strict=True):
        yield start, start + len(body)


def located_lines(text: str) -> tuple[list[int], list[str]]:
    r"""Return where each physical line starts, and its text without its line break.

    >>> located_lines("A b\r\nc")
    ([0, 5], ['A b', 'c'])
    """
    bodies = text.splitlines()
    # Two characters end a line on Windows, one elsewhere.
    sizes = map(len, text.splitlines(keepends=True)) if "\r\n" in text else map((1).__add__, map(len, bodies))
    return list(accumulate(sizes, initial=0))[:-1], bodies


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
    begins, bodies = located_lines(text)
    seen = list(map(str.strip, bodies))
    if not text.isascii():
        seen = _without_invisible(seen)
    if seen != bodies:
        # Of what is indented, the first visible character.
        begins = [
            at if len(line) == len(body) else at + body.index(line)
            for at, line, body in zip(begins, seen, bodies, strict=True)
        ]
    shown = list(filter(None, seen))
    numbers = list(compress(count(1), seen))
    gaps = [number - last - 1 for last, number in pairwise([0, *numbers])]
    inner = [line if line[0].isalnum() else bare(line) for line in shown]
    return _Visible(numbers, gaps, list(compress(begins, seen)), shown, inner)


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
