"""Lines -> what phrases are looked up by: case, punctuation, digits and accents' encoding do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import chain, compress
from operator import not_

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

#: A line folds only this far: no phrase is longer, and a paragraph of 10,000 characters costs nothing.
_FOLD_CHARS = 160

_DIGITS = re.compile(r"\d+(?:[.,:’'\u00a0\u202f ]\d+)*")
# A run of what is no word becomes one space. A single space is one already: leaving it alone saves most of the time.
# Not of a line feed: many lines are folded at once, joined by it.
_NOT_WORD = re.compile(r"[^\w#'%°€$£\n]{2,}|[^\w#'%°€$£ \n]")
#: A Markdown link, as html2text writes it; what it leads to says nothing about the line. Neither part can match
#: the bracket that ends it, and a line is looked at only as far as it folds.
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,150})\]\([^()\s]{0,150}\)")
_APOSTROPHES = "’‘ʼ`´"

#: So many lines are folded at once: what does not fit into the processor's cache takes longer.
_TOGETHER = 1_000

#: Stands for a digit while text is folded: a control character, which itself becomes a space.
_DIGIT, _SPACE, _NUMBER = (np.uint16(code) for code in (1, ord(" "), ord("#")))


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
    return _fold_small(text if text.isascii() else unicodedata.normalize("NFKC", text))


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return what ``fold`` returns for each text, none of which has a line feed: many in a few passes.

    >>> fold_all(["Kommentare (1.204)", "À lire :", "B 2"])
    ['kommentare #', 'à lire', 'b #']
    """
    return list(chain.from_iterable(_fold_some(texts[i : i + _TOGETHER]) for i in range(0, len(texts), _TOGETHER)))


def _fold_some(texts: Sequence[str]) -> list[str]:
    short = [_foldable(text) if len(text) > _FOLD_CHARS or "](" in text else text for text in texts]
    is_plain = list(map(str.isascii, short))
    if all(is_plain):
        return _fold_lines("\n".join(short))
    rest = unicodedata.normalize("NFKC", "\n".join(compress(short, map(not_, is_plain)))).casefold()
    others = iter(_fold_lines(rest))
    if not any(is_plain):
        return list(others)
    plain = iter(_fold_lines("\n".join(compress(short, is_plain))))
    return [next(plain) if is_ascii else next(others) for is_ascii in is_plain]


def _foldable(text: str) -> str:
    """Return as much of a line as is folded, without what Markdown links lead to."""
    if "](" in text[:_FOLD_CHARS]:
        text = _MARKDOWN_LINK.sub(r"\1", text[: 2 * _FOLD_CHARS])
    return text[:_FOLD_CHARS]


def _fold_small(text: str) -> str:
    """Return the lines of a text in the form NFKC folded, each by itself: as ``_fold_lines`` does, for short texts."""
    text = text.casefold()
    for mark in _APOSTROPHES:  # str.translate takes 30 times as long
        text = text.replace(mark, "'")
    return _trimmed(_NOT_WORD.sub(" ", _DIGITS.sub("#", text)))


def _trimmed(text: str) -> str:
    return "\n".join([line.strip(" '") for line in text.split("\n")])


def _fold_lines(text: str) -> list[str]:
    """Return the lines of a text in the form NFKC folded, each by itself: capitals are ASCII at most."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if len(codes) != len(text):  # characters above U+FFFF, which tables do not know
        return _fold_small(text).split("\n")
    forms, joining = _tables()
    folded = forms.take(codes)
    digit = folded == _DIGIT
    between = np.flatnonzero(digit[:-2] & digit[2:] & ~digit[1:-1]) + 1
    folded[between[joining.take(codes.take(between))]] = _DIGIT
    # Of a run of digits or of spaces the first is kept.
    keep = np.ones(len(folded), dtype=bool)
    np.not_equal(folded[1:], folded[:-1], out=keep[1:])
    keep |= (folded != _DIGIT) & (folded != _SPACE)
    folded = folded[keep]
    folded[folded == _DIGIT] = _NUMBER
    return [line.strip(" '") for line in folded.tobytes().decode("utf-16-le", "surrogatepass").split("\n")]


@cache
def _tables() -> tuple[Codes, NDArray[np.bool_]]:
    """Return what each character up to U+FFFF folds to, and whether it joins the digits of a number."""
    chars = "".join(map(chr, range(0x10000)))
    forms = np.full(0x10000, _SPACE, dtype="<u2")
    for found in re.finditer(r"[\w#'%°€$£\n]+", chars):
        forms[found.start() : found.end()] = np.arange(found.start(), found.end())
    for found in re.finditer(r"\d+", chars):
        forms[found.start() : found.end()] = _DIGIT
    forms[ord("A") : ord("Z") + 1] += np.uint16(ord("a") - ord("A"))
    forms[[ord(mark) for mark in _APOSTROPHES]] = ord("'")
    joining = np.zeros(0x10000, dtype=bool)
    joining[[ord(mark) for mark in ".,:' \u00a0\u202f" + _APOSTROPHES]] = True
    return forms, joining
