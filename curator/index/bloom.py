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


def _probes(addresses: UInt64, n_bits: UInt64 | np.uint64) -> list[UInt64]:
    """Return the bit numbers of addresses below ``n_bits``: double hashing (Kirsch and Mitzenmacher, 2006)."""
    hashes = mix(addresses)
    first, second = hashes & _LOW, hashes >> np.uint64(32)
    return [(((first + np.uint64(i) * second) & _LOW) * n_bits) >> np.uint64(32) for i in range(_PROBES)]


def make_filter(addresses: UInt64) -> bytes:
    """Return the filter of the addresses of one section."""
    n_bits = 8 * int(filter_bytes(np.array([addresses.size]))[0])
    bits = np.zeros(n_bits, dtype=np.bool_)
    for numbers in _probes(addresses, np.uint64(n_bits)):
        bits[numbers] = True
    return np.packbits(bits, bitorder="little").tobytes()


def passing(addresses: UInt64, filters: NDArray[np.uint8], counts: Int64) -> NDArray[np.bool_]:
    """Return which addresses the filters of a segment let pass; ``filters`` are those of all sections, joined."""
    sizes = filter_bytes(counts)
    starts = (np.cumsum(sizes) - sizes).astype(np.uint64)
    sections = (addresses >> KEY_BITS).astype(np.int64)
    n_bits = (sizes * 8).astype(np.uint64)[sections]
    passed = n_bits > 0
    base = starts[sections]
    for numbers in _probes(addresses, n_bits):
        places = np.minimum(base + (numbers >> np.uint64(3)), np.uint64(filters.size - 1))
        passed &= (filters[places] >> (numbers & np.uint64(7)).astype(np.uint8)) & 1 > 0
    return passed
