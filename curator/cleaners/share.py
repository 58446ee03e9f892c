"""Share, print and bookmark links, one by one, in a bar, or as a run of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from curator.cleaners.batch import Batch
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.scan import Edges, edges
from curator.model import Cut, Line

#: A share link that begins with a known phrase names a network and says "opens in a new window" at most. A longer
#: line tells something.
_START_CHARS = 110

#: A bar of names longer than this is no bar: the longest seen holds a dozen names.
_BAR_CHARS = 200

#: "print(line)" is a line of a program.
_CALL = re.compile(r"\w\(")

#: No name is longer: a longer line is none.
_NAME_CHARS = 30

#: The kind of a name, by the set it stands in: networks alone do not tell whether one shares or follows there.
_SETS: Mapping[str, str] = {"share.network": "both", "share.action": "share", "social.profile": "social"}

#: Every run of names has a line that is a phrase under one of these names.
NAME_PHRASES = tuple(_SETS)


class BarNames(NamedTuple):
    """Names, each with its meaning, by their first two letters; the first and the last three letters of them all."""

    by_front: Mapping[str, tuple[tuple[str, str], ...]]
    fronts: frozenset[str]
    ends: frozenset[str]
    edges: Edges


#: From this length on, a line that ends in a colon announces a list of the article.
_ANNOUNCING_CHARS = 30

#: A line of this length between names in a column ends the run: it is text.
_TEXT_CHARS = 60


def cut_share_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that are nothing but an offer to share, print or save the article."""
    for line in lines:
        if phrases.has("share.line", line.key):
            yield cut(line, "share", "share-line", "offers to share, print or save")
        elif len(line.text) <= _START_CHARS and phrases.starting("share.start", line.key):
            yield cut(line, "share", "share-line", "begins as a share link does")


def cut_share_bar(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that consist of two or more names of networks and ways to share.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> found = cut_share_bar(split_lines("Facebook Twitter | WhatsApp\nFacebook fined in Ireland"), load_phrases())
    >>> [(each.start, each.end) for each in found]
    [(0, 27)]
    """
    index = bar_names(phrases)
    for line in lines:
        if bar_kind(line, index) == "share":
            yield cut(line, "share", "share-bar", "only names of networks and ways to share")


def cut_share_run(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut runs of lines that each hold one name of a network or one way to share."""
    for run in name_runs(lines, phrases, marks):
        if run_kind(run, lines, phrases, marks) == "share":
            for at in run:
                yield cut(lines[at], "share", "share-run", f"one of {len(run)} names of networks in a row")


def bars(batch: Batch) -> Mapping[int, str]:
    """Return what ``bar_kind`` says of the lines of two or more names: their first and last letters tell most apart."""
    index = bar_names(batch.phrases)
    likely = (at for at in batch.edged(index.edges) if _may_be_names(batch.key[at], index))
    return {at: kind for at in likely if (kind := bar_kind(batch.lines[at], index))}


def _may_be_names(key: str, index: BarNames) -> bool:
    """Return whether three letters at both ends are a name's, unless they hold a space, a number or a shorter name."""
    fronts, ends = index.fronts, index.ends
    end = key[-3:]
    if end in ends or end[-2:] in ends or end[-1:] in ends or " " in end or "#" in end:
        front = key[:3]
        return front in fronts or front[:2] in fronts or front[:1] in fronts or " " in front or "#" in front
    return False


def _share_bars(batch: Batch) -> list[int]:
    return [at for at, kind in batch.once(bars).items() if kind == "share"]


def bar_kind(line: Line, index: BarNames) -> str | None:
    """Return share or social for a line of two or more names, glued or spaced, and None for any other.

    Whoever lists a way to share (WhatsApp, e-mail, print) means sharing; whoever lists Instagram means following.
    """
    key, fronts = line.key, index.by_front
    if key[:2] not in fronts and key[:1] not in fronts and key[1:2] != " " and key[:1] != "#":
        return None
    if len(line.text) > _BAR_CHARS or ("(" in line.text and _CALL.search(line.text)):
        return None
    found = _names(key, fronts)
    # The letter X alone proves nothing: "..X.X.." is a row of a puzzle.
    if len({name for name, _ in found} - {"x"}) < 2:
        return None
    return _kind_of([meaning for _, meaning in found])


def _names(key: str, index: Mapping[str, tuple[tuple[str, str], ...]]) -> list[tuple[str, str]]:
    """Return the names that make up the whole key, each with its meaning, or nothing: from the left, longest first."""
    squashed = _squash(key)
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(squashed):
        for name, meaning in index.get(squashed[at : at + 2], ()) or index.get(squashed[at], ()):
            if squashed.startswith(name, at):
                found.append((name, meaning))
                at += len(name)
                break
        else:
            return []
    return found


def _squash(key: str) -> str:
    """Return a folded line without spaces and numbers: names often come glued, and with counts."""
    return key.replace(" ", "").replace("#", "")


def bar_names(phrases: Phrases) -> BarNames:
    """Return the names that bars of links consist of, for ``bar_kind``."""
    return _by_first_letters(tuple((phrases.of(name), meaning) for name, meaning in _SETS.items()))


@cache
def _by_first_letters(sets: tuple[tuple[frozenset[str], str], ...]) -> BarNames:
    """Return (squashed name, meaning) by the name's first two letters, longest first: names hardly ever change."""
    index: dict[str, set[tuple[str, str]]] = {}
    for names, meaning in sets:
        for name in filter(None, map(_squash, names)):
            index.setdefault(name[:2], set()).add((name, meaning))
    by_front = {letter: tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair))) for letter, found in index.items()}
    known = [name for found in by_front.values() for name, _ in found]
    fronts, ends = frozenset(name[:3] for name in known), frozenset(name[-3:] for name in known)
    return BarNames(by_front, fronts, ends, edges(known, between=" #"))


