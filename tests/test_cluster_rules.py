"""Members and pairs -> clusters: the threshold, the keeper, paths to it, copies, and windows of time."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.cluster import KeepRule, Member, Pair, make_clusters

RULE = KeepRule()


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
