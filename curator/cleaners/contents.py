"""Tables of contents: the crossheads of an article listed above it, under a heading such as "Inhalt"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from curator.cleaners.page_lines import PageLines, on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.model import Cut, Line

#: What the headings are listed under.
_HEADING = "navigation.contents"

#: Two crossheads below such a heading may be chance.
_MIN_ITEMS = 3
#: A table of contents has seldom more entries; the bound keeps long lists from costing much.
_MAX_ITEMS = 120
#: No crosshead is longer, questions neither.
_MAX_ITEM_CHARS = 140

#: Share of the items with a bullet that may be missing below, and then stay: a crosshead is worded otherwise at times.
_MAX_RATIO_MISSING = 0.4
#: Share of neighbouring crossheads with prose between them: one above a smaller one has none, two menus have none at
#: all, nor has a song with its refrain.
_MIN_RATIO_PARTED = 0.5

#: The entries of a live blog have a time above or below their headlines: the list of these is its summary.
_CLOCK = re.compile(r"\d[:.hH][0-5]\d(?!\d)")
_TIME_CHARS = 40
_MIN_RATIO_TIMED = 0.5


def cut_navigation_contents(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    r"""Cut tables of contents: a heading, and below it three or more crossheads that stand again over prose.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> prose = f"The bees of the valley {'often ' * 12}fly out late."
    >>> body = f"Spring\n{prose}\nSummer\n{prose}\nAutumn\n{prose}"
    >>> text = f"Contents\nSpring\nSummer\nAutumn\n{body}"
    >>> [each.end for each in cut_navigation_contents(split_lines(text), load_phrases(), {})]
    [8, 15, 22, 29]
    >>> list(cut_navigation_contents(split_lines(f"Contents\nHoney\nWax\nPollen\n{body}"), load_phrases(), {}))
    []
    """
    page = on_page(lines, phrases)
    places: Mapping[str, list[int]] | None = None
    done = -1
    for at in sorted(page.opened_by((_HEADING,))):
        if at <= done or not phrases.has(_HEADING, page.key[at]):
            continue
        first = at + 1
        while first < len(page) and phrases.has(_HEADING, page.key[first]):
            first += 1
        places = places or _places(page)
        items = _items(page, first, places)
        done = items[-1] if items else first - 1
        for i in (*range(at, first), *items) if items else ():
            yield cut(lines[i], "navigation", "navigation-contents", "table of contents of the article below")


def _name(key: str) -> str:
    """Return what is compared of a crosshead: all but the numbers in front of it, which only one place may show."""
    return key.lstrip("# ")


def _places(page: PageLines) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, key in enumerate(page.key):
        if len(page.text[at]) <= _MAX_ITEM_CHARS and (name := _name(key)):
            found.setdefault(name, []).append(at)
    return found


def _items(page: PageLines, first: int, places: Mapping[str, list[int]]) -> list[int]:
    """Return the entries of a table of contents that stand again below; what is only listed may be a fact."""
    listed = _listed(page, first)
    echoes: list[tuple[int, int]] = []
    below = listed.stop - 1
    for at in listed:
        echo = _next(places.get(_name(page.key[at]), ()), below)
        if echo is not None:
            echoes.append((at, echo))
            below = echo
        elif not page.bulleted[first]:
            break
    if len(echoes) < _MIN_ITEMS or len(echoes) < (1 - _MAX_RATIO_MISSING) * (echoes[-1][0] - first + 1):
        return []
    heads = [echo for _, echo in echoes]
    return [at for at, _ in echoes] if _over_prose(page, heads) and not _timed(page, heads) else []


def _listed(page: PageLines, first: int) -> range:
    """Return the lines that may be entries: short, all with bullets or all without, none of them twice."""
    seen: set[str] = set()
    prose = page.paragraphs
    stop = first
    until = prose[where] if (where := bisect_right(prose, first - 1)) < len(prose) else len(page)
    while stop < min(until, first + _MAX_ITEMS):
        name = _name(page.key[stop])
        if not name or name in seen or len(page.text[stop]) > _MAX_ITEM_CHARS:
            break
        if page.bulleted[stop] != page.bulleted[first]:
            break
        seen.add(name)
        stop += 1
    return range(first, stop)


def _next(places: Sequence[int], behind: int) -> int | None:
    where = bisect_right(places, behind)
    return places[where] if where < len(places) else None


def _over_prose(page: PageLines, echoes: Sequence[int]) -> bool:
    """Return whether prose stands behind the last crosshead, and between enough neighbouring ones."""
    prose = page.paragraphs
    above = [bisect_right(prose, echo) for echo in echoes]
    parted = sum(one < other for one, other in pairwise(above))
    return above[-1] < len(prose) and parted >= _MIN_RATIO_PARTED * (len(echoes) - 1)


def _timed(page: PageLines, heads: Sequence[int]) -> bool:
    """Return whether a time stands right above or below enough of the crossheads, as in a live blog."""
    n_timed = sum(_is_time(page, head - 1) or _is_time(page, head + 1) for head in heads)
    return n_timed >= _MIN_RATIO_TIMED * len(heads)


def _is_time(page: PageLines, at: int) -> bool:
    text = page.text[at] if 0 <= at < len(page) else ""
    return len(text) <= _TIME_CHARS and _CLOCK.search(text) is not None


RULES = (
    BlockRule(
        "navigation-contents",
        "navigation",
        cut_navigation_contents,
        spares="lists that head no parts of the text; menus that stand twice; lists without a heading; live blogs",
        needs=(_HEADING,),
    ),
)
