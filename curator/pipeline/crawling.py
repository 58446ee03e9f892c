"""What spiders hand over -> the corpus: the storing process of a crawl.

It takes messages from a channel (``multiprocessing.connection.Connection``), cleans what they bring, and writes
documents, queue and what is to be remembered of each answer in one transaction for each batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection as Channel
from pathlib import Path
from typing import NamedTuple

from curator.errors import CuratorError
from curator.model import Failure, Raw
from curator.pipeline.adding import report_of
from curator.pipeline.batches import Item, Seen, write_batch
from curator.pipeline.cleaner_id import cleaner_of
from curator.pipeline.deduplicating import Deduplicator, deduplicator_of
from curator.pipeline.entries import key_of, prepare, prepare_all
from curator.pipeline.fetching import KINDS, Closing, CrawlSpec, Link, Opened, Seeds, Stored, Visit, queue_row
from curator.pipeline.learning import conclude
from curator.pipeline.report import Report, Tally
from curator.pipeline.runs import end_run, now, start_run
from curator.pipeline.warc import WarcFile, size_of
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.store import crawls, read, resuming, write
from curator.store.connection import Connection, transaction
from curator.store.rows import Entry

#: A batch is written after so many seconds at the latest, so that little is fetched again after a crash.
_BATCH_S = 2.0
#: How long to wait for a message before looking at the clock.
_TICK_S = 0.5
#: What pages are, as the counts of a crawl have it: not the maps that lead to them.
_PAGES = frozenset(KINDS) - {"robots", "sitemap", "feed"}


class Tick(NamedTuple):
    """Nothing came in for a moment."""


Message = CrawlSpec | Seeds | Visit | Closing | Tick


@dataclass(slots=True)
class CrawlCounts:
    """Numbers of a crawl as it goes on: pages by what became of them, their documents, and what waits."""

    pages: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    kept: int = 0
    duplicate: int = 0
    rejected: int = 0
    superseded: int = 0
    maps: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a run of a crawl came to.

    ``counts`` are those of this run, ``documents`` what became of the documents that it added. ``skipped`` says why
    pages of the crawl were left out. ``is_complete`` is off where addresses wait for the next run.
    """

    counts: CrawlCounts
    documents: Report
    skipped: dict[str, int] = field(default_factory=dict)
    is_complete: bool = False
    is_interrupted: bool = False
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Return the report as one flat object, reasons for what was left out under ``skipped_for``."""
        names = CrawlCounts.__slots__
        flat: dict[str, object] = {name: getattr(self.counts, name) for name in names}
        flat |= {"added": self.documents.added, "is_complete": self.is_complete, "seconds": round(self.seconds, 1)}
        return flat | {"skipped_for": self.skipped}


Progress = Callable[[CrawlCounts], None]


class _Batch:
    """What is written together: it ends behind a visit, so that no document is without its address."""

    def __init__(self, spec: CrawlSpec) -> None:
        self.spec = spec
        self.items: list[Item] = []
        self.visits: list[Visit] = []
        self.links: list[Link] = []
        self.n_messages = 0
        self.is_seeded = False
        self.closing: Closing | None = None
        self._unwanted: str | None = None
        self._since = time.monotonic()

    def take(self, item: object) -> bool:
        """Add what comes out of cleaning; return whether the batch may end here."""
        if isinstance(item, Tick):
            return not (self.items and not self.visits)
        if isinstance(item, Entry):
            self._unwanted = unwanted(item, self.spec)
            if self._unwanted is None:
                self.items.append(item)
            return False
        if isinstance(item, Failure | Seen):
            self.items.append(item)
            return False
        if isinstance(item, Closing):
            self.closing = item
            return True
        self.n_messages += 1
        if isinstance(item, Visit):
            self._take_visit(item)
        elif isinstance(item, Seeds):
            self.links.extend(item.links)
            self.is_seeded = item.last
        return True

    def _take_visit(self, visit: Visit) -> None:
        if self._unwanted is not None:
            fetch = visit.fetch._replace(key=None) if visit.fetch else None
            visit = visit._replace(state="skipped", reason=self._unwanted, fetch=fetch)
        self._unwanted = None
        self.visits.append(visit)
        self.links.extend(visit.links)

    def is_due(self, n_rows: int) -> bool:
        """Return whether the batch is large or old enough to be written."""
        waits = self.items or self.visits or self.links or self.closing
        old = time.monotonic() - self._since > _BATCH_S
        return bool(waits) and (old or len(self.items) >= n_rows or self.closing is not None)


def unwanted(entry: Entry, spec: CrawlSpec) -> str | None:
    """Return why the filters of a crawl leave a document out, or None; what it does not tell speaks for it."""
    article = entry.article
    if spec.langs and article.lang is not None and article.lang not in spec.langs:
        return "another language"
    day = article.published
    if day is not None and ((spec.since and day < spec.since) or (spec.until and day[:10] > spec.until)):
        return "outside the dates"
    return None


def open_crawl(connection: Connection, channel: Channel, settings: Settings) -> tuple[CrawlSpec, Opened, int]:
    """Take the spec from a spider process, tell it the crawl, and return both with the id of the run."""
    try:
        spec = channel.recv()
    except EOFError as error:
        raise CuratorError("the spider process ended before it began; run again with -v to see why") from error
    run_id = start_run(connection, "crawl", settings, inputs=_given(spec), cleaner=cleaner_of(settings))
    with transaction(connection):
        if spec.fresh:
            crawls.drop_unfinished(connection, spec.spider, spec.target())
        crawl = crawls.begin_crawl(connection, spec.spider, spec.target(), now())
        if spec.warc and not crawl.warc_bytes:
            crawl = crawl._replace(warc_bytes=size_of(Path(spec.warc)))
            crawls.note_warc(connection, crawl.id, crawl.warc_bytes)
    opened = Opened(str(settings.db.absolute()), crawl)
    channel.send(opened)
    return spec, opened, run_id


def _given(spec: CrawlSpec) -> tuple[str, ...]:
    return (*spec.urls, *([spec.file] if spec.file else []))


def store_crawl(
    connection: Connection,
    channel: Channel,
    settings: Settings,
    *,
    learns: bool = True,
    progress: Progress | None = None,
) -> CrawlReport:
    """Store what a spider process sends until its last word; return the report of the run.

    Raises CuratorError where the spider process dies; what it handed over is stored by then.
    """
    started = time.monotonic()
    spec, opened, run_id = open_crawl(connection, channel, settings)
    deduplicator = deduplicator_of(connection, settings)
    warc = WarcFile(Path(spec.warc), opened.crawl.warc_bytes) if spec.warc else None
    writer = _Writer(connection, deduplicator, opened, run_id, warc)
    batch = _Batch(spec)
    with closing(work_on(_documents(channel), prepare, settings, live=True, together=prepare_all)) as items:
        for item in items:
            if not (batch.take(item) and batch.is_due(settings.batch_rows)):
                continue
            writer.write(batch)
            with suppress(OSError):
                channel.send(Stored(batch.n_messages))
            if progress is not None:
                progress(writer.counts)
            if batch.closing is not None:
                return writer.finish(batch.closing, settings, learns, started)
            batch = _Batch(spec)
    writer.write(batch)
    raise CuratorError("the spider process died; what it fetched is stored, and the same command takes up the rest")


def _messages(channel: Channel) -> Iterator[Message]:
    """Yield what comes in, and a tick where nothing does; the channel's end is the end."""
    while True:
        try:
            message = channel.recv() if channel.poll(_TICK_S) else Tick()
        except (EOFError, OSError):
            return
        yield message
        if isinstance(message, Closing):
            return


