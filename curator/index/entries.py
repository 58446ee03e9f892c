"""Signatures -> index entries: 64 bits that hold band, key and document id and sort in this order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from curator.signature.hashing import BASE, Int64, UInt32, UInt64, mix
from curator.signature.scheme import Scheme

Scalar = TypeVar("Scalar", bound=np.generic)

#: An entry is band (6 bits), key (30 bits), id (28 bits). Two unlike articles share the 30 bits of one of 30 bands
#: by accident with probability 3e-8: at 10 million articles a new one gets .3 false candidates, which the
#: signatures then refute.
ID_BITS = np.uint64(28)
KEY_BITS = np.uint64(30)
MAX_ID = (1 << 28) - 1
_ID_MASK = np.uint64(MAX_ID)
_MAX_SECTIONS = 64


def n_sections(scheme: Scheme) -> int:
    """Return the number of sections of an index: one for each band, a last one for digests; ValueError beyond 64."""
    if scheme.bands + 1 > _MAX_SECTIONS:
        raise ValueError(f"an entry has room for {_MAX_SECTIONS - 1} bands, not {scheme.bands}")
    return scheme.bands + 1


def _addresses(sections: UInt64, keys: UInt64) -> UInt64:
    return (sections << KEY_BITS) | (keys >> (np.uint64(64) - KEY_BITS))


def band_keys(minhashes: UInt32, scheme: Scheme) -> UInt64:
    """Return a hash of the values of each band, a polynomial in ``BASE``: uint64 of shape (n, bands)."""
    used = minhashes[:, : scheme.bands * scheme.rows].reshape(len(minhashes), scheme.bands, scheme.rows)
    keys = np.zeros(used.shape[:2], dtype=np.uint64)
    for row in range(scheme.rows):
        keys *= BASE
        keys += used[:, :, row]
    return mix(keys)


def band_addresses(minhashes: UInt32, scheme: Scheme) -> UInt64:
    """Return where signatures stand in the index: uint64 of shape (n, bands), an entry without its id."""
    return _addresses(np.arange(scheme.bands, dtype=np.uint64), band_keys(minhashes, scheme))


def digest_addresses(digests: Sequence[bytes], scheme: Scheme) -> UInt64:
    """Return where digests stand in the index: uint64 of shape (n,), all in the last section."""
    keys = np.frombuffer(b"".join(digest[:8] for digest in digests), dtype="<u8").astype(np.uint64)
    return _addresses(np.full(keys.size, scheme.bands, dtype=np.uint64), keys)


def as_ids(ids: Sequence[int] | UInt32) -> UInt64:
    """Return document ids as uint64; ValueError where one does not fit an entry."""
    found = np.asarray(ids, dtype=np.int64)
    if found.size and (found.min() < 0 or found.max() > MAX_ID):
        raise ValueError(f"document ids must lie between 0 and {MAX_ID}, not {found.min()} .. {found.max()}")
    return found.astype(np.uint64)


def pack(addresses: UInt64, ids: UInt64) -> UInt64:
    """Return the entries of these addresses and ids, in the same order."""
    return (addresses << ID_BITS) | ids


def ids_of(entries: UInt64) -> UInt64:
    """Return the document ids of entries."""
    return entries & _ID_MASK


def bounds(addresses: UInt64) -> tuple[UInt64, UInt64]:
    """Return the least and the greatest entry that each address can have."""
    return addresses << ID_BITS, (addresses << ID_BITS) | _ID_MASK


def run_starts(values: NDArray[Any]) -> Int64:
    """Return where each run of equal values begins in sorted values.

    >>> run_starts(np.array([3, 3, 5])).tolist(), run_starts(np.array([])).tolist()
    ([0, 2], [])
    """
    return np.flatnonzero(np.concatenate([[True] * (values.size > 0), values[1:] != values[:-1]]))


def distinct(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return the distinct values, sorted; several times as fast as ``np.unique``, which hashes integers."""
    values = np.sort(values)
    return values[run_starts(values)]


def spread(starts: Int64, counts: Int64) -> Int64:
    """Return the numbers of all ranges (start, start + count), one range after the other.

    >>> spread(np.array([3, 9]), np.array([2, 1])).tolist()
    [3, 4, 9]
    """
    numbers: Int64 = np.arange(int(counts.sum()))
    numbers += np.repeat(starts - np.cumsum(counts) + counts, counts)
    return numbers
