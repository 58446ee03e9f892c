"""Documents -> a corpus: cleaned, written in batches, counted."""

from __future__ import annotations

import gc
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from operator import itemgetter

import curator
from curator.model import Failure, Raw
from curator.pipeline.batches import Item, Seen, batched, write_batch
from curator.pipeline.cleaner_id import cleaner_of
from curator.pipeline.corpus_rules import keep_rule_of
from curator.pipeline.deduplicating import deduplicator_of
from curator.pipeline.entries import key_of, normal_time, prepare, prepare_all
from curator.pipeline.learning import LEARNING, LearnedSites, LearnReport, conclude, learn_ahead
from curator.pipeline.progress import Progress as StageProgress
from curator.pipeline.progress import Tell, untold
from curator.pipeline.report import CutCount, DocumentReport, Report, Tally, document_report
from curator.pipeline.resuming import NOWHERE, Inputs, Origin
from curator.pipeline.runs import end_run, start_run
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.store import articles, read, resuming, write
from curator.store.connection import Connection, transaction

#: Documents, and bytes of them, that are looked up together.
_LOOKED_UP = 256
_LOOKED_UP_BYTES = 16_000_000

#: Documents between two calls of a progress function.
_TOLD_EVERY = 50

#: Files of which a report says that reading went on in them.
_TOLD_FILES = 3

#: Settings that change nothing of what a file is read as.
_NOT_OF_READING = (
    *("db", "keep_kinds", "skip_rules", "phrases", "sites", "thoroughness", "template_articles", "template_share"),
    *("workers", "batch_rows", "threshold", "n_perm", "bands", "rows", "seed", "max_seconds", "max_failed_share"),
    *("contact", "max_html_depth"),
)

Progress = Callable[[Tally], None]


@dataclass(frozen=True, slots=True)
class Adding:
    """How documents are added.

    ``clean`` off takes texts as they are; ``learns`` off leaves it to a later run to learn the sites' templates from
    them. ``inputs`` follows the files that are read, so that an interrupted run can be taken up.
    ``command`` and ``given``, the paths that were named, are what the table ``runs`` says.
    """

    clean: bool = True
    learns: bool = True
    inputs: Inputs | None = None
    progress: Progress | None = None
    command: str = "add"
    given: Sequence[str] = ()


