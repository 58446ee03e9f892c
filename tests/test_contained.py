"""Texts in longer ones, and lines that articles share: all are found, however texts are batched."""

import itertools
import random

from curator.cluster.contained import CONTAINED, Contained, best, decide, find_anchors, propose
from curator.cluster.shared_lines import shared_lines


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
