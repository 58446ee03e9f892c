"""Cookie and privacy texts, placeholders of embedded media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line

#: The longest notices seen list every purpose in one line. What begins "We use cookies" is a notice at any length
#: a notice has; beyond that it is the page's own cookie policy, and its text.
_START_CHARS = 900

_QUOTES = "\"'„“”«»‹›‘’「『"


def cut_consent_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut buttons and headings of cookie dialogs and of placeholders of embedded media."""
    for line in lines:
        # '"Cookie"' in quotes is a header's name in a program.
        if line.bare[0].isalnum() and phrases.has("consent.line", line.key):
            yield cut(line, "consent", "consent-line", "button or heading of a consent dialog")


def cut_consent_notice(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut sentences in which the site asks for consent, to cookies or to embedded media.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Wir verwenden Cookies, um Inhalte zu zeigen.\nCookies verraten viel, sagt der Anwalt."
    >>> [each.start for each in cut_consent_notice(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) > _START_CHARS or line.bare[0] in _QUOTES:
            continue
        if phrases.starting("consent.start", line.key):
            yield cut(line, "consent", "consent-notice", "begins as a consent notice does")


RULES = (
    LineRule(
        "consent-line",
        "consent",
        cut_consent_line,
        spares="sentences about cookies and data protection",
        opens=("consent.line",),
    ),
    LineRule(
        "consent-notice",
        "consent",
        cut_consent_notice,
        spares="quotes, and what others do with cookies",
        opens=("consent.start",),
    ),
)
