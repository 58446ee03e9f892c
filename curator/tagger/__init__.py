"""Lines -> cuts by a learned tagger, for the clutter that no rule knows.

Rules come first: lines that they cut are left out before the features of the others are computed, so a breadcrumb
cannot make the headline look like a duplicate. ``docs/tagger.md`` is the model card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from curator.model import Cut, Line
from curator.tagger.characters import UNSPACED, Characters, Floats, Hashes, Ints
from curator.tagger.decide import KNOB_LOGITS, hear_extractor, keep, reasons
from curator.tagger.features import PROPOSED, Columns, base_columns, open_lines, stacked, told_by_rules
from curator.tagger.kinds import name_kinds
from curator.tagger.network import Network, load_network, run
from curator.tagger.recurrence import MOST_DOCUMENTS
from curator.tagger.structure import class_keys
from curator.tagger.windows import Spans, spans_of
from curator.tagger.words import look_up, word_keys

__all__ = ["PROPOSED", "tag", "tag_all"]

RULE = "tagger"
CUTS = "Cut lines that a learned network takes for clutter, from their shape, their words and the lines around."
SPARES = "lines that rules have cut, headlines above the text, documents that would lose every line"


#: Documents are read together up to so many characters: numpy's calls cost as much for ten lines as for a hundred,
#: but what does not fit into the processor's cache costs more again: with 50,000 or 200,000 dumps with menus and all
#: take a seventh longer here.
_BATCH_CHARS = 100_000
_TEXT, _START, _END = map(attrgetter, ("text", "start", "end"))

#: The cut of some columns: half the time of ``Cut._make``.
_new_cut = partial(tuple.__new__, Cut)

Marked = tuple[Sequence[Line], Sequence[str | None] | None]


class _Open(NamedTuple):
    """The lines of a document that no rule has cut: their places, what rules say around, cut lines beside each."""

    lines: Sequence[Line]
    left: list[int]
    told: Floats
    n_cut: Ints
    marks: Sequence[str | None]


class _Part(Mapping[str, Floats]):
    """The named columns of one document among those of many."""

    def __init__(self, columns: Columns, first: int, stop: int) -> None:
        self._columns, self._lines = columns, slice(first, stop)

    def __getitem__(self, name: str) -> Floats:
        return self._columns[name][self._lines]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def tag(lines: Sequence[Line], marks: Sequence[str | None] | None = None, knob: float = 0.0) -> Iterator[Cut]:
    """Yield a cut for each line that the tagger takes for clutter; lines of HTML are read with their hints.

    ``marks`` names for each line the kind it was cut as by a rule, or None; such lines are not cut again. What rules
    only propose to cut is marked ``PROPOSED``: a hint. ``knob`` runs from -1 (careful) to 1 (thorough). A document
    that would lose every line keeps them all.
    """
    yield from tag_all([(lines, marks)], knob)[0]


def tag_all(documents: Sequence[Marked], knob: float = 0.0) -> list[list[Cut]]:
    """Return for each document what ``tag`` yields; in a fraction of the time where documents are short."""
    found: list[list[Cut]] = []
    for batch in _batches(_open(lines, marks) for lines, marks in documents):
        found += _tag_batch(batch, knob)
    return found


def _open(lines: Sequence[Line], marks: Sequence[str | None] | None) -> _Open:
    left, n_cut = open_lines(lines, marks)
    return _Open([lines[i] for i in left], left, told_by_rules(marks, left), n_cut, marks or [None] * len(lines))


def _batches(documents: Iterable[_Open]) -> Iterator[list[_Open]]:
    """Yield documents in groups that are read together; a page with hints goes alone."""
    batch: list[_Open] = []
    chars = 0
    for document in documents:
        n_chars = sum(map(len, map(_TEXT, document.lines)))
        hinted = bool(document.lines) and document.lines[0].hints is not None
        if batch and (chars + n_chars > _BATCH_CHARS or len(batch) == MOST_DOCUMENTS or hinted):
            yield batch
            batch, chars = [], 0
        batch.append(document)
        chars += _BATCH_CHARS if hinted else n_chars
    if batch:
        yield batch


def _tag_batch(batch: Sequence[_Open], knob: float) -> list[list[Cut]]:
    asked = [document for document in batch if document.left]
    if not asked:
        return [[] for _ in batch]
    lines = [line for document in asked for line in document.lines]
    spans = spans_of([len(document.left) for document in asked])
    n_cut = np.concatenate([one.n_cut for one in asked])
    told = np.concatenate([one.told for one in asked], axis=1)
    columns, chars, _ = base_columns(lines, n_cut, spans, told)
    keys = word_keys(chars)
    if "link_density" in columns:
        network, keys = load_network("html"), np.concatenate((keys, class_keys(lines)), axis=1)
    else:
        network = load_network("text")
    scores, kinds = _scored(network, columns, keys, knob, spans)
    weights = _weights(chars)
    bounds = iter(spans.bounds)
    found = []
    for document in batch:
        first, stop = next(bounds) if document.left else (0, 0)
        of_lines = (scores[first:stop], weights[first:stop], kinds[first:stop])
        own = columns if len(asked) == 1 else _Part(columns, first, stop)
        found.append(_cuts(document, network, own, of_lines) if document.left else [])
    return found


def _cuts(
    document: _Open, network: Network, columns: Mapping[str, Floats], of_lines: tuple[Floats, Floats, Floats]
) -> list[Cut]:
    """Return the cuts of one document; ``of_lines`` are scores, sizes and guesses of kinds of its open lines."""
    scores, weights, kinds = of_lines
    scores = hear_extractor(scores, weights, columns)
    kept = keep(scores, weights, columns)
    cut_lines = (~kept).nonzero()[0].tolist()
    if not cut_lines:
        return []
    named = name_kinds(kinds, np.array(document.left), kept, document.marks, network.kinds)
    lines = [document.lines[i] for i in cut_lines]
    why = reasons(scores, columns, cut_lines)
    told = zip(map(_START, lines), map(_END, lines), [named[i] for i in cut_lines], repeat(RULE), why)
    return list(map(_new_cut, told))


def _scored(network: Network, columns: Columns, keys: Hashes, knob: float, spans: Spans) -> tuple[Floats, Floats]:
    """Return the probability of each line to be main text, and the probabilities of the kinds of clutter."""
    places = look_up(keys, network.vocabulary, network.index)
    logits, kinds = run(network, stacked(columns, network.names), places, spans)
    grown = np.exp(kinds - kinds.max(axis=1, keepdims=True))
    scores = np.asarray(1 / (1 + np.exp(knob * KNOB_LOGITS - logits)))
    return scores, np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _weights(chars: Characters) -> Floats:
    """Return the size of each line in words, at least one; a character of an unspaced script is a word."""
    words = np.bincount(chars.word_line[chars.word_kind != UNSPACED], minlength=len(chars.start))
    return np.asarray(np.maximum(words + chars.counts[:, UNSPACED], 1), dtype=np.float32)
