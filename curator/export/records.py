"""Stored articles -> records, a few hundred in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.errors import ReadError
from curator.export.jsonl import JsonText, meta_of, stored_record
from curator.store import articles
from curator.store.articles import StoredArticle
from curator.store.connection import Connection
from curator.store.rows import shown
from curator.store.selection import batches_of, cuts_of_many

Record = dict[str, object]


def records_of(
    connection: Connection, ids: Sequence[int], *, with_cuts: bool = False, with_raw: bool = False
) -> Iterator[Record]:
    """Yield the record of each of these articles (``stored_record``), in order; ``cuts`` are empty unless asked for.

    ``with_raw`` adds ``page``, the text that offsets point into, and ``raw``, the bytes that came in: of the whole
    record where the document is a part of one.
    """
    for batch in batches_of(ids):
        cuts = cuts_of_many(connection, batch) if with_cuts else {}
        for article in articles.articles_of(connection, batch):
            meta, raw = _original(connection, article)
            record = stored_record(article, cuts.get(article.id, ()), meta)
            if with_raw:
                record |= {"page": shown(articles.page_text_of(connection, article.id)), "raw": raw}
            yield record


def _original(connection: Connection, article: StoredArticle) -> tuple[JsonText | None, bytes | None]:
    try:
        raw = articles.raw_of(connection, article)
    except ReadError:  # a later version reads such records no more; its article is there all the same
        return None, None
    return meta_of(raw), raw.content if raw.record is None else raw.record
