"""Articles -> JSON lines: one object per document, on a line that nothing but its line feed ends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from curator.model import Article, Cut, Failure, Raw
from curator.readers import given_id
from curator.sites import site_of
from curator.store.articles import StoredArticle
from curator.store.rows import CutRow

# Readers that use str.splitlines would end a line at the first three; the surrogates are no UTF-8.
_UNSAFE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def to_line(record: Mapping[str, object]) -> str:
    r"""Return a record as one line of JSON, its line feed included.

    >>> to_line({"text": "a\u2028b\ud800ü"})
    '{"text": "a\\u2028b\\ud800ü"}\n'
    """
    text = json.dumps(record, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def clean_record(raw: Raw, article: Article, *, with_page: bool = False) -> dict[str, object]:
    """Return what ``curator clean --json`` prints of a document; ``with_page`` adds the text that offsets count in."""
    facts, page = article.facts, article.page
    url = raw.url or page.url
    record: dict[str, object] = {
        "id": given_id(raw),
        "source": raw.source,
        "url": url,
        "site": facts.site or (site_of(url) if url else None),
        "title": facts.title,
        "text": article.text,
        "lang": facts.lang,
        "published": facts.published,
        "author": facts.author,
        "status": article.status,
        "reason": article.reason,
        "raw_chars": len(page.text),
        "title_span": facts.title_span,
        "cuts": [_cut(cut, page.text[cut.start : cut.end]) for cut in article.cuts],
        "meta": dict(raw.meta) or None,
    }
    return record | {"page": page.text} if with_page else record


def _cut(cut: Cut, text: str) -> dict[str, object]:
    return {**cut._asdict(), "text": text}


#: The keys of a document's record, in order.
KEYS = (
    "id", "source", "url", "site", "title", "text", "lang", "published", "author", "status", "reason", "raw_chars",
    "title_span", "cuts", "meta",
)  # fmt: skip


def failed_record(failure: Failure) -> dict[str, object]:
    """Return what stands in the place of a document that could not be read or cleaned."""
    record: dict[str, object] = dict.fromkeys(KEYS)
    reason = f"{failure.stage}: {failure.message}"
    return record | {"source": failure.source, "text": "", "cuts": [], "status": "failed", "reason": reason}


def stored_record(article: StoredArticle, cuts: Sequence[CutRow], meta: Mapping[str, object]) -> dict[str, object]:
    """Return an article of a corpus with the keys of ``clean_record``; ``id`` is that of the corpus.

    Beside them stand ``source_id``, ``fetched_at``, ``cluster_id``, ``duplicate_of`` and ``similarity``.
    """
    record = {name: getattr(article, name) for name in KEYS if name not in ("cuts", "meta")}
    extra = {name: getattr(article, name) for name in _STORED}
    return record | {"cuts": [_cut(*row) for row in cuts], "meta": dict(meta) or None} | extra


_STORED = ("source_id", "fetched_at", "cluster_id", "duplicate_of", "similarity")
