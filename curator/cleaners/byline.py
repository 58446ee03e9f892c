"""Author, date, agency and reading time on a line of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import BRACKET, Batch, places
from curator.cleaners.bio import portraits
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, Rule, cut
from curator.cleaners.sentence import ends_in_full_stop, is_prose, n_sentences
from curator.model import Cut, Line

#: Several authors with their places, and a date: "By Jo Doe in Rome and Max Muster 6 November 2023, 10:15".
_BYLINE_CHARS = 120
_NAME_WORDS = 8

#: A note on who did what: "Reporting by Jo Doe in Paris; Editing by Max Muster".
_NOTE_CHARS = 160

#: Such a note may go on in small letters while it is short: "Aus dem Englischen übersetzt von Jo Doe".
_SHORT_NOTE_CHARS = 50

#: An agency in brackets, on a line of its own: "(dpa/lsw)", "(APA, red)".
_AGENCY = re.compile(
    r"\((?:APA|AFP|AP|dpa|KNA|epd|SDA|sda|ANSA|EFE|PAP|afp|apa|ots|Reuters)(?:[/, ]{1,2}\w{2,5}){0,3}\)"
)

#: Neither is longer.
_BRACKETS_CHARS = 24

#: Below the text initials alone will do: "(dmk)". Within it such words are stage directions: "(lacht)", "(ab)".
_INITIALS = re.compile(r"\([a-zäöü]{2,4}(?:[/,] ?[a-zäöü]{2,5}){0,3}\)")

#: A day: "19.10.2019", "2023-11-01", "11/06/2024", "08.03.22", "2024年5月1日".
_DAY = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)"
    r"|\d{4}年\d{1,2}月|\d{4}년 ?\d{1,2}월"
)
#: What every day above and every year has in it.
_MAY_DATE = re.compile(r"\d(?:\d{3}|[./-]\d{1,2}[./-]\d\d)")
_TIME = re.compile(r"\b\d{1,2}[:h.]\d{2}\b|\b(?:ago|vor|hace|il y a)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
#: A number by itself; "3i" begins a name.
_NUMBER = re.compile(r"\d+\b")

#: A name or a date on a line of its own is no longer than this.
_BELOW_CHARS = 40
#: A label above a name or a date is a phrase under one of these names.
_LABELS = ("byline.by", "byline.dated")
_LABEL_CHARS = 30
_DATED_CHARS = 70


def _is_name_list(text: str, phrases: Phrases) -> bool:
    """Return whether text could be names, each of two words or more, perhaps with a date behind them."""
    words = [word for word in _TOKEN.findall(text) if not word.isdigit()]
    if any(map(str.isdigit, text)):
        words = [word for word in words if not _is_date_word(word, phrases)]
    particles = phrases.of("byline.particle")
    names = [word for word in words if word.casefold() not in particles]
    if not 1 <= len(names) <= _NAME_WORDS or len(words) > _NAME_WORDS + 4:
        return False
    return all(word[0].isupper() or not word[0].islower() for word in names)


def _is_date_word(word: str, phrases: Phrases) -> bool:
    folded = word.casefold()
    return folded in phrases.of("byline.date_word") or folded in phrases.of("byline.date_filler")


def _is_date(text: str, phrases: Phrases) -> bool:
    """Return whether text holds a day and nothing but words of dates.

    >>> from curator.cleaners.phrases import load_phrases
    >>> [_is_date(text, load_phrases()) for text in ("Mittwoch, 01.11.2023", "5 mai 2021 à 10h30", "Mai 68")]
    [True, True, False]
    """
    words = _TOKEN.findall(text)
    if not 2 <= len(words) <= 16:
        return False
    if not all(word.isdigit() or _is_date_word(word, phrases) for word in words):
        return (
            bool(_DAY.search(text))
            and text[:1].isdigit()
            and len(words) <= 8
            and not any(len(word) > 3 for word in words if not word.isdigit())
        )
    if _DAY.search(text):
        return True
    month = any(word.casefold() in phrases.of("byline.date_word") for word in words)
    numbers = [word for word in words if word.isdigit()]
    return month and len(numbers) >= 2 and any(_YEAR.fullmatch(number) for number in numbers)


def cut_byline_author(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that name the author behind "By": "Von Jo Doe", "By Jo Doe 6 November 2023".

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("By Jo Doe\nBy the river they waited\nVon Bonn nach Berlin\nPar Les Échos")
    >>> [found.start for found in cut_byline_author(lines, load_phrases())]
    [0, 56]
    """
    for line in lines:
        if len(line.text) > _BYLINE_CHARS or line.text.endswith((":", "?", "!")) or not line.bare[0].isalpha():
            continue
        by = phrases.starting("byline.by", line.key)
        if by is None or (ends_in_full_stop(line.text) and line.text.count(" ") > 5):
            continue
        rest = line.bare.split(None, by.count(" ") + 1)[by.count(" ") + 1 :]
        # "Di 16.01.2024" is a Tuesday, not the Italian "di".
        if rest and rest[0].count(" ") >= 1 and not _NUMBER.match(rest[0]) and _is_name_list(rest[0], phrases):
            yield cut(line, "byline", "byline-author", "names the author")


