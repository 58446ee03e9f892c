"""Sums over a line's neighbours, for all lines of one or more documents at once.

Nothing is summed over two documents, so a line's values do not depend on which documents it is read together with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats, Ints

Number = TypeVar("Number", bound=np.generic)

#: Distances and runs of lines are told apart up to this.
_FAR = 50


class Spans(NamedTuple):
    """Where documents begin and end among lines.

    ``bounds`` (n_documents) are first line and the line behind the last one. For each line, ``number`` is that of its
    document, and ``first`` and ``stop`` its document's bounds; ``at`` counts the lines through.
    """

    bounds: tuple[tuple[int, int], ...]
    number: Ints
    at: Ints
    first: Ints
    stop: Ints


def spans_of(sizes: Sequence[int]) -> Spans:
    """Return the spans of documents that have so many lines."""
    n_lines = np.array(sizes, dtype=np.int64)
    stop = n_lines.cumsum()
    first = stop - n_lines
    bounds = tuple(zip(first.tolist(), stop.tolist(), strict=True))
    number = np.arange(len(bounds)).repeat(n_lines)
    return Spans(bounds, number, np.arange(len(number)), first.take(number), stop.take(number))


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


def beside(values: NDArray[Number], by: int, spans: Spans) -> NDArray[Number]:
    """Return what ``shifted`` returns, for each document and for rows of values: lines are the last axis.

    >>> beside(np.array([1, 2, 3]), 1, spans_of([2, 1])).tolist()
    [0, 1, 0]
    """
    place = spans.at - by
    inside = place >= spans.first if by > 0 else place < spans.stop
    return np.asarray(values.take(place, axis=-1, mode="clip") * inside)


def before(values: Floats, reach: int) -> Floats:
    """Return the sum over the ``reach`` lines before each line of a document, itself left out.

    >>> before(np.array([1.0, 2.0, 4.0], dtype=np.float32), 2).tolist()
    [0.0, 1.0, 3.0]
    """
    total = np.zeros(len(values) + 1, dtype=np.float64)
    np.cumsum(values, dtype=np.float64, out=total[1:])
    found = total[:-1].copy()
    found[reach:] -= total[: max(len(values) - reach, 0)]
    return found.astype(np.float32)


def after(values: Floats, reach: int) -> Floats:
    """Return the sum over the ``reach`` lines after each line of a document, itself left out."""
    return before(values[::-1], reach)[::-1]


class Totals:
    """Running sums down the lines of each document: of several rows of values, (n_rows, n_lines)."""

    def __init__(self, values: Floats, spans: Spans) -> None:
        """Sum every document up by itself: what stands before it must not change how its sums are rounded."""
        self._spans = spans
        self._total = np.zeros((len(values), values.shape[1] + len(spans.bounds)), dtype=np.float64)
        for i, (first, stop) in enumerate(spans.bounds):
            values[:, first:stop].cumsum(axis=1, dtype=np.float64, out=self._total[:, first + i + 1 : stop + i + 1])

    def around(self, rows: slice, reaches: Sequence[int]) -> list[Floats]:
        """Return for each reach the means over each line and ``reach`` lines on both sides, inside the document."""
        low, high = self._bounds(-np.array(reaches), np.array(reaches) + 1)
        number, total = self._spans.number, self._total[rows]
        means = total.take(high + number, axis=1)
        means -= total.take(low + number, axis=1)
        means /= high - low
        return list(means.astype(np.float32).swapaxes(0, 1))

    def sums(self, rows: Ints, begin: Ints, end: Ints) -> Floats:
        """Return a sum for each of some rows, from ``begin`` lines behind each line to before ``end``.

        Negative numbers stand for lines before it, 0 for the line itself. (n_sums, n_lines).
        """
        low, high = self._bounds(begin, end)
        places = rows[:, None] * self._total.shape[1] + self._spans.number
        found = self._total.take(high + places) - self._total.take(low + places)
        return np.asarray(found, dtype=np.float32)

    def _bounds(self, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Return the places so many lines behind each line, none beyond its document."""
        spans = self._spans
        return (
            np.maximum(spans.at + begin[:, None], spans.first),
            np.minimum(spans.at + end[:, None], spans.stop),
        )


def gaps_to(where: NDArray[np.bool_], spans: Spans) -> tuple[Ints, Ints]:
    """Return the distances in lines to the last such line before and the next one after each line, 50 at most.

    >>> [gap.tolist() for gap in gaps_to(np.array([True, False, False]), spans_of([3]))]
    [[50, 1, 2], [50, 50, 50]]
    """
    at, far = spans.at, len(where) + _FAR
    last = np.full(len(where) + 1, -_FAR)
    np.maximum.accumulate(np.where(where, at, -_FAR), out=last[1:])
    upcoming = np.full(len(where) + 1, far)
    upcoming[:-1] = np.minimum.accumulate(np.where(where, at, far)[::-1])[::-1]
    previous = np.where(last[:-1] >= spans.first, at - last[:-1], _FAR)
    following = np.where(upcoming[1:] < spans.stop, upcoming[1:] - at, _FAR)
    return np.minimum(previous, _FAR), np.minimum(following, _FAR)


def run_lengths(where: NDArray[np.bool_], spans: Spans) -> Ints:
    """Return for each line the length of the run of such lines it stands in, 0 outside; lines are the last axis.

    >>> run_lengths(np.array([True, True, False, True]), spans_of([1, 3])).tolist()
    [1, 1, 0, 1]
    """
    begins = np.empty(where.shape, dtype=bool)
    np.equal(spans.at, spans.first, out=begins)
    begins[..., 1:] |= where[..., 1:] != where[..., :-1]
    edges = begins.ravel().nonzero()[0]
    sizes = np.empty_like(edges)
    np.subtract(edges[1:], edges[:-1], out=sizes[:-1])
    sizes[-1] = where.size - edges[-1]
    return sizes.repeat(sizes).reshape(where.shape) * where


def running(values: Floats, spans: Spans) -> Floats:
    """Return running sums down the lines of each document, each line counted in: (n_rows, n_lines)."""
    total = np.empty_like(values)
    for first, stop in spans.bounds:
        values[:, first:stop].cumsum(axis=1, out=total[:, first:stop])
    return total


def sums(values: Floats, spans: Spans) -> Floats:
    """Return the sum of each row over each document: (n_rows, n_documents)."""
    found = np.empty((len(values), len(spans.bounds)), dtype=values.dtype)
    for i, (first, stop) in enumerate(spans.bounds):
        np.add.reduce(values[:, first:stop], axis=1, out=found[:, i])
    return found