def inputs_of(
    connection: Connection, settings: Settings, options: Mapping[str, object], *, clean: bool = True
) -> Inputs:
    """Return what follows the files of a run that are read with these options."""
    of_reading = {name: value for name, value in asdict(settings).items() if name not in _NOT_OF_READING}
    told = {**of_reading, **options, "clean": clean, "version": curator.__version__}
    stored = json.dumps(told, default=str, sort_keys=True)
    return Inputs(stored, resuming.unfinished_inputs(connection, stored), resuming.failed_files(connection))


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for objects that only hold each other after 100,000 new ones: documents are many small objects, none such.

    Looking after 700, as is usual, takes a tenth of the time of adding. Processes that are forked inside do alike.
    """
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@collecting_rarely()
def add_items(
    connection: Connection, items: Iterable[Raw | Failure], settings: Settings, how: Adding | None = None
) -> Report:
    """Clean, deduplicate and store documents; return what became of them."""
    how = how or Adding()
    cleaner = cleaner_of(settings) if how.clean else None
    run_id = start_run(connection, how.command, settings, clean=how.clean, inputs=how.given, cleaner=cleaner)
    inputs = how.inputs or Inputs("", {})
    tally = Tally()
    origins: deque[Origin] = deque()
    fresh = _sort_out(connection, _followed(items, how.inputs), origins)
    deduplicator = deduplicator_of(connection, settings)
    sites = LearnedSites()
    results: Generator[Item, None, None] = work_on(fresh, prepare, settings, cuts=how.clean, together=prepare_all)
    with closing(results):  # on an error too: whoever keeps that would keep the processes
        watched = _watched(results, origins, tally, how.progress)
        for batch in batched(watched, settings.batch_rows, itemgetter(0)):
            came = [origin for _, origin in batch]
            reached = inputs.reached(came)
            found = [inputs.failed(origin) for origin in came]
            if how.learns:
                learn_ahead(connection, deduplicator, settings, sites)
            with transaction(connection):
                write_batch(connection, deduplicator, [item for item, _ in batch], run_id, tally, found)
                resuming.note_inputs(connection, reached, run_id)
    tell = told_by(how.progress, tally)
    tell(StageProgress(LEARNING))  # after the last documents, which may be few
    learned = conclude(connection, deduplicator, settings, sites, learns=how.learns, tell=tell)
    notes = (*_notes(connection, settings), *_resumed(inputs), *learned_notes(learned))
    return finish(connection, run_id, tally, inputs, notes)


def _followed(items: Iterable[Raw | Failure], inputs: Inputs | None) -> Iterator[tuple[Raw | Failure, Origin]]:
    return inputs.followed(items) if inputs is not None else ((item, NOWHERE) for item in items)


def _sort_out(
    connection: Connection, items: Iterator[tuple[Raw | Failure, Origin]], origins: deque[Origin]
) -> Iterator[Raw | Failure | Seen]:
    """Yield documents that the corpus does not hold yet, and for the others only that they were seen."""
    for chunk in _looked_up(items):
        keys = [key_of(item) if isinstance(item, Raw) else None for item, _ in chunk]
        known = read.ids_of_keys(connection, filter(None, keys))
        for (item, origin), key in zip(chunk, keys, strict=True):
            origins.append(origin)
            if isinstance(item, Raw) and key in known:
                yield Seen(str(key), item.source, normal_time(item.fetched_at))
            else:
                yield item


def _looked_up(items: Iterator[tuple[Raw | Failure, Origin]]) -> Iterator[list[tuple[Raw | Failure, Origin]]]:
    chunk: list[tuple[Raw | Failure, Origin]] = []
    n_bytes = 0
    for item, origin in items:
        chunk.append((item, origin))
        n_bytes += len(item.content) if isinstance(item, Raw) else 0
        if len(chunk) == _LOOKED_UP or n_bytes > _LOOKED_UP_BYTES:
            yield chunk
            chunk, n_bytes = [], 0
    yield chunk


def _watched(
    items: Iterable[Item], origins: deque[Origin], tally: Tally, progress: Progress | None
) -> Iterator[tuple[Item, Origin]]:
    for item in items:
        origin = origins.popleft()
        tally.see(item)
        tally.share = origin.share
        if progress is not None and tally.cleaned % _TOLD_EVERY == 0:
            progress(tally)
        yield item, origin


def told_by(progress: Progress | None, tally: Tally) -> Tell:
    """Return what tells of the stages that come behind the last document, through the counts of the run."""
    if progress is None:
        return untold

    def told(so_far: StageProgress) -> None:
        tally.stage, tally.share = so_far.stage, so_far.share
        progress(tally)

    return told


def finish(connection: Connection, run_id: int, tally: Tally, inputs: Inputs, notes: tuple[str, ...]) -> Report:
    """Note that a run has ended, and return its report."""
    report = report_of(connection, run_id, tally, notes)
    with transaction(connection):
        resuming.finish_inputs(connection, inputs.touched)
        resuming.settle_files(connection, inputs.mended)
        end_run(connection, run_id, report.counts())
        if report.added:
            write.analyze(connection)
    return report


def report_of(connection: Connection, run_id: int, tally: Tally, notes: tuple[str, ...]) -> Report:
    """Return what a run came to: what its articles are, and go without, by now."""
    statuses = read.count_statuses(connection, run_id)
    cuts = {kind: CutCount(lines, chars) for kind, lines, chars in read.count_cuts(connection, run_id)}
    return replace(tally.report(statuses, cuts, notes), documents=tuple(_documents(connection, tally)))


def _documents(connection: Connection, tally: Tally) -> Iterator[DocumentReport]:
    told = read.statuses_of(connection, tally.handful())
    for article in articles.articles_of(connection, tally.handful()):
        yield document_report(article, told[article.id], articles.cuts_of(connection, article.id))


def _resumed(inputs: Inputs) -> Iterator[str]:
    for name, place in list(inputs.resumed.items())[:_TOLD_FILES]:
        where = f"{place.member} in {name}" if place.member else name
        yield f"an earlier run was interrupted: went on behind document {place.number:,} of {where}"
    if len(inputs.resumed) > _TOLD_FILES:
        yield f"and of {len(inputs.resumed) - _TOLD_FILES:,} other files"


def learned_notes(report: LearnReport) -> Iterator[str]:
    """Yield what a report says of the templates that were learned."""
    if report.articles:
        yield f"{report.told()} (`curator stats` counts such cuts)"


def _notes(connection: Connection, settings: Settings) -> tuple[str, ...]:
    rule = keep_rule_of(connection, settings)
    if settings.threshold in (rule.threshold, Settings().threshold):
        return ()
    return (f"the corpus clusters at {rule.threshold}; `curator dedup --threshold {settings.threshold}` changes that",)
