"""Lines -> what phrases are looked up by: case, punctuation, digits and accents' encoding do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

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
_DIGIT, _SPACE, _NUMBER, _LINE_FEED = (np.uint16(code) for code in (1, ord(" "), ord("#"), ord("\n")))


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
    codes = _codes("\n".join(short))
    folded = _fold_codes(codes)
    odd = (~_tables().plain.take(codes)).nonzero()[0]
    if odd.size:
        ends = (codes == _LINE_FEED).nonzero()[0]
        lines = sorted(set(np.searchsorted(ends, odd).tolist()))
        rest = unicodedata.normalize("NFKC", "\n".join([short[i] for i in lines])).casefold()
        for i, line in zip(lines, _fold_lines(rest), strict=True):
            folded[i] = line
    return folded


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
    codes = _codes(text)
    if len(codes) != len(text):  # characters above U+FFFF, which tables do not know
        return _fold_small(text).split("\n")
    return _fold_codes(codes)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")


def _fold_codes(codes: Codes) -> list[str]:
    """Return lines folded, each by itself, that hold nothing but plain characters."""
    forms, joining, _ = _tables()
    folded = forms.take(codes)
    digit = folded == _DIGIT
    between = (digit[:-2] & digit[2:] & ~digit[1:-1]).nonzero()[0] + 1
    folded[between[joining.take(codes.take(between))]] = _DIGIT
    # Of a run of digits or of spaces the first is kept.
    keep = np.ones(len(folded), dtype=bool)
    np.not_equal(folded[1:], folded[:-1], out=keep[1:])
    keep |= (folded != _DIGIT) & (folded != _SPACE)
    folded = folded[keep]
    folded[folded == _DIGIT] = _NUMBER
    return [line.strip(" '") for line in folded.tobytes().decode("utf-16-le", "surrogatepass").split("\n")]


class _Tables(NamedTuple):
    """What each character up to U+FFFF folds to, whether it joins the digits of a number, and whether it is plain.

    A plain character becomes one other in the form NFKC and when its case is folded, whatever stands beside it. Of
    characters in that form already the others fold by the table, too.
    """

    forms: Codes
    joining: NDArray[np.bool_]
    plain: NDArray[np.bool_]


@cache
def _tables() -> _Tables:
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
    single = _single_forms(chars)
    plain = single > 0
    # What is not plain is looked up in the form NFKC only, where it stands for itself.
    single[~plain] = np.arange(0x10000)[~plain]
    return _Tables(forms.take(single), joining.take(single), plain)


def _single_forms(chars: str) -> NDArray[np.intp]:
    """Return for each character the one that it always becomes by NFKC and case folding, or 0."""
    found = np.arange(0x10000)
    found[0xD800:0xE000] = 0
    rest = chars[:0x3400] + chars[0xA000:0xAC00] + chars[0xE000:]  # less ideographs and Hangul syllables
    combining = set(filter(unicodedata.combining, rest))
    # The second half of a pair that becomes one character, and the vowels and ends of Hangul syllables.
    pairs = (pair for pair in map(unicodedata.decomposition, rest) if " " in pair and pair[0] != "<")
    combining |= {chr(int(pair.split()[1], 16)) for pair in pairs}.union(map(chr, range(0x1160, 0x1200)))
    for char in rest:
        one = unicodedata.normalize("NFKC", char)
        form = one.casefold()
        single = len(form) == len(one) == 1 and one not in combining and form < "\U00010000"
        found[ord(char)] = ord(form) if single else 0
    return found
