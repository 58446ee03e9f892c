"""Clusters: true pairs only, one keeper each, the same however documents came, went and were batched."""

import itertools
import random
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.cluster import (
    Batch,
    KeepRule,
    Member,
    Pair,
    Signed,
    add_documents,
    make_batch,
    make_clusters,
    reach,
    remove_documents,
)
from curator.cluster.grow import SPEAKERS
from curator.cluster.rescan import find_pairs
from curator.cluster.verify import overlaps
from curator.index import Index, MemorySegments
from curator.signature import Scheme, sign, to_rows
from curator.signature.shingles import shingle, split

RULE = KeepRule()


class Corpus:
    """A corpus in memory, kept as the store keeps it: rows, pairs, an index; texts are counted as they are read."""

    def __init__(self) -> None:
        self.index = Index(MemorySegments())
        self.rows: dict[int, tuple[Signed, str]] = {}
        self.pairs: set[Pair] = set()
        self.read: list[int] = []

    def signatures(self, ids):
        """Return the signature rows of ids."""
        return {number: self.rows[number][0] for number in ids if number in self.rows}

    def texts(self, ids):
        """Return the texts of ids."""
        self.read.extend(ids)
        return {number: self.rows[number][1] for number in ids if number in self.rows}

    def add(self, texts: dict[int, str]) -> None:
        """Add documents as one batch."""
        ids, bodies = list(texts), list(texts.values())
        found = sign(bodies)
        batch = make_batch(ids, bodies) if len(ids) % 2 else Batch(ids, bodies, *found)
        new, lost = add_documents(self.index, batch, self)
        for ones, others in lost:
            crossed = {(min(pair), max(pair)) for pair in itertools.product(ones, others)}
            self.pairs = {pair for pair in self.pairs if pair[:2] not in crossed}
        assert len({pair[:2] for pair in new}) == len(new) and not self.pairs & set(new)
        self.pairs |= set(new)
        for number, body, digest, row in zip(ids, bodies, found.digests, to_rows(found.minhashes), strict=True):
            self.rows[number] = Signed(digest, row), body

    def remove(self, ids) -> None:
        """Remove documents with their pairs."""
        gone = {number: self.rows.pop(number)[0] for number in ids}
        self.pairs = {pair for pair in self.pairs if pair.a not in gone and pair.b not in gone}
        self.pairs |= set(remove_documents(self.index, gone, self).pairs)

    def members(self, ids=None) -> list[Member]:
        """Return the members as the rule of the keeper sees them; their keys do not follow the ids."""
        ids = self.rows if ids is None else ids
        return [
            Member(number, f"{number * 7919 % 1009:04}", self.rows[number][0].digest, None, len(self.rows[number][1]))
            for number in ids
        ]

    def clusters(self, rule: KeepRule = RULE):
        """Return all clusters."""
        return make_clusters(self.members(), self.pairs, rule)


def grown(texts: list[str], batches: list[list[int]]) -> Corpus:
    """Return a corpus of texts (id = place) that came in these batches."""
    corpus = Corpus()
    for ids in batches:
        corpus.add({number: texts[number] for number in ids})
    return corpus


