"""A corpus file -> what is wrong with it: structure and rows by queries, documents and pairs in several processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import NamedTuple

from curator.errors import StoreError
from curator.pipeline.corpus_rules import asked_learn_rule, stored_learn_rule
from curator.pipeline.learning import learned_site, site_lines
from curator.pipeline.pool import FORKS, Lost, results_of
from curator.pipeline.progress import Progress, Tell
from curator.pipeline.proving import prove
from curator.pipeline.template_pages import TemplatePages
from curator.pipeline.workers import count_workers
from curator.settings import Settings
from curator.signature import Scheme, sign
from curator.signature.kernels import kernels_for
from curator.store import checks, templates
from curator.store.checks import Problem, guarded
from curator.store.checks import duplicates as of_duplicates
from curator.store.checks.documents import count_documents, stored_documents
from curator.store.checks.problem import STRANGE
from curator.store.connection import Connection
from curator.templates import LearnRule

#: Documents for which another process pays.
_WORTH_IT = 2_000 if FORKS else 20_000

#: The checks that read texts or signatures, which a quick one leaves out.
OF_TEXTS = ("index", "templates", "originals", "texts", "signatures", "pairs")


class _Part(NamedTuple):
    """A part of the file that is proved in another process: of which check, and which rows."""

    check: str
    name: str
    n_documents: int
    prove: Callable[[], list[Problem]]


def check(connection: Connection, settings: Settings, tell: Tell, *, quick: bool = False) -> Iterator[Problem]:
    """Yield every way in which a corpus file is not what it must be, its full-text index apart.

    ``quick`` reads no text: it proves the file as SQLite sees it, references, sums, rules and clusters. Rows are
    compared with each other, so the connection must see the file as it is at one moment.
    """
    yield from checks.check_structure(connection, lambda stage: tell(Progress(stage)))
    if quick:
        return
    tell(Progress("checking the index of duplicates"))
    yield from guarded("index", of_duplicates.check_index(connection))
    pages = TemplatePages()
    yield from guarded("templates", _check_sites(connection, settings, tell, pages))
    n_workers = min(count_workers(settings), 1 + count_documents(connection) // _WORTH_IT)
    yield from guarded("documents", _check_documents(connection, settings, tell, pages, n_workers))
    tell(Progress("checking pairs"))
    yield from guarded("pairs", _proved(_pairs(connection), n_workers, settings, lambda n: None))


def _check_sites(connection: Connection, settings: Settings, tell: Tell, pages: TemplatePages) -> Iterator[Problem]:
    """Prove that the templates of sites are what a fresh learning gives, and note what they ask of their pages."""
    try:
        rule = stored_learn_rule(connection) or asked_learn_rule(settings)
    except StoreError as error:
        yield Problem("templates", "rule", str(error))
        return
    for site in templates.learned_sites(connection):
        tell(Progress("checking the templates of sites"))
        try:
            yield from _check_site(connection, site, rule, pages)
        except STRANGE as error:
            yield Problem("templates", site, f"cannot be learned from what is stored of its pages: {error}")


def _check_site(connection: Connection, site: str, rule: LearnRule, pages: TemplatePages) -> Iterator[Problem]:
    learned = learned_site(templates.pages_of_site(connection, site), rule)
    pages.take(learned)
    if list(site_lines(connection, learned)) != templates.site_lines(connection, site):
        yield Problem("templates", site, "has other lines than its pages teach; `curator learn` learns them anew")


def _check_documents(
    connection: Connection, settings: Settings, tell: Tell, pages: TemplatePages, n_workers: int
) -> Iterator[Problem]:
    n_all = count_documents(connection)
    n_done = 0

    def told(n_documents: int) -> None:
        nonlocal n_done
        n_done += n_documents
        tell(Progress("checking documents", n_done, n_done / max(n_all, 1)))

    yield from _proved(_documents(connection, pages), n_workers, settings, told)


def _documents(connection: Connection, pages: TemplatePages) -> Iterator[_Part]:
    scheme = _scheme(connection)
    for documents in stored_documents(connection):
        ids = [document.id for document in documents]
        yield _Part(
            "documents", f"{ids[0]} to {ids[-1]}", len(ids), partial(prove, documents, pages.wanted(ids), scheme)
        )


def _scheme(connection: Connection) -> Scheme | None:
    try:
        return of_duplicates.stored_scheme(connection)
    except StoreError:  # told by the check of rules
        return None


def _pairs(connection: Connection) -> Iterator[_Part]:
    least = of_duplicates.least_jaccard(connection)
    for pairs, texts in of_duplicates.batches_of_pairs(connection):
        name = f"{pairs[0].a} {pairs[0].b} to {pairs[-1].a} {pairs[-1].b}"
        yield _Part("pairs", name, 0, partial(of_duplicates.wrong_pairs, pairs, texts, least))


def _proved(
    parts: Iterable[_Part], n_workers: int, settings: Settings, told: Callable[[int], None]
) -> Iterator[Problem]:
    """Yield what is wrong with parts, proved in processes; ``told`` is called with the documents that are done."""
    if n_workers > 1:
        kernels_for(_WORTH_IT)  # loaded here, all processes share them
        sign(["The council opened the new bridge on Tuesday."] * 2)
    waiting: deque[_Part] = deque()

    def jobs() -> Iterator[Callable[[], list[Problem]]]:
        for part in parts:
            waiting.append(part)
            yield part.prove

    with closing(results_of(jobs(), n_workers, settings.max_seconds)) as results:
        for found in results:
            part = waiting.popleft()
            yield from _lost(part, found) if isinstance(found, Lost) else found
            told(part.n_documents)


def _lost(part: _Part, lost: Lost) -> Iterator[Problem]:
    yield Problem(part.check, part.name, f"not proved: the process died, or took too long ({lost.reason})")
