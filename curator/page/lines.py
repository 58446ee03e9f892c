"""Text -> visible lines, each with the folded form that phrases are looked up by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from curator.model import Line

#: A line folds only this far: no phrase is longer, and a paragraph of 10,000 characters costs nothing.
_FOLD_CHARS = 160

#: White space and the characters that show nothing: zero-width, joiners, bidi marks, soft hyphen, BOM.
_INVISIBLE = "\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_VISIBLE = re.compile(rf"[^{_INVISIBLE}](?:.*[^{_INVISIBLE}])?", re.DOTALL)

#: List marks at the front of a line. A dash counts only with white space behind it: "-5 °C" is no bullet.
_BULLETS = re.compile(r"(?:[•‣◦▪▫■□●○►▶▸»›✓✔➤➔→·∙⁃*|>]+\s*|[-–—]\s+)+")

_DIGITS = re.compile(r"\d+(?:[.,:’'\u00a0\u202f ]\d+)*")
# A run of what is no word becomes one space. A single space is one already: leaving it alone saves most of the time.
_NOT_WORD = re.compile(r"[^\w#'%°€$£]{2,}|[^\w#'%°€$£ ]")
#: A Markdown link, as html2text writes it; what it leads to says nothing about the line. Neither part can match
#: the bracket that ends it, and a line is looked at only as far as it folds.
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,150})\]\([^()\s]{0,150}\)")
_APOSTROPHES = "’‘ʼ`´"
_DIGIT = re.compile(r"\d")
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
    if "](" in text[:_FOLD_CHARS]:
        text = _MARKDOWN_LINK.sub(r"\1", text[: 2 * _FOLD_CHARS])
    text = text[:_FOLD_CHARS]
    if text.isascii():
        # As below, at a fraction of the cost: a table of 128 characters, and no search where there is no digit.
        text = text.replace("`", "'")
        text = _DIGITS.sub("#", text) if _DIGIT.search(text) else text
        return " ".join(text.translate(_ASCII_FOLDED).split()).strip(" '")
    text = unicodedata.normalize("NFKC", text).casefold()
    for mark in _APOSTROPHES:  # str.translate takes 30 times as long
        text = text.replace(mark, "'")
    return _NOT_WORD.sub(" ", _DIGITS.sub("#", text)).strip(" '")


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
    start = 0
    for piece, body in zip(text.splitlines(keepends=True), text.splitlines(), strict=True):
        yield start, start + len(body)
        start += len(piece)


def split_lines(text: str) -> tuple[Line, ...]:
    r"""Return the visible lines of a text in order.

    >>> [(line.number, line.gap, line.text, line.key) for line in split_lines("A b\n\n \n- Mein Konto \n")]
    [(1, 0, 'A b', 'a b'), (4, 2, '- Mein Konto', 'mein konto')]
    """
    lines = []
    gap = 0
    for number, (start, end) in enumerate(line_spans(text), 1):
        seen = _VISIBLE.search(text, start, end)
        if seen is None:
            gap += 1
            continue
        shown = seen.group()
        inner = bare(shown)
        lines.append(Line(number, gap, seen.start(), seen.end(), shown, inner, fold(inner)))
        gap = 0
    return tuple(lines)
