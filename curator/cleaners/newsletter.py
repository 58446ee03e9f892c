"""Promotions of newsletters, apps and push messages, with their forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import Batch
from curator.cleaners.phrases import Phrases, stems
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line
from curator.page.fold import fold

#: What forms and promotions say after a known beginning: a sentence or two.
_START_CHARS = 300

#: A promotion that names the newsletter somewhere: a longer line is an article on newsletters.
_PITCH_CHARS = 300

#: "Our free weekly newsletter": so far before the newsletter stands whose it is.
_OWN_WORDS = 3

#: What is looked up at the end of a line: its key holds no more.
_ENDING_CHARS = 150

_SENTENCE_END = re.compile(r"[.!?:…] |\s[–—-]\s")

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
    r"""Cut lines that name a newsletter and tell the reader to get it.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Mehr davon? Abonnieren Sie unseren Newsletter!\nDer Newsletter des Ministeriums erschien 2019."
    >>> [each.start for each in cut_newsletter_pitch(split_lines(text), load_phrases())]
    [0]
    """
    named = stems(phrases.of("newsletter.word"))
    for line in lines:
        if len(line.text) > _PITCH_CHARS:
            continue
        folded = line.text.casefold()
        if any(word in folded for word in named) and _pitches(line, phrases):
            yield cut(line, "newsletter", "newsletter-pitch", "tells the reader to get the newsletter")


def _name_newsletters(batch: Batch) -> list[int]:
    return [i for i in batch.in_texts["newsletter.word"] if len(batch.text[i]) <= _PITCH_CHARS]


def _pitches(line: Line, phrases: Phrases) -> bool:
    """Return whether a sentence of the line names the newsletter as the site's own, or begins by telling to get it."""
    quoted = line.bare[0] in _QUOTES
    names = tuple(phrases.of("newsletter.word"))  # "Musiknewsletter" is one too
    for sentence in map(fold, _SENTENCE_END.split(line.text)):
        if phrases.starting("newsletter.door", sentence):
            return True
        words = sentence.split()
        named = [at for at, word in enumerate(words) if word.endswith(names)]
        if named and not quoted and phrases.starting("newsletter.call", sentence):
            return True
        own = phrases.of("newsletter.own")
        if not quoted and any(word in own for at in named for word in words[max(0, at - _OWN_WORDS) : at]):
            return True
    return False


def cut_newsletter_ends(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that promise something in the reader's own mailbox: "The best of the week, straight to your inbox."."""
    endings = tuple(phrases.of("newsletter.ends"))
    for line in lines:
        if len(line.text) <= _ENDING_CHARS and line.key.endswith(endings) and line.bare[0] not in _QUOTES:
            yield cut(line, "newsletter", "newsletter-promise", "promises something in the reader's mailbox")


def _end_in_mailbox(batch: Batch) -> list[int]:
    endings = tuple(batch.phrases.of("newsletter.ends"))
    able = (i for i in batch.in_keys["newsletter.ends"] if len(batch.text[i]) <= _ENDING_CHARS)
    return [i for i in able if batch.key[i].endswith(endings)]


def cut_app_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that are nothing but a link to the site's app in a store."""
    for line in lines:
        if phrases.has("newsletter.app", line.key):
            yield cut(line, "newsletter", "newsletter-app", "link to an app")


RULES = (
    LineRule(
        "newsletter-line",
        "newsletter",
        cut_newsletter_line,
        spares="quotes, and texts about newsletters",
        opens=("newsletter.line", "newsletter.start"),
    ),
    LineRule(
        "newsletter-pitch",
        "newsletter",
        cut_newsletter_pitch,
        spares="sentences on the newsletters of others",
        also=_name_newsletters,
    ),
    LineRule(
        "newsletter-promise",
        "newsletter",
        cut_newsletter_ends,
        spares="quotes, and what others find in their mailboxes",
        also=_end_in_mailbox,
    ),
    LineRule(
        "newsletter-app", "newsletter", cut_app_line, spares="sentences about app stores", opens=("newsletter.app",)
    ),
)
