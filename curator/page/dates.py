"""Dates as people and machines write them -> ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime

#: Month names and their usual short forms in the languages of the phrase files, folded by ``_month``.
_MONTHS = """
1 januar jänner jan january janvier janv enero ene gennaio gen janeiro januari styczen stycznia sty ocak oca يناير
2 februar feb feber february fevrier fevr febrero febbraio fevereiro fev februari luty lutego lut subat şubat فبراير
3 märz maerz mar mrz march mars marzo março marco maart mrt marzec marca mart مارس
4 april apr avril avr abril abr aprile kwiecien kwietnia kwi nisan nis ابريل أبريل
5 mai may mayo maggio mag maio mei maj maja mayıs mayis مايو
6 juni jun june juin junio giugno giu junho czerwiec czerwca cze haziran haz يونيو
7 juli jul july juillet juil julio luglio lug julho lipiec lipca lip temmuz tem يوليو
8 august aug août aout agosto ago agustos augustus sierpien sierpnia sie ağustos agu أغسطس اغسطس
9 september sep sept septembre septiembre settembre set setembro wrzesien wrzesnia wrz eylül eylul eyl سبتمبر
10 oktober okt october oct octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz ekim eki أكتوبر اكتوبر
11 november nov novembre noviembre novembro listopad listopada lis kasım kasim kas نوفمبر
12 dezember dez december dec décembre decembre diciembre dic dicembre dezembro grudzien grudnia gru aralık aralik ديسمبر
"""
_FOLDED = str.maketrans("éèêâãçńśźżłûüİ", "eeeaacnszzluui")


def _month(word: str) -> str:
    return word.translate(_FOLDED).lower().translate(_FOLDED)


_NUMBER_OF = {_month(word): int(row.split()[0]) for row in _MONTHS.strip().splitlines() for word in row.split()[1:]}

_TIME = (
    r"(?:[\s|T,–-]{1,4}(?:um |at |à |a las |alle |às |om |o )?(?P<hour>[01]?\d|2[0-3])[:.h](?P<minute>[0-5]\d)(?!\d)"
    r"(?P<half>\s?[ap]\.?m\.?)?)?"
)
#: The shapes of a date. Numbers joined by slashes are left out: 03/04/2024 is two days.
_SHAPES = tuple(
    re.compile(shape + _TIME, re.IGNORECASE)
    for shape in (
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})(?:\.|er|º|st|nd|rd|th)?(?: de | d’|\s|-)(?P<name>[^\W\d_]{3,12})"
        r"\.?,?(?: de | del |\s|-)(?P<year>\d{4})(?!\d)",
        r"(?<!\w)(?P<name>[^\W\d_]{3,12})\.?\s(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<year>\d{4})(?!\d)",
    )
)
_MACHINE = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?(?!\d)",
    re.IGNORECASE,
)
#: How days are written in Japanese, Chinese and Korean.
_EASTERN = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]"
    r"(?:\s?(?:\([^)]\)|（[^）]）)?\s?([01]?\d|2[0-3])[:：時时시]\s?([0-5]\d))?"
)
#: Digits of other scripts: Arabic, Devanagari, full-width.
_DIGIT = re.compile(r"[^\D0-9]")
_YEARS = range(1900, 2101)
#: What no date is without, in all of the shapes.
_YEAR = re.compile(r"\d{4}")


def iso_date(text: str | None) -> str | None:
    """Return a date of markup or a record as ISO 8601, with the time and zone it gives, or None.

    >>> iso_date("2024-03-03T10:31:00+0100"), iso_date("20240303"), iso_date("3 March 2024"), iso_date("gestern")
    ('2024-03-03T10:31:00+01:00', '2024-03-03', '2024-03-03', None)
    >>> iso_date("2024年3月3日（日） 9:05"), iso_date("٢٠٢٤-٠٣-٠٣")
    ('2024-03-03T09:05:00', '2024-03-03')
    """
    text = _DIGIT.sub(lambda digit: str(int(digit[0])), (text or "").strip()[:80])
    if eastern := _EASTERN.match(text):
        return _eastern_date(eastern)
    found = _MACHINE.match(text)
    if not found:
        written = find_date(text)
        return written[0] if written else None
    year, month, day, hour, minute, second, zone = found.groups()
    return _checked(f"{year}-{month}-{day}", f"{hour}:{minute}:{second or '00'}" if hour else None, zone)


def _eastern_date(found: re.Match[str]) -> str | None:
    year, month, day, hour, minute = (int(number or 0) for number in found.groups())
    time = f"{hour:02}:{minute:02}:00" if found[4] else None
    return _checked(f"{year}-{month:02}-{day:02}", time, None)


def _checked(day: str, time: str | None, zone: str | None) -> str | None:
    if zone:
        zone = "Z" if zone.upper() in ("Z", "UTC", "GMT") else f"{zone[:3]}:{zone[-2:]}"
    text = f"{day}T{time}{zone or ''}" if time else day
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    # The beginning of computer time stands for "no date" in many systems.
    return text if when.year in _YEARS and day != "1970-01-01" else None


def find_date(text: str) -> tuple[str, int, int] | None:
    """Return the first date that stands in a text, in ISO 8601, with its span; None where there is none.

    >>> find_date("Stand: 12. März 2022, 10:31 Uhr")
    ('2022-03-12T10:31', 7, 27)
    >>> find_date("am 03/04/2024")
    """
    if not _YEAR.search(text):
        return None
    matches = [match for shape in _SHAPES if (match := shape.search(text))]
    for match in sorted(matches, key=lambda match: match.start()):
        value = _value_of(match)
        if value:
            return value, match.start(), match.end()
    return None


def _value_of(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    month = _NUMBER_OF.get(_month(parts["name"])) if "name" in parts else int(parts["month"])
    if month is None:
        return None
    day = f"{parts['year']}-{month:02}-{int(parts['day']):02}"
    if parts["hour"] is None:
        return _checked(day, None, None)
    hour = int(parts["hour"])
    half = (parts["half"] or "").strip().lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return _checked(day, f"{hour:02}:{parts['minute']}", None)
