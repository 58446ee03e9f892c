"""What is stored of documents, proved by what it was made from: originals, texts, signatures, cuts of templates.

A pure function of rows that were read before, so that many processes can prove at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from curator.article import kept_text
from curator.errors import ReadError, StoreError
from curator.model import Cut, Line, Raw
from curator.page.lines import split_all
from curator.pipeline.entries import key_of
from curator.pipeline.recutting import (
    StoredBefore,
    StoredPage,
    is_unnamed,
    lines_row,
    may_be_shown,
    recut,
    sketches_of,
)
from curator.signature import Scheme, sign, to_rows
from curator.signature.minhash import from_bytes
from curator.store.articles import StoredArticle, revived, unpacked_page
from curator.store.checks import Problem, proved
from curator.store.checks.documents import Stored
from curator.store.checks.texts import wrong_article
from curator.store.templates import PageLines
from curator.templates import SKETCH_SEED, SKETCH_VALUES, sketch

#: What a column holds in place of characters that no column can hold: such a name gives another key.
_SUBSTITUTE = "\ufffd"


class Wanted(NamedTuple):
    """What the template of its site asks of a page: lines to cut, by hash, with their rules, the headline, marks."""

    rules: Mapping[int, str]
    cut_title: bool
    marks: int


class _Document(NamedTuple):
    """A stored document, read: what cannot be read of it is None."""

    stored: Stored
    article: StoredArticle
    raw: Raw | None
    text: str | None
    wanted: Wanted | None


def prove(documents: Sequence[Stored], wanted: Mapping[int, Wanted], scheme: Scheme | None) -> list[Problem]:
    """Return what is wrong with documents; ``wanted`` has those of sites that are learned, by id.

    Without a scheme, of signatures only the digest is proved. A document with values that none can have is a problem,
    and the others are proved all the same.
    """
    return proved(lambda some: _wrong(some, wanted, scheme), documents, lambda one: f"documents: document {one.id}")


def _wrong(stored: Sequence[Stored], wanted: Mapping[int, Wanted], scheme: Scheme | None) -> Iterator[Problem]:
    problems: list[Problem] = []
    documents = [_read(each, wanted.get(each.id), problems) for each in stored]
    yield from problems
    for document in documents:
        if document.text is not None:
            for found in wrong_article(document.article, document.text, document.stored.cut_rows()):
                yield Problem("texts", f"article {document.article.id}", found)
    signatures = _signatures(documents, scheme)
    yield from _wrong_signatures(documents, signatures, scheme)
    yield from _wrong_pages(documents, signatures, scheme)


def _read(stored: Stored, wanted: Wanted | None, problems: list[Problem]) -> _Document:
    """Return a document as its rows tell it, and note what of it cannot be, or is not what was read."""
    article, original, page = stored.article(), stored.original(), stored.page()
    raw = text = None
    try:
        raw = revived(article, original)
        if not _is_original(raw, article):
            wrong = "is not what was read: its key is that of other bytes"
            problems.append(Problem("originals", f"document {article.id}", wrong))
    except ReadError as error:
        problems.append(Problem("originals", f"document {article.id}", str(error)))
    if original is not None and page is not None:  # that a row is missing is told by the check of rows
        content, record, *_ = original
        try:
            text = unpacked_page(article.id, page, record if content is None else content)
        except StoreError as error:
            problems.append(Problem("texts", f"article {article.id}", str(error)))
    return _Document(stored, article, raw, text, wanted)


def _is_original(raw: Raw, article: StoredArticle) -> bool:
    if raw.record is None and _SUBSTITUTE in f"{raw.url} {raw.source_id}":
        return True
    return key_of(raw) == article.key and len(raw.content) == article.n_bytes


class _Signature(NamedTuple):
    digest: bytes
    minhash: bytes


def _signatures(documents: Sequence[_Document], scheme: Scheme | None) -> dict[int, _Signature]:
    """Return the signatures of the texts that take part in deduplication, signed anew, by id."""
    signed = [document.article for document in documents if document.stored.signed() is not None]
    fresh = sign([article.text for article in signed], scheme)
    rows = zip(fresh.digests, to_rows(fresh.minhashes), strict=True)
    return {article.id: _Signature(*row) for article, row in zip(signed, rows, strict=True)}


def _wrong_signatures(
    documents: Iterable[_Document], fresh: Mapping[int, _Signature], scheme: Scheme | None
) -> Iterator[Problem]:
    for document in documents:
        signed = document.stored.signed()
        if signed is None:
            continue
        digest, minhash = fresh[document.article.id]
        if signed.digest != digest or (scheme is not None and signed.minhash != minhash):
            wrong = "has a signature that is not that of its text"
            yield Problem("signatures", f"article {document.article.id}", wrong)


class _Page(NamedTuple):
    """A page that its site has learned: what was noted of it, and what it was before templates."""

    document: _Document
    noted: PageLines
    marks: int
    before: StoredBefore
    text: str

    @property
    def is_uncut(self) -> bool:
        """Whether its article has the very text that it had before templates."""
        return self.text == self.document.article.text


def _wrong_pages(
    documents: Sequence[_Document], fresh: Mapping[int, _Signature], scheme: Scheme | None
) -> Iterator[Problem]:
    """Yield the pages that have other lines, or other template cuts, than they must have."""
    pages = _pages(documents)
    for page, sketched in zip(pages, _sketches(pages, fresh, scheme), strict=True):
        identity = page.document.article.id
        if _noted(page, sketched) != page.noted:
            yield Problem("templates", f"document {identity}", "has other lines than were noted of it")
        if not _is_cut(page):
            wrong = "has other template cuts than its site's template asks for"
            yield Problem("templates", f"article {identity}", wrong)


def _pages(documents: Sequence[_Document]) -> list[_Page]:
    learned = [document for document in documents if document.wanted and document.text is not None]
    lines = split_all([document.text or "" for document in learned])
    return [page for each in zip(learned, lines, strict=True) if (page := _page(*each)) is not None]


def _page(document: _Document, lines: tuple[Line, ...]) -> _Page | None:
    found, text = document.stored.noted(), document.text or ""
    if found is None:
        return None
    noted, marks = found
    cuts = tuple(cut for cut, _ in document.stored.cut_rows())
    before = StoredPage(document.article, text, lines, cuts, document.stored.said()).before(noted)
    return _Page(document, noted, marks, before, kept_text(text, before.before.removed))


def _sketches(pages: Sequence[_Page], fresh: Mapping[int, _Signature], scheme: Scheme | None) -> list[bytes]:
    """Return what learning keeps of the signatures of the texts before templates.

    Most texts are without template cuts; they were signed already.
    """
    is_same = scheme is not None and (scheme.n_perm, scheme.seed) == (SKETCH_VALUES, SKETCH_SEED)
    known = [fresh.get(page.document.article.id) if is_same and page.is_uncut else None for page in pages]
    of_known = iter(from_bytes([signature.minhash for signature in known if signature is not None]))
    of_others = iter(sketches_of([page.text for page, found in zip(pages, known, strict=True) if found is None]))
    return [next(of_others) if found is None else sketch(next(of_known)) for found in known]


def _noted(page: _Page, sketched: bytes) -> PageLines:
    raw = page.document.raw
    is_shown = may_be_shown(page.before) and raw is not None and is_unnamed(raw)
    return lines_row(page.before, is_shown, sketched)


def _is_cut(page: _Page) -> bool:
    """Return whether the marks and cuts of a page are those that the template of its site asks for."""
    wanted = page.document.wanted
    if wanted is None or page.marks != wanted.marks:
        return False
    before = page.before.before
    hit = wanted.rules or wanted.cut_title
    cuts = recut(before, wanted.rules, cut_title=wanted.cut_title).cuts if hit else before.cuts
    return _spans(cuts) == _spans(page.before.cuts)


def _spans(cuts: Iterable[Cut]) -> list[tuple[int, int, str]]:
    return [(cut.start, cut.end, cut.rule) for cut in cuts]
