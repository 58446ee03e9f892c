"""A corpus -> the same corpus: cleaned anew, or with documents less."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from curator.errors import ReadError, StoreError
from curator.model import Failure, Raw
from curator.pipeline.batches import batched
from curator.pipeline.cleaner_id import cleaner_of
from curator.pipeline.cleaning import Tools, load_tools, standing
from curator.pipeline.corpus_rules import change_learn_rule
from curator.pipeline.deduplicating import Deduplicator, deduplicator_of, settle
from curator.pipeline.entries import prepare, prepare_all
from curator.pipeline.learning import LearnReport, conclude
from curator.pipeline.progress import Progress, Tell, untold
from curator.pipeline.runs import end_run, start_run
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.store import articles, feedback, read, recleaning, templates, write
from curator.store.connection import Connection, transaction
from curator.store.rows import Entry, shown
from curator.templates import TEMPLATE_RULES, LearnRule

#: What a cleaning does not decide by itself; with templates, what follows from the cuts as well.
_SETTLED = ("status", "reason")
_FOLLOWING = (*_SETTLED, "words", "chars", "ratio_cut", "review")


#: Documents between two words on how far removing is.
_REMOVED_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What cleaning anew came to: of the documents ``read``, ``changed`` are different now and ``failed`` as before.

    ``spared`` documents were not read: the same rules had cleaned them, and nobody had said anything of them since.
    Of what people said in the browser, so many verdicts were ``heeded``; of those in ``stale_verdicts`` (article,
    start, end) the text stands no more where it stood.
    """

    read: int = 0
    changed: int = 0
    failed: int = 0
    chars_before: int = 0
    chars_after: int = 0
    changed_ids: tuple[int, ...] = ()
    heeded: int = 0
    stale_verdicts: tuple[tuple[int, int, int], ...] = ()
    spared: int = 0


def remove(connection: Connection, settings: Settings, ids: Sequence[int], tell: Tell = untold) -> int:
    """Delete documents with all that was made of them, and let the rest settle; return how many there were.

    Raises StoreError where one of the ids is not in the corpus; nothing is deleted then.
    """
    missing = sorted(set(ids) - read.statuses_of(connection, ids).keys())
    if missing:
        raise StoreError(f"there is no article {missing[0]}; `curator search` and `curator browse` show the ids")
    run_id = start_run(connection, "remove", settings)
    with transaction(connection):
        urls = read.urls_of(connection, ids)
        deduplicator = deduplicator_of(connection, settings)
        wanted = sorted(set(ids))
        tell(Progress("taking documents out of the duplicates"))
        deduplicator.update([], wanted)
        for first in range(0, len(wanted), _REMOVED_TOGETHER):
            tell(Progress("removing documents", first, first / len(wanted)))
            for identity in wanted[first : first + _REMOVED_TOGETHER]:
                write.remove_document(connection, identity)
        tell(Progress("settling versions and duplicates"))
        settle(connection, deduplicator, set(), urls)
        end_run(connection, run_id, {"removed": len(wanted)})
    conclude(connection, deduplicator, settings, tell=tell)
    return len(wanted)


def learn(
    connection: Connection,
    settings: Settings,
    n_articles: int | None = None,
    share: float | None = None,
    tell: Tell = untold,
) -> LearnReport:
    """Learn the templates of the sites that wait; what is given becomes the corpus's rule, and all sites wait.

    Raises ValueError for numbers that ``LearnRule`` does not take.
    """
    usual = LearnRule()
    LearnRule(usual.articles if n_articles is None else n_articles, usual.share if share is None else share)
    run_id = start_run(connection, "learn", settings)
    change_learn_rule(connection, settings, n_articles, share)
    report = conclude(connection, deduplicator_of(connection, settings), settings, tell=tell)
    with transaction(connection):
        end_run(connection, run_id, asdict(report))
    return report


def reclean(
    connection: Connection,
    settings: Settings,
    progress: Callable[[CleaningReport], None] | None = None,
    ids: Sequence[int] | None = None,
    *,
    whole: bool = False,
) -> CleaningReport:
    """Clean the stored originals again, of all documents or of ``ids``, with this version's rules and these settings.

    Where the very same have cleaned all, only those are cleaned that people said something of since, or that were
    fetched anew; ``whole`` cleans all the same. Texts that were added as they are (``--no-clean``) stay so. Every batch
    is one transaction, so an interrupted run is taken up by running it again.
    """
    tools = load_tools(settings)
    work = _work_of(connection, cleaner_of(settings), ids, whole=whole)
    run_id = start_run(connection, "reclean", settings, cleaner=cleaner_of(settings))
    chars = read.count_chars(connection)
    deduplicator = deduplicator_of(connection, settings)
    report = CleaningReport(spared=work.n_spared)
    judged = [identity for identity in work.ids if identity in work.waiting]
    before = dict(_digests(connection, judged))
    pending: deque[int] = deque()
    originals = _originals(connection, pending, tools, work.ids)
    results: Generator[Entry | Failure, None, None] = work_on(originals, prepare, settings, together=prepare_all)
    with closing(results):
        with_ids = ((pending.popleft(), result) for result in results)
        for batch in batched(with_ids, settings.batch_rows, itemgetter(1)):
            with transaction(connection):
                report = _replace_batch(connection, deduplicator, batch, report)
                stale = {identity for identity, _, _ in report.stale_verdicts}  # told again by each run
                cleaned = (identity for identity, result in batch if isinstance(result, Entry))
                done = [identity for identity in cleaned if identity not in stale]
                recleaning.settle_documents(connection, done, work.waiting)
                recleaning.distrust_later_runs(connection, run_id)
            if progress is not None:
                progress(report)
    conclude(connection, deduplicator, settings)
    # What templates cut of the new texts is known by now only, and what they spare because a person said so.
    report = replace(report, chars_after=report.chars_before + read.count_chars(connection) - chars)
    by_templates = {identity for identity, digest in _digests(connection, judged) if digest != before.get(identity)}
    changed_ids = tuple(sorted(by_templates.union(report.changed_ids)))
    report = replace(report, changed=len(changed_ids), changed_ids=changed_ids)
    with transaction(connection):
        if ids is None and not report.failed:
            recleaning.note_whole(connection, run_id, work.last_id)
        end_run(connection, run_id, {name: told for name, told in asdict(report).items() if isinstance(told, int)})
    return report


