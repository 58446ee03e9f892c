"""Lines -> cuts: one module per kind of clutter, every rule in one readable tuple.

All rules see the same lines. Pass 1 judges lines one by one; pass 2 also sees neighbours and what pass 1 cut.
Within a pass the order of rules changes nothing: ``curator.article`` resolves overlaps by the precedence of kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

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


def _lines_by_phrase(lines: Sequence[Line], phrases: Phrases) -> Mapping[str, Sequence[int]]:
    """Return for each name of phrases the indexes of the lines that begin with one of them."""
    found: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        for name in phrases.opening(line.key):
            found.setdefault(name, []).append(at)
    return found


def _lines_for(rule: LineRule, lines: Sequence[Line], opened: Mapping[str, Sequence[int]]) -> Sequence[Line]:
    """Return the lines that a rule of pass 1 has to look at."""
    if not rule.opens and rule.also is None:
        return lines
    at = set().union(*(opened.get(name, ()) for name in rule.opens))
    if rule.also is not None:
        at.update(i for i, line in enumerate(lines) if rule.also(line))
    return [lines[i] for i in sorted(at)]


def find_cuts(lines: Sequence[Line], phrases: Phrases, skip_rules: Collection[str] = ()) -> list[Cut]:
    """Return what the rules would cut from these lines, overlaps and all, in no particular order."""
    rules = [rule for rule in RULES if rule.id not in skip_rules]
    opened = _lines_by_phrase(lines, phrases)
    single = [
        found
        for rule in rules
        if isinstance(rule, LineRule)
        for found in rule.find(_lines_for(rule, lines, opened), phrases)
    ]
    first = spare_crossheads(lines, single)
    index = {(line.start, line.end): i for i, line in enumerate(lines)}
    marks = {index[found[:2]]: found for found in sorted(first, reverse=True) if found[:2] in index}
    around = [
        found
        for rule in rules
        if isinstance(rule, BlockRule) and (not rule.needs or not opened.keys().isdisjoint(rule.needs))
        for found in rule.find(lines, phrases, marks)
    ]
    won = {rule.id for rule in rules if isinstance(rule, BlockRule) and rule.wins}
    spans = {found[:2] for found in around if found.rule in won}
    return [f for f in first + around if f.rule in won or f.kind in _NARROW or f[:2] not in spans]
