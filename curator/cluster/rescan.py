"""All pairs of a corpus down to a Jaccard similarity that its index was not made for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from curator.cluster.grow import add_documents
from curator.cluster.records import Batch, Documents, Pair
from curator.index import Index, MemorySegments
from curator.signature.scheme import Scheme

#: Most bands that an index has room for, of 2 rows: recall .9999 at Jaccard .4, .997 at .3, .92 at .2.
_BANDS, _ROWS = 63, 2


def wide_scheme(scheme: Scheme) -> Scheme:
    """Return the scheme of the same signatures with bands that propose less similar pairs.

    >>> round(wide_scheme(Scheme()).recall(0.3), 3)
    0.997
    """
    return replace(scheme, bands=min(_BANDS, scheme.n_perm // _ROWS), rows=_ROWS)


def find_pairs(batches: Iterable[Batch], documents: Documents, scheme: Scheme, floor: float) -> list[Pair]:
    """Return every pair of signed documents of this Jaccard similarity or more, as far as the wide bands propose it.

    Holds an index of 504 bytes for each article in memory, and reads the texts of candidates.
    """
    index = Index(MemorySegments(), wide_scheme(scheme))
    pairs: dict[tuple[int, int], Pair] = {}
    for batch in batches:
        change = add_documents(index, batch, documents, floor)
        pairs |= {(pair.a, pair.b): pair for pair in change.pairs}
        for ones, others in change.lost:
            for one, other in product(ones, others):
                pairs.pop((min(one, other), max(one, other)), None)
    return list(pairs.values())
