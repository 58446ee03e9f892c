"""Lines cut -> the kind of clutter each is, heard from the network and from the cut lines beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats

#: A line's own word counts this much more than that of a cut line one or two lines away: clutter comes in blocks.
_OWN = 2.0
_REACH, _FARTHEST = (-2, -1, 1, 2), 2
#: A kind with a smaller share of what is heard is not named; the cut is of kind ``other``.
_SURE = 0.3


def name_kinds(
    guesses: Floats, left: NDArray[np.int64], kept: NDArray[np.bool_], marks: Sequence[str | None], names: Sequence[str]
) -> list[str]:
    """Return a kind for each open line, of use where the line is cut.

    ``guesses`` (n_open, n_kinds) are the network's probabilities, ``left`` the places of the open lines among all,
    ``marks`` the kinds of the lines that rules have cut.
    """
    # Two lines without a kind above the first and below the last.
    told = np.zeros((len(marks) + 2 * _FARTHEST, len(names)), dtype=np.float32)
    number = {name: n for n, name in enumerate(names)}
    marked = [(i + _FARTHEST, number[kind]) for i, kind in enumerate(marks) if kind in number]
    if marked:
        told[tuple(np.array(marked).T)] = 1
    told[left + _FARTHEST] = np.where(kept[:, None], 0, guesses)
    heard = _OWN * told[_FARTHEST:-_FARTHEST]
    for step in _REACH:
        heard += told[_FARTHEST - step : len(told) - _FARTHEST - step]
    heard = heard.take(left, axis=0)
    best = heard.argmax(axis=1)
    sure = heard.max(axis=1) / np.maximum(heard.sum(axis=1), 1e-9) >= _SURE
    return [names[n] if is_sure else "other" for n, is_sure in zip(best.tolist(), sure.tolist(), strict=True)]
