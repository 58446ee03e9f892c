"""A corpus file: everything the command line does to one, as methods of the same names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection as Channel
from operator import index
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, SupportsIndex, TextIO

from curator.cluster.contained import Contained
from curator.cluster.shared_lines import SharedLine, shared_lines
from curator.errors import StoreError
from curator.export import Form, Order, export_to_path, export_to_stream
from curator.export.labels import write_labels
from curator.export.target import placed_file
from curator.model import STATUSES, Failure, Raw, Verdict
from curator.pipeline import adding, changing, checking, clustering, learning, merging, retrying
from curator.pipeline.crawling import CrawlCounts, CrawlReport, store_crawl
from curator.pipeline.fetching import CrawlSpec
from curator.pipeline.progress import Progress, Tell, untold
from curator.pipeline.report import Report, Tally
from curator.pipeline.resuming import Extent
from curator.pipeline.runs import now
from curator.pipeline.spider_process import spider_process
from curator.readers import present_paths, read_paths
from curator.settings import Settings
from curator.store import articles, backup, checks, feedback, read, review
from curator.store import search as store_search
from curator.store.articles import StoredArticle
from curator.store.connection import Connection, connect, explained, is_writable, tolerant, transaction
from curator.store.opened import Opened
from curator.store.rows import CutRow
from curator.store.selection import Selection, chosen_ids, snapshot


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article looks as it does: its cuts in the page text, its cluster, the paths it was seen at.

    ``current`` is the version of its address that supersedes it, where one does.
    """

    article: StoredArticle
    page: str
    cuts: tuple[CutRow, ...]
    cluster: tuple[dict[str, object], ...]
    paths: tuple[str, ...]
    current: int | None = None


def _id(given: SupportsIndex | float) -> int:
    """Return the number of an article as SQLite takes it: NumPy has its own integers, and pandas makes them floats."""
    if isinstance(given, float) and given.is_integer():
        return int(given)
    if not hasattr(given, "__index__"):
        raise TypeError(f"{given!r} is no number of an article; ids_called finds those of a path, own id or address")
    return index(given)


