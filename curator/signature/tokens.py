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
from curator.signature.hashing import TOKEN_BYTES, Int64, UInt8, UInt16, UInt32, UInt64, mix

#: One character in this many is looked at to tell whether a text is dense; no hash depends on what is found.
_SAMPLED = 16

#: A text is dense if one byte in this many, or more, continues a character.
_MANY = 8

_ALONE, _IN_CONTEXT = np.uint32(1 << 24), np.uint32(1 << 25)
_CODE = np.uint32((1 << 24) - 1)
_LAST_SHORT = 0xFFFF

#: Bytes that stand in no token: one between texts, and one to be taken out. Two bytes that no character has.
_TEXT, _NOTHING, _LONGER = 2, 1, 0xFFFF


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
    codes = as_codes("\n".join(texts))
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    data = _in_two_bytes(codes, starts)
    if data is None:
        return _mixed_hashes(texts, codes, starts, kernels)
    marks = np.flatnonzero(data == _TEXT)
    data[marks] = 0
    return _hashes_of(data, np.concatenate([[0], marks, [data.size]]), kernels)


def _in_two_bytes(codes: UInt16 | UInt32, starts: Int64) -> UInt8 | None:
    """Return the bytes of texts in scripts of which no character takes more than two (Cyrillic, Arabic), or None.

    They are those of ``word_bytes``, but for a mark between the texts and two zeros for each character in no token.
    """
    if codes.dtype != np.uint16:
        return None
    units = _pairs_of_bytes().take(codes)
    if (units == _LONGER).any():
        return None
    units[starts[1:-1] - 1] = _TEXT
    encoded = units.astype("<u2", copy=False).tobytes().replace(bytes([_NOTHING]), b"")
    return _padded(encoded)


def _mixed_hashes(
    texts: Sequence[str], codes: UInt16 | UInt32, starts: Int64, kernels: ModuleType
) -> tuple[UInt64, Int64]:
    """Return the hashes of the tokens of any dense texts: words as bytes, and the tokens of one character."""
    found = _table(short=codes.dtype == np.uint16).take(codes)
    if (found >= _IN_CONTEXT).any():
        # What these become depends on their neighbours, which no table can say; lower case stays as it is.
        texts = [text.lower() for text in texts]
        codes = as_codes("\n".join(texts))
        starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
        found = _table(short=codes.dtype == np.uint16).take(codes)
        found &= ~_IN_CONTEXT
    alone = np.flatnonzero(found >= _ALONE)
    own = _hashes_alone(found[alone] & _CODE)
    found[alone] = 0
    short = found.astype(np.uint16) if codes.dtype == np.uint16 else found
    words, _ = _hashes_of(_padded(as_utf8(short)), starts, kernels)
    inside = np.zeros(found.size + 1, dtype=np.bool_)
    inside[1:] = found != 0
    first = np.flatnonzero(inside[1:] > inside[:-1])
    places = np.concatenate([alone, first])
    order = np.argsort(places, kind="stable")
    return np.concatenate([own, words])[order], np.searchsorted(places[order], starts)


def _padded(encoded: bytes) -> UInt8:
    """Return bytes between bytes of 0, as ``word_bytes`` returns texts."""
    data = np.zeros((len(encoded) + 16) // 8 * 8, dtype=np.uint8)
    data[1 : len(encoded) + 1] = np.frombuffer(encoded, dtype=np.uint8)
    return data


@cache
def _pairs_of_bytes() -> UInt16:
    """Return what a character becomes, by code point: its lower case in two bytes, the first one in the low half.

    0 outside tokens; an ASCII character beside ``_NOTHING``; ``_LONGER`` where it takes more, or other rules hold.
    """
    lower = _table(short=True)
    pairs = (0xC0 | lower >> 6) | (0x80 | lower & 0x3F) << 8
    pairs[lower < 0x80] = lower[lower < 0x80] | _NOTHING << 8
    pairs[lower == 0] = 0
    pairs[lower >= 0x800] = _LONGER
    return pairs.astype(np.uint16)


@cache
def _table(*, short: bool) -> UInt32:
    """Return the lower case of each code point, 0 outside tokens, with a bit for what is more than that."""
    kinds, lower = character_tables()
    table = np.where(kinds == ALONE, lower | _ALONE, lower)
    table[[ord(char) for char in LOWERED_IN_CONTEXT]] |= _IN_CONTEXT
    return table[: _LAST_SHORT + 1].copy() if short else table


def _hashes_alone(codes: UInt32) -> UInt64:
    """Return the hashes of characters as tokens of their own, all of three bytes or more."""
    if codes.size and codes.max() > _LAST_SHORT:
        return mix(_utf8_words(codes.astype(np.uint64)))
    return _short_hashes().take(codes)


@cache
def _short_hashes() -> UInt64:
    """Return the hashes of the code points of 16 bits, which cost more to compute than to look up."""
    return mix(_utf8_words(np.arange(_LAST_SHORT + 1, dtype=np.uint64)))


def _utf8_words(codes: UInt64) -> UInt64:
    """Return the UTF-8 bytes of code points from U+0800 on, the first byte lowest."""
    first, second, third, last = ((codes >> np.uint64(bits)) & np.uint64(0x3F) for bits in (18, 12, 6, 0))
    three = (0xE0 | second) | (0x80 | third) << np.uint64(8) | (0x80 | last) << np.uint64(16)
    four = (0xF0 | first) | (0x80 | second) << np.uint64(8) | (0x80 | third) << np.uint64(16)
    four |= (0x80 | last) << np.uint64(24)
    return np.where(codes <= _LAST_SHORT, three, four)