def cut_byline_role(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that name who wrote or made the article behind a role: "Redaktion: Jo Doe"."""
    for line in lines:
        front, colon, rest = line.bare.partition(":" if ":" in line.bare[:40] else "|")
        if not colon or len(line.text) > _BYLINE_CHARS or line.bare != line.text:
            continue
        if (
            phrases.has("byline.role", _key_of(front, line))
            and 2 < len(rest.strip()) <= 80
            and (not any(map(str.isdigit, rest)) or _DAY.search(rest))
            and _is_name_list(rest, phrases)
        ):
            yield cut(line, "byline", "byline-role", "names who made the article")


def _key_of(front: str, line: Line) -> str:
    """Return the folded form of the words at the front of a line."""
    return " ".join(line.key.split(" ")[: len(_TOKEN.findall(front))])


def cut_byline_note(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut notes on who did what: "Reporting by Jo Doe; Editing by Max Muster", "(dpa)", "AFP"."""
    for line in lines:
        if len(line.text) > _NOTE_CHARS:
            continue
        if phrases.has("byline.line", line.key) or _is_agency(line):
            yield cut(line, "byline", "byline-note", "agency, editor or role of a byline")
        elif _is_note(line, phrases):
            yield cut(line, "byline", "byline-note", "says who did what for the article")


def _is_agency(line: Line) -> bool:
    return line.text[0] == "(" and len(line.text) <= _BRACKETS_CHARS and _AGENCY.fullmatch(line.text) is not None


def _in_brackets(batch: Batch) -> list[int]:
    return places((batch.first & BRACKET > 0) & (batch.n_chars <= _BRACKETS_CHARS))


def _is_note(line: Line, phrases: Phrases) -> bool:
    """Return whether a line opens as a note and names somebody next: "Editing by candlelight" does not."""
    phrase = phrases.starting("byline.note", line.key)
    if phrase is None or line.text[0].islower() or line.text.count(" ") < 2 or n_sentences(line.text) > 2:
        return False
    rest = line.bare.split(None, phrase.count(" ") + 1)[phrase.count(" ") + 1 :]
    return bool(rest) and (not rest[0][0].islower() or len(line.text) <= _SHORT_NOTE_CHARS)


def cut_byline_dated(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that say when the article was published or changed: "Stand: 24.01.2024, 10:05 Uhr"."""
    for line in lines:
        if len(line.text) > _BYLINE_CHARS or (ends_in_full_stop(line.text) and line.text.count(" ") > 8):
            continue
        label = phrases.starting("byline.dated", line.key)
        if label is None or not any(map(str.isdigit, line.text)):
            continue
        words = _TOKEN.findall(line.bare)[len(_TOKEN.findall(label.replace("#", ""))) :]
        if _is_date_and_names(words, line.text, phrases):
            yield cut(line, "byline", "byline-dated", "says when the article was published")


def _is_date_and_names(words: Sequence[str], text: str, phrases: Phrases) -> bool:
    """Return whether words are a date and a few names: "10 May 2021, 10:05 by Jo Doe", but not "12 percent"."""
    rest = [word for word in words if not word.isdigit() and not _is_date_word(word, phrases)]
    if len(rest) == len(words) or len(rest) > 6 or not all(_is_small_or_name(word, phrases) for word in rest):
        return False
    month = any(word.casefold() in phrases.of("byline.date_word") for word in words)
    return month or _DAY.search(text) is not None or _TIME.search(text) is not None


def _is_small_or_name(word: str, phrases: Phrases) -> bool:
    return not word[0].islower() or word.casefold() in phrases.of("byline.particle")


def cut_byline_reading_time(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that say how long the article takes to read: "5 min read", "Lesezeit: 3 Minuten"."""
    for line in lines:
        phrase = phrases.starting("byline.reading", line.key) if len(line.text) <= 60 else None
        if phrase is None or "#" not in line.key:
            continue
        if all(word == "#" or word in phrases.of("byline.minute") for word in line.key[len(phrase) :].split()):
            yield cut(line, "byline", "byline-reading-time", "says how long it takes to read")


def cut_byline_date(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut lines of nothing but a date, or a name and a date, above the text or below it."""
    page = on_page(lines, phrases)
    dates = [i for i in page.where(dated) if i not in marks]
    if not dates:
        return
    apart = portraits(lines, phrases, marks)
    prose = [i for i in page.paragraphs if i not in marks and i not in apart]
    if not prose and len(dates) > 2:
        return  # a chronicle of short entries
    first, second, last = (prose[0], prose[min(1, len(prose) - 1)], prose[-1]) if prose else (len(lines), 0, -1)
    inside = sum(first < i < last for i in dates)
    for i in dates:
        outside = i < first or i > last or (i < second and inside == 1)
        if outside and not _heads_entry(lines, i):
            yield cut(lines[i], "byline", "byline-date", "date of the article on a line of its own")


def dated(batch: Batch) -> list[int]:
    """Return the lines that are nothing but a date, or a name with a day behind it."""
    return [i for i in batch.numbered_within(_DATED_CHARS) if is_dated(batch.lines[i], batch.phrases)]


def _heads_entry(lines: Sequence[Line], date: int) -> bool:
    """Return whether a short sentence stands below a date, as in a chronicle."""
    if date + 1 == len(lines) or date == 0:
        return False
    below = lines[date + 1].text
    return len(below) >= 30 and ends_in_full_stop(below) and not is_prose(below)


def is_dated(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is nothing but a date, or a name with a day behind it: "Jo Doe 19.10.2019, 05:00 Uhr"."""
    text = line.text
    if len(text) > _DATED_CHARS or "#" not in line.key or text.endswith(":") or not _MAY_DATE.search(text):
        return False
    if _is_date(text, phrases):
        return True
    if line.bare != text or not 2 <= text.count(" ") <= 9 or ends_in_full_stop(text):
        return False
    words = _TOKEN.findall(text)
    rest = [word for word in words if not word.isdigit() and not _is_date_word(word, phrases)]
    if not 1 <= len(rest) <= 4 or not all(word[0].isupper() for word in rest):
        return False
    return (len(rest) >= 2 or text[0].isdigit() is False) and _has_day(words, text, phrases)


def _has_day(words: Sequence[str], text: str, phrases: Phrases) -> bool:
    if _DAY.search(text):
        return True
    month = any(word.casefold() in phrases.of("byline.date_word") for word in words)
    return month and sum(word.isdigit() for word in words) >= 2 and any(_YEAR.fullmatch(word) for word in words)


def cut_byline_below_label(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut a label such as "Written by" or "Published" with the name or date on the line below it."""
    for i in on_page(lines, phrases).where(_labels):
        if i + 1 == len(lines) or i + 1 in marks or len(lines[i + 1].text) > _BELOW_CHARS:
            continue
        line, below = lines[i], lines[i + 1]
        named = phrases.has("byline.by", line.key) and line.text[0].isupper() and _is_one_name(below.bare, phrases)
        if named or (phrases.has("byline.dated", line.key) and _is_date(below.bare, phrases)):
            yield cut(line, "byline", "byline-below-label", "label of the author or date")
            yield cut(below, "byline", "byline-below-label", "name or date below its label")


def _labels(batch: Batch) -> list[int]:
    return sorted(i for i in batch.opened_by(_LABELS) if len(batch.text[i]) <= _LABEL_CHARS)


def _is_one_name(text: str, phrases: Phrases) -> bool:
    """Return whether text could be the name of one person: two to four words, both ends capitalised."""
    words = text.split()
    if not 2 <= len(words) <= 4 or not words[-1][0].isupper() or ends_in_full_stop(text):
        return False
    return _is_name_list(text, phrases)


def cut_byline_source(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the line below the text that names its agency, paper or editor: "Quelle: dpa", "(dmk)"."""
    able = on_page(lines, phrases).where(_may_tell_source)
    telling = {i for i in able if i and (_names_source(lines[i], phrases) or _is_initials(lines[i]))}
    apart = portraits(lines, phrases, marks) if telling else ()
    for i in range(len(lines) - 1, 0, -1) if telling else ():
        if i not in marks and i not in apart and is_prose(lines[i].text):
            break
        if i in telling:
            yield cut(lines[i], "byline", "byline-source", "names the source of the article")


def _may_tell_source(batch: Batch) -> list[int]:
    return sorted(batch.opened_by(("byline.source",)).union(batch.once(_in_brackets)))


def _is_initials(line: Line) -> bool:
    return line.text[0] == "(" and len(line.text) <= _BRACKETS_CHARS and _INITIALS.fullmatch(line.text) is not None


def _names_source(line: Line, phrases: Phrases) -> bool:
    if len(line.text) > 80 or ":" not in line.text:
        return False
    front, _, rest = line.text.partition(":")
    if not phrases.has("byline.source", _key_of(front, line)):
        return False
    return len(rest.split()) == 1 or _is_name_list(rest, phrases)


RULES: tuple[Rule, ...] = (
    LineRule(
        "byline-author",
        "byline",
        cut_byline_author,
        spares="datelines; lines that go on in small letters; weekdays; who made the work that a data sheet describes",
        opens=("byline.by",),
    ),
    LineRule(
        "byline-role",
        "byline",
        cut_byline_role,
        spares="speakers of an interview; ingredients with amounts; who made the work that a data sheet describes",
        opens=("byline.role",),
    ),
    LineRule(
        "byline-note",
        "byline",
        cut_byline_note,
        spares="paragraphs that name an agency or editor",
        opens=("byline.line", "byline.note"),
        also=_in_brackets,
    ),
    LineRule(
        "byline-dated",
        "byline",
        cut_byline_dated,
        spares="sentences on when something was published",
        opens=("byline.dated",),
    ),
    LineRule(
        "byline-reading-time",
        "byline",
        cut_byline_reading_time,
        spares="sentences on reading",
        opens=("byline.reading",),
    ),
    BlockRule(
        "byline-date",
        "byline",
        cut_byline_date,
        spares="dates between paragraphs, as in a chronicle",
        yields=True,
        also=dated,
    ),
    BlockRule(
        "byline-source",
        "byline",
        cut_byline_source,
        spares="sources of tables and pictures within the text",
        also=_may_tell_source,
    ),
    BlockRule(
        "byline-below-label",
        "byline",
        cut_byline_below_label,
        spares="lines below any other label",
        also=_labels,
    ),
)
