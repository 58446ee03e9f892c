"""The stored originals of a corpus, proved by the keys that name them."""

from __future__ import annotations

from collections.abc import Iterator

from curator.errors import ReadError
from curator.pipeline.entries import key_of
from curator.store import articles
from curator.store.checks import Problem
from curator.store.connection import Connection

#: What a column holds in place of characters that no column can hold: such a name gives another key.
_SUBSTITUTE = "\ufffd"


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
