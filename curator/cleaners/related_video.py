"""Teasers of videos, which end in a date and a playing time: "... in the capital. 21.04.2024 | 3:18 min"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import COLON, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.model import Cut, Line

#: What a playing time ends with, a stop or bracket left out.
_UNITS = ("min", "Min", "mins", "Mins", "minutes", "Minuten", "minuti", "minutos", "минут", "мин", "dk")
_ENDS = (*_UNITS, *(f"{unit}." for unit in _UNITS), *(f"{unit})" for unit in _UNITS))

#: A day and behind it, parted by a bar or glued, minutes and seconds with their unit. A comma or bracket parts the
#: two in footnotes ("heute, 21.04.2024, 3:18 min"), tenths of a second stand in results of races.
_DAY = (
    r"(?:\d{1,2}\. ?\d{1,2}\. ?(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}/(?:19|20)\d\d"
    r"|\d{1,2}\.? [^\W\d_]{3,12}\.? (?:19|20)\d\d|[^\W\d_]{3,12}\.? \d{1,2}, (?:19|20)\d\d)"
)
_STAMP = re.compile(rf"{_DAY}(?: ?[|·•∙] ?\(?|\(?)\d{{1,3}}:[0-5]\d(?::[0-5]\d)? ?(?:{'|'.join(_UNITS)})(?:\.\)?|\))?$")
#: No stamp is longer; what stands before is not looked at.
_STAMP_CHARS = 60

#: The longest teaser seen has 280 characters.
_TEASER_CHARS = 500
#: A result of a race names a runner and a place, a teaser says a sentence.
_MIN_TEASER_WORDS = 6
_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”", "“", "»", "«", ")", "。", "！", "？")


def cut_related_video(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    r"""Cut teasers that end in the day and playing time of a video, and such a stamp alone below a sentence.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> teaser = "The ferry is late again, and the islanders have had enough."
    >>> text = f"{teaser} 21.04.2024 | 3:18 min\n{teaser} It ran for 3:18 min"
    >>> [each.start for each in cut_related_video(split_lines(text), load_phrases(), {})]
    [0]
    """
    for at in on_page(lines, phrases).where(_stamped):
        line = lines[at]
        front = _before_stamp(line.text)
        if front and _says_something(front):
            yield cut(line, "related", "related-video", "teaser with the day and playing time of a video")
        elif not front and at and line.gap <= 1 and _says_something(lines[at - 1].text):
            yield cut(line, "related", "related-video", "day and playing time of the video teased above")


def _before_stamp(text: str) -> str:
    """Return what stands before the stamp that text ends with."""
    found = _STAMP.search(text, max(0, len(text) - _STAMP_CHARS))
    return text[: found.start()].rstrip() if found else text


def _says_something(text: str) -> bool:
    """Return whether text is a sentence that ends: "run on 12.05.2024 | 36:10 min" is a result."""
    return len(text.split()) >= _MIN_TEASER_WORDS and text.endswith(_SENTENCE_ENDS)


def _stamped(batch: Batch) -> list[int]:
    """Return the lines that end in the day and playing time of a video."""
    able = places((batch.held & COLON > 0) & (batch.n_chars <= _TEASER_CHARS))
    ending = (i for i in able if batch.text[i].endswith(_ENDS))
    return [i for i in ending if _STAMP.search(batch.text[i], max(0, len(batch.text[i]) - _STAMP_CHARS))]


RULES = (
    BlockRule(
        "related-video",
        "related",
        cut_related_video,
        spares="results of races, footnotes, lists of works",
        also=_stamped,
    ),
)
