"""Text -> visible lines, each with the folded form that phrases are looked up by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from operator import not_

from curator.model import Line

#: A line folds only this far: no phrase is longer, and a paragraph of 10,000 characters costs nothing.
_FOLD_CHARS = 160

#: White space and the characters that show nothing: zero-width, joiners, bidi marks, soft hyphen, BOM.
_INVISIBLE = "\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_VISIBLE = re.compile(rf"[^{_INVISIBLE}](?:.*[^{_INVISIBLE}])?", re.DOTALL)
#: Those of them that are no white space: what ``str.strip`` leaves at the ends of a line.
_ZERO_WIDTH = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\ufeff"
    + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A))))
)

#: List marks at the front of a line. A dash counts only with white space behind it: "-5 °C" is no bullet.
_BULLETS = re.compile(r"(?:[•‣◦▪▫■□●○►▶▸»›✓✔➤➔→·∙⁃*|>]+\s*|[-–—]\s+)+")

_DIGITS = re.compile(r"\d+(?:[.,:’'\u00a0\u202f ]\d+)*")
# A run of what is no word becomes one space. A single space is one already: leaving it alone saves most of the time.
# Not of a line feed: many lines are folded at once, joined by it.
_NOT_WORD = re.compile(r"[^\w#'%°€$£\n]{2,}|[^\w#'%°€$£ \n]")
#: A Markdown link, as html2text writes it; what it leads to says nothing about the line. Neither part can match
#: the bracket that ends it, and a line is looked at only as far as it folds.
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,150})\]\([^()\s]{0,150}\)")
_APOSTROPHES = "’‘ʼ`´"
# One digit in front: a pattern that begins with a set of characters is searched for at four times the speed.
_ASCII_DIGITS = re.compile(r"[0-9][0-9]*(?:[.,:' ][0-9]+)*")
#: What each ASCII character folds to: its small letter, itself, or a space.
_ASCII_FOLDED = {ord(char): " " if _NOT_WORD.match(char) else char.lower() for char in map(chr, range(128))}


def fold(text: str) -> str:
    """Return text folded for looking phrases up: case, punctuation, digits and accents' encoding do not count.

    Runs of digits, grouped or not, become ``#``; everything between words becomes one space.

    >>> fold("Kommentare (1.204)")
    'kommentare #'
    >>> fold("À lire :")
    'à lire'
    >>> fold("[Politik](/ressort/7)")
    'politik'
    """
    text = _foldable(text).replace("\n", "\v")
    return _fold_ascii(text) if text.isascii() else _fold_any(text)


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return what ``fold`` returns for each text, none of which has a line feed: many in two passes.

    >>> fold_all(["Kommentare (1.204)", "À lire :", "B 2"])
    ['kommentare #', 'à lire', 'b #']
    """
    short = [_foldable(text) if len(text) > _FOLD_CHARS or "](" in text else text for text in texts]
    joined = "\n".join(short)
    if joined.isascii():
        return _fold_ascii(joined).split("\n") if short else []
    is_plain = [text.isascii() for text in short]
    plain = iter(_fold_ascii("\n".join(compress(short, is_plain))).split("\n"))
    rest = iter(_fold_any("\n".join(compress(short, map(not_, is_plain)))).split("\n"))
    return [next(plain) if is_ascii else next(rest) for is_ascii in is_plain]


def _foldable(text: str) -> str:
    """Return as much of a line as is folded, without what Markdown links lead to."""
    if "](" in text[:_FOLD_CHARS]:
        text = _MARKDOWN_LINK.sub(r"\1", text[: 2 * _FOLD_CHARS])
    return text[:_FOLD_CHARS]


def _fold_ascii(text: str) -> str:
    """Return what ``_fold_any`` returns of ASCII text, at a fraction of the cost: by a table of 128 characters."""
    text = _ASCII_DIGITS.sub("#", text.replace("`", "'")).translate(_ASCII_FOLDED)
    while "  " in text:
        text = text.replace("  ", " ")
    return _trimmed(text)


def _fold_any(text: str) -> str:
    """Return the lines of a text folded, each by itself."""
    text = unicodedata.normalize("NFKC", text).casefold()
    for mark in _APOSTROPHES:  # str.translate takes 30 times as long
        text = text.replace(mark, "'")
    return _trimmed(_NOT_WORD.sub(" ", _DIGITS.sub("#", text)))


def _trimmed(text: str) -> str:
    return "\n".join([line.strip(" '") for line in text.split("\n")])


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


def split_lines(text: str) -> tuple[Line, ...]:
    r"""Return the visible lines of a text in order.

    >>> [(line.number, line.gap, line.text, line.key) for line in split_lines("A b\n\n \n- Mein Konto \n")]
    [(1, 0, 'A b', 'a b'), (4, 2, '- Mein Konto', 'mein konto')]
    """
    numbers, gaps, starts, shown = [], [], [], []
    gap = 0
    for number, (start, body) in enumerate(located_lines(text), 1):
        seen = body.strip()
        if seen and (seen[0] in _ZERO_WIDTH or seen[-1] in _ZERO_WIDTH):
            found = _VISIBLE.search(seen)
            seen = found.group() if found else ""
        if not seen:
            gap += 1
            continue
        numbers.append(number)
        gaps.append(gap)
        starts.append(start if len(seen) == len(body) else start + body.index(seen))
        shown.append(seen)
        gap = 0
    inner = list(map(bare, shown))
    ends = [at + len(seen) for at, seen in zip(starts, shown, strict=True)]
    return tuple(map(Line._make, zip(numbers, gaps, starts, ends, shown, inner, fold_all(inner), repeat(None))))
