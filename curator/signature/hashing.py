"""The arithmetic of hashes that tokens, shingles and index share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
UInt32 = NDArray[np.uint32]
UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

#: An odd 64-bit constant without meaning, the base of a shingle's polynomial, and its square.
BASE = np.uint64(0x9E3779B97F4A7C15)
SQUARE = np.uint64(pow(0x9E3779B97F4A7C15, 2, 1 << 64))

#: Words that make a shingle.
SHINGLE_WORDS = 5

#: A token's bytes are read up to this many; longer ones are rare, and hashed one by one.
TOKEN_BYTES = 64


def mix(values: UInt64) -> UInt64:
    """Return the values with every bit spread over all others: the 64-bit finalizer of MurmurHash3, a bijection."""
    mixed = values ^ (values >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


def mix32(values: UInt32) -> UInt32:
    """Return the values with every bit spread over all others: the 32-bit finalizer of MurmurHash3, a bijection."""
    mixed = values ^ (values >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed
