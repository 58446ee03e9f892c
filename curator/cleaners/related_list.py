"""Lists of other articles under a heading: where they begin and how far they reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from curator.cleaners.batch import Batch
from curator.cleaners.byline import dated
from curator.cleaners.page_lines import PageLines, on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import Marks, cut
from curator.cleaners.sentence import is_cut_off, is_dense, is_headline, is_prose
from curator.model import Cut, Line

#: A heading, even one that names an author or a topic, is short.
_HEADING_CHARS = 70
_COMPOSED_WORDS = 6

#: Lists of links in the dumps have up to 60 lines; the bound keeps many headings over one another from costing much.
_LIST_LINES = 300

#: A heading that stands this often is a button under each of many teasers; what follows it is the next teaser.
_BUTTON_REPEATS = 3

#: Headlines of other articles have at least this length where a single one stands before prose; sub-headings of
#: the article are shorter, and the list may be empty (its links were lost) with a sub-heading right behind it.
_FULL_CHARS = 25
_FULL_DENSE_CHARS = 9
_LONE_ENTRY_CHARS = 45
_SUBHEADING_CHARS = 60

#: Numbers that count a list go up to this at least; an entry has so many lines at most.
_LEAST_RANKS, _RANKED_LINES = 3, 3


#: A heading begins with a phrase under one of these names.
HEADING_PHRASES = (
    "related.heading",
    "related.heading_start",
    "related.quality",
    "related.thing",
    "related.filler",
)


#: A list begins at such a heading, or at one that only its list tells.
LIST_PHRASES = (*HEADING_PHRASES, "related.maybe", "related.maybe_start")


def is_heading(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is a heading over links, whatever follows it."""
    if len(line.text) > _HEADING_CHARS or phrases.opening(line.key).isdisjoint(HEADING_PHRASES):
        return False
    return _heads(line, phrases)


def _heads(line: Line, phrases: Phrases) -> bool:
    key = line.key.removesuffix(" #")  # "Related articles (3)"
    if phrases.has("related.heading", key):
        return True
    if phrases.starting("related.heading_start", key) is not None:
        return not line.text.endswith((".", "!", "?", ","))
    return _is_composed(key, phrases)


def _may_be_headings(batch: Batch) -> list[int]:
    return sorted(i for i in batch.opened_by(LIST_PHRASES) if len(batch.text[i]) <= _HEADING_CHARS)


def headings(batch: Batch) -> list[int]:
    """Return the lines that are a heading over links, whatever follows them."""
    able = (i for i in batch.opened_by(HEADING_PHRASES) if len(batch.text[i]) <= _HEADING_CHARS)
    return sorted(i for i in able if _heads(batch.lines[i], batch.phrases))


def _is_composed(key: str, phrases: Phrases) -> bool:
    """Return whether a line consists of words that make up headings only: "Weitere Artikel zum Thema"."""
    words = key.split(" ")
    if not 2 <= len(words) <= _COMPOSED_WORDS:
        return False
    quality, thing = phrases.of("related.quality"), phrases.of("related.thing")
    if not _joined(quality, thing, phrases.of("related.filler")).issuperset(words):
        return False
    return not quality.isdisjoint(words) and not thing.isdisjoint(words)


@cache
def _joined(*sets: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*sets)


