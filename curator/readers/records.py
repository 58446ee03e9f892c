"""JSON records -> raws: one line of a JSONL dump, one object of a JSON file, or one row of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from curator.model import Failure, Media, Place, Raw
from curator.readers.fields import guess_fields
from curator.readers.inputs import InputError

_NO_FIELDS: Mapping[str, str] = MappingProxyType({})
#: What becomes a field of its own; all other keys come back under ``meta``.
_OWN_ROLES = ("id", "text", "html", "url")
#: What a record may be nested at most where no setting says less: what Python itself can read.
MOST_DEPTH = 400
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
#: From here on a number since 1970 counts milliseconds: as seconds it would be the year 5138.
_MILLISECONDS = 10**11
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def read_record(
    line: bytes,
    source: str,
    fields: Mapping[str, str] = _NO_FIELDS,
    depth: int = MOST_DEPTH,
    place: Place | None = None,
) -> Raw | Failure:
    """Return the document of one JSON record, or what is wrong with it.

    ``fields`` says which keys stand for "text", "html", "id", "url" and "fetched_at" where they have names of their
    own. The text value is taken exactly as given. A record with both text and HTML is read by its text, unless that
    is empty. ``depth`` is how many lists and objects may stand inside each other.
    """
    record = None
    try:
        record = _parse(line, depth, fields)
        return _raw_of(record, line, source, fields, place)
    except InputError as bad:
        return Failure(source, "read", bad.error, str(bad), None if record is None else line)


def as_utf8(record: bytes, encoding: str | None) -> bytes:
    r"""Return a record as UTF-8: one that is not, in the encoding that the user declares, if any.

    >>> as_utf8(b'{"text": "Gr\xfc\xdfe"}', "cp1252").decode()
    '{"text": "Grüße"}'
    """
    if encoding is None:
        return record
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return record.decode(encoding, "replace").encode("utf-8")
    return record


def _parse(line: bytes, depth: int, fields: Mapping[str, str]) -> dict[str, object]:
    if line.count(b"[") + line.count(b"{") > depth and _depth(line) > depth:
        message = f"more than {depth} lists and objects stand inside each other: raise max_json_depth in curator.toml"
        raise InputError("json-depth", message)
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        declare = "convert the file to UTF-8, as JSON demands, or declare its encoding with --encoding"
        raise InputError("encoding", f"the record is not UTF-8 (byte {error.start}): {declare}") from error
    except json.JSONDecodeError as error:
        if error.msg.startswith("Extra data"):
            behind = f"more stands behind the record on its line, from character {error.pos + 1} on"
            raise InputError("json", f"{behind}: put each record on a line of its own, as `jq -c .` does") from error
        raise InputError("json", f"the record is no valid JSON ({error}); {_wanted(fields)}") from error
    except (ValueError, RecursionError) as error:
        raise InputError("json", f"the record is no valid JSON ({error}); {_wanted(fields)}") from error
    if not isinstance(record, dict):
        raise InputError("json", f"the record is {_NAMES[type(record)]}; {_wanted(fields)}")
    return record


def _depth(line: bytes) -> int:
    """Return how many lists and objects stand inside each other at most."""
    depth = most = 0
    for found in _BRACKET.finditer(line):
        sign = line[found.start()]
        if sign in b"[{":
            depth += 1
            most = max(most, depth)
        elif sign in b"]}":
            depth -= 1
    return most


def value_of(record: Mapping[str, object], key: str) -> object:
    """Return what stands under a key, or under keys inside each other, with dots between them; None for nothing.

    >>> value_of({"a": {"b": 1}}, "a.b"), value_of({"a.b": 2, "a": {"b": 1}}, "a.b"), value_of({"a": 3}, "a.b")
    (1, 2, None)
    """
    if key in record or "." not in key:
        return record.get(key)
    found: object = record
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def without(record: Mapping[str, object], key: str) -> dict[str, object]:
    """Return a record without what stands under a key, or under keys inside each other.

    >>> without({"a": {"b": 1, "c": 2}}, "a.b"), without({"a": 1}, "a")
    ({'a': {'c': 2}}, {})
    """
    name, _, rest = key.partition(".")
    inner = record.get(name)
    if key not in record and rest and isinstance(inner, Mapping):
        return {**record, name: without(inner, rest)}
    return {other: value for other, value in record.items() if other != key}


def _wanted(fields: Mapping[str, str]) -> str:
    names = {role: fields.get(role, role) for role in _OWN_ROLES}
    return f'expected {{"{names["id"]}": ..., "{names["text"]}" or "{names["html"]}": "...", "{names["url"]}": ...}}'


def _raw_of(record: dict[str, object], line: bytes, source: str, fields: Mapping[str, str], place: Place | None) -> Raw:
    media, text = _content(record, fields)
    return Raw(
        source=source,
        content=text.encode("utf-8", "surrogatepass"),
        media=media,
        source_id=_own_id(record, fields.get("id", "id")),
        url=_string(record, fields.get("url", "url")),
        fetched_at=time_of(value_of(record, fields.get("fetched_at", "fetched_at"))),
        encoding="utf-8",
        record=line,
        fields=dict(fields),
        meta=_meta_of(record, fields),
        place=place,
    )


def _meta_of(record: Mapping[str, object], fields: Mapping[str, str]) -> dict[str, object]:
    """Return what a record holds beside its id, url and content."""
    own = {fields.get(role, role) for role in _OWN_ROLES}
    left = {key: value for key, value in record.items() if key not in own}
    for key in own:
        if "." in key and key not in record:
            left = without(left, key)
    return left


def _content(record: dict[str, object], fields: Mapping[str, str]) -> tuple[Media, str]:
    keys = (fields.get("text", "text"), fields.get("html", "html"))
    text, html = (_string(record, key) for key in keys)
    if text is None and html is None:
        if empty := [f'"{key}"' for key in keys if key in record]:
            raise InputError("types", f"{' and '.join(empty)} is null, expected a string: {_MEND}")
        found = ", ".join(sorted(map(repr, record))[:8]) or "no keys"
        named = f"{_wanted(fields)}; {_hint(record)}"
        raise InputError("types", f'the record has neither "{keys[0]}" nor "{keys[1]}" (found: {found}); {named}')
    # Who names the key of the HTML, but none for the text, wants the HTML.
    if html is not None and (not text or (html and "html" in fields and "text" not in fields)):
        return "text/html", html
    return "text/plain", text or ""


def _hint(record: Mapping[str, object]) -> str:
    """Return which key to name, or what to do with a list of records inside a record.

    >>> _hint({"body": "Rabat"}), _hint({"data": {"content": "Rabat"}}), _hint({"articles": [{"title": "a"}]})
    ('name its key: --text-field body', 'name its key: --text-field data.content', "give its list: jq -c '.articles[]'")
    """
    inner = {f"{key}.{name}": each for key, value in record.items() if isinstance(value, dict)
             for name, each in value.items()}  # fmt: skip
    for role in ("text", "html"):
        for names in (record, inner):
            texts = {key.rpartition(".")[2]: key for key, value in names.items() if isinstance(value, str)}
            if role in (guessed := guess_fields(list(texts))):
                return f"name its key: --{role}-field {texts[guessed[role]]}"
    lists = [key for key, value in record.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    return f"give its list: jq -c '.{lists[0]}[]'" if lists else "name its key with --text-field or --html-field"


def _string(record: Mapping[str, object], key: str) -> str | None:
    value = value_of(record, key)
    if value is None or isinstance(value, str):
        return value
    raise InputError("types", f'"{key}" is {_NAMES[type(value)]}, expected a string: {_MEND}')


def time_of(value: object) -> str | None:
    """Return a time that a record gives: a string as it is, a number as seconds or milliseconds since 1970.

    >>> time_of("2024-03-01"), time_of(1709251200), time_of(1709251200000), time_of(True)
    ('2024-03-01', '2024-03-01T00:00:00+00:00', '2024-03-01T00:00:00+00:00', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1_000 if abs(value) > _MILLISECONDS else value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _own_id(record: Mapping[str, object], key: str) -> str | None:
    value = value_of(record, key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    if value is None or isinstance(value, str):
        return value
    raise InputError("types", f'"{key}" is {_NAMES[type(value)]}, expected a string or a number: {_MEND}')


def given_id(raw: Raw) -> str | float | None:
    """Return a record's own id of the type it came in: ``Raw.source_id`` holds numbers as strings."""
    if raw.record is None or raw.source_id is None:
        return raw.source_id
    value = value_of(_parse(raw.record, MOST_DEPTH, raw.fields), raw.fields.get("id", "id"))
    return value if isinstance(value, int | float | str) else raw.source_id
