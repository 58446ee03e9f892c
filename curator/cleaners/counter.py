"""Numbers of views, shares and comments on a line of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from curator.cleaners.batch import Batch
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.shape import LONG_CHARS, is_prose
from curator.model import Cut, Line

#: "2154", "1.432", "12,5K", "3 Tsd.": one number, thousands grouped or shortened.
_NUMBER = re.compile(
    r"\d{1,3}(?:[.,\u00a0\u202f' ]\d{3}){1,2}|\d{1,6}|\d{1,4}(?:[.,]\d)?\s?(?:k|m|mil|tsd\.?|тыс\.?)", re.I
)
_SHORTENED = re.compile(r"#\s?(?:k|m|tsd|mil|mio|тыс)\b")
#: The longest unit with the blank before it.
_UNIT_CHARS = 4

_MAX_NUMBER_CHARS = 12

#: Single digits number sections and slides; no site shows so small a count as the only thing on a line.
_LEAST = 10
#: More lines than these are a table, a score or the numbers of sections.
_MAX_NUMBER_LINES = 2
#: How far above the first paragraph of prose a counter may stand: headline, lede, captions.
_MAX_LINES_ABOVE = 8

#: What readers gave a comment: "+1", "-3", "0".
_VOTE = re.compile(r"[+\-−–][1-9]\d{0,3}|0")
_MAX_VOTE_CHARS = 5
#: Fewer may be steps of a scale, each with a paragraph below: "-1", "0", "+1".
_MIN_VOTES = 5
#: A vote stands beside the text of a comment: tables and scores have short lines around.
_COMMENT_CHARS, _MIN_COMMENT_WORDS, _NAMING_CHARS = 40, 6, 4
#: And near its stamp, or a button to answer it: places won and lost in a ranking ("+2") have none.
_REACH, _TIMED_CHARS, _MIN_RATIO_TIMED = 3, 80, 0.6
#: Its day and time, glued at times: a clock alone stands beside temperatures, scores of golfers, votes in minutes.
_STAMP = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.{0,8}?\d[:hH][0-5]\d(?!\d)")


def cut_counter_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines such as "1.204 views" or "Post Views: 1.432".

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Post Views: 1.432\n1.432 views were measured.")
    >>> [found.end for found in cut_counter_line(lines, load_phrases())]
    [17]
    """
    for line in lines:
        if "#" in line.key and phrases.has("counter.line", _SHORTENED.sub("#", line.key)):
            yield cut(line, "counter", "counter-line", "number of views, reads or shares")


def _may_count(batch: Batch) -> list[int]:
    """Return the lines with a number that are no longer than a phrase can be before its numbers lose their units."""
    most = _most_chars(batch.phrases.of("counter.line"))
    return [i for i in batch.numbered.tolist() if len(batch.key[i]) <= most]


@cache
def _most_chars(phrases: frozenset[str]) -> int:
    return max((len(phrase) + _UNIT_CHARS * phrase.count("#") for phrase in phrases), default=0)


