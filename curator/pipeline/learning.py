"""The last stage of adding: templates of the sites whose pages changed, and the articles that they touch.

A template is a pure function of the set of stored pages of its site, so it does not matter when, in which order and
in which runs they came. What waits is listed in the file itself: an interrupted run is taken up by the next one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from curator.model import Article
from curator.pipeline.corpus_rules import learn_rule_of, stored_learn_rule
from curator.pipeline.deduplicating import Deduplicator, renew_index, settle, settle_waiting
from curator.pipeline.entries import article_row
from curator.pipeline.progress import Progress, Tell, counted, untold
from curator.pipeline.recutting import Before, before_templates, lines_rows, recut
from curator.settings import Settings
from curator.store import read, write
from curator.store import templates as store
from curator.store.articles import StoredArticle
from curator.store.connection import Connection, transaction
from curator.store.duplicates import data_version
from curator.store.rows import TextRow, cut_values, shown
from curator.templates import (
    TEMPLATE_RULES,
    Hits,
    LearnRule,
    SitePages,
    Template,
    find_hits,
    group_pages,
    learn,
    line_hash,
)

_RULES = tuple(TEMPLATE_RULES)
#: What progress calls the last stage of commands that bring or change pages.
LEARNING = "learning what sites repeat"


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What learning came to: ``sites`` looked at, the ``lines`` of their templates, ``articles`` cut anew."""

    sites: int = 0
    lines: int = 0
    articles: int = 0

    def told(self) -> str:
        """Return it in words. Articles change without lines that recur: by headlines of others, or where lines left.

        >>> LearnReport(6, 0, 10).told()
        '6 sites learned: no line recurs; 10 articles changed, by such lines or by headlines of other articles'
        >>> LearnReport(1, 1, 0).told()
        '1 site learned: 1 line recurs; no article changed'
        """
        if not self.sites:
            return "nothing to learn: no site has changed"
        sites = f"{self.sites:,} site{'s' * (self.sites != 1)} learned"
        lines = f"{self.lines:,} lines recur" if self.lines > 1 else f"{self.lines or 'no'} line recurs"
        changed = (
            f"{self.articles:,} articles changed" if self.articles > 1 else f"{self.articles or 'no'} article changed"
        )
        by = ", by such lines or by headlines of other articles" if self.articles else ""
        return f"{sites}: {lines}; {changed}{by}"


class Learned(NamedTuple):
    """A site learned: its pages by key, the same as arrays, and what they teach."""

    pages: Sequence[store.LearnedPage]
    arrays: SitePages
    template: Template
    hits: Hits


class _Given(NamedTuple):
    """What a site was learned from, its pages apart: the changes noted for it, the rule, and how the file stood."""

    site: str
    n_changes: int
    rule: LearnRule
    data_version: int


