"""Pairs, members, rule and clusters: what the stage takes and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Protocol, Self

from curator.errors import StoreError
from curator.signature.hashing import UInt32
from curator.signature.shingles import Shingles

#: Every verified pair of at least this Jaccard similarity is stored, whatever the threshold of the clusters.
STORED_JACCARD = 0.5

#: A threshold can be as low as this; below ``STORED_JACCARD`` its pairs come from ``cluster.rescan``.
LEAST_JACCARD = 0.2


class Pair(NamedTuple):
    """Two documents (ids, a < b) and what their shingle sets share.

    ``jaccard`` = |A and B| / |A or B|, ``containment_a`` = |A and B| / |A|, ``containment_b`` = |A and B| / |B|.
    """

    a: int
    b: int
    jaccard: float
    containment_a: float
    containment_b: float


class Signed(NamedTuple):
    """A row of the table ``signatures``: ``digest`` (16 bytes) of the normalised text, ``minhash`` (512 bytes).

    ``minhash`` holds 128 little-endian uint32; ``curator.signature.to_datasketch`` makes a MinHash of it.
    """

    digest: bytes
    minhash: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents that join the corpus: ids and texts with their signatures, row by row.

    ``minhashes`` is uint32 of shape (n documents, n permutations). An id must be 0 <= id < 2**28. ``make_batch``
    adds the shingles, which spares computing them again for texts that have candidates.
    """

    ids: Sequence[int]
    texts: Sequence[str]
    digests: Sequence[bytes]
    minhashes: UInt32
    shingles: Shingles | None = None


class Documents(Protocol):
    """The documents that take part in deduplication: kept ones and duplicates.

    Rejected, superseded and removed documents do not take part: both methods leave their ids out, as they leave
    out ids that never existed. Documents of the batch at hand may be left out or not.
    """

    def signatures(self, ids: Sequence[int]) -> Mapping[int, Signed]:
        """Return the signature rows of those of the ids that take part."""
        ...

    def texts(self, ids: Sequence[int]) -> Mapping[int, str]:
        """Return the article texts of those of the ids that take part."""
        ...


class Member(NamedTuple):
    """What the rule of the keeper reads of a document.

    ``digest`` as in its signature row: documents of one digest are copies, with or without a stored pair.
    ``published`` is an ISO date or None, ``chars`` the length of its text, ``site`` a domain or None.
    """

    id: int
    key: str
    digest: bytes
    published: str | None = None
    chars: int = 0
    site: str | None = None


@dataclass(frozen=True, slots=True)
class KeepRule:
    """Which pairs make a cluster and who of it survives.

    ``order`` holds ``earliest`` (date; without one comes last), ``longest`` (text) and ``site`` (place in
    ``sites``), each at most once, the first that tells two members apart decides; at last the smallest key.
    ``window_days``: pairs whose dates lie further apart do not count; a missing date is near to all.
    """

    threshold: float = 0.7
    order: tuple[str, ...] = ("earliest", "longest", "site")
    sites: tuple[str, ...] = ()
    window_days: int | None = None

    @property
    def floor(self) -> float:
        """Jaccard similarity from which pairs are stored."""
        return min(STORED_JACCARD, self.threshold)

    def to_json(self) -> str:
        """Return the rule as one line of JSON, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        """Return the rule that ``to_json`` wrote; raise StoreError where it is none that can be."""
        try:
            found = json.loads(stored)
            return cls(found["threshold"], tuple(found["order"]), tuple(found["sites"]), found["window_days"])
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"the rule of clusters in the corpus file is damaged: {stored!r}; restore a copy"
            ) from error

    def __post_init__(self) -> None:
        if not LEAST_JACCARD <= self.threshold <= 1.0:
            raise ValueError(f"threshold must lie between {LEAST_JACCARD} and 1, not {self.threshold}")
        if self.window_days is not None and self.window_days < 1:
            raise ValueError(f"a window has 1 day or more, not {self.window_days}")
        if len(set(self.order)) < len(self.order) or set(self.order) - {"earliest", "longest", "site"}:
            raise ValueError(f"order takes earliest, longest and site, each once, not {self.order}")


class Duplicate(NamedTuple):
    """A member of a cluster that does not survive.

    ``duplicate_of`` is the cluster's keeper. ``similarity`` is the Jaccard similarity to ``via``, or to the
    keeper where ``via`` is None. With ``via`` the member is not similar enough to the keeper itself, but to that
    member, which in turn is a duplicate.
    """

    id: int
    duplicate_of: int
    similarity: float
    via: int | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Two or more documents of which one is kept. ``id`` is the smallest key of its members."""

    id: str
    keeper: int
    duplicates: tuple[Duplicate, ...]

    @property
    def size(self) -> int:
        """Number of members, the keeper with them."""
        return len(self.duplicates) + 1

    @property
    def min_similarity(self) -> float:
        """Smallest similarity that holds the cluster together."""
        return min(duplicate.similarity for duplicate in self.duplicates)