def _statuses(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the statuses that are asked for; ValueError for one that no article has."""
    wanted = (given,) if isinstance(given, str) else tuple(given)
    if unknown := [status for status in wanted if status not in STATUSES]:
        raise ValueError(f"{unknown[0]!r} is no status: expected some of {', '.join(STATUSES)}, or () for all")
    return wanted


class Corpus:
    """A corpus file, opened when it is first needed; ``add`` makes it where it is missing.

    It may be handed to other threads and processes, forked or not: each opens the file for itself.

    >>> with Corpus("db/corpus.db") as corpus:  # doctest: +SKIP
    ...     corpus.add("dumps/").added
    17
    """

    def __init__(self, path: str | Path | None = None, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        if path is not None:
            self.settings = replace(self.settings, db=Path(path))
        self.path = self.settings.db
        self._opened = Opened()

    def __reduce__(self) -> tuple[type[Self], tuple[Path, Settings]]:
        return type(self), (self.path, self.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._opened.close()

    @contextmanager
    def _open(self, *, write: bool = False, create: bool = False) -> Iterator[Connection]:
        connection = self._opened.connection(self.path, write=write, create=create)
        with explained(self.path):
            yield connection

    @contextmanager
    def _state(self) -> Iterator[Connection]:
        """Give one state of the file, on a connection of its own: the caller may write with this corpus meanwhile."""
        with explained(self.path), closing(connect(self.path, read_only=True)) as connection, snapshot(connection):
            yield connection

    def _is_at(self, path: Path) -> bool:
        return path.exists() and self.path.exists() and path.samefile(self.path)

    def add(
        self,
        *paths: str | Path,
        format: str | None = None,
        encoding: str | None = None,
        clean: bool = True,
        learn: bool = True,
        stdin: BinaryIO | None = None,
        progress: Callable[[Tally], None] | None = None,
    ) -> Report:
        """Read, clean, deduplicate and store files, folders and ``-``; the same again changes nothing.

        ``clean`` off takes texts as they are, ``learn`` off leaves site templates to a later run. Raises ValueError
        without a path, MissingError where none of them exists, and StoreError; one of several that does not exist is
        counted. What is wrong with single documents is counted and kept in the table ``failures``.
        """
        if not paths:
            raise ValueError("add needs at least one path")
        settings = self.settings
        present, missing = present_paths(paths)
        with self._open(write=True, create=True) as connection:
            inputs = adding.inputs_of(connection, settings, {"format": format, "encoding": encoding}, clean=clean)
            items = read_paths(
                present,
                format=format,
                encoding=encoding,
                settings=settings,
                stdin=stdin,
                resume=inputs,
            )
            if progress is not None:
                inputs.measure(Extent(items, present))
            given = tuple(map(str, paths))
            how = adding.Adding(clean=clean, learns=learn, inputs=inputs, progress=progress, given=given)
            report = adding.add_items(connection, items, settings, how)
        return replace(report, notes=(*report.notes, *items.notes)).with_missing(missing)

    def add_raws(
        self,
        raws: Iterable[Raw | Failure],
        *,
        clean: bool = True,
        learn: bool = True,
        progress: Callable[[Tally], None] | None = None,
    ) -> Report:
        """Clean, deduplicate and store documents that were read or fetched elsewhere."""
        how = adding.Adding(clean=clean, learns=learn, progress=progress)
        with self._open(write=True, create=True) as connection:
            return adding.add_items(connection, raws, self.settings, how)

    def crawl(
        self,
        spec: CrawlSpec,
        *,
        learn: bool = True,
        log_level: str = "ERROR",
        progress: Callable[[CrawlCounts], None] | None = None,
    ) -> CrawlReport:
        """Crawl by a spec, store what is fetched, and return what came of it; an unfinished crawl is taken up.

        Spiders run in a process of their own, which writes its log to stderr. Raises CuratorError where that dies.
        """
        with spider_process(spec, log_level=log_level) as channel:
            return self.store_crawl(channel, learn=learn, progress=progress)

    def store_crawl(
        self, channel: Channel, *, learn: bool = True, progress: Callable[[CrawlCounts], None] | None = None
    ) -> CrawlReport:
        """Store what a spider process sends over a channel until its last word."""
        with self._open(write=True, create=True) as connection:
            return store_crawl(connection, channel, self.settings, learns=learn, progress=progress)

    def load(
        self,
        folder: str | Path,
        *,
        shard: tuple[int, int] = (1, 1),
        learn: bool = True,
        progress: Callable[[Tally], None] | None = None,
    ) -> Report:
        """Store what ``curator scale`` wrote into a folder, or of several shards (number from 1, how many) one.

        Clusters and the versions of a url are never parted by shards. Loading again changes nothing. Raises
        EngineError where the folder holds no finished run, StoreError where its signatures are of another scheme.
        """
        from curator.pipeline.scaling.load import Shard, load_run  # noqa: PLC0415 - needs an extra

        with self._open(write=True, create=True) as connection:
            run = Path(folder), Shard(*shard)
            return load_run(connection, *run, self.settings, learns=learn, progress=progress)

    def retry(self, *, forget: bool = False, progress: Callable[[Tally], None] | None = None) -> retrying.RetryReport:
        """Read again what failed, in its files as they are now: store what works by now, and settle its failures.

        ``forget`` deletes the failures that stay, of files that are gone for good, say.
        """
        with self._open(write=True) as connection:
            return retrying.retry(connection, self.settings, progress, forget=forget)

    def articles(self, *, status: str | Sequence[str] = ()) -> Iterator[StoredArticle]:
        """Yield the articles of a status or some, or all, in the order of their ids, as they are when it begins."""
        with self._state() as connection:
            yield from articles.iter_articles(connection, _statuses(status))

    def explain(self, id: SupportsIndex | float) -> Explanation | None:
        """Return why an article looks as it does, or None where there is no such article."""
        id = _id(id)
        with self._open() as connection:
            article = articles.find_article(connection, id)
            if article is None:
                return None
            return Explanation(
                article,
                articles.page_text_of(connection, id),
                tuple(articles.cuts_of(connection, id)),
                tuple(articles.cluster_of(connection, article.cluster_id) if article.cluster_id else ()),
                tuple(articles.paths_of(connection, id)),
                read.current_version(connection, article.url) if article.status == "superseded" else None,
            )

    def ids_called(self, name: str) -> list[int]:
        """Return the ids of the articles of a path, a record in it ("dump.jsonl:17"), an own id or an address."""
        with self._open() as connection:
            return read.ids_called(connection, name)

    def ids_where(self, where: str) -> list[int]:
        """Return the ids of the articles, of any status, for which a condition in SQL holds, as ``export`` takes it."""
        with self._open() as connection:
            return list(chosen_ids(connection, Selection((), where)))

    def search(
        self, query: str, *, status: str | None = "kept", limit: int = 20, offset: int = 0
    ) -> list[store_search.Hit]:
        """Return the articles that hold all words of a query, best first; ``status`` None searches all."""
        _statuses(status or ())
        with self._open() as connection:
            return store_search.search(connection, query, status=status, limit=limit, offset=offset)

    def stats(self) -> dict[str, object]:
        """Return what the corpus holds and what was cut, as numbers by name."""
        with self._open() as connection:
            return articles.stats_of(connection)

    def export(  # noqa: PLR0913 - the seventh tells how far it is, and changes nothing
        self,
        output: str | Path | TextIO,
        *,
        status: str | Sequence[str] = ("kept",),
        where: str | None = None,
        with_cuts: bool = False,
        with_raw: bool = False,
        form: Form | None = None,
        progress: Tell | None = None,
    ) -> int:
        """Write articles to a file or folder, told by its name or ``form``, or to a stream; return how many.

        ``status`` () takes all of them, ``where`` those for which a condition in SQL over ``articles`` holds. A
        path gets a manifest too, and is there whole or not at all. Raises OutputError and SettingsError.
        """
        order = Order(Selection(_statuses(status), where), with_cuts, with_raw, form or Form(), progress or untold)
        with self._open() as connection:
            if isinstance(output, str | Path):
                return export_to_path(connection, self.settings, order, Path(output))
            return export_to_stream(connection, order, output)

    def export_labels(self, output: str | Path | TextIO, *, overwrite: bool = False) -> int:
        """Write the lines that people judged as JSON lines, each with its label, and return how many.

        A verdict whose text stands in the page no more is left out.
        """
        if isinstance(output, str | Path):
            with placed_file(Path(output), overwrite=overwrite) as path, path.open("w", encoding="utf-8") as stream:
                return self.export_labels(stream)
        with self._open() as connection:
            return write_labels(connection, output)

    def backup(self, path: str | Path, *, overwrite: bool = False, progress: Tell | None = None) -> int:
        """Copy the file as it is now, while others may write to it; return the documents in the copy.

        Structure and references of the copy are proved (``check`` reads every text, too), and it is there whole or not
        at all. Raises OutputError and StoreError.
        """
        target = Path(path)
        if self._is_at(target):
            raise StoreError(f"{target}: is this very corpus; name another file")
        backup.require_unused(target)
        with self._open() as connection, placed_file(target, overwrite=overwrite) as made:
            tell = progress or untold
            return backup.backup(connection, made, lambda stage, share: tell(Progress(stage, share=share)))

    def raws(self) -> Iterator[Raw | Failure]:
        """Yield the stored documents as they were read, by id; one that was fetched again comes with either time."""
        with self._state() as connection:
            yield from merging.stored_raws(connection, chosen_ids(connection, Selection(status=())))

    def merge(self, other: str | Path, *, progress: Callable[[Tally], None] | None = None) -> merging.MergeReport:
        """Add all that another corpus file holds, as if its inputs had been added here; that file stays as it is.

        One of an earlier version is upgraded in a copy. Raises StoreError where there is no such corpus.
        """
        path = Path(other)
        if self._is_at(path):
            raise StoreError(f"{path}: is this very corpus; name another one")
        with (
            explained(path),
            backup.opened_as_it_is(path) as opened,
            self._open(write=True, create=True) as connection,
        ):
            return merging.merge(connection, opened, self.settings, progress, given=str(other))

    def judge(
        self, id: SupportsIndex | float, line: str, verdict: str, *, kind: str | None = None, note: str | None = None
    ) -> int:
        """Store "wrong cut", "clutter" or "undo" of each line of an article that reads so; return how many there are.

        The next ``reclean`` heeds it. Raises ValueError for another verdict or kind.
        """
        with self._open(write=True) as connection, transaction(connection):
            if verdict == "undo":
                return feedback.withdraw_line(connection, _id(id), line)
            return feedback.note_line(connection, _id(id), line, Verdict(0, 0, verdict, kind), now(), note)

    def judged(self, id: SupportsIndex | float | None = None) -> list[feedback.Said]:
        """Return what people said of lines, of all articles or of one."""
        with self._open() as connection:
            return feedback.said_of(connection, None if id is None else _id(id))

    def remove(self, *ids: SupportsIndex | float, progress: Tell | None = None) -> int:
        """Delete documents with all that was made of them; return how many there were."""
        wanted = [_id(id) for id in ids]
        with self._open(write=True) as connection:
            return changing.remove(connection, self.settings, wanted, progress or untold)

    def check(self, *, quick: bool = False, progress: Tell | None = None) -> Iterator[checks.Problem]:
        """Yield what is wrong with the file; a sound one has nothing. What ``unchecked`` names is left out.

        ``quick`` reads no text: file, references, sums, rules and clusters are proved.
        """
        tell = progress or untold
        if "search" not in self.unchecked(quick=quick):
            tell(Progress("checking the search index"))
            with self._open(write=True) as connection:
                yield from checks.check_search(connection)
        with self._state() as connection:
            yield from checking.check(tolerant(connection), self.settings, tell, quick=quick)

    def unchecked(self, *, quick: bool = False) -> tuple[str, ...]:
        """Return which checks are left out: in a quick one all that read texts, and what needs to write but may not."""
        if quick:
            return ("search", *checking.OF_TEXTS)
        return ("search",) if self.path.is_file() and not is_writable(self.path) else ()

    def dedup(
        self,
        *,
        threshold: float | None = None,
        keep: Sequence[str] = (),
        window_days: int | None = None,
        rescan: bool = False,
        progress: Tell | None = None,
    ) -> clustering.ClusterReport:
        """Cluster anew from the stored pairs; what is given becomes the corpus's rule (``clustering.RuleChange``).

        ``rescan`` finds the pairs below a Jaccard similarity of .5, which are not stored, in the texts.
        """
        change = clustering.RuleChange(threshold, keep, window_days)
        with self._open(write=True) as connection:
            return clustering.dedup(connection, self.settings, change, rescan=rescan, tell=progress or untold)

    def mark_contained(self, *, progress: Tell | None = None) -> list[Contained]:
        """Mark every kept article whose text a longer kept one contains, and return the marks."""
        with self._open(write=True) as connection:
            return clustering.mark_contained(connection, self.settings, progress or untold)

    def drop_contained(self, *, progress: Tell | None = None) -> int:
        """Reject the articles that are marked as contained in a longer one; return how many."""
        with self._open(write=True) as connection:
            return clustering.drop_contained(connection, self.settings, progress or untold)

    def restore_contained(self) -> int:
        """Take back what ``drop_contained`` rejected; return how many articles that were."""
        with self._open(write=True) as connection:
            return clustering.restore_contained(connection, self.settings)

    def weakest(self, n: int = 20) -> list[review.WeakLink]:
        """Return the n duplicates that are least similar to the article they hang on, the weakest first."""
        with self._open() as connection:
            return review.weakest_links(connection, n)

    def shared_lines(self, n: int = 20) -> list[SharedLine]:
        """Return the n lines that most kept articles share."""
        with self._open() as connection:
            return shared_lines(partial(review.batches_of_kept, connection, 1_000), n)

    def learn(
        self, *, articles: int | None = None, share: float | None = None, progress: Tell | None = None
    ) -> learning.LearnReport:
        """Learn the templates of sites whose pages changed; counts that are given become the corpus's."""
        with self._open(write=True) as connection:
            return changing.learn(connection, self.settings, articles, share, progress or untold)

    def reclean(
        self, *, whole: bool = False, progress: Callable[[changing.CleaningReport], None] | None = None
    ) -> changing.CleaningReport:
        """Clean the stored originals again with this version's rules and these settings.

        Where all were cleaned by the very same, only those that people said something of since, unless ``whole``.
        """
        with self._open(write=True) as connection:
            return changing.reclean(connection, self.settings, progress, whole=whole)
