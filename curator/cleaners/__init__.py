"""Lines -> cuts: one module per kind of clutter, every rule in one readable tuple.

All rules see the same lines. Pass 1 judges lines one by one; pass 2 also sees neighbours and what pass 1 cut.
Within a pass the order of rules changes nothing: ``curator.article`` resolves overlaps by the precedence of kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

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


def lines_for(rule: LineRule, page: PageLines) -> Sequence[Line]:
    """Return the lines that a rule of pass 1 has to look at."""
    if not rule.opens and rule.also is None:
        return page
    at = page.opened_by(rule.opens)
    if rule.also is not None:
        at.update(rule.also(page))
    return [page[i] for i in sorted(at)]


def find_cuts(lines: Sequence[Line], phrases: Phrases, skip_rules: Collection[str] = ()) -> list[Cut]:
    """Return what the rules would cut from these lines, overlaps and all, in no particular order."""
    page = PageLines(lines, phrases)
    rules = [rule for rule in RULES if rule.id not in skip_rules]
    line_rules = [rule for rule in rules if isinstance(rule, LineRule)]
    single = [found for rule in line_rules if (seen := lines_for(rule, page)) for found in rule.find(seen, phrases)]
    first = spare_crossheads(page, single)
    index = {(line.start, line.end): i for i, line in enumerate(lines)}
    marks = {index[found[:2]]: found for found in sorted(first, reverse=True) if found[:2] in index}
    around = [
        found
        for rule in rules
        if isinstance(rule, BlockRule) and (not rule.needs or not page.opened.keys().isdisjoint(rule.needs))
        for found in rule.find(page, phrases, marks)
    ]
    won = {rule.id for rule in rules if isinstance(rule, BlockRule) and rule.wins}
    spans = {found[:2] for found in around if found.rule in won}
    return [f for f in first + around if f.rule in won or f.kind in _NARROW or f[:2] not in spans]
