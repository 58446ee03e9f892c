"""JSON records -> raws: one line of a JSONL dump, or one object of a JSON file, becomes one document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from curator.errors import CuratorError
from curator.model import Failure, Raw

Media = Literal["text/plain", "text/html"]

#: Keys of a record that become fields of their own; all others come back under ``meta``.
_OWN_KEYS = frozenset({"id", "text", "html", "url"})
_NAMES: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
_MEND = "mend the record, then give it again"
_WANTED = 'expected {"id": ..., "text" or "html": "...", "url": ...}'


class _RecordError(CuratorError):
    """A JSON record is malformed; ``error`` is the sort of failure."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def read_record(line: bytes, source: str) -> Raw | Failure:
    """Return the document of one JSON record, or what is wrong with it.

    The text value is taken exactly as given. A record with both ``text`` and ``html`` is read by its text, unless
    that is empty.
    """
    try:
        return _raw_of(_parse(line), line, source)
    except _RecordError as bad:
        return Failure(source, "read", bad.error, str(bad))


def _parse(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _RecordError(
            "encoding", f"the record is not UTF-8 (byte {error.start}): convert the file to UTF-8, as JSON demands"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _RecordError("json", f"the record is no valid JSON ({error}); {_WANTED}") from error
    if not isinstance(record, dict):
        raise _RecordError("json", f"the record is {_NAMES[type(record)]}; {_WANTED}")
    return record


def _raw_of(record: dict[str, object], line: bytes, source: str) -> Raw:
    media, text = _content(record)
    return Raw(
        source=source,
        content=text.encode("utf-8", "surrogatepass"),
        media=media,
        source_id=_own_id(record),
        url=_string(record, "url"),
        fetched_at=_string(record, "fetched_at"),
        encoding="utf-8",
        record=line,
        meta=meta_of(record),
    )


def meta_of(record: Mapping[str, object]) -> dict[str, object]:
    """Return what a record holds beside its id, url and content."""
    return {key: value for key, value in record.items() if key not in _OWN_KEYS}


def _content(record: dict[str, object]) -> tuple[Media, str]:
    text, html = _string(record, "text"), _string(record, "html")
    if text is None and html is None:
        if empty := [f'"{key}"' for key in ("text", "html") if key in record]:
            raise _RecordError("types", f"{' and '.join(empty)} is null, expected a string: {_MEND}")
        found = ", ".join(sorted(map(repr, record))[:8]) or "no keys"
        raise _RecordError("types", f'the record has neither "text" nor "html" (found: {found}); {_WANTED}')
    if html is not None and not text:
        return "text/html", html
    return "text/plain", text or ""


def _string(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _RecordError("types", f'"{key}" is {_NAMES[type(value)]}, expected a string: {_MEND}')


def _own_id(record: Mapping[str, object]) -> str | None:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return value
    raise _RecordError("types", f'"id" is {_NAMES[type(value)]}, expected a string or a whole number: {_MEND}')


def given_id(raw: Raw) -> str | int | None:
    """Return a record's own id of the type it came in: ``Raw.source_id`` holds numbers as strings."""
    if raw.record is None or raw.source_id is None:
        return raw.source_id
    value = _parse(raw.record).get("id")
    return value if isinstance(value, int | str) else raw.source_id
