"""Documents -> a corpus: cleaned, written in batches, counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice

import curator
from curator.cluster.records import KeepRule
from curator.model import Failure, Raw
from curator.pipeline.batches import Deduplicator, Item, Seen, write_batch
from curator.pipeline.entries import key_of, normal_time, prepare
from curator.pipeline.learning import LearnReport, learn_templates
from curator.pipeline.report import Report, Tally
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.signature import Scheme
from curator.store import read, write
from curator.store.connection import Connection, transaction
from curator.store.rows import Entry

#: A batch ends early at so many characters, so that a batch of books fits into memory too.
_BATCH_CHARS = 50_000_000

#: Documents between two calls of a progress function.
_TOLD_EVERY = 50

Progress = Callable[[Tally], None]


def now() -> str:
    """Return the time in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def settings_json(settings: Settings, *, clean: bool = True) -> str:
    """Return settings as JSON for the table ``runs``."""
    return json.dumps(asdict(settings) | {"clean": clean}, default=str, sort_keys=True)


def start_run(connection: Connection, command: str, settings: Settings, *, clean: bool = True) -> int:
    """Write the row of a run and, in a new corpus, its signature scheme and rule of clusters; return the run's id."""
    with transaction(connection):
        scheme_of(connection, settings)
        rule_of(connection, settings)
        run = write.Run(command, curator.__version__, settings_json(settings, clean=clean), now())
        return write.begin_run(connection, run)


def scheme_of(connection: Connection, settings: Settings) -> Scheme:
    """Return the signature scheme of a corpus; StoreError where it is not the one of the settings."""
    scheme = Scheme(n_perm=settings.n_perm, bands=settings.bands, rows=settings.rows, seed=settings.seed)
    stored = read.property_of(connection, "scheme")
    if stored is None:
        write.set_property(connection, "scheme", scheme.to_json())
    else:
        scheme.require(stored)
    return scheme


def rule_of(connection: Connection, settings: Settings) -> KeepRule:
    """Return the rule of clusters and keepers of a corpus; a new one gets the settings' threshold."""
    stored = read.property_of(connection, "keep_rule")
    if stored is not None:
        found = json.loads(stored)
        order, sites = tuple(found["order"]), tuple(found["sites"])
        return KeepRule(found["threshold"], order, sites, found["window_days"])
    rule = KeepRule(threshold=settings.threshold)
    store_rule(connection, rule)
    return rule


def store_rule(connection: Connection, rule: KeepRule) -> None:
    """Make a rule that of the corpus."""
    write.set_property(connection, "keep_rule", json.dumps(asdict(rule), sort_keys=True))


def add_items(
    connection: Connection,
    items: Iterable[Raw | Failure],
    settings: Settings,
    *,
    clean: bool = True,
    learns: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Clean, deduplicate and store documents; return what became of them.

    ``learns`` off leaves it to a later run to learn the sites' templates from them.
    """
    run_id = start_run(connection, "add", settings, clean=clean)
    tally = Tally()
    fresh = _sort_out(connection, iter(items), settings.batch_rows)
    results: Iterator[Item] = work_on(fresh, prepare, settings, cuts=clean)
    deduplicator = Deduplicator(connection, scheme_of(connection, settings), rule_of(connection, settings))
    for batch in _batches(_watched(results, tally, progress), settings.batch_rows):
        with transaction(connection):
            write_batch(connection, deduplicator, batch, run_id, tally)
    learned = learn_templates(connection, deduplicator, settings) if learns else LearnReport()
    return _finish(connection, run_id, tally, settings, learned)


def _sort_out(connection: Connection, items: Iterator[Raw | Failure], n: int) -> Iterator[Raw | Failure | Seen]:
    """Yield documents that the corpus does not hold yet, and for the others only that they were seen."""
    while chunk := list(islice(items, min(n, 256))):
        keys = [key_of(item) if isinstance(item, Raw) else None for item in chunk]
        known = read.ids_of_keys(connection, filter(None, keys))
        for item, key in zip(chunk, keys, strict=True):
            if isinstance(item, Raw) and key in known:
                yield Seen(str(key), item.source, normal_time(item.fetched_at))
            else:
                yield item


def _watched(items: Iterable[Item], tally: Tally, progress: Progress | None) -> Iterator[Item]:
    for item in items:
        tally.cleaned += 1
        if progress is not None and tally.cleaned % _TOLD_EVERY == 0:
            progress(tally)
        yield item


def _batches(items: Iterable[Item], n: int) -> Iterator[list[Item]]:
    batch: list[Item] = []
    chars = 0
    for item in items:
        batch.append(item)
        chars += item.article.raw_chars if isinstance(item, Entry) else 0
        if len(batch) == n or chars > _BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _finish(connection: Connection, run_id: int, tally: Tally, settings: Settings, learned: LearnReport) -> Report:
    statuses = read.count_statuses(connection, run_id)
    told = read.statuses_of(connection, [document.id for document in tally.handful()])
    report = tally.report(statuses, told, (*_notes(connection, settings), *_learned(learned)))
    with transaction(connection):
        write.finish_run(connection, run_id, now(), json.dumps(report.counts()))
        if report.added:
            write.analyze(connection)
    return report


def _learned(report: LearnReport) -> Iterator[str]:
    if report.articles:
        found = f"{report.lines:,} lines recur on {report.sites:,} site{'s' * (report.sites != 1)}"
        yield f"{found}; {report.articles:,} articles were cut anew (`curator stats` counts such lines)"


def _notes(connection: Connection, settings: Settings) -> tuple[str, ...]:
    rule = rule_of(connection, settings)
    if settings.threshold in (rule.threshold, Settings().threshold):
        return ()
    return (f"the corpus clusters at {rule.threshold}; `curator dedup --threshold {settings.threshold}` changes that",)
