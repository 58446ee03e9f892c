"""Verified pairs -> clusters with one keeper each: a pure function of members, pairs and rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter, itemgetter

from curator.cluster.records import Cluster, Duplicate, KeepRule, Member, Pair
from curator.signature.shingles import BLANK

#: A text that members share: its digest and, where the rule has a window, the number of its run of dates.
Node = tuple[bytes, int]
Neighbours = dict[Node, dict[Node, float]]


class UnionFind:
    """Disjoint sets of nodes."""

    def __init__(self) -> None:
        self._parents: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        """Return the node that stands for the set of this one."""
        root = node
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        while (parent := self._parents.get(node, node)) != root:
            self._parents[node], node = root, parent
        return root

    def union(self, one: Node, other: Node) -> None:
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
    nodes = _nodes(members, rule)
    neighbours = _neighbours(nodes, pairs, rule)
    sets = UnionFind()
    for node, others in neighbours.items():
        for other in others:
            sets.union(node, other)
    components: dict[Node, list[Node]] = {}
    for node in nodes:
        components.setdefault(sets.find(node), []).append(node)
    clusters = [
        _cluster({node: nodes[node] for node in component}, neighbours, rule)
        for component in components.values()
        if len(component) > 1 or len(nodes[component[0]]) > 1
    ]
    return sorted(clusters, key=lambda cluster: cluster.id)


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


def _near_in_time(one: Member, other: Member, rule: KeepRule) -> bool:
    if rule.window_days is None:
        return True
    day, other_day = _day(one.published), _day(other.published)
    return day is None or other_day is None or abs(day - other_day) <= rule.window_days


def _neighbours(nodes: Mapping[Node, Sequence[Member]], pairs: Iterable[Pair], rule: KeepRule) -> Neighbours:
    """Return, for each text, the texts it is similar to, with the Jaccard similarity."""
    places = {member.id: (node, member) for node, copies in nodes.items() for member in copies}
    neighbours: Neighbours = {}
    for pair in pairs:
        if pair.jaccard < rule.threshold or pair.a not in places or pair.b not in places:
            continue
        (one, a), (other, b) = places[pair.a], places[pair.b]
        if one != other and _near_in_time(a, b, rule):
            neighbours.setdefault(one, {})[other] = pair.jaccard
            neighbours.setdefault(other, {})[one] = pair.jaccard
    return neighbours


def _rank(member: Member, rule: KeepRule) -> tuple[object, ...]:
    """Return what members are sorted by: the first one is kept."""
    sites = {site: place for place, site in enumerate(rule.sites)}
    ranks: dict[str, tuple[object, ...]] = {
        "earliest": (member.published is None, member.published or ""),
        "longest": (-member.chars,),
        "site": (sites.get(member.site or "", len(sites)),),
    }
    return (*(rank for name in rule.order for rank in ranks[name]), member.key)


def _cluster(nodes: Mapping[Node, Sequence[Member]], neighbours: Neighbours, rule: KeepRule) -> Cluster:
    """Return the cluster of linked texts."""
    keeper = min((member for copies in nodes.values() for member in copies), key=lambda member: _rank(member, rule))
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
