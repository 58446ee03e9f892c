"""Lines -> cuts by a learned tagger, for the clutter that no rule knows.

Rules come first: lines that they cut are left out before the features of the others are computed, so a breadcrumb
cannot make the headline look like a duplicate. ``docs/tagger.md`` is the model card.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from curator.cleaners.rule import cut
from curator.model import Cut, Line
from curator.tagger.characters import UNSPACED, Characters, Floats, Hashes
from curator.tagger.decide import KNOB_LOGITS, hear_extractor, keep, reason, seen_columns
from curator.tagger.features import Columns, base_columns, open_lines
from curator.tagger.kinds import name_kinds
from curator.tagger.network import Network, load_network, run
from curator.tagger.structure import class_keys
from curator.tagger.words import look_up, word_keys

__all__ = ["tag"]

RULE = "tagger"
CUTS = "Cut lines that a learned network takes for clutter, from their shape, their words and the lines around."
SPARES = "lines that rules have cut, headlines above the text, documents that would lose every line"


def tag(lines: Sequence[Line], marks: Sequence[str | None] | None = None, knob: float = 0.0) -> Iterator[Cut]:
    """Yield a cut for each line that the tagger takes for clutter; lines of HTML are read with their hints.

    ``marks`` names for each line the kind it was cut as by a rule, or None; such lines are not cut again. ``knob``
    runs from -1 (careful) to 1 (thorough). A document that would lose every line keeps them all.
    """
    left, n_cut = open_lines(lines, marks)
    if not left:
        return
    asked = [lines[i] for i in left]
    columns, chars, _ = base_columns(asked, n_cut)
    keys = word_keys(chars)
    if "link_density" in columns:
        network, keys = load_network("html"), np.concatenate((keys, class_keys(asked)), axis=1)
    else:
        network = load_network("text")
    scores, kinds = _scored(network, columns, keys, knob)
    weights = _weights(chars)
    scores = hear_extractor(scores, weights, columns)
    kept = keep(scores, weights, columns)
    named = name_kinds(kinds, np.array(left), kept, marks or [None] * len(lines), network.kinds)
    shown, certain = seen_columns(columns), scores.tolist()
    for i in np.flatnonzero(~kept).tolist():
        yield cut(asked[i], named[i], RULE, reason(certain[i], shown, i))


def _scored(network: Network, columns: Columns, keys: Hashes, knob: float) -> tuple[Floats, Floats]:
    """Return the probability of each line to be main text, and the probabilities of the kinds of clutter."""
    table = np.stack([columns[name] for name in network.names], axis=1)
    logits, kinds = run(network, table, look_up(keys, network.vocabulary))
    grown = np.exp(kinds - kinds.max(axis=1, keepdims=True))
    scores = np.asarray(1 / (1 + np.exp(knob * KNOB_LOGITS - logits)))
    return scores, np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _weights(chars: Characters) -> Floats:
    """Return the size of each line in words, at least one; a character of an unspaced script is a word."""
    n_lines = len(chars.start)
    words = np.bincount(chars.word_line[chars.word_kind != UNSPACED], minlength=n_lines)
    return np.asarray(np.maximum(words + chars.counts[:, UNSPACED], 1), dtype=np.float32)
