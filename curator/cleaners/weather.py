"""Weather widgets: place, sky, temperatures, humidity, days to come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from curator.cleaners.batch import DEGREES, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.cleaners.shape import ends_sentence, is_prose
from curator.model import Cut, Line
from curator.page.fold import fold

#: What a widget measures, tried in this order at every place of a line. Each branch is bounded: linear time.
_MEASURED = re.compile(
    r"(?P<temp>[-−–+]?\d{1,3}(?:[.,]\d{1,2})?\s?(?:[°º˚]\s?(?:[CFСc](?![^\W\d_])|م)?|[℃℉]))"
    r"|(?P<wind>\d{1,3}(?:[.,]\d{1,2})?\s?(?:km/?h|kmh|kph|mph|m/s|kts?|knots|bft|км/ч|м/с|كم/س)(?![^\W\d_]))"
    r"|(?P<percent>\d{1,3}(?:[.,]\d)?\s?[%٪])"
    r"|(?P<pressure>\d{3,4}(?:[.,]\d{1,2})?\s?(?:hPa|mbar|mb|mm\s?Hg|inHg|мм)(?![^\W\d_]))"
    r"|(?P<rain>\d{1,3}(?:[.,]\d{1,2})?\s?(?:mm|cm|l/m²)(?![^\W\d_]))"
    r"|(?P<time>\d{1,2}(?:[:h]\d{2}|\s?[ap]\.?m\b\.?))"
    r"|(?P<number>\d{1,4}(?:[.,]\d{1,2})?)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: Where two words are glued: "FuldaMäßig".
_GLUE = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")

#: No line of a widget is longer; most are far shorter.
_MAX_CHARS = 120
#: A place has three words at most ("Bad Hersfeld", "São Paulo - SP").
_MAX_PLACE_WORDS = 3
_MAX_PLACE_CHARS = 40
#: Shorter names of days are words of other languages: beside unknown words they tell nothing.
_MIN_DAY_CHARS = 4
#: Seeds and samples have five lines and more; three are the least that tells a widget from two facts.
_MIN_LINES = 3


class Reading(NamedTuple):
    """What a line says about the weather: counts of measured values, and which vocabularies its words are of."""

    temps: int
    values: int
    numbers: int
    sky: int
    day: int
    label: int
    other: int

    @property
    def is_pure(self) -> bool:
        """Whether there is nothing in the line but weather."""
        return self.other == 0 and sum(self) > 0


def cut_weather_block(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut blocks of lines that hold nothing but places, days, the sky and what is measured of it."""
    found = list(_widgets(lines, phrases, marks))
    if not found or _speaks_of_weather(lines, phrases):
        return
    for first, last in found:
        for line in lines[first : last + 1]:
            yield cut(line, "weather", "weather-block", "lines of a weather widget")


