"""Bloom filters of segments: which addresses a large segment cannot hold, so that its blocks need no reading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curator.index.entries import KEY_BITS, Int64, UInt64
from curator.signature.shingles import mix

#: Bits for each entry, and bits that an entry sets: of what is not there, 0.6 % pass ((1 - e**(-4/12))**4).
BITS_PER_ENTRY = 12
_PROBES = 4
_LOW = np.uint64(0xFFFFFFFF)


def filter_bytes(counts: Int64) -> Int64:
    """Return the bytes of the filters of sections that hold this many entries each."""
    return (counts * BITS_PER_ENTRY + 7) // 8


def _probe(hashes: UInt64, number: int, n_bits: UInt64 | np.uint64) -> UInt64:
    """Return a bit number below ``n_bits`` for each hash: double hashing (Kirsch and Mitzenmacher, 2006)."""
    return (((hashes + np.uint64(number) * (hashes >> np.uint64(32))) & _LOW) * n_bits) >> np.uint64(32)


def make_filter(addresses: UInt64) -> bytes:
    """Return the filter of the addresses of one section."""
    n_bits = 8 * int(filter_bytes(np.array([addresses.size]))[0])
    bits = np.zeros(n_bits, dtype=np.bool_)
    hashes = mix(addresses)
    for number in range(_PROBES):
        bits[_probe(hashes, number, np.uint64(n_bits))] = True
    return np.packbits(bits, bitorder="little").tobytes()


def passing(addresses: UInt64, filters: NDArray[np.uint8], counts: Int64) -> UInt64:
    """Return the addresses that the filters of a segment let pass; ``filters`` are those of all sections, joined."""
    sizes = filter_bytes(counts)
    starts = (np.cumsum(sizes) - sizes).astype(np.uint64)
    addresses = addresses[counts[(addresses >> KEY_BITS).astype(np.int64)] > 0]
    for number in range(_PROBES):
        sections = (addresses >> KEY_BITS).astype(np.int64)
        bits = _probe(mix(addresses), number, sizes.astype(np.uint64)[sections] * np.uint64(8))
        found = filters[(starts[sections] + (bits >> np.uint64(3))).astype(np.int64)]
        # Most addresses end at the first probe, so the later ones cost little.
        addresses = addresses[(found >> (bits & np.uint64(7)).astype(np.uint8)) & 1 > 0]
    return addresses
