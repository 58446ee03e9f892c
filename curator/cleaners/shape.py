"""What a line looks like: prose, the end of a sentence, how many words."""

from __future__ import annotations

import re
from functools import lru_cache

from curator.model import Line

#: The end of a sentence, in any script, with quotes, brackets or a footnote mark behind it.
_STOPS = frozenset(".!?…。！？؟।")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।।][\"'»«”“’)\]\d*]{0,4}$")

#: Scripts that set no spaces between words: their characters count, two for a word.
UNSPACED_SCRIPTS = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x0E00, 0x0E7F))
_UNSPACED = re.compile(f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in UNSPACED_SCRIPTS)}]")

#: A line counts as prose from this length on if it ends as sentences do, and from the second without that.
#: Headlines and teasers with a full stop are shorter (hand labels: 96 % of the lines that fit are body).
SENTENCE_CHARS = 80
LONG_CHARS = 200
_PROSE_UNSPACED_CHARS = 40

#: Many rules ask the same of a line; what a page of this many lines answered is remembered.
_REMEMBERED = 4_096

#: Only the tail of a line is looked at for its end: a line of 400,000 characters costs nothing.
_TAIL_CHARS = 8


def ends_sentence(text: str) -> bool:
    """Return whether text ends as a sentence does.

    >>> ends_sentence("Es regnet."), ends_sentence("„Nein!“"), ends_sentence("Wetter")
    (True, True, False)
    """
    last = text[-1:]
    # Most lines end in a stop or a letter.
    return last in _STOPS or (not last.isalpha() and _SENTENCE_END.search(text[-_TAIL_CHARS:]) is not None)


def n_words(text: str) -> int:
    """Return the number of words; in scripts without spaces, every two characters count as one.

    >>> n_words("Mein Konto"), n_words("イチロー氏が米国を")
    (2, 5)
    """
    words = len(text.split())
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text[:400]))
    return words + (unspaced + 1) // 2 - (unspaced > 0)


def _unspaced(text: str) -> bool:
    return _UNSPACED.search(text[:400]) is not None


def is_prose(line: Line) -> bool:
    """Return whether a line can only be running text: long, and with the end of a sentence."""
    return len(line.text) >= _PROSE_UNSPACED_CHARS and _is_prose(line.text)


@lru_cache(maxsize=_REMEMBERED)
def _is_prose(text: str) -> bool:
    if len(text) >= SENTENCE_CHARS:
        return len(text) >= LONG_CHARS or ends_sentence(text)
    return ends_sentence(text) and _unspaced(text)


def is_bulleted(line: Line) -> bool:
    """Return whether a bullet stands at the front of a line."""
    return len(line.bare) < len(line.text)
