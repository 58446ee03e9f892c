"""Subscription walls: what stands where the rest of the article would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import Batch
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line
from curator.page.fold import fold

#: A wall says its piece in a sentence or two; a longer line with such a beginning is text.
_START_CHARS = 260

#: An offer is looked up at its end: the key of a line holds no more.
_OFFER_CHARS = 150
_SENTENCE_END = re.compile(r"[.!?:…] |[。！？]|\s[–—-]\s")

_QUOTES = "\"'„“”«»‹›‘’「『"


def cut_paywall_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut headings and buttons of a subscription wall."""
    for line in lines:
        if phrases.has("paywall.line", line.key):
            yield cut(line, "paywall", "paywall-line", "heading or button of a subscription wall")


def cut_paywall_notice(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut sentences that tell the reader to subscribe or register to read on.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Dieser Artikel ist nur für Abonnenten lesbar.\nDer Verlag gewann 2.000 Abonnenten hinzu."
    >>> [each.start for each in cut_paywall_notice(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) > _START_CHARS or line.bare[0] in _QUOTES:
            continue
        if phrases.starting("paywall.start", line.key):
            yield cut(line, "paywall", "paywall-notice", "begins as a subscription wall does")


def cut_paywall_last(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut short offers whose last sentence is that of an offer: "All articles for 1 euro. Cancel any time."."""
    endings = tuple(phrases.of("paywall.last"))
    for line in lines:
        if len(line.text) > _OFFER_CHARS or not line.key.endswith(endings) or line.bare[0] in _QUOTES:
            continue
        if phrases.has("paywall.last", fold(_SENTENCE_END.split(line.text)[-1])):
            yield cut(line, "paywall", "paywall-offer", "ends as an offer of a subscription does")


def _may_be_offers(batch: Batch) -> list[int]:
    endings = tuple(batch.phrases.of("paywall.last"))
    able = (i for i in batch.in_keys["paywall.last"] if len(batch.text[i]) <= _OFFER_CHARS)
    return [i for i in able if batch.key[i].endswith(endings)]


RULES = (
    LineRule(
        "paywall-line", "paywall", cut_paywall_line, spares="sentences about subscribers", opens=("paywall.line",)
    ),
    LineRule(
        "paywall-notice",
        "paywall",
        cut_paywall_notice,
        spares="quotes, and news about subscriptions",
        opens=("paywall.start",),
    ),
    LineRule(
        "paywall-offer",
        "paywall",
        cut_paywall_last,
        spares="quotes, and sentences on the terms of others",
        also=_may_be_offers,
    ),
)
