"""Stored bytes -> raw: what was read once becomes the same document again, without its input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from curator.errors import ReadError
from curator.model import Failure, Media, Raw
from curator.readers.records import read_record


def revive(content: bytes | None, record: bytes | None, row: Mapping[str, object]) -> Raw:
    """Return the Raw that was stored: equal to what ``read_paths`` gave, whichever bytes were kept.

    A store keeps ``record`` where a raw has one, else ``content``; either may be None, not both. ``row`` holds
    ``source``, ``source_id``, ``url``, ``fetched_at``, ``media``, ``encoding`` and, as JSON, ``fields`` and ``meta``
    (missing ones are None).
    Raises ReadError if the bytes are no document any more.

    >>> revive(b"Hallo", None, {"source": "a.txt", "media": "text/plain"}).content
    b'Hallo'
    """
    source = str(row.get("source") or "")
    if record is not None:
        fields = {role: str(key) for role, key in _object(row, "fields").items()}
        raw = read_record(record, source, fields)
        if isinstance(raw, Failure):
            raise ReadError(f"{source}: the stored record cannot be read again: {raw.message}")
        return raw
    if content is None:
        raise ReadError(f"{source}: nothing is stored of this document; add its input again")
    return Raw(
        source=source,
        content=content,
        media=cast(Media, row.get("media") or "text/plain"),
        source_id=_text(row, "source_id"),
        url=_text(row, "url"),
        fetched_at=_text(row, "fetched_at"),
        encoding=_text(row, "encoding"),
        meta=_object(row, "meta"),
    )


def _object(row: Mapping[str, object], key: str) -> dict[str, object]:
    value = row.get(key)
    return {} if value is None else dict(json.loads(str(value)))


def _text(row: Mapping[str, object], key: str) -> str | None:
    value = row.get(key)
    return None if value is None else str(value)
