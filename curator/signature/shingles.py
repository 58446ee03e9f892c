"""Texts -> 64-bit hashes of their shingles.

A token is what ``signature.characters`` leaves standing: a word in lower case. A shingle is 5 consecutive tokens; fewer
than 5 are one shingle as a whole, and a text with visible characters but no token is one, too.

Every hash is a function of the characters alone: no process, batch or position enters it. Distinct shingles
share a 64-bit hash with probability 2**-64, so among the n shingles of two texts any collision has probability
n**2 / 2**65 (1,000 shingles: 3e-14; a million: 3e-8). Jaccard is exact but for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from types import ModuleType
from typing import NamedTuple

import numpy as np

from curator.signature.hashing import BASE, SHINGLE_WORDS, Int64, UInt64, mix
from curator.signature.kernels import kernels_for
from curator.signature.tokens import is_dense, token_hashes

DIGEST_BYTES = 16

#: Digest of a text in which nothing is visible: such texts are copies of nothing.
BLANK = blake2b(b"", digest_size=DIGEST_BYTES).digest()

#: Texts are hashed together up to this many characters: the arrays then stay in the processor's cache.
_CHUNK_CHARS = 1 << 18

# Odd 64-bit constants without meaning, which make two hashes of one place.
_SEEDS = (np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F))


class Shingles(NamedTuple):
    """Shingle hashes of texts, one text after the other: text i has ``hashes[starts[i]:starts[i + 1]]``.

    A shingle that a text repeats is there as often. ``digests`` (16 bytes each) tell the token sequences apart:
    equal digests mean texts that differ in case, spacing and punctuation at most. A blank text has no shingle.
    """

    hashes: UInt64
    starts: Int64
    digests: tuple[bytes, ...]


def _whole(tokens: UInt64, digest: bytes) -> UInt64:
    """Return the one shingle of a text with fewer than 5 tokens."""
    if not tokens.size:
        return np.frombuffer(digest[:8], dtype="<u8").astype(np.uint64)
    hashes = np.full(1, tokens.size, dtype=np.uint64)
    for token in tokens:
        hashes = hashes * BASE + token
    return mix(hashes)


@cache
def _factors(n: int) -> UInt64:
    """Return two hashes for each of n places, shape (2, n)."""
    places = np.arange(n, dtype=np.uint64)
    return np.stack([mix(places * BASE + seed) | np.uint64(1) for seed in _SEEDS])


def _digests(texts: Sequence[str], tokens: UInt64, bounds: Int64, kernels: ModuleType) -> tuple[bytes, ...]:
    """Return two sums of a text's tokens, each times a hash of its place, 8 bytes each.

    Of a text without tokens it is a hash of its visible characters.
    """
    sizes = np.diff(bounds)
    n_places = 1 << int(sizes.max(initial=1)).bit_length()
    data = kernels.sum_places(tokens, bounds, _factors(n_places)).astype("<u8").tobytes()
    digests = [data[first : first + DIGEST_BYTES] for first in range(0, len(data), DIGEST_BYTES)]
    for number in np.flatnonzero(sizes == 0).tolist():
        visible = "".join(texts[number].split()).encode("utf-8", "surrogatepass")
        digests[number] = blake2b(visible, digest_size=DIGEST_BYTES).digest()
    return tuple(digests)


def _shingle_chunk(texts: Sequence[str], kernels: ModuleType, *, dense: bool) -> Shingles:
    """Return the shingles of texts that are hashed together."""
    tokens, bounds = token_hashes(texts, kernels, dense=dense)
    digests = _digests(texts, tokens, bounds, kernels)
    sizes = np.diff(bounds)
    counts = np.maximum(sizes - (SHINGLE_WORDS - 1), 0)
    short = [i for i in np.flatnonzero(counts == 0).tolist() if sizes[i] or texts[i].strip()]
    counts[short] = 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    hashes: UInt64 = kernels.hash_shingles(tokens, bounds, starts)
    for i in short:
        hashes[starts[i] : starts[i + 1]] = _whole(tokens[bounds[i] : bounds[i + 1]], digests[i])
    return Shingles(hashes, starts, digests)


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield stretches of texts of about ``_CHUNK_CHARS`` characters; a longer text stands alone."""
    first = chars = 0
    for i, text in enumerate(texts):
        if chars and chars + len(text) > _CHUNK_CHARS:
            yield texts[first:i]
            first, chars = i, 0
        chars += len(text) + 1
    if first < len(texts):
        yield texts[first:]


def shingle(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts.

    >>> found = shingle(["One two three four five six.", "one  TWO three four five six", "東京都庁舎前", ""])
    >>> found.starts.tolist(), found.digests[0] == found.digests[1]
    ([0, 2, 4, 6, 6], True)
    """
    kernels = kernels_for(len(texts))
    dense = [is_dense(text) for text in texts]
    if len(set(dense)) < 2:
        return _joined([_shingle_chunk(chunk, kernels, dense=any(dense)) for chunk in _chunks(texts)])
    # The two sorts are hashed apart, and their texts put back in order.
    order = sorted(range(len(texts)), key=dense.__getitem__)
    n_sparse = dense.count(False)
    sorts = ((order[:n_sparse], False), (order[n_sparse:], True))
    found = _joined(
        [
            _shingle_chunk(chunk, kernels, dense=is_sort)
            for numbers, is_sort in sorts
            for chunk in _chunks([texts[number] for number in numbers])
        ]
    )
    parts = split(found)
    places = sorted(range(len(texts)), key=order.__getitem__)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.diff(found.starts)[places])])
    digests = tuple(found.digests[place] for place in places)
    return Shingles(np.concatenate([parts[place] for place in places]), starts, digests)


def _joined(parts: Sequence[Shingles]) -> Shingles:
    """Return the shingles of the texts of all parts."""
    counts = [np.diff(part.starts) for part in parts]
    starts = np.concatenate([[0], np.cumsum(np.concatenate([*counts, np.zeros(0, dtype=np.int64)]))])
    hashes = np.concatenate([*(part.hashes for part in parts), np.zeros(0, dtype=np.uint64)])
    return Shingles(hashes, starts.astype(np.int64), tuple(digest for part in parts for digest in part.digests))


def split(shingles: Shingles) -> list[UInt64]:
    """Return the shingle hashes of each text by themselves, as views."""
    return np.split(shingles.hashes, shingles.starts[1:-1]) if shingles.starts.size > 1 else []
