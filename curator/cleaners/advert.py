"""Advertisements, shop boxes, product plugs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.model import Cut, Line

#: A note on affiliate links is a few sentences long.
_START_CHARS = 600

#: A call for donations is a sentence or three.
_CALL_CHARS = 400

#: A button that leads to a shop names the shop and the thing: "Zum Tarif bei Beispiel: 10 GB für 5,99 Euro".
_BUY_CHARS = 90

_QUOTES = "\"'„“”«»‹›‘’「『"

#: A line that is nothing but a price, with "statt", "ab", "from" and a note on postage at most. The parts are bounded.
_PRICE = re.compile(
    r"(?:(?:ab|statt|nur|from|only|was|now|à partir de|dès|desde|da|a partire da|od|vanaf|preis|price|prix|precio|uvp)"
    r"[: ]{1,2})?(?:[€$£¥₺] ?\d[\d.,' ]{0,10}|\d[\d.,' ]{0,10} ?(?:€|\$|£|zł|TL|₺|Kč|kr|CHF|EUR|USD|euros?))"
    r"(?:[ ,*]{1,2}(?:port|inkl|incl|zzgl|tva|iva|vat|mwst)[\w .%]{0,30})?\*?",
    re.IGNORECASE,
)

#: A shop box has its button, prices and names this close together.
_BOX_LINES = 2


def cut_advert_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut marks of advertisements, and notes on affiliate links.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "- Anzeige -\nAnzeige gegen Minister: Staatsanwalt ermittelt"
    >>> [each.start for each in cut_advert_line(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if phrases.has("advert.line", line.key):
            yield cut(line, "advert", "advert-line", "mark of an advertisement")
        elif _is_start(line, phrases):
            yield cut(line, "advert", "advert-line", "begins as a note on advertising does")


def _is_start(line: Line, phrases: Phrases) -> bool:
    short = len(line.text) <= _START_CHARS and line.bare[0] not in _QUOTES
    return short and phrases.starting("advert.start", line.key) is not None


def cut_support_call(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut calls to donate to the site, to join it or to advertise on it."""
    for line in lines:
        short = len(line.text) <= _CALL_CHARS and line.bare[0] not in _QUOTES
        if short and phrases.starting("advert.support", line.key) is not None:
            yield cut(line, "advert", "advert-support", "calls to support the site")


def cut_shop_box(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the buttons and prices of shop boxes: a way to buy with a price in the line or beside it."""
    buttons = {at for at in on_page(lines, phrases).opened_by(("advert.buy",)) if _is_button(lines[at], phrases)}
    prices = {at for button in buttons for at in _near(button, len(lines)) if _is_price(lines[at])}
    for at in sorted(prices | buttons):
        near = _near(at, len(lines))
        if at in prices and not buttons.isdisjoint(near):
            yield cut(lines[at], "advert", "advert-shop", "price beside a way to buy")
        elif at in buttons and (not prices.isdisjoint(near) or any(map(str.isdigit, lines[at].text))):
            yield cut(lines[at], "advert", "advert-shop", "way to buy beside a price")


def _near(at: int, n_lines: int) -> range:
    return range(max(at - _BOX_LINES, 0), min(at + _BOX_LINES + 1, n_lines))


def _is_price(line: Line) -> bool:
    return len(line.bare) <= _BUY_CHARS and _PRICE.fullmatch(line.bare) is not None


def _is_button(line: Line, phrases: Phrases) -> bool:
    if len(line.text) > _BUY_CHARS or line.bare[-1] in ".?!":
        return False
    return phrases.starting("advert.buy", line.key) is not None


RULES = (
    LineRule(
        "advert-line",
        "advert",
        cut_advert_line,
        spares="news about advertising, and charges brought",
        opens=("advert.line", "advert.start"),
    ),
    LineRule(
        "advert-support",
        "advert",
        cut_support_call,
        spares="quotes, and calls to support others",
        opens=("advert.support",),
    ),
    BlockRule(
        "advert-shop",
        "advert",
        cut_shop_box,
        spares="prices in text, price lists without a way to buy",
        needs=("advert.buy",),
    ),
)
