"""The path from the front page to this one, also glued to the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.batch import PATH_ARROW, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.scan import table_of
from curator.cleaners.shape import ends_sentence, is_bulleted
from curator.model import Cut, Line
from curator.page.fold import fold

#: Marks between the steps of a path. A slash, a bar or a dash joins words of other lines as well, so they count
#: only behind a word for the front page.
_ARROW = re.compile(r"\s?(?:>+|»|›|→|▸|►|❯|⟩|::|\\)\s?")
_ANY_MARK = re.compile(r"\s?(?:>+|»|›|→|▸|►|❯|⟩|::|\\|/|\||·|•|-|–)\s?")

#: Two arrows with blanks around them make a path where no word for the front page does: "a->>b" is code.
_ARROWS = ">»›→▸►❯⟩"
_ANY_ARROW = re.compile(f"[{_ARROWS}]")
_SPACED_ARROW = re.compile(r"(?:^|\s)(?:>|»|›|→|▸|►|❯|⟩)\s")

#: A path is a line, not a paragraph.
_MAX_PATH_CHARS = 250
#: Words of one step; the last step may be the headline.
_MAX_STEP_WORDS = 5
#: How many lines below the path its headline may stand, and how much of the headline must be in the path.
_MAX_LINES_TO_TITLE = 8
_MIN_ECHO_CHARS = 20
#: Shorter headlines ("Johannes") count as an echo only as the whole of what the path ends with.
_MIN_TITLE_CHARS = 4


def cut_breadcrumb_path(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines such as "Startseite > Beauty > Lange Haare" that begin with a word for the front page.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Home > News > Sport\nGo to Settings > Privacy.")
    >>> [found.end for found in cut_breadcrumb_path(lines, load_phrases())]
    [19]
    """
    for line in lines:
        if len(line.text) <= _MAX_PATH_CHARS and line.text[0] != "|" and _begins_at_home(line.bare, phrases):
            yield cut(line, "breadcrumb", "breadcrumb-path", "path that begins at the front page")


def cut_breadcrumb_here(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that open with "You are here", which lead a path."""
    for line in lines:
        if len(line.text) > _MAX_PATH_CHARS or not phrases.starting("breadcrumb.here", line.key):
            continue
        if phrases.has("breadcrumb.here", line.key) or ":" in line.text or _ANY_MARK.search(line.text):
            yield cut(line, "breadcrumb", "breadcrumb-here", "says where on the site the reader is")


def cut_breadcrumb_steps(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the bulleted steps that follow a line such as "You are here"."""
    for i in marks:
        if marks[i].rule != "breadcrumb-here" or not phrases.has("breadcrumb.here", lines[i].key):
            continue
        for line in lines[i + 1 : i + 1 + _MAX_LINES_TO_TITLE]:
            if line.gap or not is_bulleted(line) or len(line.bare.split()) > _MAX_STEP_WORDS:
                break
            yield cut(line, "breadcrumb", "breadcrumb-steps", "step of the path above")


def cut_breadcrumb_echo(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut a path, glued or not, that ends with the headline of a line below it."""
    for i in on_page(lines, phrases).where(_paths):
        line = lines[i]
        below = lines[i + 1 : i + 1 + _MAX_LINES_TO_TITLE]
        if any(_echoes(line.text, title.text) for title in below):
            yield cut(line, "breadcrumb", "breadcrumb-echo", "path that ends with the headline below it")


def _paths(batch: Batch) -> list[int]:
    """Return the lines that read as a path, glued or with arrows."""
    homes = batch.phrases.of("breadcrumb.home")
    beginnings = _beginnings(homes)
    begin = [i for i in batch.beginning(_first_letters(homes)) if batch.text[i][:3].casefold() in beginnings]
    glued = {i for i in begin if _begins_glued(batch.text[i], homes)}
    found = glued.union(i for i in places(batch.held & PATH_ARROW) if _is_arrow_path(batch.text[i]))
    return sorted(i for i in found if len(batch.text[i]) <= _MAX_PATH_CHARS)


@cache
def _first_letters(words: frozenset[str]) -> NDArray[np.bool_]:
    """Return which characters, of all there are below U+10000, stand for the first letters of words."""
    wanted = {word[0] for word in words}
    return table_of(frozenset(char for char in map(chr, range(0x10000)) if char.casefold()[0] in wanted))


def _begins_at_home(text: str, phrases: Phrases) -> bool:
    """Return whether text is a path of two steps or more from the front page, and no sentence."""
    mark = _ANY_MARK.search(text)
    if mark is None or not phrases.has("breadcrumb.home", fold(text[: mark.start()])):
        return False
    rest = text[mark.end() :]
    if not rest or (ends_sentence(rest) and not _ARROW.fullmatch(mark.group())):
        return False
    if _ARROW.fullmatch(mark.group()):
        return True
    # "Home - Wo das Herz ist" is a headline: behind a dash or a slash there must be one more mark. "Home | Contact
    # | Imprint" is a menu.
    steps = [fold(step) for step in _ANY_MARK.split(rest)]
    n_menu = sum(phrases.has("navigation.menu", step) for step in steps)
    return len(steps) > 1 and 2 * n_menu < len(steps)


def _begins_glued(text: str, homes: frozenset[str]) -> bool:
    """Return whether text begins with a word for the front page and goes on without a separator."""
    found = _home(homes).match(text)
    return found is not None and found.end() < len(text)


@cache
def _beginnings(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:n] for word in words for n in (1, 2, 3) if len(word) >= n)


@cache
def _home(words: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern for a word for the front page, with a capital, a quote, a blank or a digit behind it."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?i:{'|'.join(map(re.escape, longest))})(?=[ \"'„“«»]|[^\Wa-zß-öø-ÿ])")


def _is_arrow_path(text: str) -> bool:
    return _ANY_ARROW.search(text) is not None and len(_SPACED_ARROW.findall(text)) >= 2


def _echoes(path: str, title: str) -> bool:
    """Return whether the path ends with the title, or holds its last twenty characters; a twin is no echo."""
    if len(title) < _MIN_TITLE_CHARS or path in title:
        return False
    return path.endswith(title) or (len(title) >= _MIN_ECHO_CHARS and title[-_MIN_ECHO_CHARS:] in path)


_SPARES = "menu paths in instructions, formulas, headlines that open with Home or Start"
RULES = (
    LineRule("breadcrumb-path", "breadcrumb", cut_breadcrumb_path, spares=_SPARES, opens=("breadcrumb.home",)),
    LineRule(
        "breadcrumb-here",
        "breadcrumb",
        cut_breadcrumb_here,
        spares="sentences that open so",
        opens=("breadcrumb.here",),
    ),
    BlockRule(
        "breadcrumb-steps",
        "breadcrumb",
        cut_breadcrumb_steps,
        spares="lists that follow no such line",
        needs=("breadcrumb.here",),
    ),
    BlockRule("breadcrumb-echo", "breadcrumb", cut_breadcrumb_echo, spares=_SPARES, also=_paths),
)
