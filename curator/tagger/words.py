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

_STEM = np.uint64(0x5555)
_ZERO = np.uint64(0)


def _slots(chars: Characters) -> tuple[Ints, NDArray[np.bool_]]:
    """Return for each line and slot the index of its word, and whether there is one: (n_lines, N_SLOTS) both."""
    numbers = np.arange(len(chars.start))
    first = np.searchsorted(chars.word_line, numbers)[:, None]
    stop = np.searchsorted(chars.word_line, numbers, side="right")[:, None]
    front = first + np.arange(N_FIRST)
    back = stop - 1 - np.arange(N_LAST)
    at = np.concatenate((front, back), axis=1)
    inside = np.concatenate((front < stop, back >= first + N_FIRST), axis=1)
    return np.clip(at, 0, max(len(chars.word_line) - 1, 0)), inside


def word_keys(chars: Characters) -> Hashes:
    """Return the hashes a line is looked up by: (n_lines, N_COLUMNS), 0 where a slot is empty."""
    n_lines = len(chars.start)
    keys = np.zeros((n_lines, N_COLUMNS), dtype=np.uint64)
    if not len(chars.word_hash):
        return keys
    at, inside = _slots(chars)
    words = np.where(inside, chars.word_hash[at], _ZERO)
    keys[:, :N_SLOTS] = words
    keys[:, N_SLOTS : 2 * N_SLOTS] = np.where(inside, chars.stem_hash[at] ^ _STEM, _ZERO)
    pair: Hashes = mix(np.asarray(words[:, 0] * np.uint64(3) + words[:, 1] * np.uint64(7), dtype=np.uint64))
    keys[:, 2 * N_SLOTS] = np.where(inside[:, 1], pair, _ZERO)
    n_words = np.bincount(chars.word_line, minlength=n_lines)
    rest = words[:, 2] * np.uint64(13) + words[:, 3] * np.uint64(17)
    whole = mix(np.asarray(pair * np.uint64(11) + rest, dtype=np.uint64))
    keys[:, 2 * N_SLOTS + 1] = np.where((n_words > 0) & (n_words <= _SHORT_LINE_WORDS), whole, _ZERO)
    return keys >> np.uint64(32)


def look_up(keys: Hashes, vocabulary: NDArray[np.uint32]) -> Ints:
    """Return the place of each key in the sorted vocabulary, counted from 1; 0 where it is unknown."""
    wanted = keys.astype(np.uint32)
    at = np.minimum(np.searchsorted(vocabulary, wanted), len(vocabulary) - 1)
    return np.where((vocabulary[at] == wanted) & (wanted > 0), at + 1, 0).astype(np.int64)
