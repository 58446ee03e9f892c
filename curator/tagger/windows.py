"""Sums over a line's neighbours, for all lines of a document at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats, Ints

Number = TypeVar("Number", bound=np.generic)


def shifted(values: NDArray[Number], by: int) -> NDArray[Number]:
    """Return the value of the line ``by`` lines before (after, if negative), 0 beyond the document.

    >>> shifted(np.array([1, 2, 3]), 1).tolist(), shifted(np.array([1, 2, 3]), -1).tolist()
    ([0, 1, 2], [2, 3, 0])
    """
    moved = np.zeros_like(values)
    if abs(by) < len(values):
        if by >= 0:
            moved[by:] = values[: len(values) - by]
        else:
            moved[:by] = values[-by:]
    return moved


def _totals(values: Floats) -> NDArray[np.float64]:
    """Return running sums down the lines, a row of zeros first; ``values`` are one column or several side by side."""
    total = np.zeros((len(values) + 1, *values.shape[1:]), dtype=np.float64)
    np.cumsum(values, axis=0, dtype=np.float64, out=total[1:])
    return total


def before(values: Floats, reach: int) -> Floats:
    """Return the sum over the ``reach`` lines before each line, itself left out.

    >>> before(np.array([1.0, 2.0, 4.0], dtype=np.float32), 2).tolist()
    [0.0, 1.0, 3.0]
    """
    return all_before(values, (reach,))[0]


def all_before(values: Floats, reaches: Sequence[int]) -> list[Floats]:
    """Return what ``before`` returns, for each reach."""
    total = _totals(values)
    at = np.arange(len(values))
    return [np.asarray(total[:-1] - total[np.maximum(at - reach, 0)], dtype=np.float32) for reach in reaches]


def after(values: Floats, reach: int) -> Floats:
    """Return the sum over the ``reach`` lines after each line, itself left out."""
    return all_after(values, (reach,))[0]


def all_after(values: Floats, reaches: Sequence[int]) -> list[Floats]:
    """Return what ``after`` returns, for each reach."""
    return [found[::-1] for found in all_before(values[::-1], reaches)]


def around(values: Floats, reach: int) -> Floats:
    """Return the mean over each line and ``reach`` lines on both sides, as far as the document goes."""
    return all_around([values], (reach,))[0][0]


def all_around(columns: Sequence[Floats], reaches: Sequence[int]) -> list[list[Floats]]:
    """Return what ``around`` returns, for each reach and each column."""
    total = _totals(np.stack(columns, axis=1))
    at = np.arange(len(total) - 1)
    found = []
    for reach in reaches:
        low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(at))
        means = np.asarray((total[high] - total[low]) / (high - low)[:, None], dtype=np.float32)
        found.append(list(np.ascontiguousarray(means.T)))
    return found


def _log_gap(gap: Ints) -> Floats:
    return np.log1p(np.minimum(gap, 50)).astype(np.float32)


def distance_to(where: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the logs of the distances in lines to the last such line before and the next one after each line.

    >>> [np.expm1(x).round().tolist() for x in distance_to(np.array([True, False, False]))]
    [[50.0, 1.0, 2.0], [50.0, 50.0, 50.0]]
    """
    at = np.arange(len(where))
    last = np.maximum.accumulate(np.where(where, at, -1000))
    previous = at - np.concatenate(([-1000], last[:-1]))
    upcoming = np.minimum.accumulate(np.where(where, at, at[-1] + 1000)[::-1])[::-1]
    following = np.concatenate((upcoming[1:], [at[-1] + 1000])) - at
    return _log_gap(previous), _log_gap(following)


def run_length(where: NDArray[np.bool_]) -> Ints:
    """Return for each line the length of the run of such lines it stands in, 0 outside.

    >>> run_length(np.array([True, True, False, True])).tolist()
    [2, 2, 0, 1]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False])).astype(np.int8)))
    lengths = np.zeros(len(where), dtype=np.int64)
    sizes = edges[1::2] - edges[::2]
    lengths[where] = np.repeat(sizes, sizes)
    return lengths
