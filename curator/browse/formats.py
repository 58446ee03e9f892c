"""Numbers, days and names -> the way all pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup

from curator.browse.visible import visible

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_UTC = ("Z", "+00:00", "+0000")

#: So much of its text stands for the headline of an article that has none.
_OPENING_CHARS = 70


def grouped(number: float | None) -> str:
    r"""Return a number with thin spaces between groups of three digits.

    >>> grouped(1234567) == "1\u202f234\u202f567"
    True
    """
    return f"{number or 0:,.0f}".replace(",", "\u202f")


def plural(number: float | None, noun: str) -> str:
    """Return a number with its noun.

    >>> plural(1, "article"), plural(0, "article")
    ('1 article', '0 articles')
    """
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def percent(ratio: float | None) -> str:
    """Return a ratio as a percentage; a small one keeps a digit, and neither end is claimed before it is reached.

    >>> percent(0.3333), percent(0.004), percent(1), percent(None)
    ('33%', '0.4%', '100%', '0%')
    >>> percent(0.00001), percent(0.9997)
    ('< 0.1%', '99.9%')
    """
    ratio = ratio or 0.0
    if 0 < ratio < 0.0005:
        return "< 0.1%"
    if 0.995 <= ratio < 1:
        return f"{min(ratio * 100, 99.9):.1f}%"
    digits = 1 if 0 < ratio < 0.095 else 0
    return f"{ratio * 100:.{digits}f}%"


def share(part: float | None, whole: float | None) -> float:
    """Return part / whole, 0 where there is no whole."""
    return (part or 0) / whole if whole else 0.0


def day(stamp: str | None) -> Markup:
    """Return the day of a date or of a point in time; what is neither is shown as it is.

    >>> str(day("2026-01-06T14:59:00+01:00")), str(day("2026")), str(day(None))
    ('2026-01-06', '2026', '')
    """
    found = _MOMENT.fullmatch(stamp or "")
    return visible(found[1] if found else stamp or "")


def moment(stamp: str | None) -> Markup:
    """Return a date, or a point in time to the minute with its offset from UTC.

    >>> str(moment("2026-01-06T14:59:00+01:00")), str(moment("2026-01-06T14:59:07Z")), str(moment("2026-01-06"))
    ('2026-01-06 14:59 +01:00', '2026-01-06 14:59 UTC', '2026-01-06')
    """
    found = _MOMENT.fullmatch(stamp or "")
    if not found:
        return visible(stamp or "")
    zone = "UTC" if found[3] in _UTC else found[3]
    return visible(" ".join(filter(None, (found[1], found[2], zone))))


def breakable(name: str | None) -> Markup:
    """Return the name of a site that may be broken behind its dots, and inside a part only where that is too long.

    >>> str(breakable("news.example.com"))
    'news.<wbr>example.<wbr>com'
    """
    return Markup(".<wbr>").join(visible(part) for part in (name or "").split("."))


def called(row: Mapping[str, str | None], title: str = "title", opening: str = "opening") -> Markup:
    """Return the headline of an article, or how its text begins where it has none.

    >>> str(called({"title": "Rabat"})), str(called({"title": None, "opening": "Die Stadt"}))
    ('Rabat', '<i>untitled:</i> Die Stadt')
    """
    if row.get(title):
        return visible(str(row[title]))
    text = " ".join((row.get(opening) or "").split())
    if not text:
        return Markup("<i>untitled</i>")
    return Markup("<i>untitled:</i> {}").format(visible(beginning(text, _OPENING_CHARS)))


def beginning(text: str, most: int) -> str:
    """Return the beginning of a text; where there is more than so many characters, up to a word's end, with "…".

    >>> beginning("Rain and wind", 13), beginning("Rain and wind", 10), beginning("Donaudampfschiff", 10)
    ('Rain and wind', 'Rain and…', 'Donaudampf…')
    """
    if len(text) <= most:
        return text
    words = re.match(r".*\S(?=\s)", text[: most + 1], re.DOTALL)
    return (words[0] if words and len(words[0]) > most / 2 else text[:most]).rstrip() + "…"
