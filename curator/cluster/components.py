"""Verified pairs -> clusters with one keeper each: a pure function of members, pairs and rule."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from operator import attrgetter, itemgetter
from typing import Generic, TypeVar

from curator.cluster.records import Cluster, Duplicate, KeepRule, Member, Pair
from curator.signature.shingles import BLANK

#: A text that members share: its digest and, where the rule has a window, the number of its run of dates.
Node = tuple[bytes, int]
T = TypeVar("T")
Neighbours = dict[Node, dict[Node, float]]


class UnionFind(Generic[T]):
    """Disjoint sets of nodes."""

    def __init__(self) -> None:
        self._parents: dict[T, T] = {}

    def find(self, node: T) -> T:
        """Return the node that stands for the set of this one."""
        root = node
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        while (parent := self._parents.get(node, node)) != root:
            self._parents[node], node = root, parent
        return root

    def union(self, one: T, other: T) -> None:
        """Make the sets of two nodes one."""
        self._parents[self.find(one)] = self.find(other)


def reach(
    ids: Iterable[int], pairs_of: Callable[[Sequence[int]], Iterable[Pair]], rule: KeepRule
) -> tuple[set[int], set[Pair]]:
    """Return all documents that these are linked to, themselves with them, and the pairs that link them.

    ``pairs_of`` returns the stored pairs that touch any of some ids. Pairs below the rule's threshold do not link.
    Start from the documents that came and from all who were in a cluster with one that left.
    """
    reached = set(ids)
    links: set[Pair] = set()
    frontier = sorted(reached)
    while frontier:
        found = {pair for pair in pairs_of(frontier) if pair.jaccard >= rule.threshold}
        links |= found
        frontier = sorted({number for pair in found for number in (pair.a, pair.b)} - reached)
        reached.update(frontier)
    return reached, links


def make_clusters(members: Iterable[Member], pairs: Iterable[Pair], rule: KeepRule) -> list[Cluster]:
    """Return the clusters of two and more members, sorted by id; their order of arrival changes nothing.

    Members are linked by pairs of at least the threshold and by equal digests. Pairs with others than ``members``
    do not count.
    """
    links = [pair for pair in pairs if pair.jaccard >= rule.threshold]
    nodes = _nodes(_linked(members, links), rule)
    neighbours = _neighbours(nodes, links, rule)
    sets: UnionFind[Node] = UnionFind()
    for node, others in neighbours.items():
        for other in others:
            sets.union(node, other)
    components: dict[Node, list[Node]] = {}
    for node in nodes:
        components.setdefault(sets.find(node), []).append(node)
    rank = _ranking(rule)
    clusters = [
        _cluster({node: nodes[node] for node in component}, neighbours, rank)
        for component in components.values()
        if len(component) > 1 or len(nodes[component[0]]) > 1
    ]
    return sorted(clusters, key=lambda cluster: cluster.id)


def _linked(members: Iterable[Member], links: Iterable[Pair]) -> list[Member]:
    """Return the members that a pair or an equal digest links to any other: most members stand alone."""
    everyone = list(members)
    copies = Counter(map(attrgetter("digest"), everyone))
    ends = {number for pair in links for number in (pair.a, pair.b)}
    return [member for member in everyone if member.id in ends or copies[member.digest] > 1]


def _day(published: str | None) -> int | None:
    """Return a date as the number of its day, or None where there is none."""
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return None


def _nodes(members: Iterable[Member], rule: KeepRule) -> dict[Node, list[Member]]:
    """Return the members by text, each list sorted by key; without blank texts."""
    nodes: dict[Node, list[Member]] = {}
    ordered = sorted((member for member in members if member.digest != BLANK), key=attrgetter("key"))
    runs = _runs(ordered, rule.window_days) if rule.window_days is not None else {}
    for member in ordered:
        nodes.setdefault((member.digest, runs.get(member.id, 0)), []).append(member)
    return nodes


def _runs(members: Iterable[Member], window_days: int) -> dict[int, int]:
    """Return, by id, the number of the run of dates that a member belongs to among the copies of its text.

    Copies sorted by date part where two dates in a row lie further apart than the window; copies without a date
    stay with the first.
    """
    runs: dict[int, int] = {}
    last: dict[bytes, tuple[int, int]] = {}
    dated = [(day, member) for member in members if (day := _day(member.published)) is not None]
    for day, member in sorted(dated, key=itemgetter(0)):
        run, before = last.get(member.digest, (0, day))
        run += day - before > window_days
        last[member.digest] = (run, day)
        runs[member.id] = run
    return runs


def _near_in_time(ones: Sequence[Member], others: Sequence[Member], window_days: int | None) -> bool:
    """Return whether any of some members and any of others lie within the window; no date is near to all."""
    if window_days is None:
        return True
    days, other_days = ([_day(member.published) for member in members] for members in (ones, others))
    known, other_known = sorted(filter(None, days)), sorted(filter(None, other_days))
    if len(known) < len(days) or len(other_known) < len(other_days):
        return True
    places = ((bisect_left(other_known, day - window_days), day) for day in known)
    return any(at < len(other_known) and other_known[at] <= day + window_days for at, day in places)


def _neighbours(nodes: Mapping[Node, Sequence[Member]], pairs: Iterable[Pair], rule: KeepRule) -> Neighbours:
    """Return, for each text, the texts it is similar to, with the Jaccard similarity.

    A pair holds for all copies of its two texts, whichever of them it is stored for: beyond 50 copies pairs are
    stored for the first ones only, and which those are depends on the order of arrival.
    """
    digests = {member.id: node[0] for node, copies in nodes.items() for member in copies}
    runs: dict[bytes, list[Node]] = {}
    for node in nodes:
        runs.setdefault(node[0], []).append(node)
    similar = {
        (min(ends), max(ends)): pair.jaccard
        for pair in pairs
        if pair.a in digests and pair.b in digests
        for ends in [(digests[pair.a], digests[pair.b])]
        if ends[0] != ends[1]
    }
    similar |= {(digest, digest): 1.0 for digest, parts in runs.items() if len(parts) > 1}
    neighbours: Neighbours = {}
    for (a, b), jaccard in similar.items():
        for one, other in product(runs[a], runs[b]):
            if one != other and _near_in_time(nodes[one], nodes[other], rule.window_days):
                neighbours.setdefault(one, {})[other] = jaccard
                neighbours.setdefault(other, {})[one] = jaccard
    return neighbours


def _ranking(rule: KeepRule) -> Callable[[Member], tuple[object, ...]]:
    """Return what members are sorted by: the first one is kept."""
    sites = {site: place for place, site in enumerate(rule.sites)}
    ranks: dict[str, Callable[[Member], object]] = {
        "earliest": lambda member: (member.published is None, member.published or ""),
        "longest": lambda member: -member.chars,
        "site": lambda member: sites.get(member.site or "", len(sites)),
    }
    order = [ranks[name] for name in rule.order]
    return lambda member: (*(rank(member) for rank in order), member.key)


def _cluster(
    nodes: Mapping[Node, Sequence[Member]], neighbours: Neighbours, rank: Callable[[Member], tuple[object, ...]]
) -> Cluster:
    """Return the cluster of linked texts."""
    keeper = min((member for copies in nodes.values() for member in copies), key=rank)
    home = next(node for node, copies in nodes.items() if keeper in copies)
    duplicates: list[tuple[str, Duplicate]] = []
    for node, via, similarity in _paths(home, neighbours, nodes):
        through = nodes[via][0].id if via and via != home else None
        duplicates.extend(
            (member.key, Duplicate(member.id, keeper.id, similarity, through))
            for member in nodes[node]
            if member is not keeper
        )
    keys = (member.key for copies in nodes.values() for member in copies)
    return Cluster(min(keys), keeper.id, tuple(duplicate for _, duplicate in sorted(duplicates)))


def _paths(
    home: Node, neighbours: Neighbours, nodes: Mapping[Node, Sequence[Member]]
) -> Iterator[tuple[Node, Node | None, float]]:
    """Yield every text of a component with the one it is reached through and its similarity to that one.

    Paths from the keeper's text are as short as can be; of equally short ones the one of the greater last
    similarity counts, at last the one whose text has the smaller key.
    """
    yield home, None, 1.0
    seen, level = {home}, [home]
    while level:
        best: dict[Node, tuple[float, str, Node]] = {}
        for node in level:
            for other, similarity in neighbours.get(node, {}).items():
                step = (-similarity, nodes[node][0].key, node)
                if other not in seen and (other not in best or step < best[other]):
                    best[other] = step
        for other, (similarity, _, node) in best.items():
            yield other, node, -similarity
        level = list(best)
        seen.update(best)
