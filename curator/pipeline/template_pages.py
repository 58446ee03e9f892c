"""What the templates of all sites ask of their pages, kept small: 25 bytes a page, 9 for each line to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.pipeline.learning import Learned
from curator.pipeline.proving import Wanted
from curator.signature.hashing import Int64, UInt64
from curator.templates import TEMPLATE_RULES

_RULES = tuple(TEMPLATE_RULES)


class _Site(NamedTuple):
    """The pages of a site or several: ids, marks, whether the headline is cut; of each page ``counts`` lines to cut."""

    ids: Int64
    marks: Int64
    titles: NDArray[np.bool_]
    counts: Int64
    lines: UInt64
    codes: NDArray[np.uint8]


class TemplatePages:
    """The pages of the sites that were taken; asked when all are."""

    def __init__(self) -> None:
        self._sites: list[_Site] = []

    def take(self, learned: Learned) -> None:
        """Take the pages of a site."""
        hit = np.flatnonzero(learned.hits.lines)
        ids = np.array([page.document_id for page in learned.pages], dtype=np.int64)
        counts = np.diff(np.searchsorted(hit, learned.arrays.starts))
        marks, titles = learned.hits.marks, learned.hits.titles
        self._sites.append(_Site(ids, marks, titles, counts, learned.arrays.lines[hit], learned.hits.lines[hit]))

    def wanted(self, ids: Sequence[int]) -> dict[int, Wanted]:
        """Return what is asked of those of these pages that are pages of the sites."""
        pages, order, starts = self._all
        at = np.minimum(np.searchsorted(pages.ids, ids, sorter=order), max(order.size - 1, 0))
        places = order[at] if order.size else order
        found: dict[int, Wanted] = {}
        for place in places[pages.ids[places] == np.array(ids)[: places.size]].tolist():
            first, end = starts[place : place + 2].tolist()
            codes = pages.codes[first:end].tolist()
            rules = {line: _RULES[code - 1] for line, code in zip(pages.lines[first:end].tolist(), codes, strict=True)}
            found[int(pages.ids[place])] = Wanted(rules, bool(pages.titles[place]), int(pages.marks[place]))
        return found

    @cached_property
    def _all(self) -> tuple[_Site, Int64, Int64]:
        """All sites as one, the order of the ids, and where the lines of each page start."""
        none = np.zeros(0, np.int64)
        empty = _Site(none, none, none.astype(np.bool_), none, none.astype(np.uint64), none.astype(np.uint8))
        joined = _Site(*map(np.concatenate, zip(empty, *self._sites, strict=True)))
        self._sites.clear()
        return joined, np.argsort(joined.ids), np.concatenate([np.zeros(1, np.int64), np.cumsum(joined.counts)])
