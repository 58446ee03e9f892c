"""Tickers: lists of headlines with times or dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from curator.cleaners.batch import Batch, places
from curator.cleaners.calendar import (
    Stamp,
    leading_stamp,
    lone_stamp,
    may_be_stamped,
    names_day,
    trailing_ago,
    trailing_stamp,
)
from curator.cleaners.page_lines import PageLines, on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.cleaners.shape import ends_sentence, is_bulleted, is_prose, n_words
from curator.model import Cut, Line

#: Two timed lines in a row may be an event and its time; the shortest real ticker seen has three headlines.
_MIN_ENTRIES = 3
#: A headline has four words at least on average; entries of timetables and programmes are shorter.
_MIN_WORDS = 4.0
#: No headline of the hand-labelled tickers is longer; longer lines are paragraphs of a live blog.
_MAX_HEADLINE_CHARS = 250
#: A section label between headlines ("Rubrik: Topthemen Börsen") stays below both.
_MAX_LABEL_CHARS = 45
_MAX_LABEL_WORDS = 5
#: Share of headlines that may end with a full stop (two of nine do in a seed): entries of a live blog are sentences.
_MAX_RATIO_SENTENCES = 0.34


#: A line's key tells of every digit up to this length.
_KEY_CHARS = 150


class Entry(NamedTuple):
    """A line as a ticker sees it: ``shape`` is "lead", "trail", "time", "label", "head" or "text"."""

    shape: str
    stamp: Stamp | None = None
    headline: str = ""


#: A ticker ends three lines beyond its times at most: two of headlines, one of its heading.
_REACH = 4
_FAR = Entry("text")


def cut_ticker_run(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut runs of three or more headlines that each carry a time or a date."""
    page = on_page(lines, phrases)
    timed = page.where(_with_times)
    if len(timed) < _MIN_ENTRIES:
        return
    entries = _entries(page, timed)
    for first, last in _runs(lines, entries, phrases):
        if not _prose_outside(lines, first, last):
            continue
        start = _with_heading(lines, entries, first, phrases)
        for line in lines[start : _with_closer(lines, last, phrases) + 1]:
            yield cut(line, "ticker", "ticker-run", "list of headlines with times")


def _entries(page: PageLines, timed: Sequence[int]) -> list[Entry]:
    """Return the lines as a ticker sees them, those near a time; others stand in no ticker."""
    stamped = page.batch.once(_stamped)
    found = [_FAR] * len(page)
    near = {i for at in timed for i in range(max(0, at - _REACH), min(at + _REACH + 1, len(page)))}
    for i in near:
        found[i] = stamped.get(page.first + i) or _untimed(page[i])
    return found


def _untimed(line: Line) -> Entry:
    """Return what a line without a time is to a ticker."""
    text = line.bare
    if is_prose(line) or len(text) > _MAX_HEADLINE_CHARS:
        return Entry("text")
    is_label = len(text) <= _MAX_LABEL_CHARS and n_words(text) <= _MAX_LABEL_WORDS
    return Entry("label" if is_label else "head", None, text)


def _may_be_timed(batch: Batch) -> list[int]:
    """Return the lines with a digit at one of their ends, and those that say "yesterday"."""
    long = places((batch.n_bare > _KEY_CHARS) & (batch.n_bare <= _MAX_HEADLINE_CHARS))
    able = {*long, *batch.numbered.tolist()}
    return sorted({*(i for i in able if may_be_stamped(batch.bare[i])), *batch.opened_by(("calendar.ago",))})


def _stamped(batch: Batch) -> Mapping[int, Entry]:
    """Return the lines with a time or date at their ends, as entries."""
    able = batch.once(_may_be_timed)
    return {i: entry for i in able if (entry := _timed(batch.lines[i], batch.phrases))}


def _with_times(batch: Batch) -> list[int]:
    return list(batch.once(_stamped))


def _timed(line: Line, phrases: Phrases) -> Entry | None:
    """Return the line as an entry with a time or date, or None where it has none at its ends."""
    text = line.bare
    if len(text) > _MAX_HEADLINE_CHARS:
        return None
    if "#" not in line.key and len(text) <= _KEY_CHARS and not phrases.has("calendar.ago", line.key):
        return None
    lead = leading_stamp(text)
    alone = lone_stamp(text, line.key, lead, phrases)
    if alone:
        return Entry("time", alone)
    if lead and lead[1] and not lead[1][0].isdecimal():
        return Entry("lead", lead[0], lead[1])
    trail = trailing_stamp(text)
    if trail and trail[1]:
        return Entry("trail", *trail)
    before = trailing_ago(text, phrases) if _may_end_in_ago(line, phrases) else None
    return Entry("trail", Stamp("ago", ()), before) if before else None


