"""Pages, articles and cuts, which must make each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from curator.article import kept_text
from curator.errors import StoreError
from curator.store import articles
from curator.store.checks.problem import Problem
from curator.store.rows import CutRow, shown

#: Decimals that ``articles.ratio_cut`` has.
_DECIMALS = 6


def check_texts(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that every article is its page less its title and cuts, and that nothing of the page is lost."""
    stored = "SELECT document_id FROM pages JOIN raws USING (document_id) ORDER BY document_id"
    for (identity,) in connection.execute(stored).fetchall():
        article = articles.find_article(connection, identity)
        if article is not None:
            for found in _wrong_article(connection, article):
                yield Problem("texts", f"article {identity}", found)


def _wrong_article(connection: sqlite3.Connection, article: articles.StoredArticle) -> Iterator[str]:
    try:
        page = articles.page_text_of(connection, article.id)
    except StoreError as error:
        yield str(error)
        return
    cuts = articles.cuts_of(connection, article.id)
    spans = sorted([(cut.start, cut.end) for cut, _ in cuts] + ([article.title_span] if article.title_span else []))
    yield from _wrong_cuts(cuts, page)
    if overlap := _overlapping(spans, len(page)):
        yield overlap
    elif shown(kept_text(page, spans)) != article.text:
        yield "the text is not what title and cuts leave of the page"
    yield from _wrong_numbers(article, page, sum(cut.end - cut.start for cut, _ in cuts))


def _wrong_cuts(cuts: list[CutRow], page: str) -> Iterator[str]:
    for cut, text in cuts:
        if text != shown(page[cut.start : cut.end]):
            yield f"the cut at {cut.start} does not hold what stands there in the page"


def _overlapping(spans: list[tuple[int, int]], n_chars: int) -> str | None:
    at = 0
    for start, end in spans:
        if not at <= start < end <= n_chars:
            return f"the cut or title at {start} to {end} overlaps another or lies outside the page"
        at = end
    return None


def _wrong_numbers(article: articles.StoredArticle, page: str, n_cut: int) -> Iterator[str]:
    if len(page) != article.raw_chars:
        yield f"raw_chars is {article.raw_chars}, the page has {len(page)}"
    if len(article.text) != article.chars:
        yield f"chars is {article.chars}, the text has {len(article.text)}"
    ratio = round(n_cut / len(page), _DECIMALS) if page else 0.0
    if ratio != article.ratio_cut:
        yield f"ratio_cut is {article.ratio_cut}, the cuts take {ratio}"
