"""What a rule is: a named function from lines to cuts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from curator.cleaners.batch import Batch
from curator.cleaners.phrases import Phrases
from curator.model import Cut, Line

#: What pass 1 found: for the index of each line in ``lines`` that it cut as a whole, that cut.
Marks = Mapping[int, Cut]
#: Gives the indexes of the lines in a batch that a rule may cut, or that tell it to look around.
Also = Callable[[Batch], Iterable[int]]
FindInLines = Callable[[Sequence[Line], Phrases], Iterator[Cut]]
#: The cut of some columns: half the time of ``Cut``.
_new_cut = partial(tuple.__new__, Cut)

FindAround = Callable[[Sequence[Line], Phrases, Marks], Iterator[Cut]]


@dataclass(frozen=True, slots=True)
class LineRule:
    """A rule of pass 1: judges each line by itself, so it finds nothing more in what it left.

    ``opens`` names the phrases of which a line begins with one, at a word's end, if the rule cuts it; ``also`` gives
    the indexes of the lines it may cut beside those. Other lines need not be shown to the rule. Where both are left
    out, it has to see them all.
    """

    id: str
    kind: str
    find: FindInLines
    spares: str
    opens: tuple[str, ...] = ()
    also: Also | None = None


@dataclass(frozen=True, slots=True)
class BlockRule:
    """A rule of pass 2: may read a line's neighbours and what pass 1 has cut.

    Where it ``wins``, the lines it cuts are of its kind whatever other rules say of them. Where it ``yields``, it only
    proposes: the tagger, if asked at all, sees these lines too, and has the last word. Wherever a rule cuts anything,
    some line begins with a phrase that ``needs`` names, at a word's end, or is one that ``also`` gives: else it need
    not be asked. Where both are left out, it has to be asked of every page.
    """

    id: str
    kind: str
    find: FindAround
    spares: str
    wins: bool = False
    yields: bool = False
    needs: tuple[str, ...] = ()
    also: Also | None = None


Rule = LineRule | BlockRule


def describe(rule: Rule) -> str:
    """Return what a rule cuts: the first line of its function's docstring."""
    return (inspect.getdoc(rule.find) or "").partition("\n")[0]


def cut(line: Line, kind: str, rule: str, why: str) -> Cut:
    """Return a cut of a whole line, from its first to its last visible character."""
    return _new_cut((line.start, line.end, kind, rule, why))
