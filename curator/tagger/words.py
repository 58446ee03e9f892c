"""Words of a line -> their numbers in the tagger's vocabulary: the lexical evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Characters, Hashes, Ints, mix

#: A line shows its first and last words; what stands between them in a long line is prose in any case.
N_FIRST, N_LAST = 10, 4
N_SLOTS = N_FIRST + N_LAST
#: Slots of a line: words, stems, the first two words as one, a short line as a whole.
N_COLUMNS = 2 * N_SLOTS + 2
GROUPS = (N_SLOTS, N_SLOTS, 1, 1)
_SHORT_LINE_WORDS = 4
_FROM_FIRST = np.arange(N_FIRST)[:, None]
_FROM_END = np.arange(1, N_LAST + 1)[:, None]

_STEM = np.uint64(0x5555)
#: 6,000 of 262,144: one unknown key in 44 passes the sieve.
_SIEVE_BITS = 18


def _slots(chars: Characters) -> tuple[Ints, NDArray[np.bool_]]:
    """Return for each slot and line the index of its word, and whether there is one: (N_SLOTS, n_lines) both."""
    first, stop = chars.first_word[:-1], chars.first_word[1:]
    at = np.concatenate((first + _FROM_FIRST, stop - _FROM_END))
    inside = np.concatenate((first + _FROM_FIRST < stop, stop - _FROM_END >= first + N_FIRST))
    return np.minimum(np.maximum(at, 0), len(chars.word_line) - 1), inside


def word_keys(chars: Characters) -> Hashes:
    """Return the hashes a line is looked up by: (n_lines, N_COLUMNS), 0 where a slot is empty."""
    keys = np.zeros((N_COLUMNS, len(chars.start)), dtype=np.uint64)
    if not len(chars.word_hash):
        return keys.T
    at, inside = _slots(chars)
    words, stems, pair, whole = keys[:N_SLOTS], keys[N_SLOTS : 2 * N_SLOTS], keys[-2], keys[-1]
    np.multiply(chars.word_hash.take(at), inside, out=words)
    np.multiply(chars.stem_hash.take(at) ^ _STEM, inside, out=stems)
    pair[:] = mix(words[0] * np.uint64(3) + words[1] * np.uint64(7))
    n_words = np.diff(chars.first_word)
    whole[:] = mix(pair * np.uint64(11) + (words[2] * np.uint64(13) + words[3] * np.uint64(17)))
    whole *= (n_words > 0) & (n_words <= _SHORT_LINE_WORDS)
    pair *= inside[1]
    return (keys >> np.uint64(32)).T


def sieve_of(vocabulary: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return which first bits of keys occur in a vocabulary: an unknown key hardly passes, and is not searched."""
    sieve = np.zeros(1 << _SIEVE_BITS, dtype=bool)
    sieve[vocabulary >> (32 - _SIEVE_BITS)] = True
    return sieve


def look_up(keys: Hashes, vocabulary: NDArray[np.uint32], sieve: NDArray[np.bool_] | None = None) -> Ints:
    """Return the place of each key in the sorted vocabulary, counted from 1; 0 where it is unknown.

    ``sieve`` is that of the vocabulary, where it is at hand.
    """
    flat = keys.T.ravel()
    known = sieve_of(vocabulary) if sieve is None else sieve
    asked = np.flatnonzero(known.take((flat >> np.uint64(32 - _SIEVE_BITS)).astype(np.int64)) & (flat > 0))
    wanted = flat.take(asked).astype(np.uint32)
    at = np.minimum(np.searchsorted(vocabulary, wanted), len(vocabulary) - 1)
    places = np.zeros(len(flat), dtype=np.int64)
    places[asked] = (at + 1) * (vocabulary.take(at) == wanted)
    return places.reshape(keys.shape[::-1]).T
