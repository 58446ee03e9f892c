"""A stored document -> its lines as they were before templates, and the article that template cuts leave of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from curator.article import kept_text, make_article, review_of_page
from curator.facts.outline import outline
from curator.facts.title import find_title
from curator.model import Article, Cut, Facts, Line, Page, Raw, Verdict
from curator.page.build import said_of
from curator.page.lines import split_lines
from curator.pipeline.cleaning import standing
from curator.pipeline.entries import noted_lines
from curator.signature import Scheme
from curator.signature.minhash import minhashes
from curator.signature.shingles import shingle
from curator.store import articles, feedback
from curator.store.articles import StoredArticle
from curator.store.connection import Connection
from curator.store.templates import PageLines
from curator.templates import SKETCH_SEED, SKETCH_VALUES, TEMPLATE_RULES, cut_template, page_lines, sketch

#: Sketches do not follow the corpus's own scheme: learning gives the same whatever duplicates are found by.
_SCHEME = Scheme(n_perm=SKETCH_VALUES, bands=30, rows=4, seed=SKETCH_SEED)


class Before(NamedTuple):
    """A document as it was cleaned before templates; ``spared`` is what people said must not be cut."""

    page: Page
    cuts: tuple[Cut, ...]
    facts: Facts
    spared: tuple[tuple[int, int], ...] = ()

    @property
    def removed(self) -> list[tuple[int, int]]:
        """What was taken out of the page: cuts and title, sorted."""
        span = self.facts.title_span
        return sorted([cut[:2] for cut in self.cuts] + ([span] if span else []))


class StoredBefore(NamedTuple):
    """A stored article with its cuts, those of templates too, and its document as it was before templates."""

    article: StoredArticle
    before: Before
    cuts: tuple[Cut, ...]


def before_templates(connection: Connection, identity: int, noted: PageLines | None) -> StoredBefore | None:
    """Return a document as it was before templates, or None where it is gone.

    ``noted`` is what was noted of it then; None takes its title of today for the one of then.
    """
    article = articles.find_article(connection, identity)
    if article is None:
        return None
    text = articles.page_text_of(connection, identity)
    stored = StoredPage(
        article,
        text,
        split_lines(text),
        tuple(cut for cut, _ in articles.cuts_of(connection, identity)),
        feedback.verdicts_of(connection, identity),
    )
    return stored.before(noted)


class StoredPage(NamedTuple):
    """What is stored of a document, read already: its article, page, cuts, and what people said of it."""

    article: StoredArticle
    text: str
    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]
    verdicts: Sequence[Verdict] = ()

    def before(self, noted: PageLines | None) -> StoredBefore:
        """Return the document as it was before templates; ``noted`` as in ``before_templates``."""
        article = self.article
        cuts = tuple(cut for cut in self.cuts if cut.rule not in TEMPLATE_RULES)
        review = review_of_page(article.review)
        page = Page(self.text, self.lines, article.media, article.encoding, article.url, review=review)
        said = standing(self.text, self.verdicts)
        spared = tuple(verdict[:2] for verdict in said if verdict.verdict == "wrong cut")
        title, span = article.title, article.title_span
        if noted is not None:
            has_span = noted.title_start is not None and noted.title_end is not None
            span = (int(noted.title_start or 0), int(noted.title_end or 0)) if has_span else None
            title = noted.title
        facts = Facts(title, span, article.lang, article.published, article.author, article.site)
        return StoredBefore(article, Before(page, cuts, facts, spared), self.cuts)


def lines_rows(connection: Connection, documents: Sequence[StoredBefore]) -> list[PageLines]:
    """Return what learning keeps of documents; they must have a site."""
    texts = [kept_text(document.before.page.text, document.before.removed) for document in documents]
    return [
        lines_row(document, _is_shown(connection, document), sketched)
        for document, sketched in zip(documents, sketches_of(texts), strict=True)
    ]


def sketches_of(texts: Sequence[str]) -> list[bytes]:
    """Return what learning keeps of the signatures of texts as they are without templates."""
    return list(map(sketch, minhashes(shingle(texts), _SCHEME)))


def lines_row(document: StoredBefore, is_shown: bool, sketched: bytes) -> PageLines:
    """Return what learning keeps of a document; ``is_shown`` says whether its headline was told by its shape."""
    before = document.before
    page, facts = before.page, before.facts
    noted = noted_lines(page.lines, before.cuts, facts.title_span, facts.title, is_shown=is_shown)
    start, end = facts.title_span or (None, None)
    site = document.article.site or ""
    return PageLines(document.article.id, site, facts.title, start, end, *noted, sketched)


def _is_shown(connection: Connection, document: StoredBefore) -> bool:
    return may_be_shown(document) and is_unnamed(articles.raw_of(connection, document.article))


def may_be_shown(document: StoredBefore) -> bool:
    """Return whether the headline is a line of a text dump; then it was told by its shape, or its record names it."""
    return document.before.facts.title_span is not None and document.article.media == "text/plain"


def is_unnamed(raw: Raw) -> bool:
    """Return whether the record of a document names no headline."""
    return said_of(raw).title is None


def recut(document: Before, rules: Mapping[int, str], *, cut_title: bool) -> Article:
    """Return the article of a document when lines of these hashes are cut by these rules of a template.

    ``cut_title`` says that its headline is such a line: then the headline is looked for among what is left.
    """
    page, facts, site = document.page, document.facts, document.facts.site or ""
    lines = page_lines(page.lines, document.removed)
    cuts = [cut_template(line, rules[hashed], site) for line, hashed in lines if hashed in rules]
    cuts = [cut for cut in cuts if not any(start < cut.end and cut.start < end for start, end in document.spared)]
    if cut_title and (line := _title_line(document)) is not None:
        cuts.append(cut_template(line, "template-line", site))
        title = find_title(page, outline(page.lines, [*document.cuts, *cuts]))
        facts = replace(facts, title=title and title.text, title_span=title and title.span)
    return make_article(page, [*document.cuts, *cuts], facts)


def _title_line(document: Before) -> Line | None:
    return next((line for line in document.page.lines if (line.start, line.end) == document.facts.title_span), None)
