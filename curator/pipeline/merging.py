"""Another corpus -> this one: its stored originals take the way that everything takes that is added.

So the result is that of adding all inputs to one corpus, by this version's rules and this corpus's settings; texts
are cleaned, signed and clustered anew, whatever the other one was cleaned and signed by. What people said of its
articles comes along, and is heeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from curator.errors import ReadError
from curator.model import Failure, Place, Raw
from curator.pipeline.adding import Adding, add_items, told_by
from curator.pipeline.changing import reclean
from curator.pipeline.deduplicating import deduplicator_of
from curator.pipeline.entries import normal_time
from curator.pipeline.learning import conclude
from curator.pipeline.report import Report, Tally
from curator.pipeline.runs import end_run, start_run
from curator.settings import Settings
from curator.store import articles, feedback, read, resuming, templates, write
from curator.store import merging as store
from curator.store.articles import StoredArticle
from curator.store.connection import Connection, transaction
from curator.store.selection import Selection, batches_of, chosen_ids, snapshot


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge came to: of the other corpus's ``read`` documents ``added`` are new here, the rest ``unchanged``.

    The added are ``kept``, ``duplicate``, ``rejected`` or ``superseded`` now. ``failed`` could not be cleaned again;
    ``paths``, ``verdicts`` of people and ``failures`` came along.
    """

    read: int = 0
    added: int = 0
    unchanged: int = 0
    kept: int = 0
    duplicate: int = 0
    rejected: int = 0
    superseded: int = 0
    failed: int = 0
    paths: int = 0
    verdicts: int = 0
    failures: int = 0


def stored_raws(connection: Connection, ids: Sequence[int]) -> Iterator[Raw | Failure]:
    """Yield these documents as they were read; one that was fetched again comes a second time, with the later time."""
    for batch in batches_of(ids):
        places = store.positions_of(connection, batch)
        for article in articles.articles_of(connection, batch):
            yield from _raws_of(connection, article, *places[article.id])


def _raws_of(
    connection: Connection, article: StoredArticle, member: str | None, position: int | None
) -> Iterator[Raw | Failure]:
    try:
        raw = articles.raw_of(connection, article)
    except ReadError as error:
        yield Failure(article.source, "merge", "original", str(error))
        return
    if position is not None:
        raw = replace(raw, place=Place(raw.source, member, position, position, 1))
    yield raw
    if article.fetched_at is not None and article.fetched_at != normal_time(raw.fetched_at):
        yield replace(raw, fetched_at=article.fetched_at)


def merge(
    connection: Connection,
    other: Connection,
    settings: Settings,
    progress: Callable[[Tally], None] | None = None,
    *,
    given: str,
) -> MergeReport:
    """Add everything that another corpus holds; the same again changes nothing.

    Each batch is one transaction, so an interrupted merge is taken up by running it again. ``other`` is read as it
    is when the merge begins. ``given`` is its path as it was named.
    """
    with snapshot(other):
        ids = chosen_ids(other, Selection(status=()))
        as_they_are = templates.taken_as_they_are(other, ids)
        report = MergeReport(read=len(ids))
        for clean in (True, False):
            some = [identity for identity in ids if (identity in as_they_are) is not clean]
            if some:
                how = Adding(clean=clean, learns=False, command="merge", progress=progress, given=(given,))
                report = _joined(report, add_items(connection, stored_raws(other, some), settings, how))
        report = _take_along(connection, other, settings, report)
    conclude(connection, deduplicator_of(connection, settings), settings, tell=told_by(progress, Tally()))
    return replace(report, unchanged=report.read - report.added - report.failed)


def _joined(report: MergeReport, added: Report) -> MergeReport:
    names = ("added", "kept", "duplicate", "rejected", "superseded", "failed")
    return replace(report, **{name: getattr(report, name) + getattr(added, name) for name in names})


def _take_along(connection: Connection, other: Connection, settings: Settings, report: MergeReport) -> MergeReport:
    """Add paths, failures and verdicts, and clean the articles again that have new verdicts."""
    run_id = start_run(connection, "merge", settings)
    with transaction(connection):
        n_paths = 0
        for key, source in store.sightings(other):
            for identity in read.ids_of_keys(connection, [key]).values():
                write.see_again(connection, identity, source, None)
                n_paths += 1
        failures = resuming.failures(other)
        for failed in failures:
            resuming.add_failure(connection, failed.failure, run_id, failed.found)
        n_verdicts, judged = _note_verdicts(connection, other)
        report = replace(report, paths=n_paths, failures=len(failures), verdicts=n_verdicts)
        end_run(connection, run_id, asdict(report))
    if judged:
        reclean(connection, settings, ids=judged)
    return report


def _note_verdicts(connection: Connection, other: Connection) -> tuple[int, list[int]]:
    """Note what people said in the other corpus, of two verdicts on one stretch the later.

    Returns how many were noted, and the articles to clean again: those that a merge noted before and was ended before
    it cleaned them are among these.
    """
    n_noted = 0
    judged: list[int] = []
    for key, verdict, note, created in store.judged_stretches(other):
        identity = read.ids_of_keys(connection, [key]).get(key)
        if identity is None:
            continue
        known = feedback.created_of(connection, identity, verdict.start, verdict.end)
        if known is None or known < created:
            feedback.note_verdict(connection, identity, verdict, created, note)
            n_noted += 1
        if known is None or known <= created:
            judged.append(identity)
    return n_noted, judged
