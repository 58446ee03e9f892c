"""Clusters: true pairs only, one keeper each, the same however documents came, went and were batched."""

import itertools
import random
import re
from datetime import date

import numpy as np
import pytest
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
from curator.cluster.contained import CONTAINED, Contained, best, decide, find_anchors, propose
from curator.cluster.grow import SPEAKERS
from curator.cluster.lines import shared_lines
from curator.cluster.rescan import find_pairs
from curator.cluster.verify import overlaps
from curator.index import Index, MemorySegments
from curator.signature import Scheme, sign, to_bytes
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
        for number, body, digest, minhash in zip(ids, bodies, *found, strict=True):
            self.rows[number] = Signed(digest, to_bytes(minhash)), body

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


def member(number: int, key: str = "", **facts) -> Member:
    """Return a member whose text no other has."""
    return Member(number, key or f"k{number}", facts.pop("digest", f"{number:016}".encode()), **facts)


def pair(a: int, b: int, jaccard: float = 0.9) -> Pair:
    """Return a pair of this Jaccard."""
    return Pair(a, b, jaccard, jaccard, jaccard)


def test_the_keeper_follows_the_rule():
    """Date, then length, then preferred sites, in the order the rule gives; at last the smallest key."""
    members = [
        member(1, "d", published="2024-03-02", chars=90, site="b.example"),
        member(2, "c", published="2024-03-01", chars=50, site="a.example"),
        member(3, "b", published="2024-03-01", chars=50, site="b.example"),
        member(4, "a", published=None, chars=99, site="c.example"),
    ]
    pairs = [pair(1, 2), pair(2, 3), pair(3, 4), pair(1, 4)]

    def keeper(**rule) -> int:
        (cluster,) = make_clusters(members, pairs, KeepRule(**rule))
        assert cluster.id == "a" and cluster.size == 4
        assert sorted([cluster.keeper, *(duplicate.id for duplicate in cluster.duplicates)]) == [1, 2, 3, 4]
        assert {duplicate.duplicate_of for duplicate in cluster.duplicates} == {cluster.keeper}
        return cluster.keeper

    assert keeper() == 3
    assert keeper(sites=("a.example", "b.example")) == 2
    assert keeper(order=("longest",)) == 4
    assert keeper(order=("site", "earliest"), sites=("b.example",)) == 3
    assert keeper(order=("site", "longest"), sites=("b.example",)) == 1
    assert keeper(order=()) == 4


def test_a_member_unlike_its_keeper_says_through_whom():
    """In a chain the keeper's neighbour is its duplicate directly, the next one through that neighbour."""
    members = [member(number) for number in (1, 2, 3, 4)]
    (cluster,) = make_clusters(members, [pair(1, 2, 0.8), pair(2, 3, 0.75), pair(3, 4, 0.9), pair(1, 4, 0.6)], RULE)
    assert cluster.keeper == 1
    assert [tuple(duplicate) for duplicate in cluster.duplicates] == [
        (2, 1, 0.8, None),
        (3, 1, 0.75, 2),
        (4, 1, 0.9, 3),
    ]
    assert cluster.min_similarity == 0.75


def test_of_two_ways_the_more_similar_one_counts():
    """Of paths of the same length the one with the greater similarity is named, then the smaller key."""
    members = [member(number) for number in (1, 2, 3, 4)]
    pairs = [pair(1, 2), pair(1, 3), pair(2, 4, 0.7), pair(3, 4, 0.8)]
    (cluster,) = make_clusters(members, pairs, RULE)
    assert cluster.duplicates[-1][2:] == (0.8, 3)
    (cluster,) = make_clusters(members, [*pairs[:3], pair(3, 4, 0.7)], RULE)
    assert cluster.duplicates[-1][2:] == (0.7, 2)


def test_copies_belong_together_without_a_stored_pair():
    """Equal digests link; a pair of one copy holds for all of them."""
    members = [member(1, digest=b"x"), member(2, digest=b"x"), member(3, digest=b"y"), member(4, digest=b"y")]
    first, second = make_clusters(members, [], RULE)
    assert (first.size, second.size) == (2, 2)
    (cluster,) = make_clusters(members, [pair(2, 4, 0.8)], RULE)
    assert [tuple(found) for found in cluster.duplicates] == [(2, 1, 1.0, None), (3, 1, 0.8, None), (4, 1, 0.8, None)]


def test_the_threshold_decides_which_pairs_count():
    """Pairs below the threshold do not link; a rule without meaning cannot be made."""
    members, pairs = [member(1), member(2), member(3)], [pair(1, 2, 0.55), pair(2, 3, 0.8)]
    assert [cluster.size for cluster in make_clusters(members, pairs, KeepRule(0.5))] == [3]
    assert [cluster.size for cluster in make_clusters(members, pairs, KeepRule(0.8))] == [2]
    assert make_clusters(members, pairs, KeepRule(0.81)) == []
    wrong_rules = (
        {"threshold": 0.19},
        {"threshold": 1.1},
        {"order": ("newest",)},
        {"order": ("longest", "longest")},
        {"window_days": 0},
    )
    for wrong in wrong_rules:
        with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
            KeepRule(**wrong)


def test_a_window_parts_what_lies_far_apart_in_time():
    """Beyond the window neither a pair nor a copy counts; a missing date is near to all copies of a text."""
    members = [
        member(1, published="2024-01-01"),
        member(2, published="2024-01-05"),
        member(3, published="2024-02-01", digest=b"x"),
        member(4, published="2024-02-04", digest=b"x"),
        member(5, published="2024-03-20", digest=b"x"),
        member(6, published=None),
    ]
    pairs = [pair(1, 2), pair(2, 3), pair(5, 6)]
    sizes = {
        days: [cluster.size for cluster in make_clusters(members, pairs, KeepRule(window_days=days))]
        for days in (None, 7, 60)
    }
    assert sizes == {None: [6], 7: [2, 4], 60: [6]}


