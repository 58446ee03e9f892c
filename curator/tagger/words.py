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
#: A vocabulary of 6,000 has 6,000 of 262,144 first bits: of unknown keys one in 44 is compared.
_FIRST_BITS = 18


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
    n_words = chars.first_word[1:] - chars.first_word[:-1]
    whole[:] = mix(pair * np.uint64(11) + (words[2] * np.uint64(13) + words[3] * np.uint64(17)))
    whole *= (n_words > 0) & (n_words <= _SHORT_LINE_WORDS)
    pair *= inside[1]
    return (keys >> np.uint64(32)).T


def index_of(vocabulary: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return for each value of a key's first bits the first place in the sorted vocabulary that has it, or 0.

    Places count from 1. The last number is how many at most have the same first bits.
    """
    bits = vocabulary >> (32 - _FIRST_BITS)
    index = np.zeros((1 << _FIRST_BITS) + 1, dtype=np.int32)  # small: it is read all over, and caches are
    index[bits[::-1]] = np.arange(len(bits), 0, -1)  # of several, the one written last stays: the first
    index[-1] = np.unique(bits, return_counts=True)[1].max(initial=0)
    return index


def look_up(keys: Hashes, vocabulary: NDArray[np.uint32], index: NDArray[np.int32] | None = None) -> Ints:
    """Return the place of each key in the sorted vocabulary, counted from 1; 0 where it is unknown.

    ``index`` is that of the vocabulary, where it is at hand.
    """
    flat = keys.T.ravel()
    index = index_of(vocabulary) if index is None else index
    begun = index.take((flat >> np.uint64(32 - _FIRST_BITS)).view(np.int64))
    asked = ((begun > 0) & (flat > 0)).nonzero()[0]
    wanted, begun = flat.take(asked).astype(np.uint32), begun.take(asked)
    found = np.zeros(len(asked), dtype=np.int64)
    for step in range(int(index[-1])):
        at = np.minimum(begun + step, len(vocabulary))
        np.maximum(found, at * (vocabulary.take(at - 1) == wanted), out=found)
    places = np.zeros(len(flat), dtype=np.int64)
    places[asked] = found
    return places.reshape(keys.shape[::-1]).T
