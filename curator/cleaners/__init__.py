"""Lines -> cuts: one module per kind of clutter, every rule in one readable tuple.

All rules see the same lines. Pass 1 judges lines one by one; pass 2 also sees neighbours and what pass 1 cut.
Within a pass the order of rules changes nothing: ``curator.article`` resolves overlaps by the precedence of kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from curator.cleaners import (
    account,
    advert,
    bio,
    breadcrumb,
    byline,
    caption,
    comments,
    consent,
    counter,
    extract,
    legal,
    navigation,
    newsletter,
    paywall,
    related,
    share,
    social,
    ticker,
    weather,
)
from curator.cleaners.crosshead import spare_crossheads
from curator.cleaners.page_lines import PageLines
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Rule
from curator.model import Cut, Line

RULES: tuple[Rule, ...] = (
    *weather.RULES,
    *ticker.RULES,
    *breadcrumb.RULES,
    *counter.RULES,
    *share.RULES,
    *social.RULES,
    *newsletter.RULES,
    *consent.RULES,
    *paywall.RULES,
    *account.RULES,
    *comments.RULES,
    *caption.RULES,
    *byline.RULES,
    *bio.RULES,
    *legal.RULES,
    *advert.RULES,
    *related.RULES,
    *navigation.RULES,
    *extract.RULES,
)

#: Kinds with shapes of their own, which hold even against rules that win over all others.
_NARROW = ("weather", "ticker", "breadcrumb")


class _Asked(NamedTuple):
    """The rules of both passes; for each name of phrases the ids of the rules of pass 1 that open with one of them."""

    single: tuple[LineRule, ...]
    around: tuple[BlockRule, ...]
    by_phrase: Mapping[str, tuple[str, ...]]
    winning: frozenset[str]


@cache
def _asked(skip_rules: frozenset[str]) -> _Asked:
    rules = [rule for rule in RULES if rule.id not in skip_rules]
    single = tuple(rule for rule in rules if isinstance(rule, LineRule))
    around = tuple(rule for rule in rules if isinstance(rule, BlockRule))
    names = sorted({name for rule in single for name in rule.opens})
    by_phrase = {name: tuple(rule.id for rule in single if name in rule.opens) for name in names}
    return _Asked(single, around, by_phrase, frozenset(rule.id for rule in around if rule.wins))


def lines_for(rule: LineRule, page: PageLines, opened: Collection[int]) -> Sequence[Line]:
    """Return the lines that a rule of pass 1 has to look at; ``opened`` are those that begin with its phrases."""
    if rule.also is not None:
        opened = {*opened, *rule.also(page)}
    elif not rule.opens:
        return page
    return [page[i] for i in sorted(opened)]


def _find_single(page: PageLines, asked: _Asked) -> Iterator[Cut]:
    opened: dict[str, set[int]] = {}
    for name, places in page.opened.items():
        for rule_id in asked.by_phrase.get(name, ()):
            opened.setdefault(rule_id, set()).update(places)
    for rule in asked.single:
        if seen := lines_for(rule, page, opened.get(rule.id, ())):
            yield from rule.find(seen, page.phrases)


def find_cuts(lines: Sequence[Line], phrases: Phrases, skip_rules: Collection[str] = ()) -> list[Cut]:
    """Return what the rules would cut from these lines, overlaps and all, in no particular order."""
    page, asked = PageLines(lines, phrases), _asked(frozenset(skip_rules))
    first = spare_crossheads(page, _find_single(page, asked))
    index = page.places
    marks = {index[found[:2]]: found for found in sorted(first, reverse=True) if found[:2] in index}
    names = page.opened.keys()
    around = [
        found
        for rule in asked.around
        if not rule.needs or not names.isdisjoint(rule.needs)
        for found in rule.find(page, phrases, marks)
    ]
    spans = {found[:2] for found in around if found.rule in asked.winning}
    return [f for f in first + around if f.rule in asked.winning or f.kind in _NARROW or f[:2] not in spans]