DAYS = st.one_of(st.none(), st.integers(0, 60))


def linked_in_time(days: list, texts: list[int], similar: set[tuple[int, int]], window: int) -> list[set[int]]:
    """Return sets of documents that pairs of similar texts near in time link, by comparing all with all."""
    sets = [{number} for number in range(len(days))]
    for a, b in itertools.combinations(range(len(days)), 2):
        near = days[a] is None or days[b] is None or abs(days[a] - days[b]) <= window
        ends = (min(texts[a], texts[b]), max(texts[a], texts[b]))
        if near and (texts[a] == texts[b] or ends in similar):
            joined = next(one for one in sets if a in one) | next(one for one in sets if b in one)
            sets = [one for one in sets if not one & joined] + [joined]
    return sorted((one for one in sets if len(one) > 1), key=min)


@given(st.lists(st.tuples(DAYS, st.integers(0, 3)), min_size=1, max_size=14), st.integers(1, 20), st.data())
def test_a_window_counts_for_all_copies_though_few_have_pairs(documents, window, data):
    """With one stored pair for two texts, every copy of theirs links as if all pairs were stored."""
    days, texts = [list(column) for column in zip(*documents, strict=True)]
    similar = data.draw(st.sets(st.sampled_from(list(itertools.combinations(range(4), 2)))))
    members = [
        member(
            number,
            digest=b"text%d" % texts[number],
            published=None if day is None else date.fromordinal(738_000 + day).isoformat(),
        )
        for number, day in enumerate(days)
    ]
    stored = [
        pair(*sorted((data.draw(st.sampled_from(ones)), data.draw(st.sampled_from(others)))))
        for one, other in similar
        if (ones := [n for n, text in enumerate(texts) if text == one])
        and (others := [n for n, text in enumerate(texts) if text == other])
    ]
    clusters = make_clusters(members, stored, KeepRule(window_days=window))
    found = sorted(({cluster.keeper, *(d.id for d in cluster.duplicates)} for cluster in clusters), key=min)
    assert found == linked_in_time(days, texts, similar, window)


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


def contained_in(texts: list[str], sizes: list[int]) -> list[Contained]:
    """Return the marks of texts (id = place) that are read in batches of these sizes."""
    batches = split_in(texts, sizes)
    anchors = find_anchors(batches)
    proposed = [propose(anchors, ids, some) for ids, some in batches]
    found = [each for pairs in proposed for each in decide(pairs, dict(enumerate(texts)))]
    return best(found, {number: str(number) for number in range(len(texts))})


def split_in(texts: list[str], sizes: list[int]) -> list[tuple[list[int], list[str]]]:
    """Return ids and texts in batches of these sizes, over and over."""
    batches, first = [], 0
    for size in itertools.cycle(sizes):
        if first >= len(texts):
            return batches
        batches.append((list(range(first, first + len(texts[first : first + size]))), texts[first : first + size]))
        first += size
    return batches


def test_what_a_longer_text_contains_is_found_whatever_its_length():
    """Of 300 texts cut out of longer ones, some with words changed, all that are contained to .9 are found."""
    rng = random.Random(3)
    longer = [" ".join(f"w{rng.randrange(3000)}" for _ in range(rng.choice((200, 600, 2000)))) for _ in range(100)]
    texts = list(longer)
    for number in range(300):
        words = rng.choice(longer).split()
        n_words = rng.choice((20, 60, 180))
        first = rng.randrange(len(words) - n_words)
        part = words[first : first + n_words]
        if number % 3 == 0:
            part[rng.randrange(n_words)] = "changed"
        texts.append(" ".join(part))
    marks = contained_in(texts, [50])
    sets = [{tuple(words[i : i + 5]) for i in range(len(words) - 4)} for words in map(str.split, texts)]
    parts = {a: max(len(sets[a] & sets[b]) / len(sets[a]) for b in range(100)) for a in range(100, 400)}
    expected = {number for number, part in parts.items() if part >= CONTAINED}
    assert {mark.id for mark in marks} == expected and len(expected) > 200
    for mark in marks:
        shared = len(sets[mark.id] & sets[mark.container])
        assert mark[2:] == (shared / len(sets[mark.id]), shared / len(sets[mark.container]))
    assert contained_in(texts, [7, 100]) == marks


def test_short_texts_and_copies_are_not_contained():
    """A notice of a few words is no part of an article; of two texts of one length neither is."""
    words = [f"w{i}" for i in range(60)]
    texts = [" ".join(words), " ".join(words[:13]), " ".join(words[:14]), " ".join(words).upper(), "", "w1 w2"]
    assert [(mark.id, mark.container) for mark in contained_in(texts, [6])] == [(2, 0)]


def test_lines_that_articles_share_are_counted_once_each():
    """A line counts once for each article, case and spacing apart; rare and tiny ones are left out."""
    texts = [f"Story {n} begins here.\nSign up for OUR letter\nsign up  for our letter\nMore" for n in range(5)]
    texts += [
        "Only twice is this here.\nA line of three",
        "Only twice is this here.\nA line of three",
        "A line of three",
    ]
    found = shared_lines(lambda: split_in(texts, [3]), 9)
    assert [tuple(line) for line in found] == [(5, "Sign up for OUR letter", 0), (3, "A line of three", 5)]
    assert shared_lines(lambda: split_in(texts, [8]), 1) == found[:1]


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