def _digests(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the ids of articles, each with a digest of title and text as they are stored."""
    for identity in ids:
        article = articles.find_article(connection, identity)
        if article is not None:
            yield identity, blake2b(f"{article.title}\0{article.text}".encode(), digest_size=16).digest()


class _Work(NamedTuple):
    """Which documents to clean, how many are spared, what has changed of documents so far, and the greatest id."""

    ids: Sequence[int]
    n_spared: int
    waiting: Mapping[int, int]
    last_id: int


def _work_of(connection: Connection, cleaner: str, ids: Sequence[int] | None, *, whole: bool) -> _Work:
    waiting = recleaning.uncleaned_documents(connection)
    # The ids are taken first: a cursor must not walk a table that the batches change.
    cleaned = read.cleaned_ids(connection)
    last_id = max(cleaned, default=0)
    if ids is None and (whole or not recleaning.is_cleaned_by(connection, cleaner)):
        return _Work(cleaned, 0, waiting, last_id)
    wanted = sorted(set(waiting if ids is None else ids).intersection(cleaned))
    return _Work(wanted, len(cleaned) - len(wanted) if ids is None else 0, waiting, last_id)


def _originals(
    connection: Connection, pending: deque[int], tools: Tools, ids: Sequence[int]
) -> Iterator[Raw | Entry | Failure]:
    """Yield the stored originals to be cleaned; the few that people said something of are cleaned here, with that."""
    for identity in ids:
        article = articles.find_article(connection, identity)
        if article is None:
            continue
        pending.append(identity)
        try:
            raw = articles.raw_of(connection, article)
        except ReadError as error:
            yield Failure(article.source, "reclean", "original", str(error))
            continue
        verdicts = feedback.verdicts_of(connection, identity)
        yield prepare(raw, tools, verdicts) if verdicts else raw


Result = tuple[int, Entry | Failure]


def _replace_batch(
    connection: Connection, deduplicator: Deduplicator, batch: Sequence[Result], report: CleaningReport
) -> CleaningReport:
    changed: dict[int, Entry] = {}
    n_heeded, stale = _verdicts_on(connection, batch)
    before = after = failed = 0
    for identity, result in batch:
        stored = articles.find_article(connection, identity)
        if isinstance(result, Failure):
            failed += 1
        elif stored is not None:
            before += stored.chars
            after += result.article.chars
            if _differs(connection, stored, result):
                changed[identity] = result
    _replace(connection, deduplicator, changed)
    return CleaningReport(
        report.read + len(batch),
        report.changed + len(changed),
        report.failed + failed,
        report.chars_before + before,
        report.chars_after + after,
        (*report.changed_ids, *changed),
        report.heeded + n_heeded,
        (*report.stale_verdicts, *stale),
        report.spared,
    )


def _verdicts_on(connection: Connection, batch: Sequence[Result]) -> tuple[int, list[tuple[int, int, int]]]:
    """Return how many verdicts were heeded, and those whose text stands in the new page no more."""
    n_heeded, stale = 0, []
    for identity, result in batch:
        if isinstance(result, Entry) and (said := feedback.verdicts_of(connection, identity)):
            heeded = standing(result.page_text, said)
            n_heeded += len(heeded)
            stale += [(identity, found.start, found.end) for found in said if found not in heeded]
    return n_heeded, stale


def _differs(connection: Connection, stored: articles.StoredArticle, entry: Entry) -> bool:
    """Return whether a document was cleaned to something else than what is stored of it, templates apart."""
    found = articles.cuts_of(connection, stored.id)
    cuts = tuple((*row.cut, row.text) for row in found if row.cut.rule not in TEMPLATE_RULES)
    noted = templates.lines_of(connection, [stored.id]).get(stored.id) if len(cuts) < len(found) else None
    if noted is not None:
        stored = replace(stored, title=noted.title, title_start=noted.title_start, title_end=noted.title_end)
    row = entry.article._asdict()
    names = [name for name in row if name not in (_FOLLOWING if noted else _SETTLED)]
    wanted = [shown(row[name]) if isinstance(row[name], str) else row[name] for name in names]
    same_row = [getattr(stored, name) for name in names] == wanted
    if not same_row or (stored.title_start, stored.title_end) != entry.text[:2]:
        return True
    if noted is None and stored.text != shown(entry.text.text):
        return True
    if cuts != entry.cuts:
        return True
    return not articles.has_page(connection, stored.id, entry.page_text)


def _replace(connection: Connection, deduplicator: Deduplicator, changed: dict[int, Entry]) -> None:
    if not changed:
        return
    deduplicator.update([], sorted(changed))
    write.replace_articles(connection, changed)
    templates.forget_lines(connection, changed)
    new = {identity for identity, entry in changed.items() if entry.article.status == "kept"}
    settle(connection, deduplicator, new, read.urls_of(connection, changed))
