"""Promotions of newsletters, apps and push messages, with their forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line

#: What forms and promotions say after a known beginning: a sentence or two.
_START_CHARS = 300

#: A promotion that names the newsletter somewhere: a longer line is an article on newsletters.
_PITCH_CHARS = 300

#: Quoted speech tells what somebody else wants the reader to do.
_QUOTES = "\"'„“”«»‹›‘’「『"


def cut_newsletter_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut headings, buttons and form texts of newsletters and push messages."""
    for line in lines:
        if phrases.has("newsletter.line", line.key):
            yield cut(line, "newsletter", "newsletter-line", "heading or button of a newsletter form")
        elif _is_start(line, phrases):
            yield cut(line, "newsletter", "newsletter-line", "begins as a newsletter form does")


def _is_start(line: Line, phrases: Phrases) -> bool:
    short = len(line.text) <= _START_CHARS and line.bare[0] not in _QUOTES
    return short and phrases.starting("newsletter.start", line.key) is not None


def cut_newsletter_pitch(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that name a newsletter and tell the reader to get it.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Mehr davon? Abonnieren Sie unseren Newsletter!\\nDer Newsletter des Ministeriums erschien 2019."
    >>> [each.start for each in cut_newsletter_pitch(split_lines(text), load_phrases())]
    [0]
    """
    words = phrases.of("newsletter.word")
    for line in lines:
        if len(line.text) > _PITCH_CHARS:
            continue
        key = f" {line.key} "
        if any(f" {word} " in key for word in words) and _calls(key, phrases):
            yield cut(line, "newsletter", "newsletter-pitch", "tells the reader to get the newsletter")


def _calls(key: str, phrases: Phrases) -> bool:
    return any(f" {call} " in key for call in phrases.of("newsletter.call"))


def cut_app_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that are nothing but a link to the site's app in a store."""
    for line in lines:
        if phrases.has("newsletter.app", line.key):
            yield cut(line, "newsletter", "newsletter-app", "link to an app")


RULES = (
    LineRule("newsletter-line", "newsletter", cut_newsletter_line, spares="quotes, and texts about newsletters"),
    LineRule("newsletter-pitch", "newsletter", cut_newsletter_pitch, spares="sentences on the newsletters of others"),
    LineRule("newsletter-app", "newsletter", cut_app_line, spares="sentences about app stores"),
)
