"""Crowded bands: bounded cost, and the same pairs and clusters for any order, batches and removals."""

import itertools
import random
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_cluster import Corpus as MemoryCorpus
from test_cluster import grown, true_pairs
from test_corpus import state

from curator.cluster.crowds import Crowd
from curator.corpus import Corpus
from curator.index.lsh import CROWD
from curator.model import Raw
from curator.settings import Settings


def boilerplate_texts(n: int, seed: int) -> list[str]:
    """Return n texts of which most words are the same: some hardly differ, some share little but the boilerplate."""
    rng = random.Random(seed)
    common = [f"b{i}" for i in range(40)]
    stories = [[f"s{rng.randrange(10**6)}" for _ in range(12)] for _ in range(max(2, n // 8))]
    texts = []
    for _ in range(n):
        story = list(rng.choice(stories))
        story[rng.randrange(len(story))] = f"x{rng.randrange(10**6)}"
        texts.append(" ".join([*common, *story[: rng.choice((3, 8, 12))]]))
    return texts


SOME = [
    *boilerplate_texts(34, seed=3),
    *boilerplate_texts(6, seed=4),
    "another text of no crowd, in eight words",
]
MANY = boilerplate_texts(300, seed=5)


@pytest.fixture
def _small_crowds(monkeypatch):
    """Let five texts be a crowd."""
    monkeypatch.setattr("curator.index.lsh.CROWD", 4)
    monkeypatch.setattr("curator.cluster.crowds.CROWD", 4)


def batches_of(order: list[int], sizes: list[int]) -> list[list[int]]:
    """Return an order cut into batches of these sizes, over and over."""
    starts = list(itertools.takewhile(lambda at: at < len(order), itertools.accumulate(itertools.cycle(sizes))))
    return [list(order[a:b]) for a, b in itertools.pairwise([0, *starts, len(order)])]


def found_in(corpus: MemoryCorpus) -> tuple[set, list]:
    """Return what is found in a corpus: pairs and clusters."""
    return corpus.pairs, corpus.clusters()


@pytest.mark.usefixtures("_small_crowds")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(SOME))), st.lists(st.integers(1, 25), min_size=1, max_size=4))
def test_order_and_batches_change_nothing_in_a_crowd(order, sizes):
    """Grown in any order and batches or in one go, a crowded corpus has the same pairs, clusters and similarities."""
    one_shot = grown(SOME, [list(range(len(SOME)))])
    assert len(one_shot.pairs) < 0.8 * len(true_pairs(SOME))
    assert found_in(grown(SOME, batches_of(order, sizes))) == found_in(one_shot)


@pytest.mark.usefixtures("_small_crowds")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(range(len(SOME))), st.sets(st.integers(0, len(SOME) - 1)), st.integers(1, 12), st.integers(1, 12)
)
def test_what_is_removed_from_a_crowd_was_never_there(order, gone, size, n_gone):
    """Whoever leaves a crowd, a few at a time, with others coming after: the rest is as if they never were there."""
    half = len(SOME) // 2
    corpus = grown(SOME, batches_of(order[:half], [size]))
    early, late = ([number for number in part if number in gone] for part in (order[:half], order[half:]))
    for first in range(0, len(early), n_gone):
        corpus.remove(early[first : first + n_gone])
    for ids in batches_of(order[half:], [size]):
        corpus.add({number: SOME[number] for number in ids})
    corpus.remove(late)
    never = grown(SOME, [[number for number in range(len(SOME)) if number not in gone]])
    assert found_in(corpus) == found_in(never)


@pytest.mark.usefixtures("_small_crowds")
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([*range(20), *range(20)]), st.integers(1, 9))
def test_copies_in_a_crowd_change_nothing(order, size):
    """With two copies of each text in a crowd, in any order, the clusters are those of adding all at once."""
    texts = [SOME[number] for number in range(20)] * 2
    seen: set[int] = set()
    ids = [number + 20 if number in seen else seen.add(number) or number for number in order]
    assert found_in(grown(texts, batches_of(ids, [size]))) == found_in(grown(texts, [list(range(40))]))


@pytest.mark.parametrize("seed", range(3))
def test_three_hundred_texts_with_one_boilerplate(seed):
    """In three random orders and batches, 300 texts that share bands have the same pairs and clusters as in one go."""
    rng = random.Random(seed)
    order = list(range(len(MANY)))
    rng.shuffle(order)
    grown_up = grown(MANY, batches_of(order, [rng.randrange(1, 90) for _ in range(5)]))
    assert found_in(grown_up) == found_in(grown(MANY, [list(range(len(MANY)))]))
    assert len(grown_up.clusters()) == 1


@pytest.mark.usefixtures("_small_crowds")
@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_in_a_corpus_file(seed, tmp_path):
    """In a file, added in any order and batches with one document removed on the way: the same statuses and pairs."""
    states = []
    for number, (rows, order_seed) in enumerate([(1000, None), (1, seed), (7, seed + 10)]):
        order = list(range(len(SOME)))
        if order_seed is not None:
            random.Random(order_seed).shuffle(order)
        path = tmp_path / f"{number}.db"
        with Corpus(path, Settings(workers=1, batch_rows=rows)) as corpus:
            corpus.add_raws([raw(SOME[each], each) for each in [seed, *order[:20]] if each != seed or rows == 7])
            with closing(sqlite3.connect(path)) as connection:
                gone = connection.execute("SELECT id FROM documents WHERE url LIKE ?", (f"%/{seed}",)).fetchall()
            assert len(gone) == (rows == 7)
            for (identity,) in gone:
                corpus.remove(identity)
            corpus.add_raws([raw(SOME[each], each) for each in order[20:] if each != seed])
            assert list(corpus.check()) == []
        states.append(state(path))
    assert states[0] == states[1] == states[2]
    assert len(states[0][1]) > 100


def raw(text: str, number: int) -> Raw:
    """Return a document of a text that no cleaner touches, with a URL of its own."""
    return Raw(f"crowd:{number}", text.encode(), source_id=str(number), url=f"https://a.example/{number}")


def test_a_crowd_costs_its_representatives():
    """Of 1,000 texts in one band each has 128 pairs at most, but for the 128 of the smallest digests."""
    names = [bytes([number % 251, number // 251]) for number in range(1000)]
    crowd = Crowd(dict(zip(names, range(1000), strict=True)))
    pairs = crowd.partners(names)
    assert len(set(pairs)) == CROWD * (CROWD - 1) // 2 + (1000 - CROWD) * CROWD
    speakers = {crowd.members[name] for name in sorted(names)[:CROWD]}
    assert all(speakers & set(pair) for pair in pairs)
    counts = np.bincount(np.array(sorted(set(pairs))).ravel(), minlength=1000)
    assert set(counts[sorted(set(range(1000)) - speakers)].tolist()) == {CROWD}