def _widgets(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield first and last index of the blocks of lines that look like widgets, whatever the page is about."""
    done = -1
    for i in on_page(lines, phrases).where(_with_degrees):
        if i <= done:
            continue
        first, last = _block_around(lines, i, phrases, done)
        done = last
        found = [_read(line, phrases) for line in lines[first : last + 1]]
        if _is_widget(found):
            first = _with_place(lines, first)
        elif _is_pair(found):
            first, last = _with_free_place(lines, first, last, marks)
        else:
            continue
        if last - first + 1 >= _MIN_LINES:
            yield first, last


def _with_degrees(batch: Batch) -> list[int]:
    return [i for i in places(batch.held & DEGREES) if len(batch.text[i]) <= _MAX_CHARS]


def cut_weather_line(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut a line that is a weather widget by itself: temperature with sky, days or times, and a place at most."""
    near = [lines[i] for i in on_page(lines, phrases).where(_with_degrees)]
    alone = [line for line in near if _is_widget_alone(line, phrases)]
    if not alone or _speaks_of_weather(lines, phrases):
        return
    for line in alone:
        yield cut(line, "weather", "weather-line", "temperature with sky or days, and nothing else")


def _is_widget_alone(line: Line, phrases: Phrases) -> bool:
    found = _read(line, phrases)
    few = found.temps > 0 and found.other <= _MAX_PLACE_WORDS
    return few and not ends_sentence(line.text) and _tells_more(found)


def _tells_more(found: Reading) -> bool:
    """Return whether a line with a temperature also has the sky, or days and something foretold."""
    return found.sky > 0 or (found.day > 0 and (found.label > 0 or found.temps > 1))


def _read(line: Line, phrases: Phrases) -> Reading:
    """Return what a line says about the weather; one too long for a widget is all other words."""
    if len(line.text) > _MAX_CHARS:
        return Reading(0, 0, 0, 0, 0, 0, 99)
    kinds = Counter(found.lastgroup for found in _MEASURED.finditer(line.bare))
    rest = _GLUE.sub(" ", _MEASURED.sub(" ", line.bare))
    words = [fold(word) for word in _WORD.findall(rest)]
    tally = Counter(_vocabulary_of(word, phrases) for word in words)
    days = tally["day"] + tally["soon"]
    if tally[None]:  # "Operating range: -10 °C to 50 °C": Finns abbreviate Thursday "to"
        days = sum(len(word) >= _MIN_DAY_CHARS for word in words if _vocabulary_of(word, phrases) in ("day", "soon"))
    values = kinds["wind"] + kinds["percent"] + kinds["pressure"] + kinds["rain"]
    days += kinds["time"]
    return Reading(kinds["temp"], values, kinds["number"], tally["sky"], days, tally["label"], tally[None])


def _vocabulary_of(word: str, phrases: Phrases) -> str | None:
    """Return which vocabulary a folded word is of, or None."""
    for table, name in _VOCABULARY:
        if word in _words(phrases.of(f"{table}.{name}")):
            return name
    return None


#: Vocabularies in the order in which a word is looked up; the words of months and fillers count for nothing.
_VOCABULARY = (
    ("weather", "sky"),
    ("weather", "label"),
    ("calendar", "day"),
    ("calendar", "soon"),
    ("calendar", "month"),
    ("weather", "filler"),
)


@cache
def _words(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in phrase.split())


def _block_around(lines: Sequence[Line], at: int, phrases: Phrases, floor: int) -> tuple[int, int]:
    """Return first and last index of the lines of weather around one, places between them included."""
    first = last = at
    while last + 1 < len(lines) and _belongs(lines, last + 1, last + 2, phrases):
        last += 1
    while first - 1 > floor and _belongs(lines, first - 1, first - 2, phrases):
        first -= 1
    while last > at and not _is_weather(_read(lines[last], phrases)):
        last -= 1
    while first < at and not _is_weather(_read(lines[first], phrases)):
        first += 1
    return first, last


def _belongs(lines: Sequence[Line], at: int, beyond: int, phrases: Phrases) -> bool:
    """Return whether a line is of weather, or a place with weather beyond it."""
    if _is_weather(_read(lines[at], phrases)):
        return True
    if not 0 <= beyond < len(lines) or not _is_place(lines[at]):
        return False
    return _is_weather(_read(lines[beyond], phrases))


def _is_weather(found: Reading) -> bool:
    """Return whether a line is of weather alone, or a place with its temperature, sky or the word weather."""
    if found.is_pure:
        return True
    return found.other <= _MAX_PLACE_WORDS and found.temps + found.sky + found.label > 0


def _is_place(line: Line) -> bool:
    """Return whether a line can be the name of a place."""
    text = line.bare
    if len(text) > _MAX_PLACE_CHARS or len(text.split()) > _MAX_PLACE_WORDS or ends_sentence(text):
        return False
    return not text[0].islower() and not any(char.isdecimal() for char in text)


def _is_widget(found: Sequence[Reading]) -> bool:
    """Return whether lines of weather are a widget: temperatures, and sky or days or two more things measured.

    A list of places with temperatures, or the oven of a recipe, has temperatures only. Days need two of them.
    """
    temps = sum(reading.temps for reading in found)
    if len(found) < _MIN_LINES or not temps:
        return False
    sky = sum(reading.sky for reading in found)
    days = sum(reading.day for reading in found)
    values = sum(reading.values for reading in found)
    labels = sum(reading.label for reading in found)
    return sky > 0 or (days > 1 and temps > 1) or (values > 1 and labels > 1 and days > 0)


def _is_pair(found: Sequence[Reading]) -> bool:
    """Return whether two lines are a temperature and a sky with nothing else: with a place they make a widget."""
    if len(found) != 2 or any(reading.other > 1 for reading in found):
        return False
    temp, sky = sorted(found, key=lambda reading: reading.sky)
    return temp.temps > 0 and temp.is_pure and not temp.sky and sky.sky > 0 and not sky.temps


def _with_free_place(lines: Sequence[Line], first: int, last: int, marks: Marks) -> tuple[int, int]:
    """Return first and last index with the name of a place above or else below that is no other clutter."""
    if first > 0 and lines[first].gap == 0 and first - 1 not in marks and _is_place(lines[first - 1]):
        return first - 1, last
    below = last + 1
    if below < len(lines) and lines[below].gap == 0 and below not in marks and _is_place(lines[below]):
        return first, below
    return first, last


def _with_place(lines: Sequence[Line], first: int) -> int:
    """Return where the block begins, with the name of the place right above it."""
    above = first > 0 and lines[first].gap == 0 and _is_place(lines[first - 1])
    return first - 1 if above else first


def _speaks_of_weather(lines: Sequence[Line], phrases: Phrases) -> bool:
    """Return whether the prose is about the weather: then tables of temperatures are part of the article.

    Three different words of weather: reports on a storm at sea or on heating costs rarely have more than two.
    """
    topic = phrases.of("weather.topic")
    seen: set[str] = set()
    for line in lines:
        if is_prose(line):
            text = line.text.casefold()
            seen.update(topic.intersection(_WORD.findall(text)))
            seen.update(word for word in _unspaced(topic) if word in text)
            if len(seen) >= 3:
                return True
    return False


@cache
def _unspaced(phrases: frozenset[str]) -> tuple[str, ...]:
    """Return the phrases of scripts without spaces between words."""
    return tuple(sorted(phrase for phrase in phrases if "\u3040" <= phrase[0] <= "\u9fff"))


_SPARES = "articles about the weather with their tables, recipes, product data, climate tables by month"
RULES = (
    BlockRule("weather-block", "weather", cut_weather_block, spares=_SPARES, also=_with_degrees),
    BlockRule("weather-line", "weather", cut_weather_line, spares=_SPARES, also=_with_degrees),
)