def cut_counter_pair(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut a number with the word for what it counts on the next line: "125", "Shares"."""
    for at in sorted(on_page(lines, phrases).opened_by(("counter.unit",))):
        number, unit = lines[at - 1], lines[at]
        near = at > 0 and unit.gap <= 1 and phrases.has("counter.unit", unit.key)
        if near and len(number.bare) <= _MAX_NUMBER_CHARS and _NUMBER.fullmatch(number.bare):
            yield cut(number, "counter", "counter-pair", "number above what it counts")
            yield cut(unit, "counter", "counter-pair", "what the number above counts")


def cut_counter_alone(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut a number that stands alone between headline or lede and the first paragraphs, or behind the last."""
    page = on_page(lines, phrases)
    numbers = page.where(_numbers)
    if not 0 < len(numbers) <= _MAX_NUMBER_LINES or (span := page.prose_span) is None:
        return
    for i in numbers:
        if _is_count(lines[i].text) and _stands_outside(lines, i, span):
            yield cut(lines[i], "counter", "counter-alone", "number alone beside headline, lede or end")


def _numbers(batch: Batch) -> list[int]:
    """Return the lines that are nothing but a number."""
    return [i for i in batch.numbered_within(_MAX_NUMBER_CHARS) if _NUMBER.fullmatch(batch.text[i])]


def _is_count(text: str) -> bool:
    """Return whether a number can be a count: no year, no number of a section."""
    if not text.isdecimal():
        return True
    value = int(text)
    return value >= _LEAST and not 1900 <= value <= 2099


def _stands_outside(lines: Sequence[Line], at: int, span: tuple[int, int]) -> bool:
    """Return whether a line stands near the front or behind the prose, with words around it."""
    if at > span[1]:
        return True
    first_long = next((i for i in range(at + 1, len(lines)) if is_prose(lines[i])), None)
    if first_long is None or at == 0:
        return False
    prose_above = sum(is_prose(line) for line in lines[:at])
    return prose_above <= 1 and first_long - at <= _MAX_LINES_ABOVE


def cut_counter_votes(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    r"""Cut the votes for comments: five or more signed numbers or zeros, each alone beside a line of text.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> comment = "I have crossed that bridge every day for years, and nobody ever asked me."
    >>> text = "".join(f"{comment}\n{vote}\nJane, 3.5.24 12:44\n" for vote in ("+1", "0", "-2", "+1", "+4"))
    >>> [text[each.start : each.end] for each in cut_counter_votes(split_lines(text), load_phrases(), {})]
    ['+1', '0', '-2', '+1', '+4']
    >>> list(cut_counter_votes(split_lines("Home team\n+1\nGuests\n-1\n" * 3), load_phrases(), {}))
    []
    """
    page = on_page(lines, phrases)
    votes = [i for i in page.where(_votes) if _is_beside_comment(lines, i)]
    # Steps of a scale are all different; so many readers never are.
    if len(votes) < _MIN_VOTES or len({lines[i].text for i in votes}) == len(votes):
        return
    if sum(_is_near_time(lines, i, phrases) for i in votes) >= _MIN_RATIO_TIMED * len(votes):
        for i in votes:
            yield cut(lines[i], "counter", "counter-votes", "votes for a reader's comment")


def _votes(batch: Batch) -> list[int]:
    return [i for i in batch.numbered_within(_MAX_VOTE_CHARS) if _VOTE.fullmatch(batch.text[i])]


def _is_beside_comment(lines: Sequence[Line], at: int) -> bool:
    """Return whether a line stands between two with letters, one of which is long enough for a comment."""
    if not 0 < at < len(lines) - 1:
        return False
    around = (lines[at - 1].text, lines[at + 1].text)
    return all(_names(text) for text in around) and any(_is_comment(text) for text in around)


def _is_near_time(lines: Sequence[Line], at: int, phrases: Phrases) -> bool:
    """Return whether a line near by gives day and time, or is a button to answer."""
    near = (lines[i] for i in range(max(0, at - _REACH), min(at + _REACH + 1, len(lines))) if i != at)
    return any(
        len(line.text) <= _TIMED_CHARS
        and (
            _STAMP.search(line.text) or phrases.has("comments.reply", line.key) or phrases.has("calendar.ago", line.key)
        )
        for line in near
    )


def _names(text: str) -> bool:
    return len(text) >= _NAMING_CHARS and any(map(str.isalpha, text[:_COMMENT_CHARS]))


def _is_comment(text: str) -> bool:
    return len(text) >= _COMMENT_CHARS and len(text[:LONG_CHARS].split()) >= _MIN_COMMENT_WORDS


RULES = (
    LineRule(
        "counter-line",
        "counter",
        cut_counter_line,
        spares="sentences with numbers of views",
        also=_may_count,
    ),
    BlockRule(
        "counter-pair", "counter", cut_counter_pair, spares="numbers in tables and lists", needs=("counter.unit",)
    ),
    BlockRule(
        "counter-alone",
        "counter",
        cut_counter_alone,
        spares="years, numbers of sections, tables, scores, one-digit numbers",
        also=_numbers,
    ),
    BlockRule(
        "counter-votes",
        "counter",
        cut_counter_votes,
        spares="scores and tables, steps of a scale, zeros that a program prints",
        also=_votes,
    ),
)
