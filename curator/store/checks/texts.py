"""An article with its page and its cuts, which must make each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.article import kept_text
from curator.store.articles import StoredArticle
from curator.store.rows import CutRow, shown

#: Decimals that ``articles.ratio_cut`` has.
_DECIMALS = 6


def wrong_article(article: StoredArticle, page: str, cuts: Sequence[CutRow]) -> Iterator[str]:
    """Yield in what an article is not its page less its title and cuts, and where something of the page is lost."""
    spans = sorted([(cut.start, cut.end) for cut, _ in cuts] + ([article.title_span] if article.title_span else []))
    yield from _wrong_cuts(cuts, page)
    if overlap := _overlapping(spans, len(page)):
        yield overlap
    elif shown(kept_text(page, spans)) != article.text:
        yield "the text is not what title and cuts leave of the page"
    yield from _wrong_numbers(article, page, sum(cut.end - cut.start for cut, _ in cuts))


def _wrong_cuts(cuts: Sequence[CutRow], page: str) -> Iterator[str]:
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


def _wrong_numbers(article: StoredArticle, page: str, n_cut: int) -> Iterator[str]:
    if len(page) != article.raw_chars:
        yield f"raw_chars is {article.raw_chars}, the page has {len(page)}"
    if len(article.text) != article.chars:
        yield f"chars is {article.chars}, the text has {len(article.text)}"
    ratio = round(n_cut / len(page), _DECIMALS) if page else 0.0
    if ratio != article.ratio_cut:
        yield f"ratio_cut is {article.ratio_cut}, the cuts take {ratio}"