def _may_head(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is a heading over links if a list of headlines follows it, and no other such heading."""
    if len(line.text) > _HEADING_CHARS or _has_bullet(line) or line.text.endswith((".", "?", "!", ",")):
        return False
    return phrases.has("related.maybe", line.key) or phrases.starting("related.maybe_start", line.key) is not None


def cut_related_list(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the headlines and teasers listed under a heading over links, and headings that only their list tells."""
    page = on_page(lines, phrases)
    able = page.where(_may_be_headings)
    if not able:
        return
    sure, dates = set(page.where(headings)), set(page.where(dated))
    keys = Counter(lines[i].key for i in sure)
    for i in able:
        line = lines[i]
        certain = i in sure
        if (certain and keys[line.key] >= _BUTTON_REPEATS) or (not certain and not _may_head(line, phrases)):
            continue
        if certain:
            for at in _ranked(lines, i):
                yield cut(lines[at], "related", "related-list", "counted under a heading over links")
        block = _block(page, i, sure, dates, marks)
        entries = _entries(lines, i, block, marks)
        if not certain and (not _is_list(lines, entries) or _may_head(lines[entries[0]], phrases)):
            continue
        if not certain:
            yield cut(line, "related", "related-list", "heading of a list of other articles")
        for at in entries:
            yield cut(lines[at], "related", "related-list", "listed under a heading over links")


def _block(lines: PageLines, heading: int, sure: set[int], dates: set[int], marks: Marks) -> list[int]:
    """Return the indexes of the lines that a heading may list, up to the first that cannot be an entry.

    Lines that other rules cut, and dates below headlines, are passed over: whether they are still there must not
    change what is found.
    """
    found: list[int] = []
    gap = 0
    for at in range(heading + 1, len(lines)):
        if at in sure or len(found) == _LIST_LINES or lines[at].key == lines[heading].key:
            break
        if at in marks or (found and at in dates):
            continue
        if not _continues(lines, at, found, gap):
            break
        found.append(at)
        # The blank lines before the first entry part it from its heading; those before the second are the
        # list's own measure.
        gap = max(gap, lines[at].gap) if len(found) <= 2 else gap
    return found


def _ranked(lines: Sequence[Line], heading: int) -> list[int]:
    """Return the lines of a list that numbers on lines of their own count from 1: "1", a headline, "2", a headline.

    Below a headline its author or section may stand, but not below the last: what follows is told by nothing.
    """
    found: list[int] = []
    rank = n_entries = 0
    for at in range(heading + 1, min(heading + 1 + _LIST_LINES, len(lines))):
        line = lines[at]
        if line.bare.strip(".#").lstrip("0") == str(rank + 1) and (not rank or n_entries):
            rank, n_entries = rank + 1, 0
        elif not rank or n_entries == _RANKED_LINES or is_prose(line.text):
            break
        else:
            n_entries += 1
        found.append(at)
    rest = n_entries - 1 if n_entries else 1
    return found[: len(found) - rest] if rank - (not n_entries) >= _LEAST_RANKS else []


def _entries(lines: Sequence[Line], heading: int, block: list[int], marks: Marks) -> list[int]:
    """Return the lines of a block that are headlines of other articles or stand between such."""
    found = _up_to_headline(lines, block)
    if not found:
        return found
    after = next((i for i in range(found[-1] + 1, len(lines)) if i not in marks), len(lines))
    return _without_subheading(lines, heading, found, after, marks)


def _up_to_headline(lines: Sequence[Line], found: list[int]) -> list[int]:
    """Return the entries up to the last full headline; menus that follow a list have short lines only."""
    full = [_is_full(lines[i]) for i in found]
    last = max((n for n, is_full in enumerate(full) if is_full), default=-1)
    end = next((n for n in range(3, last + 1) if not any(full[n - 3 : n])), None)
    return found[: end - 3] if end else found[: last + 1 + _trailing_categories(lines, found, last)]


def _trailing_categories(lines: Sequence[Line], found: Sequence[int], last: int) -> int:
    """Return how many lines behind the last headline repeat a category that stands between the others."""
    seen = {lines[i].key for i in found[:last]}
    n = last + 1
    while n < len(found) and lines[found[n]].key in seen:
        n += 1
    return n - last - 1


def _is_full(line: Line) -> bool:
    """Return whether a line has the length of a headline; names of sections, authors and dates are shorter."""
    if is_dense(line.bare):
        return len(line.bare) >= _FULL_DENSE_CHARS or is_cut_off(line.text)
    return (len(line.bare) >= _FULL_CHARS and line.bare.count(" ") >= 2) or is_cut_off(line.text)


def _continues(lines: Sequence[Line], at: int, found: Sequence[int], gap: int) -> bool:
    """Return whether a line can be the next entry of a list."""
    line = lines[at]
    if is_prose(line.text) or (not is_headline(line.bare) and not is_cut_off(line.text)):
        return False
    if not found:
        return True
    if len(found) >= 2 and line.gap > gap:
        return False
    if not _has_bullet(lines[found[0]]) or _has_bullet(line):
        return True
    # Between bullets their authors and dates may stand, one line each.
    return len(line.text) <= 50 and at + 1 < len(lines) and _has_bullet(lines[at + 1])


def _has_bullet(line: Line) -> bool:
    return line.bare != line.text


def _without_subheading(lines: Sequence[Line], heading: int, found: list[int], after: int, marks: Marks) -> list[int]:
    """Return the entries less a last one that rather belongs to the prose behind the list."""
    if after == len(lines) or not is_prose(lines[after].text):
        return found
    last = lines[found[-1]]
    if _has_bullet(last) or is_cut_off(last.text):
        return found
    before = any(is_prose(lines[i].text) for i in range(heading) if i not in marks)
    if not before or _is_subheading(lines, found):
        return found[:-1]
    return found


def _is_subheading(lines: Sequence[Line], found: Sequence[int]) -> bool:
    """Return whether the last of these lines is shorter than headlines are, or than the others here."""
    chars = len(lines[found[-1]].text)
    if len(found) == 1:
        return chars < _LONE_ENTRY_CHARS
    return chars <= _SUBHEADING_CHARS and chars < 0.75 * min(len(lines[i].text) for i in found[:-1])


def _is_list(lines: Sequence[Line], entries: Sequence[int]) -> bool:
    """Return whether lines are surely headlines of other articles: three of full length, and most of them so."""
    n_full = sum(_is_full(lines[i]) for i in entries)
    return n_full >= 3 and n_full * 3 >= len(entries) * 2
