"""New documents -> the same without the lines that the templates of their sites are known to hold.

A template follows from all pages of its site, so only learning, in the end, decides what is cut. Mostly it decides as
before: an article that is written without such lines at once then need not be cut again, which costs as much as
writing two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from curator.article import review_of_page
from curator.model import Cut, Facts, Line, Page
from curator.page.lines import split_all
from curator.pipeline.entries import article_row
from curator.pipeline.recutting import Before, recut
from curator.store.connection import Connection
from curator.store.rows import Entry, TextRow, cut_values, shown
from curator.store.templates import PageLines, line_hashes
from curator.templates import mark_of

_UNSIGNED = (1 << 64) - 1


class _Known(NamedTuple):
    """What the known template of its site says of a page: hashes of lines to cut, the headline if it is one."""

    lines: frozenset[int]
    cut_title: bool
    mark: int


class CutAhead(NamedTuple):
    """A document as it was before templates, and what is written in its place; ``mark`` says which lines were cut."""

    before: Entry
    entry: Entry
    mark: int


def cut_known_lines(connection: Connection, entries: Sequence[Entry]) -> list[CutAhead]:
    """Return for each document what is to be written; documents of sites without a template stay as they are."""
    known = line_hashes(connection, [entry.article.site for entry in entries if entry.noted and entry.article.site])
    hits = [_hits(entry, known.get(entry.article.site or "", set())) for entry in entries]
    found = [(entry, hit) for entry, hit in zip(entries, hits, strict=True) if hit]
    texts = [entry.page_text for entry, _ in found]
    pages = zip(texts, split_all(texts), strict=True)
    cut = iter([_cut(entry, hit, *page) for (entry, hit), page in zip(found, pages, strict=True)])
    return [
        CutAhead(entry, next(cut), hit.mark) if hit else CutAhead(entry, entry, 0)
        for entry, hit in zip(entries, hits, strict=True)
    ]


def _hits(entry: Entry, known: set[int]) -> _Known | None:
    if entry.noted is None or not known:
        return None
    lines = [line for line in np.frombuffer(entry.noted.lines, dtype="<u8").tolist() if line in known]
    headline = entry.noted.headline & _UNSIGNED
    cut_title = entry.noted.shown and headline in known
    if not lines and not cut_title:
        return None
    return _Known(frozenset(lines), cut_title, mark_of(lines, headline if cut_title else None))


def _cut(entry: Entry, hits: _Known, text: str, lines: tuple[Line, ...]) -> Entry:
    row = entry.article._replace(title=entry.article.title and shown(entry.article.title))
    page = Page(text, lines, entry.media, entry.encoding, row.url, review=review_of_page(row.review))
    start, end, _ = entry.text
    span = None if start is None or end is None else (start, end)
    facts = Facts(row.title, span, row.lang, row.published, row.author, row.site)
    before = Before(page, tuple(Cut(*cut[:5]) for cut in entry.cuts), facts)
    article = recut(before, dict.fromkeys(hits.lines, "template-line"), cut_title=hits.cut_title)
    start, end = article.facts.title_span or (None, None)
    return entry._replace(
        article=article_row(article, row.url),
        text=TextRow(start, end, article.text),
        cuts=cut_values(article.cuts, text),
    )


def noted_row(identity: int, entry: Entry, sketched: bytes) -> PageLines | None:
    """Return what learning keeps of a document as it was cleaned by itself, None where it keeps nothing."""
    if entry.noted is None:
        return None
    title = entry.article.title and shown(entry.article.title)
    row = (identity, entry.article.site or "", title, *entry.text[:2], *entry.noted, sketched)
    return PageLines(*row)
