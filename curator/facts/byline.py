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
#: What may lead from the names to the day: "Par Chloé Dupont, le 4 janvier 2025".
_ON = re.compile(r"\s(?:le|am|on|el|il|em|op|dnia|vom|den)$", re.IGNORECASE)


def find_published(top: Outline) -> str | None:
    """Return the day that a line states as that of publication, or None: a date in the body is an event.

    Such a line begins with a word for it ("Veröffentlicht am ...") anywhere, or is nothing but a date and stands
    above the first prose; a byline there counts where no other line states a day. Lines that contradict each other
    say nothing.
    """
    # The key of a line has # for digits, and there is no date without.
    stated = {date for line in top.telling if "#" in line.key and (date := _stated(line.text))}
    if len(stated) == 1:
        return stated.pop()
    if stated:
        return None
    above = [line.text for line in _above(top) if "#" in line.key]
    days = [day for text in above if (day := _bare(text))] or [day for text in above if (day := _signed(text))]
    return days[0] if len({day[:10] for day in days}) == 1 else None


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


def _signed(text: str) -> str | None:
    """Return the date that stands behind the names in a byline.

    >>> _signed("By Ann Lee, 4 January 2025"), _signed("Von Tom Okafor | Aktualisiert 04.01.2025")
    ('2025-01-04', None)
    """
    names, rest = _parted(text)
    return _bare(rest) if _authors(names) else None


def find_author(top: Outline) -> str | None:
    """Return the names of a byline above the first prose ("Von Anna Muster"), joined by "; ", or None."""
    return next((author for line in _above(top) if (author := author_of(line.text))), None)


def author_of(text: str) -> str | None:
    """Return the names in a line that is a byline.

    >>> author_of("Von Anna Muster und Jan de Vries, 12.03.2022"), author_of("Von München bis Aachen")
    ('Anna Muster; Jan de Vries', None)
    """
    return _authors(_parted(text)[0])


def _parted(text: str) -> tuple[str, str]:
    """Return the words of a byline that should be names, and what stands behind them; nothing of another line.

    >>> _parted("Par Chloé Dupont, le 4 janvier 2025"), _parted("Chloé Dupont, 4 janvier 2025")
    (('Chloé Dupont', '4 janvier 2025'), ('', ''))
    """
    label = _BY.match(text) if len(text) <= _MAX_CHARS else None
    if not label:
        return "", ""
    rest = text[label.end() :].strip()
    border, date = _BORDER.search(rest), find_date(rest)
    end = min(border.start() if border else len(rest), date[1] if date else len(rest))
    return _ON.sub("", rest[:end].rstrip()).strip(" ,."), rest[end:].strip(" ,|·•–—-")


def _authors(text: str) -> str | None:
    names = _AND.split(text)
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
