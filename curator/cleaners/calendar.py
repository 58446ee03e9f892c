"""Clock times, dates and "5 minutes ago" at the front, at the end, or as the whole of a line."""

from __future__ import annotations

import re
from typing import NamedTuple

from curator.cleaners.phrases import Phrases
from curator.page.fold import fold

#: "12:58", "9h05", "4:05 pm", "12.31 Uhr". A full stop between hours and minutes counts only with two digits
#: before it: "4.58 overall rating" is no time of day.
_CLOCK = re.compile(
    r"(?:(?P<hour>[01]?\d|2[0-4])[:hH：]|(?P<hour2>[01]\d|2[0-3])\.)(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d|[.,:]\d)"
    r"(?:\s?(?P<half>[apAP])\.?[mM]\b\.?)?(?:\s?(?:Uhr|uur|klo|hod|ч)\b\.?|\s?h\b)?"
)

#: "11.11.", "03.11.2021", "2021-11-03", "3/11/21". Days and months only, so "16.105,83" is none.
_DATE = re.compile(
    r"(?P<day>[0-2]?\d|3[01])(?:\.(?P<month>1[0-2]|0?\d)\.|[/-](?P<month2>1[0-2]|0?\d)(?=[/-]\d))"
    r"(?:[/-]?(?P<year>(?:20)?\d\d))?(?!\d)"
    r"|(?P<iso_year>20\d\d)-(?P<iso_month>[01]\d)-(?P<iso_day>[0-3]\d)(?!\d)"
)
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SEPARATORS = re.compile(r"[\s,:|–—•·)\]-]{0,4}")
_FRONT = re.compile(r"[\s|,(\[–—•·-]+(?=\d)")

#: The letters and the stop that a time or date may end with, if with no digit, and what may stand behind it.
_LAST = frozenset(".hmMrodч,:|–—•·)]-")

#: No time at the front or the end of a line is longer; looking no further keeps the search linear.
_STAMP_CHARS = 28


class Stamp(NamedTuple):
    """A time or date: ``order`` compares stamps of the same ``sort`` ("clock", "date" or "ago")."""

    sort: str
    order: tuple[int, ...]


def may_be_stamped(text: str) -> bool:
    """Return whether text has a digit at its front, in a bracket perhaps, or near its end: no stamp is without."""
    return text[0].isdecimal() or text[0] in "([" or _DIGIT.search(text, max(0, len(text) - _STAMP_CHARS)) is not None


def leading_stamp(text: str) -> tuple[Stamp, str] | None:
    """Return the time or date that text begins with, and what follows it, glued or not; or None.

    >>> leading_stamp("09:01Warum verändert")
    (Stamp(sort='clock', order=(9, 1)), 'Warum verändert')
    >>> leading_stamp("11.11. Varta")
    (Stamp(sort='date', order=(0, 11, 11)), 'Varta')
    >>> leading_stamp("4.58 overall rating")
    """
    start = 1 if text[:1] in "([" else 0
    if not text[start : start + 1].isdecimal():
        return None
    date = _DATE.match(text, start)
    clock = _CLOCK.match(text, _behind(text, date.end()) if date else start)
    end = clock or date
    if end is None:
        return None
    return _stamp(date, clock), text[_behind(text, end.end()) :]


def trailing_stamp(text: str) -> tuple[Stamp, str] | None:
    """Return the time or date that text ends with, and what stands before it; or None.

    >>> trailing_stamp("Dax stabil (10:18)")
    (Stamp(sort='clock', order=(10, 18)), 'Dax stabil')
    >>> trailing_stamp("Bayern gewinnt 2:1")
    """
    last = text[-1:]
    if not (last.isdecimal() or last in _LAST or last.isspace()) or _DIGIT.search(text[-12:]) is None:
        return None
    for front in _FRONT.finditer(text, max(0, len(text) - _STAMP_CHARS)):
        found = leading_stamp(text[front.end() :])
        if found and not found[1]:
            return found[0], text[: front.start()]
    return None


def lone_stamp(text: str, key: str, lead: tuple[Stamp, str] | None, phrases: Phrases) -> Stamp | None:
    """Return the time or date that is all of a short line, or None; ``lead`` is the line's leading stamp.

    >>> from curator.cleaners.phrases import load_phrases
    >>> phrases = load_phrases()
    >>> alone = lone_stamp("14:00", "#", leading_stamp("14:00"), phrases)
    >>> alone, lone_stamp("vor 5 Minuten", "vor # minuten", None, phrases).sort
    (Stamp(sort='clock', order=(14, 0)), 'ago')
    """
    if len(text) > _STAMP_CHARS:
        return None
    if phrases.has("calendar.ago", key):
        return Stamp("ago", ())
    return lead[0] if lead and not lead[1] else None


def names_day(text: str, phrases: Phrases) -> bool:
    """Return whether text is nothing but the name of a day: "Mittwoch, 16. Oktober", "samedi".

    >>> from curator.cleaners.phrases import load_phrases
    >>> [names_day(text, load_phrases()) for text in ("Mittwoch, 16. Oktober", "Topthemen", "16")]
    [True, False, False]
    """
    words = [word.casefold() for word in _TOKEN.findall(text) if not word.isdigit()]
    of_dates = (phrases.of("byline.date_word"), phrases.of("byline.date_filler"))
    return bool(words) and all(any(word in some for some in of_dates) for word in words)


def trailing_ago(text: str, phrases: Phrases) -> str | None:
    """Return what stands before "5 minutes ago" at the end of text, or None.

    >>> from curator.cleaners.phrases import load_phrases
    >>> trailing_ago("Dax stabil vor 5 Minuten", load_phrases())
    'Dax stabil'
    """
    tail = text[-_STAMP_CHARS:]
    if _DIGIT.search(tail) is None:
        return None
    words = tail.split()
    for n in (3, 4, 2):
        if len(words) > n and phrases.has("calendar.ago", fold(" ".join(words[-n:]))):
            return text[: text.rindex(words[-n])].rstrip(" |–—•·-,(")
    return None


def _behind(text: str, at: int) -> int:
    """Return where the separators that begin at an offset end."""
    found = _SEPARATORS.match(text, at)
    return found.end() if found else at


def _stamp(date: re.Match[str] | None, clock: re.Match[str] | None) -> Stamp:
    if date and date["iso_year"]:
        return Stamp("date", (int(date["iso_year"]) % 100, int(date["iso_month"]), int(date["iso_day"])))
    if date:
        return Stamp("date", (int(date["year"] or 0) % 100, int(date["month"] or date["month2"]), int(date["day"])))
    if clock is None:
        return Stamp("ago", ())
    hour = int(clock["hour"] or clock["hour2"])
    half = (clock["half"] or "").lower()
    hour = hour % 12 + 12 if half == "p" else hour % 12 if half == "a" else hour
    return Stamp("clock", (hour, int(clock["minute"])))
