"""Documents that the tagger reads together: bit for bit what it says of each alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.page.lines import split_lines
from curator.tagger import tag, tag_all
from curator.tagger.characters import read_characters
from curator.tagger.features import base_columns, open_lines, stacked
from curator.tagger.network import load_network, run
from curator.tagger.windows import spans_of
from curator.tagger.words import look_up, word_keys

SEEDS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))]
ODD = ["a", "***", "Home\nNews\n" * 40, "東京は雨です。\n大阪も雨。", "x" * 300, "\n\n", "3.5 :// 10:30 ©", "👍 👍\n👍"]

texts = st.text(alphabet="aB1 .,:/|é東雨क😀\n-•\t", max_size=120)


def logits(documents):
    """Return what the network says of the lines of documents that are read together, document by document."""
    opened = [open_lines(lines, marks) for lines, marks in documents]
    lines = [lines[i] for (lines, _), (left, _) in zip(documents, opened, strict=True) for i in left]
    spans = spans_of([len(left) for left, _ in opened])
    columns, chars, _ = base_columns(lines, np.concatenate([n_cut for _, n_cut in opened]), spans)
    network = load_network("text")
    table, numbers = stacked(columns, network.names), look_up(word_keys(chars), network.vocabulary)
    found = (table, *run(network, table, numbers, spans))
    return [b"".join(values[first:stop].tobytes() for values in found) for first, stop in spans.bounds]


def documents_of(texts, every=3):
    """Return the texts as lines, of which rules have cut every third."""
    found = [split_lines(text) for text in texts]
    marks = [["navigation" if i % every == 1 else None for i in range(len(lines))] for lines in found]
    return [(lines, marked) for lines, marked in zip(found, marks, strict=True) if lines]


@pytest.mark.parametrize("step", [1, -1])
def test_features_and_scores_are_the_same_bits_alone_and_together(step):
    """No sum runs over two documents, and none is rounded otherwise because of what stands beside it."""
    documents = documents_of((SEEDS + ODD)[::step])
    assert logits(documents) == [logits([document])[0] for document in documents]


@given(st.lists(texts, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_cuts_are_the_same_alone_and_together(texts):
    """Any documents, empty ones among them, get the cuts that each gets alone."""
    documents = [(split_lines(text), None) for text in texts]
    assert tag_all(documents) == [list(tag(lines, marks)) for lines, marks in documents]


def test_more_documents_than_are_read_together():
    """Hundreds of documents, some of them long, are told apart by number."""
    long = ["Home\n" + "Rain fell. " * 6000, "\n".join(f"{n}. Juli: Regen, {n % 7} mm" for n in range(2_500))]
    documents = [(split_lines(text), None) for text in (ODD * 20 + SEEDS + long)]
    assert tag_all(documents) == [list(tag(lines, marks)) for lines, marks in documents]


@given(st.lists(st.text(alphabet="abc1 東雨", min_size=1, max_size=90), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_hashes_are_those_of_the_word_alone(lines):
    """What stands before a word does not change its hashes, however long it is."""
    chars = read_characters([*lines, "z" * 70])
    for start, n_chars, found, stem in zip(
        chars.word_start, chars.word_chars, chars.word_hash, chars.stem_hash, strict=True
    ):
        alone = read_characters(["".join(map(chr, chars.codes[start : start + n_chars]))])
        assert stem == alone.stem_hash[0]
        assert found == alone.word_hash[0] or n_chars == 1
