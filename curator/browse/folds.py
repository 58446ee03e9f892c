"""Lines of the comparison -> the same with long runs of cut lines folded away.

A dump of a whole page begins with hundreds of lines of menus: the article is what a reader looks for first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from curator.browse.lines import ShownLine

#: A run of fewer cut lines than this is shown: it takes little more room than the word that it is there.
LEAST_FOLDED = 8


class Part(NamedTuple):
    """Lines in a row: a run of cut ones where ``is_fold``, shown at once where ``is_open``.

    ``n_cut`` counts them without blank ones, ``kinds`` the lines of each kind, the most frequent first.
    """

    lines: list[ShownLine]
    is_fold: bool
    is_open: bool
    n_cut: int
    kinds: list[tuple[str, int]]


def folded(lines: Sequence[ShownLine], at: int | None = None, *, all_open: bool = False) -> list[Part]:
    """Return the lines in parts; ``at`` is a place of the text whose fold is open."""
    parts: list[Part] = []
    for is_run, run in _runs(lines):
        kinds = Counter(line.kind for line in run if line.kind)
        n_cut = sum(line.state == "cut" for line in run)
        if is_run and n_cut >= LEAST_FOLDED:
            is_open = all_open or (at is not None and run[0].span[0] <= at < run[-1].span[1])
            parts.append(Part(run, True, is_open, n_cut, kinds.most_common()))
        elif parts and not parts[-1].is_fold:
            parts[-1].lines.extend(run)
        else:
            parts.append(Part(run, False, True, n_cut, []))
    return parts


def _runs(lines: Sequence[ShownLine]) -> Iterator[tuple[bool, list[ShownLine]]]:
    """Yield the lines in runs, told whether all in them were cut; blank lines belong to the run they stand in."""
    for is_cut, group in groupby(lines, key=lambda line: line.state in ("cut", "blank")):
        yield is_cut, list(group)


def is_hidden(parts: Sequence[Part], at: int) -> bool:
    """Return whether a place of the text stands in a fold that is closed."""
    return any(not part.is_open and part.lines[0].span[0] <= at < part.lines[-1].span[1] for part in parts)
