"""What a line of flattened text is made of: prose, a headline, or a text that was cut off."""

from __future__ import annotations

import re
from functools import lru_cache

#: Signs that end a sentence, of all scripts, and what may close behind them.
_STOPS = frozenset(".!?。！？｡।؟۔…")
_SENTENCE_END = re.compile(r"[.!?。！？｡।؟۔…][\"'”“’‘»«›‹)\]\s]*$")
_CLOSERS = "\"'”“’‘»«›‹)] \u00a0\u202f"

#: A sentence ends inside the line and another begins: a lower-case letter, digit or closer before the stop (so
#: that initials and "U.S. Senate" do not count), white space and a capital or an opening quote behind it.
_NEXT_SENTENCE = re.compile(
    r"(?:[a-zß-öø-ÿа-яα-ωşğıçńśźżłěščřžýáíéůőű]{2}|\d|[\"”»)])[.!?][\"”“’»)]{0,2}\s+[\"„“«¿¡(]?[A-ZÀ-ÞА-ЯΑ-ΩŞİÇŚŹŻŁĚŠČŘŽ]"
)

#: A cut-off text ends in an ellipsis, perhaps in brackets.
_CUT_OFF = re.compile(r"(?:\.{3,}|…|\[(?:\.\.\.|…)\]|\((?:\.\.\.|…)\))\s*$")

#: Scripts that set no white space between words fit a sentence into fewer characters.
DENSE_SCRIPTS = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF))
_DENSE = re.compile(f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in DENSE_SCRIPTS)}]")

#: Many rules ask the same of a line; what a page of this many lines answered is remembered.
_REMEMBERED = 4_096

#: Shorter sentences also stand as headlines, captions and list entries.
PROSE_CHARS = 100
_DENSE_PROSE_CHARS = 40


def is_dense(text: str) -> bool:
    """Return whether text begins in a script that fits a sentence into few characters."""
    return not text.isascii() and _DENSE.search(text[:20]) is not None


def ends_sentence(text: str) -> bool:
    """Return whether text ends as a sentence does: with a stop, quotes and brackets behind it apart.

    >>> ends_sentence("He left.”"), ends_sentence("Mayor leaves office"), ends_sentence("Why now?")
    (True, False, True)
    """
    last = text[-1:]
    # Most lines end in a stop or a letter.
    return last in _STOPS or (not last.isalpha() and _SENTENCE_END.search(text[-12:]) is not None)


def ends_in_full_stop(text: str) -> bool:
    """Return whether text ends with a full stop, which headlines hardly do (but "?", "!" and "..." they may)."""
    return text[-12:].rstrip(_CLOSERS).endswith((".", "。", "।", "۔", "｡")) and not is_cut_off(text)


def is_cut_off(text: str) -> bool:
    """Return whether text breaks off in an ellipsis.

    >>> is_cut_off("The minister said that the..."), is_cut_off("The end.")
    (True, False)
    """
    tail = text[-12:]
    return ("..." in tail or "…" in tail) and _CUT_OFF.search(tail) is not None


def n_sentences(text: str) -> int:
    """Return how many sentences can be told apart in a line, at least 1.

    >>> n_sentences("He left. She stayed."), n_sentences("The U.S. Senate votes")
    (2, 1)
    """
    return 1 + len(_NEXT_SENTENCE.findall(text[:2000]))


@lru_cache(maxsize=_REMEMBERED)
def is_prose(text: str) -> bool:
    """Return whether a line reads as a paragraph: long, and a sentence from its start to its end.

    A teaser that breaks off in an ellipsis is none, unless it is long.
    """
    if len(text) < PROSE_CHARS and (len(text) < _DENSE_PROSE_CHARS or not is_dense(text)):
        return False
    if is_cut_off(text):
        return len(text) > 500  # teasers are cut at 100 to 350 characters
    return ends_sentence(text) or text.endswith(":") or len(text) > 300 or n_sentences(text) > 1


def is_headline(text: str) -> bool:
    """Return whether a line could be the headline of an article: short, one sentence, no full stop at its end.

    >>> is_headline("Ministerin tritt zurück"), is_headline("Sie ging."), is_headline("Zutaten:")
    (True, False, False)
    """
    return 2 < len(text) <= 160 and not ends_in_full_stop(text) and not text.endswith((":", ",", ";"))
