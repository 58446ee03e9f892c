"""Bloom filters of segments: which addresses a large segment cannot hold, so that its blocks need no reading."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.index.entries import KEY_BITS, Int64, UInt64
from curator.signature.hashing import mix

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


class Asked(NamedTuple):
    """Sorted addresses that are looked up in several segments: their hashes, and how many are of each section."""

    addresses: UInt64
    hashes: UInt64
    counts: Int64


def asked(addresses: UInt64, n_sections: int) -> Asked:
    """Return sorted addresses, made ready for the filters of segments with this many sections."""
    edges = np.searchsorted(addresses, np.arange(n_sections + 1, dtype=np.uint64) << KEY_BITS)
    return Asked(addresses, mix(addresses), np.diff(edges))


def passing(asked: Asked, filters: NDArray[np.uint8], counts: Int64) -> UInt64:
    """Return the addresses that the filters of a segment let pass; ``filters`` are those of all sections, joined.

    ``counts`` are the entries of each section. An empty one has no filter, and its addresses are probed in the next:
    what passes there is not found either.
    """
    sizes = filter_bytes(counts)
    n_bits = np.repeat(sizes.astype(np.uint64) * np.uint64(8), asked.counts)
    starts = np.repeat(np.cumsum(sizes) - sizes, asked.counts)
    hashes, addresses = asked.hashes, asked.addresses
    for number in range(_PROBES):
        bits = _probe(hashes, number, n_bits)
        places = starts + (bits >> np.uint64(3)).view(np.int64)
        found = filters[np.minimum(places, filters.size - 1)] >> (bits.astype(np.uint8) & np.uint8(7))
        # Most addresses end at the first probe, so the later ones cost little.
        left = np.flatnonzero(found & np.uint8(1))
        hashes, addresses, n_bits, starts = hashes[left], addresses[left], n_bits[left], starts[left]
    return addresses