def _documents(channel: Channel) -> Iterator[Raw | Failure | Seen | Message]:
    """Yield the documents of visits, each before the visit that brought it."""
    for message in _messages(channel):
        if not isinstance(message, Visit):
            yield message
            continue
        visit, url = message, message.link.url
        if visit.failure is not None:
            yield Failure(url, "fetch", *visit.failure)
        if visit.raw is not None:
            yield visit.raw
            visit = visit._replace(raw=None, fetch=_keyed(visit))
        elif visit.state == "unchanged" and visit.fetch is not None and visit.fetch.key is not None:
            yield Seen(visit.fetch.key, url, visit.fetch.fetched_at)
        yield visit


def _keyed(visit: Visit) -> crawls.FetchRow | None:
    if visit.fetch is None or visit.raw is None:
        return visit.fetch
    return visit.fetch._replace(key=key_of(visit.raw))


class _Writer:
    """Writes batches of a crawl and counts what became of them."""

    def __init__(
        self, connection: Connection, deduplicator: Deduplicator, opened: Opened, run_id: int, warc: WarcFile | None
    ) -> None:
        self.counts = CrawlCounts()
        self._warc = warc
        self._connection = connection
        self._deduplicator = deduplicator
        self._crawl = opened.crawl
        self._run_id = run_id
        self._tally = Tally()

    def write(self, batch: _Batch) -> None:
        """Write a batch in one transaction; what goes into a WARC file is on disk before."""
        n_bytes = None if self._warc is None else self._warc.append(each for v in batch.visits for each in v.exchanges)
        with transaction(self._connection):
            if n_bytes is not None:
                crawls.note_warc(self._connection, self._crawl.id, n_bytes)
            write_batch(self._connection, self._deduplicator, batch.items, self._run_id, self._tally)
            crawls.add_urls(self._connection, self._crawl.id, map(queue_row, batch.links))
            for visit in batch.visits:
                self._settle(visit)
            answered = [visit.link.url for visit in batch.visits if visit.state != "failed"]
            resuming.settle_failures(self._connection, answered)
            if batch.is_seeded:
                crawls.note_seeded(self._connection, self._crawl.id)
        self._count(batch)

    def _settle(self, visit: Visit) -> None:
        crawls.settle_url(self._connection, self._crawl.id, visit.link.url, visit.state, visit.reason)
        if visit.fetch is not None:
            crawls.note_fetch(self._connection, visit.fetch)

    def _count(self, batch: _Batch) -> None:
        counts = self.counts
        for visit in batch.visits:
            if visit.link.kind in _PAGES:
                counts.pages += 1
                setattr(counts, visit.state, getattr(counts, visit.state) + 1)
            else:
                counts.maps += 1
                counts.failed += visit.state == "failed"
        counts.waiting = crawls.count_queued(self._connection, self._crawl.id)
        for status, number in read.count_statuses(self._connection, self._run_id).items():
            setattr(counts, status, number)

    def finish(self, closing: Closing, settings: Settings, learns: bool, started: float) -> CrawlReport:
        """Learn templates where the crawl ended by itself, and return the report."""
        is_interrupted = closing.reason == "shutdown"
        if self._warc is not None:
            self._warc.close()
        conclude(self._connection, self._deduplicator, settings, learns=learns and not is_interrupted)
        statuses = read.count_statuses(self._connection, self._run_id)
        report = report_of(self._connection, self._run_id, self._tally, ())
        with transaction(self._connection):
            if closing.is_complete:
                crawls.finish_crawl(self._connection, self._crawl.id, now())
            reasons = dict(crawls.skipped(self._connection, self._crawl.id))
            done = CrawlReport(
                replace(self.counts, **statuses),
                report,
                reasons,
                closing.is_complete,
                is_interrupted,
                time.monotonic() - started,
            )
            end_run(self._connection, self._run_id, done.as_json())
            if report.added:
                write.analyze(self._connection)
        return done
