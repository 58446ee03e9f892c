"""What recurs in a document: lines, the way they begin, their shape, the words of its topic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import UNSPACED, Characters, Floats, Hashes, Ints, mix
from curator.tagger.windows import Spans, beside

#: Words shorter than this say little about the topic.
_TOPIC_CHARS = 5
#: So many documents at most are read together: their numbers are the first bits of a key.
MOST_DOCUMENTS = 64
_KEY_BITS = 56
_SHAPE_WORDS, _START_WORDS, _MOST_WORDS = 4, 2, 12
_NO_WORD = np.uint64(7)


def _within(keys: Hashes, part: Ints) -> Hashes:
    """Return keys that are the same only where their parts, 256 at most, are too; 8 bits of the keys are given up."""
    return (part.astype(np.uint64) << np.uint64(_KEY_BITS)) | (keys >> np.uint64(64 - _KEY_BITS))


def _numbered(keys: Hashes) -> tuple[Ints, int]:
    """Return the rank of each key among the different ones, and how many those are."""
    order = np.argsort(keys)
    ranked = keys.take(order)
    fresh = np.ones(len(keys), dtype=np.int64)
    fresh[1:] = ranked[1:] != ranked[:-1]
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[order] = np.cumsum(fresh) - 1
    return numbers, int(fresh.sum())


def _first_words(keys: Hashes, chars: Characters, n_words: int) -> Hashes:
    """Return a hash of the first n_words words of each line."""
    first, stop = chars.first_word[:-1], chars.first_word[1:]
    total = np.zeros(len(first), dtype=np.uint64)
    known = keys if len(keys) else np.zeros(1, dtype=np.uint64)
    for i in range(n_words):
        found = known.take(first + i, mode="clip")
        total = total * np.uint64(31) + np.where(first + i < stop, found, _NO_WORD)
    return total


def _whole_lines(chars: Characters) -> Hashes:
    """Return a hash of all words of each line, in their order."""
    n_words = len(chars.word_line)
    odd = 2 * (np.arange(n_words) - chars.first_word.take(chars.word_line)) + 1
    total = np.zeros(n_words + 1, dtype=np.uint64)
    np.cumsum(chars.word_hash * odd.view(np.uint64), out=total[1:])
    bounds = total.take(chars.first_word)
    return np.asarray(bounds[1:] - bounds[:-1], dtype=np.uint64)


def repeats(chars: Characters, spans: Spans) -> tuple[Ints, Floats]:
    """Return how often each line, its beginning and its shape stand in its document, and flags.

    The flags: whether the line stands further above, and whether the line before and the one after has its shape.
    """
    form = (chars.word_kind.astype(np.uint64) + np.uint64(1)) * np.uint64(11)
    n_words = np.minimum(np.diff(chars.first_word), _MOST_WORDS).astype(np.uint64)
    shape = _first_words(form, chars, _SHAPE_WORDS) * np.uint64(64) + n_words
    keys = (_whole_lines(chars), _first_words(chars.word_hash, chars, _START_WORDS), mix(shape))
    parts = (spans.number, spans.number + MOST_DOCUMENTS, spans.number + 2 * MOST_DOCUMENTS)
    numbers, n_keys = _numbered(_within(np.concatenate(keys), np.concatenate(parts)))
    times = np.bincount(numbers, minlength=n_keys).take(numbers).reshape(3, -1)
    whole = numbers[: len(spans.at)]
    first = np.empty(n_keys, dtype=np.int64)
    first[whole[::-1]] = spans.at[::-1]  # of several lines the one written last stays: the first
    flags = (first.take(whole) != spans.at, shape == beside(shape, 1, spans), shape == beside(shape, -1, spans))
    return times, np.stack(flags).astype(np.float32)


class Topics:
    """The distinct topic words of each line, for asking how many of them other lines share.

    ``line`` and ``word`` (n_pairs) name each line and word that occur together once; ``size`` counts per line.
    """

    def __init__(self, chars: Characters, spans: Spans) -> None:
        """Collect the words of five letters and more, and the character pairs of unspaced scripts."""
        content = np.flatnonzero((chars.word_chars >= _TOPIC_CHARS) | (chars.word_kind == UNSPACED))
        line = chars.word_line.take(content)
        words, self.n_words = _numbered(_within(chars.word_hash.take(content), spans.number.take(line)))
        n_words = max(self.n_words, 1)
        pairs = np.sort(line * n_words + words)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        self.line = pairs // n_words
        self.word = pairs - self.line * n_words
        self.size = np.bincount(self.line, minlength=len(chars.start)).astype(np.float32)

    def shared(self, holders: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return per line the share of its topic words that other lines hold, and their mean support.

        ``holders`` (n_rows, n_lines) says which lines count; a line never supports itself. Both (n_rows, n_lines).
        """
        given = holders.take(self.line, axis=1).astype(np.int64)
        others = np.stack([np.bincount(self.word[row > 0], minlength=self.n_words).take(self.word) for row in given])
        others -= given
        # Counts are small numbers: each logarithm is taken once.
        logs = np.log1p(np.arange(others.max(initial=0) + 1.0))
        sizes = np.maximum(self.size, 1)
        found = []
        for weights in (np.minimum(others, 1), logs.take(others)):
            totals = [np.bincount(self.line, weights=row, minlength=len(self.size)) for row in weights]
            found.append(np.asarray(np.stack(totals) / sizes, dtype=np.float32))
        return found[0], found[1]