def _may_end_in_ago(line: Line, phrases: Phrases) -> bool:
    """Return whether the last word of a line is that of a phrase such as "5 minutes ago", or its key does not tell."""
    return len(line.bare) > _KEY_CHARS or line.key.rpartition(" ")[2] in _last_words(phrases.of("calendar.ago"))


@cache
def _last_words(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(phrase.rpartition(" ")[2] for phrase in phrases)


def _runs(lines: Sequence[Line], entries: Sequence[Entry], phrases: Phrases) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each ticker, its heading and its "show more" left out."""
    by_shape = [[i for i, entry in enumerate(entries) if entry.shape == shape] for shape in ("lead", "trail")]
    # The list of contents of a live blog looks like a ticker, so one shape spares the other.
    is_live_blog = any(_is_live_blog(entries, at) for at in by_shape)
    for at in [] if is_live_blog else by_shape:
        for run in _split(at, entries, _only_labels_between):
            if _is_ticker([entries[i] for i in run], _days(entries, run, phrases)):
                yield _with_inner_label(lines, entries, run), run[-1]
    at = [i for i, entry in enumerate(entries) if entry.shape == "time"]
    for run in _split(at, entries, _one_headline_between):
        found = _spaced_ticker(lines, entries, run, phrases)
        if found:
            yield found


def _is_live_blog(entries: Sequence[Entry], at: Sequence[int]) -> bool:
    """Return whether three or more timed lines, and a third of them all, are followed by prose."""
    followed = sum(i + 1 < len(entries) and entries[i + 1].shape == "text" for i in at)
    return followed >= 3 and 3 * followed >= len(at)


def _split(
    at: Sequence[int], entries: Sequence[Entry], joins: Callable[[Sequence[Entry]], bool]
) -> Iterator[list[int]]:
    """Yield the stretches of indexes whose neighbours ``joins`` holds together, three at least."""
    run: list[int] = []
    for i in at:
        if run and not joins(entries[run[-1] + 1 : i]):
            if len(run) >= _MIN_ENTRIES:
                yield run
            run = []
        run.append(i)
    if len(run) >= _MIN_ENTRIES:
        yield run


def _only_labels_between(between: Sequence[Entry]) -> bool:
    return len(between) <= 2 and all(entry.shape == "label" for entry in between)


def _one_headline_between(between: Sequence[Entry]) -> bool:
    """Return whether what stands between two times is one headline, with two labels at most."""
    if len(between) > 3 or not all(entry.shape in ("head", "label") for entry in between):
        return False
    return sum(_is_headline(entry) for entry in between) == 1


def _is_headline(entry: Entry) -> bool:
    """Return whether a line can be a headline; section labels have three words at most."""
    return entry.shape == "head" or (entry.shape == "label" and n_words(entry.headline) > 3)


def _days(entries: Sequence[Entry], run: Sequence[int], phrases: Phrases) -> list[int]:
    """Return for each timed line of a run how many labels in the run above it name a day."""
    inside = entries[run[0] : run[-1]]
    named = (entry.shape == "label" and names_day(entry.headline, phrases) for entry in inside)
    above = list(accumulate(named, initial=0))
    return [above[i - run[0]] for i in run]


def _is_ticker(run: Sequence[Entry], days: Sequence[int]) -> bool:
    """Return whether timed headlines read as a ticker: headlines, no sentences, no programme of a day or of several."""
    n_sentences = sum(entry.headline.endswith((".", "。", "。", "।")) for entry in run)
    if n_sentences > _MAX_RATIO_SENTENCES * len(run):
        return False
    if sum(n_words(entry.headline) for entry in run) < _MIN_WORDS * len(run):
        return False
    return _newest_first([entry.stamp for entry in run if entry.stamp], days)


def _newest_first(stamps: Sequence[Stamp], days: Sequence[int]) -> bool:
    """Return whether times fall or jump about. A programme, a timetable, a chronology rises.

    Rising twice as often as falling is a programme of several days; where labels name these, a fall from one to the
    next says nothing. Dates alone count as a ticker only where they never rise: a list of past events is often told
    from the latest to the first, so four are asked for.
    """
    if all(stamp.sort == "ago" for stamp in stamps):
        return True
    of_days = zip(stamps, days, strict=True)
    pairs = [(a.order, b.order, day == next_day) for (a, day), (b, next_day) in pairwise(of_days) if a.sort == b.sort]
    falls = sum(a > b and same_day for a, b, same_day in pairs)
    rises = sum(a < b for a, b, _ in pairs)
    turns = sum(a.sort != b.sort for a, b in pairwise(stamps))
    if all(stamp.sort == "date" for stamp in stamps):
        return len(stamps) > _MIN_ENTRIES and falls > 0 and rises == 0
    return falls + turns > 0 and rises < 2 * (falls + turns)


def _with_inner_label(lines: Sequence[Line], entries: Sequence[Entry], run: Sequence[int]) -> int:
    """Return where the run begins, with the label above it if labels stand inside it as well."""
    first = run[0]
    inside = any(entries[i].shape == "label" for i in range(first, run[-1]))
    above = first > 0 and entries[first - 1].shape == "label" and lines[first].gap == 0
    return first - 1 if inside and above and not ends_sentence(lines[first - 1].text) else first


def _spaced_ticker(
    lines: Sequence[Line], entries: Sequence[Entry], run: Sequence[int], phrases: Phrases
) -> tuple[int, int] | None:
    """Return first and last index of a ticker whose times stand on lines of their own, or None."""
    above = _time_stands_above(lines, entries, run)
    first, last = run[0], run[-1]
    if above:
        last = next((i for i in range(last + 1, min(last + 3, len(lines))) if _is_headline(entries[i])), last)
        labelled = entries[run[1] - 1].shape == "label" and not _is_headline(entries[run[1] - 1])
        if labelled and first and entries[first - 1].shape == "label" and lines[first].gap <= 1:
            first -= 1
    else:
        first = next((i for i in range(first - 1, max(first - 3, -1), -1) if _is_headline(entries[i])), first)
    heads = [entry for entry in entries[first : last + 1] if _is_headline(entry)]
    timed = [Entry("lead", entries[i].stamp, head.headline) for i, head in zip(run, heads, strict=False)]
    days = _days(entries, run, phrases)[: len(timed)]
    return (first, last) if len(timed) >= _MIN_ENTRIES and _is_ticker(timed, days) else None


def _time_stands_above(lines: Sequence[Line], entries: Sequence[Entry], run: Sequence[int]) -> bool:
    """Return whether each time stands above its headline.

    Told by what touches the times, else by blank lines, else by bullets, else by the ends of the run.
    """
    first, last = run[0], run[-1]
    touching_above = sum(_is_headline(entries[i - 1]) for i in run[1:])
    touching_below = sum(_is_headline(entries[i + 1]) for i in run[:-1])
    if touching_above != touching_below:
        return touching_above < touching_below
    gaps_above = sum(lines[i].gap for i in run[1:])
    gaps_below = sum(lines[i + 1].gap for i in run[:-1])
    if gaps_above != gaps_below:
        return gaps_below < gaps_above
    if is_bulleted(lines[first]) != is_bulleted(lines[first + 1]):
        return is_bulleted(lines[first])
    behind = last + 1 < len(lines) and _is_headline(entries[last + 1])
    before = first > 0 and _is_headline(entries[first - 1])
    return behind or not before


def _prose_outside(lines: Sequence[Line], first: int, last: int) -> bool:
    """Return whether there is an article beside the run: else the timed lines are the article."""
    return any(is_prose(line) for line in lines[:first]) or any(is_prose(line) for line in lines[last + 1 :])


def _with_heading(lines: Sequence[Line], entries: Sequence[Entry], first: int, phrases: Phrases) -> int:
    """Return where the run begins, with the heading above it ("Newsticker") if it has one."""
    near = first > 0 and lines[first].gap <= 1 and entries[first - 1].shape == "label"
    return first - 1 if near and phrases.has("ticker.heading", lines[first - 1].key) else first


def _with_closer(lines: Sequence[Line], last: int, phrases: Phrases) -> int:
    """Return where the run ends, with the "show more" below it if there is one."""
    if last + 1 >= len(lines) or lines[last + 1].gap > 1:
        return last
    line = lines[last + 1]
    words = len(line.key.split())
    return last + 1 if words <= _MAX_LABEL_WORDS and _closes(line, phrases) else last


def _closes(line: Line, phrases: Phrases) -> bool:
    """Return whether a line leads on: a known phrase, or one that begins with it or with "weitere"."""
    return phrases.starting("ticker.more", line.key) is not None


RULES = (
    BlockRule(
        "ticker-run",
        "ticker",
        cut_ticker_run,
        spares="live blogs, whose entries are followed by prose; programmes and timetables, whose times rise within "
        "a day; match reports; pages that are nothing but timed lines",
        also=_with_times,
    ),
)
