"""A corpus -> the same corpus, clustered anew: by another rule, from stored pairs or from the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from curator.cluster import STORED_JACCARD, Batch, KeepRule, Pair, make_clusters
from curator.cluster.contained import Contained, best, decide, find_anchors, propose
from curator.cluster.rescan import find_pairs, wide_scheme
from curator.pipeline.corpus_rules import keep_rule_of, scheme_of, store_keep_rule
from curator.pipeline.deduplicating import deduplicator_of
from curator.pipeline.progress import Progress, Tell, counted, untold
from curator.pipeline.runs import end_run, start_run
from curator.settings import Settings
from curator.signature import Scheme, from_bytes
from curator.store import duplicates, read, review, write
from curator.store.connection import Connection, transaction

#: Texts in memory together, and pairs of texts that are compared together.
_TEXTS_TOGETHER = 1_000
_PAIRS_TOGETHER = 2_000


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What of the corpus's rule is to become another; None stays.

    ``keep`` holds ``earliest``, ``longest`` and ``site:a.example,b.example``, the first that decides; ``window_days``
    0 lifts the window.
    """

    threshold: float | None = None
    keep: Sequence[str] = ()
    window_days: int | None = None

    def applied(self, rule: KeepRule) -> KeepRule:
        """Return the changed rule; ValueError where it would be none.

        >>> RuleChange(keep=["site:a.example,b.example", "longest"]).applied(KeepRule()).sites
        ('a.example', 'b.example')
        """
        parts = [part.partition(":") for part in self.keep]
        named = [
            site.strip() for name, _, sites in parts if name == "site" for site in sites.split(",") if site.strip()
        ]
        return replace(
            rule,
            threshold=rule.threshold if self.threshold is None else self.threshold,
            order=tuple(name for name, _, _ in parts) or rule.order,
            sites=tuple(named) or rule.sites,
            window_days=rule.window_days if self.window_days is None else self.window_days or None,
        )


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What clustering anew came to; ``changed`` articles have another status or survivor than before.

    ``recall`` is the probability that a pair as weak as the threshold is among the pairs.
    """

    threshold: float
    recall: float
    keep: tuple[str, ...]
    sites: tuple[str, ...]
    window_days: int | None
    pairs: int
    clusters: int
    kept: int
    duplicate: int
    changed: int


def dedup(
    connection: Connection,
    settings: Settings,
    change: RuleChange | None = None,
    *,
    rescan: bool = False,
    tell: Tell = untold,
) -> ClusterReport:
    """Cluster the whole corpus anew; what is given becomes the corpus's rule.

    From the stored pairs, or with ``rescan`` from all stored texts. Raises ValueError for a threshold below that of
    the stored pairs without ``rescan``, and for an unknown part of the rule.
    """
    change = change or RuleChange()
    change.applied(KeepRule())
    run_id = start_run(connection, "dedup", settings)
    with transaction(connection):
        old = keep_rule_of(connection, settings)
        rule = change.applied(old)
        if rule.floor < old.floor and not rescan:
            raise ValueError(
                f"pairs less alike than {old.floor:g} are not stored: --rescan reads all texts again to find those of"
                f" {rule.threshold:g} and more"
            )
        scheme = scheme_of(connection, settings)
        if rescan and rule.floor < STORED_JACCARD:
            duplicates.add_pairs(connection, _rescanned(connection, scheme, rule.floor, tell))
        tell(Progress("clustering"))
        duplicates.drop_pairs_below(connection, rule.floor)
        store_keep_rule(connection, rule)
        report = _cluster(connection, rule, scheme, tell)
        end_run(connection, run_id, asdict(report))
    return report


def _cluster(connection: Connection, rule: KeepRule, scheme: Scheme, tell: Tell) -> ClusterReport:
    # Only what a pair or a cluster links is looked at: the others, most of a corpus, stand alone before and after.
    members = duplicates.members_of(connection, duplicates.linked_ids(connection, rule.threshold))
    clusters = make_clusters(members, duplicates.all_pairs(connection, rule.threshold), rule)
    tell(Progress("writing clusters", len(clusters)))
    changed = duplicates.write_clusters(connection, [member.id for member in members], clusters)
    n_duplicate = sum(cluster.size - 1 for cluster in clusters)
    used = scheme if rule.threshold >= STORED_JACCARD else wide_scheme(scheme)
    return ClusterReport(
        threshold=rule.threshold,
        recall=round(used.recall(rule.threshold), 4),
        keep=rule.order,
        sites=rule.sites,
        window_days=rule.window_days,
        pairs=duplicates.count_pairs(connection, rule.threshold),
        clusters=len(clusters),
        kept=duplicates.count_signed(connection) - n_duplicate,
        duplicate=n_duplicate,
        changed=changed,
    )


def _rescanned(connection: Connection, scheme: Scheme, floor: float, tell: Tell) -> list[Pair]:
    n_all, told = duplicates.count_signed(connection), (tell, "reading all texts again")
    batches = (
        Batch(ids, texts, digests, from_bytes(minhashes, scheme))
        for rows in counted(duplicates.batches_of_signed(connection, _TEXTS_TOGETHER), len, n_all, told)
        for ids, texts, digests, minhashes in [zip(*rows, strict=True)]
    )
    return find_pairs(batches, duplicates.SignedArticles(connection), scheme, floor)


def mark_contained(connection: Connection, settings: Settings, tell: Tell = untold) -> list[Contained]:
    """Mark every kept article whose text a longer kept one contains, and return the marks by id.

    Reads all kept texts twice; the marks are a function of the kept texts, in whatever order they came.
    """
    run_id = start_run(connection, "dedup", settings)
    with transaction(connection):
        found = list(_contained(connection, tell))
        keys = review.keys_of(connection, (each.container for each in found))
        marks = best(found, keys)
        review.write_contained(connection, marks)
        end_run(connection, run_id, {"contained": len(marks)})
    return marks


def _contained(connection: Connection, tell: Tell) -> Iterator[Contained]:
    n_kept = read.count_statuses(connection).get("kept", 0)

    def kept_texts(stage: str) -> Iterator[tuple[list[int], list[str]]]:
        batches = review.batches_of_kept(connection, _TEXTS_TOGETHER)
        return counted(batches, lambda batch: len(batch[0]), n_kept, (tell, stage))

    anchors = find_anchors(kept_texts("sampling texts"))
    for ids, texts in kept_texts("looking for texts in longer ones"):
        proposed = propose(anchors, ids, texts)
        for first in range(0, len(proposed), _PAIRS_TOGETHER):
            some = proposed[first : first + _PAIRS_TOGETHER]
            yield from decide(some, read.texts_of(connection, some.ravel().tolist()))


def drop_contained(connection: Connection, settings: Settings, tell: Tell = untold) -> int:
    """Reject the kept articles that are marked as contained in a longer one; return how many."""
    run_id = start_run(connection, "dedup", settings)
    n_dropped = 0
    with transaction(connection):
        deduplicator = deduplicator_of(connection, settings)
        # Where a keeper goes, its cluster gets another one, which may be marked, too.
        while marks := review.contained_in(connection):
            tell(Progress("rejecting contained articles", n_dropped))
            deduplicator.update([], [mark.id for mark in marks])
            write.set_status(connection, map(_dropped, marks))
            review.add_contained(connection, marks)
            n_dropped += len(marks)
        deduplicator.renew_index(tell)
        end_run(connection, run_id, {"dropped": n_dropped})
    return n_dropped


def _dropped(mark: Contained) -> tuple[int, str, str]:
    return mark.id, "rejected", f"{review.IN_A_LONGER_ONE}{mark.container} ({mark.containment:.0%} of its text)"


def restore_contained(connection: Connection, settings: Settings) -> int:
    """Take back the articles that were dropped because a longer one contains them; return how many."""
    run_id = start_run(connection, "dedup", settings)
    with transaction(connection):
        ids = review.dropped_ids(connection)
        write.set_status(connection, [(identity, "kept", None) for identity in ids])
        deduplicator_of(connection, settings).update(ids, [])
        end_run(connection, run_id, {"restored": len(ids)})
    return len(ids)
