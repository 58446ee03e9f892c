r"""Texts -> 64-bit hashes of their tokens, by arithmetic on arrays: each hash is a function of the token's UTF-8 bytes.

Two ways lead to the same hashes. Texts that are mostly ASCII are worked on as bytes. Dense texts, of any other
script, are looked up code point by code point first, and characters that are tokens of their own never become bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from types import ModuleType

import numpy as np

from curator.signature.characters import (
    ALONE,
    LOWERED_IN_CONTEXT,
    as_codes,
    as_utf8,
    character_tables,
    word_bytes,
)
from curator.signature.hashing import TOKEN_BYTES, Int64, UInt8, UInt32, UInt64, mix

#: One character in this many is looked at to tell whether a text is dense; no hash depends on what is found.
_SAMPLED = 16

#: A text is dense if one byte in this many, or more, continues a character.
_MANY = 8

_ALONE, _IN_CONTEXT = np.uint32(1 << 24), np.uint32(1 << 25)
_CODE = np.uint32((1 << 24) - 1)


def is_dense(text: str) -> bool:
    """Return whether a text is mostly of characters that take several bytes.

    >>> is_dense("Die Brücke über den Fluss"), is_dense("Мост через реку открыт в понедельник")
    (False, True)
    """
    if text.isascii():
        return False
    sample = text[::_SAMPLED]
    size = len(sample.encode("utf-8", "surrogatepass"))
    return (size - len(sample)) * _MANY > size


def token_hashes(texts: Sequence[str], kernels: ModuleType, *, dense: bool) -> tuple[UInt64, Int64]:
    """Return the hashes of the tokens of texts, one text after the other, and where each text starts (n + 1)."""
    if dense:
        return _dense_hashes(texts, kernels)
    data, bounds = word_bytes(texts)
    return _hashes_of(data, bounds, kernels)


def _hashes_of(data: UInt8, bounds: Int64, kernels: ModuleType) -> tuple[UInt64, Int64]:
    """Return the hashes of the runs of bytes other than 0, and how many start before each of some positions."""
    edges: Int64 = kernels.find_tokens(data)
    hashes: UInt64 = kernels.hash_tokens(data, edges)
    long = np.flatnonzero(edges[:, 1] - edges[:, 0] > TOKEN_BYTES)
    if long.size:
        tokens = [data[start:end].tobytes() for start, end in edges[long].tolist()]
        digests = b"".join(blake2b(token, digest_size=8).digest() for token in tokens)
        hashes[long] = mix(np.frombuffer(digests, dtype="<u8").astype(np.uint64))
    return hashes, np.searchsorted(edges[:, 0], bounds)


def _dense_hashes(texts: Sequence[str], kernels: ModuleType) -> tuple[UInt64, Int64]:
    joined = "\n".join(texts)
    codes = as_codes(joined)
    found = _table(short=codes.dtype == np.uint16).take(codes)
    if (found >= _IN_CONTEXT).any():
        # What these become depends on their neighbours, which no table can say; lower case stays as it is.
        texts = [text.lower() for text in texts]
        codes = as_codes("\n".join(texts))
        found = _table(short=codes.dtype == np.uint16).take(codes)
        found &= ~_IN_CONTEXT
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=starts[1:])
    alone = np.flatnonzero(found >= _ALONE)
    if not alone.size:
        # U+0001 is outside tokens, so it can tell the texts apart.
        found[starts[1:-1] - 1] = 1
        data = _as_data(found.astype(codes.dtype))
        marks = np.flatnonzero(data == 1)
        data[marks] = 0
        return _hashes_of(data, np.concatenate([[0], marks, [data.size]]), kernels)
    own = _alone_hashes().take(found[alone] & _CODE)
    found[alone] = 0
    words, _ = _hashes_of(_as_data(found.astype(codes.dtype)), starts, kernels)
    inside = np.zeros(found.size + 1, dtype=np.bool_)
    inside[1:] = found != 0
    first = np.flatnonzero(inside[1:] > inside[:-1])
    places = np.concatenate([alone, first])
    order = np.argsort(places, kind="stable")
    return np.concatenate([own, words])[order], np.searchsorted(places[order], starts)


def _as_data(codes: UInt32) -> UInt8:
    """Return the UTF-8 bytes of code points between bytes of 0, as ``word_bytes`` returns texts."""
    encoded = as_utf8(codes)
    data = np.zeros((len(encoded) + 16) // 8 * 8, dtype=np.uint8)
    data[1 : len(encoded) + 1] = np.frombuffer(encoded, dtype=np.uint8)
    return data


@cache
def _table(*, short: bool) -> UInt32:
    """Return the lower case of each code point, 0 outside tokens, with a bit for what is more than that."""
    kinds, lower = character_tables()
    table = np.where(kinds == ALONE, lower | _ALONE, lower)
    table[[ord(char) for char in LOWERED_IN_CONTEXT]] |= _IN_CONTEXT
    return table[:0x10000].copy() if short else table


@cache
def _alone_hashes() -> UInt64:
    """Return the hash of each character, by code point, as if it were a token of three bytes or more."""
    codes = np.arange(0x110000, dtype=np.uint64)
    first, second, third, last = ((codes >> np.uint64(bits)) & np.uint64(0x3F) for bits in (18, 12, 6, 0))
    three = (0xE0 | second) | (0x80 | third) << np.uint64(8) | (0x80 | last) << np.uint64(16)
    four = (0xF0 | first) | (0x80 | second) << np.uint64(8) | (0x80 | third) << np.uint64(16)
    four |= (0x80 | last) << np.uint64(24)
    return mix(np.where(codes < 0x10000, three, four))