class LearnedSites:
    """What a run has learned so far: the number of template lines by site, and of articles cut anew."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._n_articles = 0
        self._tell: Tell = untold
        self._n_left = self._n_waiting = 0

    def watch(self, tell: Tell, n_waiting: int) -> None:
        """From now on tell how many articles are cut anew, and which share of so many sites is learned."""
        self._tell, self._n_left, self._n_waiting = tell, n_waiting, n_waiting

    def learn(
        self, connection: Connection, deduplicator: Deduplicator, waiting: tuple[str, int], rule: LearnRule, n: int
    ) -> None:
        """Learn a site, and cut anew, n at a time, the articles whose template lines changed."""
        given = _Given(*waiting, rule, data_version(connection))
        self._told(0.0)
        learned = learned_site(store.pages_of_site(connection, given.site), rule)
        for n_recut, part in _apply(connection, deduplicator, given, learned, n):
            self._n_articles += n_recut
            self._told(part)
        self._lines[given.site] = learned.template.lines.size
        self._n_left -= 1

    def _told(self, part: float) -> None:
        """Tell how far it is, ``part`` of a site learned beside those before it."""
        done = self._n_waiting - self._n_left + part
        self._tell(Progress(LEARNING, self._n_articles, min(done / max(self._n_waiting, 1), 1.0)))

    def report(self) -> LearnReport:
        """Return what it came to."""
        return LearnReport(len(self._lines), sum(self._lines.values()), self._n_articles)


def conclude(
    connection: Connection,
    deduplicator: Deduplicator,
    settings: Settings,
    sites: LearnedSites | None = None,
    *,
    learns: bool = True,
    tell: Tell = untold,
) -> LearnReport:
    """Learn the sites that wait, then renew the index of duplicates; return what learning came to.

    Commands that change or remove articles end with this. ``sites`` are those that the run has learned ahead;
    ``learns`` off leaves the others to a later run.
    """
    sites = sites or LearnedSites()
    settle_waiting(connection, deduplicator, settings.batch_rows)
    if learns:
        _learn_waiting(connection, deduplicator, settings, sites, tell)
    renew_index(connection, deduplicator, tell)
    return sites.report() if learns else LearnReport()


def _learn_waiting(
    connection: Connection, deduplicator: Deduplicator, settings: Settings, sites: LearnedSites, tell: Tell
) -> None:
    """Learn the sites that wait, and cut anew the articles whose template lines changed."""
    with transaction(connection):
        rule = learn_rule_of(connection, settings)
    noted = _note_documents(connection, settings.batch_rows)
    n_unnoted = store.count_unlearned_documents(connection)
    deque(counted(noted, int, n_unnoted, (tell, "noting the lines of pages")), maxlen=0)
    waits = store.unlearned_sites(connection)
    sites.watch(tell, len(waits))
    for waiting in waits:
        sites.learn(connection, deduplicator, waiting, rule, settings.batch_rows)


def learn_ahead(connection: Connection, deduplicator: Deduplicator, settings: Settings, sites: LearnedSites) -> None:
    """Learn the sites that have grown to four times what they were, while more documents come in.

    What comes next is then cut as it is written (``pipeline.known_lines``), not later, when it stands in all indexes.
    In the end each site that grew is learned anew, so this decides nothing.
    """
    with transaction(connection):
        rule = learn_rule_of(connection, settings)
    for waiting in store.grown_sites(connection, 2 * rule.articles):
        sites.learn(connection, deduplicator, waiting, rule, settings.batch_rows)


def _note_documents(connection: Connection, n: int) -> Iterator[int]:
    """Note the lines of documents that were added or cleaned since the last time, and yield how many, n at a time."""
    while ids := store.unlearned_documents(connection, n):
        with transaction(connection):
            ids = store.unlearned_documents(connection, n)
            as_they_are = store.taken_as_they_are(connection, ids)
            noted = store.lines_of(connection, ids)
            cleaned = (identity for identity in ids if identity not in as_they_are)
            found = (before_templates(connection, identity, noted.get(identity)) for identity in cleaned)
            store.note_lines(connection, ids, lines_rows(connection, [one for one in found if one is not None]))
        yield len(ids)


def learned_site(pages: Sequence[store.LearnedPage], rule: LearnRule) -> Learned:
    """Return the template of a site, and what it says of each of its pages."""
    arrays = _site_pages(pages)
    template = learn(arrays, rule)
    return Learned(pages, arrays, template, find_hits(arrays, template, rule))


def _site_pages(pages: Sequence[store.LearnedPage]) -> SitePages:
    sizes = np.array([0, *(len(page.lines) // 8 for page in pages)], dtype=np.int64)
    return SitePages(
        lines=np.frombuffer(b"".join(page.lines for page in pages), dtype="<u8").astype(np.uint64),
        starts=np.cumsum(sizes),
        titles=np.array([page.headline for page in pages], dtype=np.int64).view(np.uint64),
        shown=np.array([page.shown for page in pages], dtype=np.bool_),
        groups=group_pages([page.sketch for page in pages], [page.url for page in pages]),
        days=np.array([_day(page.day) for page in pages], dtype=np.int64),
    )


def _day(text: str | None) -> int:
    """Return the number of a day, -1 for none."""
    try:
        return date.fromisoformat((text or "")[:10]).toordinal()
    except ValueError:
        return -1


def _apply(
    connection: Connection, deduplicator: Deduplicator, given: _Given, learned: Learned, n: int
) -> Iterator[tuple[int, float]]:
    """Store a template and cut anew what it changes, in batches; yield of each how many articles, and the share done.

    Ends early where the site changed since it was read: then it waits again, or another process has learned it.
    """
    stored = np.array([page.marks for page in learned.pages], dtype=np.int64)
    # By id: pages of neighbouring ids lie together in the file.
    changed = np.flatnonzero(stored != learned.hits.marks)
    changed = changed[np.argsort([learned.pages[place].document_id for place in changed.tolist()])]
    for first in range(0, max(changed.size, 1), n):
        with transaction(connection):
            if not _still_stands(connection, given, learned.pages):
                return
            _recut_batch(connection, deduplicator, learned, changed[first : first + n].tolist())
            if first + n >= changed.size:
                _write_lines(connection, given.site, learned)
                store.settle_site(connection, given.site)
        done = min(first + n, changed.size)
        yield done - first, done / changed.size if changed.size else 1.0


def _still_stands(connection: Connection, given: _Given, pages: Sequence[store.LearnedPage]) -> bool:
    """Return whether a site waits as it did when it was read, with the same pages and rule; inside a transaction."""
    if store.changes_of(connection, given.site) != given.n_changes or stored_learn_rule(connection) != given.rule:
        return False
    if data_version(connection) == given.data_version:
        return True
    # Another process wrote: it may have settled the site, and noted as many changes again.
    return _unmarked(store.pages_of_site(connection, given.site)) == _unmarked(pages)


def _unmarked(pages: Iterable[store.LearnedPage]) -> list[store.LearnedPage]:
    """Return pages as they teach, whatever was cut from them."""
    return [page._replace(marks=0) for page in pages]


def _write_lines(connection: Connection, site: str, learned: Learned) -> None:
    lines = list(site_lines(connection, learned))
    if lines != store.site_lines(connection, site):
        store.write_site_lines(connection, site, lines)


def site_lines(connection: Connection, learned: Learned) -> Iterator[store.SiteLine]:
    """Yield the lines of a template, by hash, each as it stands in the page with the smallest key."""
    arrays, template = learned.arrays, learned.template
    owner = np.repeat(np.arange(arrays.titles.size), np.diff(arrays.starts))
    for line, n_articles in zip(template.lines, template.n_articles.tolist(), strict=True):
        places = owner[np.flatnonzero(arrays.lines == line)[:1]].tolist()
        bearers = np.flatnonzero(arrays.shown & (arrays.titles == line))[:1].tolist()
        page = learned.pages[min([*places, *bearers])]
        yield store.SiteLine(f"{int(line):016x}", _text_of(connection, page.document_id, int(line)), n_articles)


def _text_of(connection: Connection, identity: int, hashed: int) -> str:
    document = before_templates(connection, identity, None)
    lines = document.before.page.lines if document else ()
    return shown(next((line.text for line in lines if line_hash(line.text) == hashed), ""))


def _recut_batch(connection: Connection, deduplicator: Deduplicator, learned: Learned, places: Sequence[int]) -> None:
    ids = {learned.pages[place].document_id: place for place in places}
    noted = store.lines_of(connection, ids)
    found = (before_templates(connection, identity, noted[identity]) for identity in sorted(noted))
    documents = [one for one in found if one is not None]
    if not documents:
        return
    deduplicator.update([], [document.article.id for document in documents])
    recuts = [_recut_row(one.article, recut_page(one.before, learned, ids[one.article.id])) for one in documents]
    write.recut_articles(connection, recuts)
    new = {recut.id for recut in recuts if recut.article.status == "kept"}
    settle(connection, deduplicator, new, read.urls_of(connection, ids))
    marks = learned.hits.marks
    store.set_marks(connection, [(identity, int(marks[place])) for identity, place in ids.items()])


def recut_page(document: Before, learned: Learned, place: int) -> Article:
    """Return the article that a document is when the template of its site is cut; ``place`` is that of its page."""
    first, end = learned.arrays.starts[place : place + 2].tolist()
    lines = learned.arrays.lines[first:end].tolist()
    codes = learned.hits.lines[first:end].tolist()
    rules = {line: _RULES[code - 1] for line, code in zip(lines, codes, strict=True) if code}
    return recut(document, rules, cut_title=bool(learned.hits.titles[place]))


def _recut_row(stored: StoredArticle, article: Article) -> write.Recut:
    start, end = article.facts.title_span or (None, None)
    row, text = article_row(article, stored.url), TextRow(start, end, article.text)
    return write.Recut(stored.id, row, text, cut_values(article.cuts, article.page.text))
