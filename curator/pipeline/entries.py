"""Raw and article -> the rows that are stored of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np

from curator.model import Article, Cut, Failure, Line, Raw, Verdict
from curator.page.build import said_of
from curator.pipeline.cleaning import Tools, clean_raw, clean_together
from curator.sites import site_of
from curator.store.rows import ArticleRow, Entry, NotedLines, TextRow, cut_values, pack, pack_page, shown
from curator.templates import doubted_lines, line_hash, page_lines

_WORD = re.compile(r"\w+")


def key_of(raw: Raw) -> str:
    """Return what identifies a document: 32 hex digits over its content, url and own id.

    >>> key_of(Raw("a.txt", b"Rabat")) == key_of(Raw("b.txt", b"Rabat"))
    True
    >>> key_of(Raw("a.txt", b"Rabat")) == key_of(Raw("a.txt", b"Rabat", source_id="1"))
    False
    """
    digest = blake2b(digest_size=16)
    for part in (raw.content, _bytes(raw.url), _bytes(raw.source_id)):
        digest.update(b"-" if part is None else b"%d:" % len(part) + part)
    return digest.hexdigest()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def normal_time(text: str | None) -> str | None:
    """Return a time in UTC so that times compare as text; None for what is no ISO 8601.

    >>> normal_time("2024-03-01T10:00:00+02:00"), normal_time("2024-03-01"), normal_time("gestern")
    ('2024-03-01T08:00:00+00:00', '2024-03-01T00:00:00+00:00', None)
    """
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    try:
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        return None
    # "+00:00" sorts before the "." of a fraction, as "Z" would not.
    return time.isoformat()


def make_entry(raw: Raw, article: Article, *, learns: bool = True) -> Entry:
    """Return the rows of a document and its article; ``learns`` off keeps its page out of what sites teach."""
    page = article.page
    title_start, title_end = article.facts.title_span or (None, None)
    row = article_row(article, raw.url)
    return Entry(
        key=key_of(raw),
        source=raw.source,
        source_id=raw.source_id,
        url=raw.url,
        site=site_of(raw.url) if raw.url else None,
        fetched_at=normal_time(raw.fetched_at),
        media=raw.media,
        encoding=page.encoding or raw.encoding,
        n_bytes=len(raw.content),
        member=raw.place.member if raw.place else None,
        position=raw.place.start if raw.place else None,
        fields=json.dumps(dict(raw.fields)) if raw.fields else None,
        meta=json.dumps(dict(raw.meta), default=str) if raw.meta and raw.record is None else None,
        content=None if raw.record is not None else pack(raw.content),
        record=None if raw.record is None else pack(raw.record),
        page=pack_page(page.text, raw.content if raw.record is None else raw.record),
        repairs=json.dumps(page.repairs) if page.repairs else None,
        article=row,
        text=TextRow(title_start, title_end, article.text),
        cuts=cut_values(article.cuts, page.text),
        noted=_noted(article, row, said_of(raw).title is None) if learns else None,
    )


def _noted(article: Article, row: ArticleRow, is_unnamed: bool) -> NotedLines | None:
    """Return what learning keeps of a page, None where it has no site, or characters that no TEXT column holds."""
    page = article.page
    if row.site is None or shown(page.text) is not page.text:
        return None
    span = article.facts.title_span
    is_shown = span is not None and page.media == "text/plain" and is_unnamed
    return noted_lines(page.lines, article.cuts, span, row.title and shown(row.title), is_shown=is_shown)


def noted_lines(
    lines: Sequence[Line],
    cuts: Iterable[Cut],
    title_span: tuple[int, int] | None,
    title: str | None,
    *,
    is_shown: bool,
) -> NotedLines:
    """Return what learning keeps of the lines that nothing was removed from, and of those that the tagger cut.

    ``is_shown``: the title is a line of the page.
    """
    cuts = tuple(cuts)
    removed = sorted([cut[:2] for cut in cuts] + ([title_span] if title_span else []))
    kept = (hashed for _, hashed in page_lines(lines, removed))
    hashes = np.array([*kept, *doubted_lines(lines, cuts)], dtype="<u8")
    headline = line_hash(title) if title else 0
    # As SQLite has it, with a sign.
    return NotedLines(headline - (headline >> 63 << 64), is_shown, hashes.tobytes())


def article_row(article: Article, url: str | None) -> ArticleRow:
    """Return the row of an article; ``url`` is that of its document."""
    facts = article.facts
    url = url or article.page.url
    return ArticleRow(
        title=facts.title,
        site=facts.site or (site_of(url) if url else None),
        url=url,
        lang=facts.lang,
        published=facts.published,
        author=facts.author,
        words=len(_WORD.findall(article.text)),
        chars=len(article.text),
        raw_chars=len(article.page.text),
        ratio_cut=round(article.ratio_cut, 6),
        review=article.review,
        status=article.status,
        reason=article.reason,
    )


def prepare(raw: Raw, tools: Tools, verdicts: Sequence[Verdict] = ()) -> Entry | Failure:
    """Return the rows of a cleaned document; one that cleaning breaks on becomes a failure, never the whole run's."""
    try:
        return make_entry(raw, clean_raw(raw, tools, verdicts), learns=tools.cuts)
    except Exception as error:  # the edge catches per item
        return broken(raw, error)


def prepare_all(raws: Sequence[Raw], tools: Tools) -> list[Entry | Failure]:
    """Return what ``prepare`` returns for each document, in less time; raises where cleaning breaks on one of them."""
    made = zip(raws, clean_together(raws, tools), strict=True)
    return [make_entry(raw, article, learns=tools.cuts) for raw, article in made]


def broken(raw: Raw, error: Exception) -> Failure:
    """Return the failure of a document that cleaning broke on."""
    message = f"cleaning broke: {error or 'no message'}; please report it with the document"
    return Failure(raw.source, "clean", type(error).__name__, message, raw.record)
