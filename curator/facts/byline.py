"""The day of publication and the author, where a line near the headline states them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from curator.facts.outline import Outline
from curator.model import Line
from curator.page.dates import find_date

#: A line that states the day of publication. Not: updated, last changed, valid from.
_PUBLISHED = re.compile(
    r"(?:veröffentlicht|erschienen|publiziert|erstellt|eingestellt|stand|datum|published|posted|first published|date"
    r"|publié|mis en ligne|publicado|fecha|pubblicato|data|gepubliceerd|geplaatst|opublikowano|data publikacji|dodano"
    r"|yayınlanma(?: tarihi)?|giriş(?: tarihi)?|oluşturulma(?: tarihi)?|تاريخ النشر|نشر(?: في)?)"
    r"(?:\s*(?:am|on|le|el|il|em|op|dnia|at|vom|den))?\s*[:|]?\s+",
    re.IGNORECASE,
)
#: What may stand beside a date on a line of its own: a weekday, a clock word, a border, a place.
_BESIDE = re.compile(r"[\s,.|·•–—/()-]*(?:[^\W\d_]{2,12}[\s,.|·•–—/()-]*){0,2}")
_AFTER = re.compile(
    r"[\s,.|·•–—/()-]*(?:uhr|h|hrs|et|est|edt|gmt|utc|cet|cest|bst|ist|pt|pst)?[\s,.|·•–—/()-]*", re.IGNORECASE
)
_UPDATED = re.compile(
    r"aktualisiert|updated|mis à jour|modifi|actualiza|aggiornat|bijgewerkt|güncelle|zmieni", re.IGNORECASE
)
_MAX_CHARS = 120

_BY = re.compile(
    r"(?:von|by|par|por|di|door|av|af|written by|(?:autor(?:in)?|author|text|auteur|autore|yazan)\s*:)\s+",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*,\s*|\s+(?:und|and|et|y|e|en|ve|i|&)\s+")
_PARTICLES = frozenset("von van de der den da di del della la le el al bin ben du dos das zu zur ter".split())  # noqa: SIM905
_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]*)*")
_BORDER = re.compile(r"\s+[|·•–—-]\s+|\s*[|·•]\s*|,?\s+(?=\d{1,2}[.\s])")


def find_published(top: Outline) -> str | None:
    """Return the day that a line states as that of publication, or None: a date in the body is an event.

    Such a line begins with a word for it ("Veröffentlicht am ...") anywhere, or is nothing but a date and stands
    above the first prose. Lines that contradict each other say nothing.
    """
    # The key of a line has # for digits, and there is no date without.
    stated = {date for line in top.telling if "#" in line.key and (date := _stated(line.text))}
    if len(stated) == 1:
        return stated.pop()
    if stated:
        return None
    bare = [date for line in _above(top) if "#" in line.key and (date := _bare(line.text))]
    return bare[0] if len({date[:10] for date in bare}) == 1 else None


def _above(top: Outline) -> Iterable[Line]:
    return (line for line in top.telling if line.start < top.until)


def _stated(text: str) -> str | None:
    """Return the date that follows a word of publication at the start of a short line.

    >>> _stated("Stand: 12.03.2022, 10:31 Uhr"), _stated("Published in 2019, the report of 3 May 2020 says so")
    ('2022-03-12T10:31', None)
    """
    label = _PUBLISHED.match(text) if len(text) <= _MAX_CHARS else None
    found = find_date(text[label.end() :]) if label else None
    if not label or not found:
        return None
    return found[0] if _BESIDE.fullmatch(text[label.end() : label.end() + found[1]]) else None


def _bare(text: str) -> str | None:
    """Return the date of a line that holds a date and hardly more.

    >>> _bare("mercredi 11 septembre 2019"), _bare("Aktualisiert: 12.03.2022"), _bare("bis 12.03.2022 in Bonn")
    ('2019-09-11', None, None)
    """
    found = find_date(text) if len(text) <= 60 and not _UPDATED.search(text) else None
    if not found or not _BESIDE.fullmatch(text[: found[1]]) or not _AFTER.fullmatch(text[found[2] :]):
        return None
    return found[0]


def find_author(top: Outline) -> str | None:
    """Return the names of a byline above the first prose ("Von Anna Muster"), joined by "; ", or None."""
    return next((author for line in _above(top) if (author := author_of(line.text))), None)


def author_of(text: str) -> str | None:
    """Return the names in a line that is a byline.

    >>> author_of("Von Anna Muster und Jan de Vries, 12.03.2022"), author_of("Von München bis Aachen")
    ('Anna Muster; Jan de Vries', None)
    """
    label = _BY.match(text) if len(text) <= _MAX_CHARS else None
    if not label:
        return None
    names = _AND.split(_BORDER.split(text[label.end() :].strip(), maxsplit=1)[0].strip(" ,."))
    return "; ".join(names) if all(map(_is_name, names)) else None


def _is_name(text: str) -> bool:
    """Return whether words are a person's name: two to five, each with a capital, particles apart.

    >>> _is_name("Ursula von der Leyen"), _is_name("der Küste bis ins Gebirge"), _is_name("Berlin")
    (True, False, False)
    """
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(_NAME_WORD.fullmatch(word) for word in words):
        return False
    named = [word for word in words if word.lower() not in _PARTICLES]
    return len(named) >= 2 and words[-1] == named[-1] and all(not word[0].islower() for word in named)
