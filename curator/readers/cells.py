"""A row of typed values -> raw: of a Parquet file or an SQLite table."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time

from curator.model import Failure, Media, Place, Raw
from curator.readers.inputs import too_large
from curator.readers.records import read_record, value_of
from curator.settings import Settings

#: What a record must hold as text; a table may have an address or a text that is a number.
_TEXT_ROLES = ("text", "html", "url")


def read_row(
    row: Mapping[str, object], fields: Mapping[str, str], source: str, place: Place, settings: Settings
) -> Raw | Failure:
    """Return the document of a row, or what is wrong with it; ``fields`` says what its columns stand for.

    The row is kept as a JSON record. Where the text is bytes that are no UTF-8, these are the document, to be read
    as those of a file, and the other columns its meta.
    """
    role = "text" if row.get(fields.get("text", "")) else "html"
    content = row.get(fields.get(role, ""))
    if isinstance(content, str | bytes) and len(content) > settings.max_document_bytes:
        error = too_large("the text is longer than", settings)
        return Failure(source, "read", error.error, str(error))
    plain = {name: plain_value(value) for name, value in row.items()}
    if isinstance(content, bytes) and _utf8(content) is None:
        media: Media = "text/html" if role == "html" else "text/plain"
        return _of_bytes(Raw(source, content, media, place=place), plain, fields)
    for name in (fields[role] for role in _TEXT_ROLES if role in fields):
        plain[name] = _as_text(plain.get(name))
    if not isinstance(plain.get(id_name := fields.get("id", "")), int):
        plain |= {id_name: _as_text(plain[id_name])} if id_name in plain else {}
    return read_record(json.dumps(plain).encode(), source, fields, place=place)


def _of_bytes(raw: Raw, plain: dict[str, object], fields: Mapping[str, str]) -> Raw:
    own = {fields.get(role) for role in (*_TEXT_ROLES, "id")}
    return replace(
        raw,
        source_id=_as_text(plain.get(fields.get("id", ""))),
        url=_as_text(plain.get(fields.get("url", ""))),
        fetched_at=_as_text(value_of(plain, fields.get("fetched_at", ""))),
        meta={name: value for name, value in plain.items() if name not in own},
    )


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _utf8(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def plain_value(value: object) -> object:
    """Return a value as JSON has it: times in ISO 8601, bytes as text or in base64, no number where it is none.

    >>> plain_value([date(2024, 3, 1), b"a", float("nan"), 1.5])
    ['2024-03-01', 'a', None, 1.5]
    """
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        text = _utf8(value)
        return base64.b64encode(value).decode("ascii") if text is None else text
    if isinstance(value, Mapping):
        return {str(name): plain_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(part) for part in value]
    return str(value)
