"""What is stored, proved by what it was made from: originals by their keys, templates by the pages of their sites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from curator.errors import ReadError, StoreError
from curator.pipeline.corpus_rules import asked_learn_rule, stored_learn_rule
from curator.pipeline.entries import key_of
from curator.pipeline.learning import Learned, learned_site, recut_page, site_lines
from curator.pipeline.recutting import StoredBefore, before_templates, lines_rows
from curator.settings import Settings
from curator.store import articles
from curator.store import templates as store
from curator.store.checks import Problem
from curator.store.connection import Connection

#: What a column holds in place of characters that no column can hold: such a name gives another key.
_SUBSTITUTE = "\ufffd"

#: Pages that are proved together.
_PAGES_TOGETHER = 500


def check_originals(connection: Connection) -> Iterator[Problem]:
    """Prove that what is stored of each document is what was read: its key is a hash of that."""
    for article in articles.iter_articles(connection):
        try:
            raw = articles.raw_of(connection, article)
        except ReadError as error:
            yield Problem("originals", f"document {article.id}", str(error))
            continue
        is_renamed = raw.record is None and _SUBSTITUTE in f"{raw.url} {raw.source_id}"
        if not is_renamed and (key_of(raw) != article.key or len(raw.content) != article.n_bytes):
            yield Problem("originals", f"document {article.id}", "is not what was read: its key is that of other bytes")


def check_templates(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Prove that noted lines, templates and template cuts are what a fresh learning of the stored pages gives."""
    try:
        rule = stored_learn_rule(connection) or asked_learn_rule(settings)
    except StoreError as error:
        yield Problem("templates", "rule", str(error))
        return
    for site in store.learned_sites(connection):
        learned = learned_site(store.pages_of_site(connection, site), rule)
        if list(site_lines(connection, learned)) != store.site_lines(connection, site):
            yield Problem("templates", site, "has other lines than its pages teach; `curator learn` learns them anew")
        for first in range(0, len(learned.pages), _PAGES_TOGETHER):
            places = range(first, min(first + _PAGES_TOGETHER, len(learned.pages)))
            yield from _wrong_pages(connection, learned, places)


def _wrong_pages(connection: Connection, learned: Learned, places: Iterable[int]) -> Iterator[Problem]:
    """Yield the pages at these places that have other lines, or other template cuts, than they must have."""
    ids = {learned.pages[place].document_id: place for place in places}
    noted = store.lines_of(connection, ids)
    found = [before_templates(connection, identity, noted[identity]) for identity in ids]
    documents = [document for document in found if document is not None]
    fresh = {row.document_id: row for row in lines_rows(connection, documents)}
    cut = {document.article.id: _is_cut(document, learned, ids[document.article.id]) for document in documents}
    for identity in ids:
        if identity in fresh and fresh[identity] != noted[identity]:
            yield Problem("templates", f"document {identity}", "has other lines than were noted of it")
        if not cut.get(identity):
            wrong = "has other template cuts than its site's template asks for"
            yield Problem("templates", f"article {identity}", wrong)


def _is_cut(document: StoredBefore, learned: Learned, place: int) -> bool:
    """Return whether the marks and cuts of a page are those that the template of its site asks for."""
    wanted = recut_page(document.before, learned, place)
    return learned.pages[place].marks == learned.hits.marks[place] and _spans(wanted.cuts) == _spans(document.cuts)


def _spans(cuts: Iterable[tuple[int, int, str, str, str]]) -> list[tuple[int, int, str]]:
    return [(cut[0], cut[1], cut[3]) for cut in cuts]