def _kind_of(names: Sequence[str]) -> str:
    if "share" not in names and "social" in names:
        return "social"
    return "share"


def name_runs(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[list[int]]:
    """Yield the indices of the lines of every run of single names.

    A run has two names, or one that is a list item with no text behind it. Lines that pass 1 has cut do not end a
    run, so that a run is the same run when they are gone.
    """
    run: list[int] = []
    for at in on_page(lines, phrases).where(_names_alone):
        if run and not all(i in marks for i in range(run[-1] + 1, at)):
            if _is_run(run, lines, phrases):
                yield run
            run = []
        run.append(at)
    if run and _is_run(run, lines, phrases):
        yield run


def _names_alone(batch: Batch) -> list[int]:
    """Return the lines that are a single name."""
    has = batch.phrases.has
    able = (at for at in batch.opened_by(NAME_PHRASES) if len(batch.key[at]) <= _NAME_CHARS)
    return sorted(at for at in able if any(has(name, batch.key[at]) for name in NAME_PHRASES))


def _is_run(run: Sequence[int], lines: Sequence[Line], phrases: Phrases) -> bool:
    first, behind = lines[run[0]], run[-1] + 1
    if run[0] and _introduces(lines[run[0] - 1].text):
        return False
    if len(run) >= 2:
        return True
    # "WhatsApp" above a paragraph is a crosshead of an article on messengers, "Facebook" among other list items a tag.
    around = [lines[at] for at in (run[0] - 1, behind) if 0 <= at < len(lines)]
    listed = first.text != first.bare and not phrases.has("share.action", first.key)
    return listed and all(other.text == other.bare and len(other.text) < _TEXT_CHARS for other in around)


def _introduces(text: str) -> bool:
    """Return whether a line announces a list: "The rules hold for these services:"; "Share:" is too short for that."""
    return text.endswith((":", "：")) and len(text) >= _ANNOUNCING_CHARS


def run_kind(run: Sequence[int], lines: Sequence[Line], phrases: Phrases, marks: Marks) -> str:
    """Return share or social for a run: by what the names are; where they do not tell, by the heading above them."""
    meanings = [meaning for at in run for name, meaning in _SETS.items() if phrases.has(name, lines[at].key)]
    above = marks.get(run[0] - 1)
    if above is not None and above.kind == "social" and set(meanings) == {"both"}:
        return "social"
    return _kind_of(meanings)


RULES = (
    LineRule(
        "share-line",
        "share",
        cut_share_line,
        spares="sentences that speak of sharing",
        opens=("share.line", "share.start"),
    ),
    LineRule(
        "share-bar", "share", cut_share_bar, spares="headlines that begin with the name of a network", also=_share_bars
    ),
    BlockRule(
        "share-run",
        "share",
        cut_share_run,
        spares="the name of one network as a crosshead above text",
        needs=NAME_PHRASES,
    ),
)
