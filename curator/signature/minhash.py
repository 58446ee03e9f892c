"""Shingle hashes -> MinHash signatures, the same bits as ``datasketch.MinHash`` of scheme ``affine32``.

datasketch 2.0 (minhash.py): a 32-bit hash is mixed once by the 32-bit finalizer of MurmurHash3; permutation k is
``a[k] * h + b[k]`` modulo 2**32 with odd ``a[k]``; ``a`` and ``b`` come from ``RandomState(seed)``. Its hash of a
shingle is ours: the low 32 bits of the 64-bit shingle hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from curator.errors import StoreError
from curator.signature.hashing import UInt32, UInt64
from curator.signature.kernels import kernels_for
from curator.signature.scheme import Scheme
from curator.signature.shingles import Shingles, shingle

if TYPE_CHECKING:
    from datasketch import MinHash

#: Texts that are shingled together: bounds the memory.
_BLOCK_TEXTS = 1_024

#: Every value of the signature of an empty set.
EMPTY = np.uint32(0xFFFFFFFF)


class Signatures(NamedTuple):
    """Signatures of texts, row by row: ``minhashes`` is uint32 of shape (n texts, n permutations)."""

    digests: tuple[bytes, ...]
    minhashes: UInt32


@cache
def permutations(scheme: Scheme) -> tuple[UInt32, UInt32]:
    """Return ``a`` (odd) and ``b`` of the affine permutations, in datasketch's order of drawing."""
    generator = np.random.RandomState(scheme.seed)
    a = generator.randint(0, 1 << 31, scheme.n_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, generator.randint(0, 1 << 32, scheme.n_perm, dtype=np.uint32)


def hash32(hashes: UInt64) -> UInt32:
    """Return the 32-bit hashes of shingles that go into MinHash: what ``MinHash(hashfunc=...)`` must return."""
    return hashes.astype(np.uint32)


def minhashes(shingles: Shingles, scheme: Scheme) -> UInt32:
    """Return the signatures of shingled texts, uint32 of shape (n texts, n_perm); ``EMPTY`` for a blank text."""
    found = np.full((shingles.starts.size - 1, scheme.n_perm), EMPTY, dtype=np.uint32)
    filled = np.flatnonzero(np.diff(shingles.starts))
    if filled.size:
        starts = np.append(shingles.starts[filled], shingles.starts[-1])
        kernels = kernels_for(filled.size)
        found[filled] = kernels.least_values(shingles.hashes, starts, *permutations(scheme))
    return found


def sign(texts: Sequence[str], scheme: Scheme | None = None) -> Signatures:
    """Return the signatures of texts; how texts are batched changes nothing.

    >>> signatures = sign(["The mayor opened the new bridge today.", "the mayor opened the new bridge today"])
    >>> signatures.minhashes.shape, bool((signatures.minhashes[0] == signatures.minhashes[1]).all())
    ((2, 128), True)
    """
    scheme = scheme or Scheme()
    digests: list[bytes] = []
    found = np.empty((len(texts), scheme.n_perm), dtype=np.uint32)
    for first in range(0, len(texts), _BLOCK_TEXTS):
        shingles = shingle(texts[first : first + _BLOCK_TEXTS])
        found[first : first + _BLOCK_TEXTS] = minhashes(shingles, scheme)
        digests.extend(shingles.digests)
    return Signatures(tuple(digests), found)


def to_rows(minhashes: UInt32) -> list[bytes]:
    """Return signatures, row by row, as they are stored: little-endian uint32."""
    data = minhashes.astype("<u4", copy=False).tobytes()
    size = 4 * minhashes.shape[1]
    return [data[start : start + size] for start in range(0, len(data), size)]


def from_bytes(rows: Sequence[bytes], scheme: Scheme | None = None) -> UInt32:
    """Return stored signatures as uint32 of shape (n rows, n_perm); StoreError where a row has another size."""
    n_perm = (scheme or Scheme()).n_perm
    if any(len(row) != 4 * n_perm for row in rows):
        raise StoreError(f"a stored signature is not {4 * n_perm} bytes long: it is damaged or of another scheme")
    return np.frombuffer(b"".join(rows), dtype="<u4").astype(np.uint32).reshape(-1, n_perm)


def to_datasketch(row: bytes, scheme: Scheme | None = None) -> MinHash:
    """Return a stored signature as ``datasketch.MinHash``.

    To add shingles to it or to compare it with sketches of other programs, those must hash shingles as
    ``hash32(shingle([text]).hashes)`` does.
    """
    from datasketch import MinHash  # noqa: PLC0415 - it loads scipy, half a second of every command

    scheme = scheme or Scheme()
    values = from_bytes([row], scheme)[0]
    return MinHash(seed=scheme.seed, hashfunc=int, hashvalues=values, scheme=scheme.name)


def from_datasketch(sketch: MinHash, scheme: Scheme | None = None) -> bytes:
    """Return a ``datasketch.MinHash`` as a stored signature; ValueError where it is of another scheme."""
    scheme = scheme or Scheme()
    found = (sketch.scheme, sketch.seed, len(sketch))
    wanted = (scheme.name, scheme.seed, scheme.n_perm)
    if found != wanted:
        raise ValueError(f"expected a MinHash of scheme, seed, permutations {wanted}, found {found}")
    return to_rows(sketch.hashvalues.reshape(1, -1))[0]
