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
#: A line's shape is that of its first four words, with their number up to twelve; its start are its first two.
_MOST_WORDS = 12
_SHAPE_POWERS, _START_POWERS = (np.array([[31**i] for i in range(n)][::-1], dtype=np.uint64) for n in (4, 2))
_NO_WORD = np.uint64(7)


def _within(keys: Hashes, part: Ints) -> Hashes:
    """Return keys that are the same only where their parts, 256 at most, are too; 8 bits of the keys are given up."""
    return (part.astype(np.uint64) << np.uint64(_KEY_BITS)) | (keys >> np.uint64(64 - _KEY_BITS))


def _numbered(keys: Hashes) -> tuple[Ints, int]:
    """Return the rank of each key among the different ones, and how many those are."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64), 0
    order = keys.argsort()
    ranked = keys.take(order)
    ranks = np.zeros(len(keys), dtype=np.int64)
    (ranked[1:] != ranked[:-1]).cumsum(out=ranks[1:])
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[order] = ranks
    return numbers, int(ranks[-1]) + 1


def _first_words(keys: Hashes, chars: Characters, powers: Hashes) -> Hashes:
    """Return a hash of the first words of each line, as many as there are powers: (n_words, 1)."""
    at = chars.first_word[:-1] + np.arange(len(powers))[:, None]
    known = keys if len(keys) else np.zeros(1, dtype=np.uint64)
    found = np.where(at < chars.first_word[1:], known.take(at, mode="clip"), _NO_WORD)
    found *= powers
    return np.asarray(np.add.reduce(found))


def _whole_lines(chars: Characters) -> Hashes:
    """Return a hash of all words of each line, in their order."""
    n_words = len(chars.word_line)
    odd = 2 * (np.arange(n_words) - chars.first_word.take(chars.word_line)) + 1
    total = np.zeros(n_words + 1, dtype=np.uint64)
    (chars.word_hash * odd.view(np.uint64)).cumsum(out=total[1:])
    bounds = total.take(chars.first_word)
    return np.asarray(bounds[1:] - bounds[:-1], dtype=np.uint64)


def repeats(chars: Characters, spans: Spans) -> tuple[Ints, Floats]:
    """Return how often each line, its beginning and its shape stand in its document, and flags.

    The flags: whether the line stands further above, and whether the line before and the one after has its shape.
    """
    form = (chars.word_kind.astype(np.uint64) + np.uint64(1)) * np.uint64(11)
    n_words = np.minimum(chars.first_word[1:] - chars.first_word[:-1], _MOST_WORDS).astype(np.uint64)
    shape = _first_words(form, chars, _SHAPE_POWERS) * np.uint64(64) + n_words
    keys = (_whole_lines(chars), _first_words(chars.word_hash, chars, _START_POWERS), mix(shape))
    parts = (spans.number, spans.number + MOST_DOCUMENTS, spans.number + 2 * MOST_DOCUMENTS)
    numbers, n_keys = _numbered(_within(np.concatenate(keys), np.concatenate(parts)))
    times = np.bincount(numbers).take(numbers).reshape(3, -1)
    whole = numbers[: len(spans.at)]
    first = np.empty(n_keys, dtype=np.int64)
    first[whole[::-1]] = spans.at[::-1]  # of several lines the one written last stays: the first
    flags = np.empty((3, len(whole)), dtype=np.float32)
    flags[0] = first.take(whole) != spans.at
    flags[1] = shape == beside(shape, 1, spans)
    flags[2] = shape == beside(shape, -1, spans)
    return times, flags


class Topics:
    """The distinct topic words of each line, for asking how many of them other lines share.

    ``line`` and ``word`` (n_pairs) name each line and word that occur together once; ``size`` counts per line.
    """

    def __init__(self, chars: Characters, spans: Spans) -> None:
        """Collect the words of five letters and more, and the character pairs of unspaced scripts."""
        content = ((chars.word_chars >= _TOPIC_CHARS) | (chars.word_kind == UNSPACED)).nonzero()[0]
        line = chars.word_line.take(content)
        words, self.n_words = _numbered(_within(chars.word_hash.take(content), spans.number.take(line)))
        n_words = max(self.n_words, 1)
        pairs = line * n_words + words
        pairs.sort()
        fresh = np.empty(len(pairs), dtype=bool)
        fresh[:1] = True
        np.not_equal(pairs[1:], pairs[:-1], out=fresh[1:])
        pairs = pairs[fresh]
        self.line = pairs // n_words
        self.word = pairs - self.line * n_words
        self.size = np.bincount(self.line, minlength=len(chars.start)).astype(np.float32)

    def shared(self, holders: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return per line the share of its topic words that other lines hold, and their mean support.

        ``holders`` (n_rows, n_lines) says which lines count; a line never supports itself. Both (n_rows, n_lines).
        """
        n_rows, n_lines = holders.shape
        given = holders.take(self.line, axis=1)
        # Each row of holders counts words, and lines, in numbers of its own.
        row = np.arange(n_rows)[:, None]
        words = self.word + row * self.n_words
        others = np.bincount(words[given], minlength=n_rows * self.n_words).take(words)
        others -= given
        # Counts are small numbers: each logarithm is taken once.
        logs = np.log1p(np.arange(others.max(initial=0) + 1.0))
        lines = (self.line + row * n_lines).ravel()
        sizes = np.maximum(self.size, 1)
        found = []
        for weights in (np.minimum(others, 1), logs.take(others)):
            totals = np.bincount(lines, weights=weights.ravel(), minlength=n_rows * n_lines)
            found.append((totals.reshape(n_rows, n_lines) / sizes).astype(np.float32))
        return found[0], found[1]