def family(rng: random.Random, n_words: int) -> list[str]:
    """Return a text with variants: words edited, the end cut off, clutter added, case changed."""
    words = [f"w{rng.randrange(500)}" for _ in range(n_words)]
    texts = [" ".join(words)]
    for _ in range(rng.randrange(4)):
        changed = list(words)
        for _ in range(rng.randrange(1 + n_words // 12)):
            changed[rng.randrange(n_words)] = f"w{rng.randrange(500)}"
        changed = changed[: int(n_words * rng.uniform(0.7, 1.2))]
        changed += [f"c{rng.randrange(9)}" for _ in range(rng.choice((0, 0, n_words // 5)))]
        texts.append(rng.choice((" ", "\n", ", ")).join(changed or words))
    return texts + [texts[0].upper() + "!"] * rng.randrange(3)


def make_texts(n_families: int, seed: int) -> list[str]:
    """Return families of similar texts of 1 to 200 words, shuffled."""
    rng = random.Random(seed)
    texts = [text for _ in range(n_families) for text in family(rng, rng.choice((1, 3, 8, 40, 90, 200)))]
    rng.shuffle(texts)
    return texts


def true_pairs(texts: list[str], least: float = 0.5) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Return Jaccard and containments of all pairs of .5 or another similarity and more, by comparing all with all."""
    sets = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        sets.append({tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))})
    found = {}
    for a, b in itertools.combinations(range(len(texts)), 2):
        shared = len(sets[a] & sets[b])
        if shared / len(sets[a] | sets[b]) >= least:
            found[a, b] = shared / len(sets[a] | sets[b]), shared / len(sets[a]), shared / len(sets[b])
    return found


TEXTS = make_texts(120, seed=1)


TRUTH = true_pairs(TEXTS)


SOME = make_texts(14, seed=2)


def test_pairs_are_the_true_ones():
    """On 300 texts every pair of .7 or more is found, hardly one of .5 or more is lost, and none is wrong."""
    corpus = grown(TEXTS, [list(range(len(TEXTS)))])
    found = {(pair.a, pair.b): pair[2:] for pair in corpus.pairs}
    assert {pair: numbers for pair, numbers in TRUTH.items() if pair in found} == found
    lost = [numbers[0] for pair, numbers in TRUTH.items() if pair not in found]
    assert len(TRUTH) > 200 and len(lost) < 0.02 * len(TRUTH)
    assert max(lost, default=0) < 0.7


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(len(SOME))), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_order_and_batches_change_neither_pairs_nor_clusters(order, sizes):
    """Grown in any order and batches or made in one go: the same pairs, clusters, keepers and similarities."""
    starts = list(itertools.takewhile(lambda at: at < len(order), itertools.accumulate(itertools.cycle(sizes))))
    batches = [list(order[a:b]) for a, b in itertools.pairwise([0, *starts, len(order)])]
    corpus, one_shot = grown(SOME, batches), grown(SOME, [list(range(len(SOME)))])
    assert corpus.pairs == one_shot.pairs
    assert corpus.clusters() == one_shot.clusters()


@settings(deadline=None, max_examples=30)
@given(st.sets(st.integers(0, len(SOME) - 1)), st.integers(1, 10))
def test_what_is_removed_was_never_there(gone, size):
    """Removal leaves the pairs and clusters of a corpus that never had the documents, and so does what comes after."""
    half = len(SOME) // 2
    corpus = grown(SOME, [list(range(half))])
    for first in range(0, len(gone), size):
        corpus.remove([number for number in sorted(gone)[first : first + size] if number < half])
    corpus.add({number: SOME[number] for number in range(half, len(SOME))})
    corpus.remove([number for number in sorted(gone) if number >= half])
    never = grown(SOME, [[number for number in range(len(SOME)) if number not in gone]])
    assert corpus.pairs == never.pairs
    assert corpus.clusters() == never.clusters()


def test_a_removed_document_may_come_back():
    """Removed and added again, a document has its pairs again."""
    corpus = grown(SOME, [list(range(len(SOME)))])
    before, clusters = set(corpus.pairs), corpus.clusters()
    corpus.remove(range(0, len(SOME), 3))
    corpus.add({number: SOME[number] for number in range(0, len(SOME), 3)})
    assert (corpus.pairs, corpus.clusters()) == (before, clusters)


def test_only_candidates_are_read():
    """A new text without similar ones reads no text; a copy reads none; a variant reads its family."""
    corpus = grown(SOME, [list(range(len(SOME)))])
    corpus.read.clear()
    corpus.add({1000: " ".join(f"new{i}" for i in range(50)), 1001: SOME[0].upper()})
    assert set(corpus.read) <= {b for pair in true_pairs(SOME) for b in pair}
    corpus.read.clear()
    corpus.add({1002: " ".join(f"fresh{i}" for i in range(50))})
    assert corpus.read == []


@given(st.lists(st.text("ab ", max_size=30), min_size=2, max_size=6))
def test_jaccard_is_symmetric(texts):
    """What two texts share does not depend on which comes first."""
    numbers = [number for number, text in enumerate(texts) if text.strip()]
    pairs = list(itertools.product(numbers, numbers))
    found = dict(zip(pairs, overlaps(pairs_array(pairs), split(shingle(texts))), strict=True))
    assert all(found[b, a] == found[a, b].turned for a, b in pairs)
    assert all(found[a, a].jaccard == 1.0 for a in numbers)


def pairs_array(pairs):
    """Return pairs as an array of shape (n, 2)."""
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def test_short_and_blank_texts():
    """Fewer than five words are similar to the same words only; blank texts to nothing, marks to the same marks."""
    corpus = grown(["To be", "to be!", "to be or", "", "\u00a0", "***", "* * *", "###"], [[0, 2, 4, 6], [1, 3, 5, 7]])
    assert {pair[:2] for pair in corpus.pairs} == {(0, 1), (5, 6)}
    assert [cluster.size for cluster in corpus.clusters()] == [2, 2]


def test_copies_have_all_pairs_up_to_fifty_and_a_star_beyond():
    """50 copies have 1,225 pairs; the 51st and later ones add one each; one cluster either way."""
    text = SOME[0]
    fifty = grown([text] * 90, [list(range(SPEAKERS))])
    assert len(fifty.pairs) == 1225 and fifty.clusters()[0].size == 50
    more = grown([text] * 90, [list(range(40)), list(range(40, 90))])
    assert len(more.pairs) == 1225 + 40 and more.clusters()[0].size == 90
    assert {pair.a for pair in more.pairs if pair.b >= 50} == {0}


def test_copies_beyond_fifty_lose_nothing_when_the_first_ones_leave():
    """When the documents that spoke for 90 copies are removed, the others are still similar to the variant."""
    words = [f"w{i}" for i in range(60)]
    text, variant = " ".join(words), " ".join([*words, "one", "more"])
    corpus = grown([text] * 90 + [variant], [list(range(91))])
    corpus.remove(range(60))
    (cluster,) = corpus.clusters()
    assert cluster.size == 31
    assert sum(pair.jaccard < 1 for pair in corpus.pairs) == 30
    corpus.remove(range(60, 89))
    assert [pair[:2] for pair in corpus.pairs] == [(89, 90)]
    corpus.pairs.clear()
    remove_documents(corpus.index, {90: corpus.rows.pop(90)[0]}, corpus)
    corpus.add({91: variant})
    assert [pair[:2] for pair in corpus.pairs] == [(89, 91)]


def test_less_similar_pairs_are_found_by_scanning_again():
    """Down to .3 a scan of the signed documents finds all true pairs but a few in a thousand, and no other."""
    texts = make_texts(150, seed=4)
    truth = true_pairs(texts, 0.3)
    corpus = grown(texts, [list(range(len(texts)))])
    batches = [
        make_batch(range(first, min(first + 50, len(texts))), texts[first : first + 50])
        for first in range(0, len(texts), 50)
    ]
    found = {found[:2]: found[2:] for found in find_pairs(batches, corpus, Scheme(), 0.3)}
    assert {names: truth[names] for names in found} == found
    assert len(found) > 0.99 * len(truth) > len([1 for values in truth.values() if values[0] >= 0.5])


def test_a_bridge_that_leaves_parts_its_cluster():
    """When the document between two groups is removed, each group has a keeper of its own."""
    words = [f"w{i}" for i in range(100)]
    texts = [" ".join(words[start : start + 60]) for start in (0, 8, 16)]
    corpus = grown(texts, [[0, 1, 2]])
    (cluster,) = corpus.clusters()
    assert cluster.size == 3
    corpus.remove([1])
    assert corpus.clusters() == []


@settings(deadline=None, max_examples=20)
@given(st.sets(st.integers(0, len(SOME) - 1), min_size=1), st.sampled_from([0.5, 0.7, 0.9]))
def test_touched_components_are_enough(new, threshold):
    """Making anew only the components that new documents reach gives the clusters of the whole corpus."""
    rule = KeepRule(threshold)
    corpus = grown(SOME, [[number for number in range(len(SOME)) if number not in new], sorted(new)])

    def pairs_of(ids):
        wanted = set(ids)
        return [found for found in corpus.pairs if found.a in wanted or found.b in wanted]

    ids, pairs = reach(new, pairs_of, rule)
    touched = make_clusters(corpus.members(ids), pairs, rule)
    everything = corpus.clusters(rule)
    reached = [cluster for cluster in everything if {cluster.keeper, *(d.id for d in cluster.duplicates)} & ids]
    assert touched == reached
    assert all({cluster.keeper, *(d.id for d in cluster.duplicates)} <= ids for cluster in reached)
