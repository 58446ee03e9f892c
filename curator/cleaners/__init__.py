"""Lines -> cuts: one module per kind of clutter, every rule in one readable tuple.

All rules see the same lines. Pass 1 judges lines one by one; pass 2 also sees neighbours and what pass 1 cut.
Within a pass the order of rules changes nothing: ``curator.article`` resolves overlaps by the precedence of kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    contents,
    counter,
    extract,
    leak,
    legal,
    navigation,
    newsletter,
    paywall,
    related,
    related_video,
    share,
    social,
    ticker,
    weather,
)
from curator.cleaners.batch import Batch
from curator.cleaners.crosshead import spare_crossheads
from curator.cleaners.datasheet import spare_data
from curator.cleaners.page_lines import PageLines
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, Rule
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
    *related_video.RULES,
    *navigation.RULES,
    *contents.RULES,
    *extract.RULES,
    *leak.RULES,
)

#: The rules that leave the last word to the tagger: where it is asked, their cuts are proposals.
PROPOSING = frozenset(rule.id for rule in RULES if isinstance(rule, BlockRule) and rule.yields)

#: Kinds with shapes of their own, which hold even against rules that win over all others.
_NARROW = ("weather", "ticker", "breadcrumb")

#: Pages are read together up to so many characters, about ten dumps with menus and all: a batch costs about a
#: millisecond before its first line. Five times as many gain little more.
_BATCH_CHARS = 200_000


class _Asked(NamedTuple):
    """The rules of both passes; for each name of phrases the ids of the rules that open with or need one of them."""

    single: tuple[LineRule, ...]
    around: tuple[BlockRule, ...]
    by_phrase: Mapping[str, Sequence[str]]
    winning: frozenset[str]


@cache
def _asked(skip_rules: frozenset[str]) -> _Asked:
    rules = [rule for rule in RULES if rule.id not in skip_rules]
    single = tuple(rule for rule in rules if isinstance(rule, LineRule))
    around = tuple(rule for rule in rules if isinstance(rule, BlockRule))
    by_phrase: dict[str, list[str]] = {}
    for rule in rules:
        for name in _names_of(rule):
            by_phrase.setdefault(name, []).append(rule.id)
    return _Asked(single, around, by_phrase, frozenset(rule.id for rule in around if rule.wins))


def _names_of(rule: Rule) -> tuple[str, ...]:
    return rule.opens if isinstance(rule, LineRule) else rule.needs


def _opened(batch: Batch, asked: _Asked) -> dict[str, set[int]]:
    """Return for the rules that go by phrases the lines that begin with one of theirs."""
    opened: dict[str, set[int]] = {}
    for name, places in batch.opened.items():
        for rule_id in asked.by_phrase.get(name, ()):
            opened.setdefault(rule_id, set()).update(places)
    return opened


def lines_for(rule: LineRule, batch: Batch, opened: Collection[int]) -> Sequence[int]:
    """Return the lines that a rule of pass 1 has to look at; ``opened`` are those that begin with its phrases."""
    if rule.also is None:
        return sorted(opened) if rule.opens else range(len(batch.lines))
    also = batch.once(rule.also)
    return sorted({*opened, *also}) if opened or also else ()


def _find_single(batch: Batch, asked: _Asked, opened: Mapping[str, set[int]]) -> list[list[Cut]]:
    """Return for each page what the rules of pass 1 find, rule by rule."""
    found: list[list[Cut]] = [[] for _ in batch.starts[1:]]
    for rule in asked.single:
        if rule.id not in opened and rule.opens and rule.also is None:
            continue
        for number, seen in batch.by_page(lines_for(rule, batch, opened.get(rule.id, ()))):
            found[number] += rule.find([batch.lines[i] for i in seen], batch.phrases)
    return found


def pages_for(rule: BlockRule, batch: Batch, opened: Collection[int]) -> Iterable[int]:
    """Return the numbers of the pages to ask a rule of pass 2 of; ``opened`` are the lines with phrases it needs."""
    if not rule.needs and rule.also is None:
        return range(len(batch.starts) - 1)
    found = {*opened, *batch.once(rule.also)} if rule.also is not None else opened
    return batch.pages_of(found) if found else ()


def _find_around(
    batch: Batch, asked: _Asked, opened: Mapping[str, set[int]], pages: Sequence[PageLines], marks: Sequence[Marks]
) -> list[list[Cut]]:
    """Return for each page what the rules of pass 2 find, rule by rule."""
    found: list[list[Cut]] = [[] for _ in pages]
    for rule in asked.around:
        for number in pages_for(rule, batch, opened.get(rule.id, ())):
            found[number] += rule.find(pages[number], batch.phrases, marks[number])
    return found


def _marks(page: PageLines, cuts: Iterable[Cut]) -> Marks:
    places = ((page.place_of(found.start, found.end), found) for found in sorted(cuts, reverse=True))
    return {at: found for at, found in places if at is not None}


def find_cuts(lines: Sequence[Line], phrases: Phrases, skip_rules: Collection[str] = ()) -> list[Cut]:
    """Return what the rules would cut from these lines, overlaps and all, in no particular order."""
    return find_cuts_together([lines], phrases, skip_rules)[0]


def find_cuts_together(
    pages: Sequence[Sequence[Line]], phrases: Phrases, skip_rules: Collection[str] = ()
) -> list[list[Cut]]:
    """Return for the lines of each page what ``find_cuts`` returns, in a fraction of the time where pages are short."""
    asked = _asked(frozenset(skip_rules))
    found: list[list[Cut]] = []
    for some in _batches(pages):
        found += _find_together(Batch(some, phrases), asked)
    return found


def _find_together(batch: Batch, asked: _Asked) -> list[list[Cut]]:
    pages = [PageLines(batch, number) for number in range(len(batch.starts) - 1)]
    opened = _opened(batch, asked)
    single = zip(pages, _find_single(batch, asked, opened), strict=True)
    first = [spare_data(page, spare_crossheads(page, cuts)) for page, cuts in single]
    marks = [_marks(page, cuts) for page, cuts in zip(pages, first, strict=True)]
    around = _find_around(batch, asked, opened, pages, marks)
    return [_settled(*cuts, asked.winning) for cuts in zip(first, around, strict=True)]


def _batches(pages: Sequence[Sequence[Line]]) -> Iterator[list[Sequence[Line]]]:
    """Yield pages in groups that are read together."""
    batch: list[Sequence[Line]] = []
    chars = 0
    for lines in pages:
        n_chars = lines[-1].end if lines else 0
        if batch and chars + n_chars > _BATCH_CHARS:
            yield batch
            batch, chars = [], 0
        batch.append(lines)
        chars += n_chars
    if batch:
        yield batch


def _settled(first: list[Cut], around: list[Cut], winning: Collection[str]) -> list[Cut]:
    spans = {found[:2] for found in around if found.rule in winning}
    if not spans:
        return first + around
    return [f for f in first + around if f.rule in winning or f.kind in _NARROW or f[:2] not in spans]
