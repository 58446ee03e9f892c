"""Articles -> JSON lines: one object per document, on a line that nothing but its line feed ends."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # not in the stubs

from curator.model import Article, Cut, Failure, Raw
from curator.readers import given_id
from curator.sites import site_of
from curator.store.articles import StoredArticle
from curator.store.rows import CutRow

# Readers that use str.splitlines would end a line at the first three; the surrogates are no UTF-8.
_UNSAFE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")
_ENCODED = json.JSONEncoder(ensure_ascii=False, default=str).encode
_DECODER = JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")


class JsonText(str):
    """Text that is JSON already, as somebody else wrote it."""

    __slots__ = ()


def json_text(value: object) -> str:
    r"""Return a value as JSON on one line, for every reader's notion of a line, that can be written as UTF-8.

    >>> json_text(["a\u2028b\ud800ü", JsonText("1.50")][0]), json_text(JsonText("1.50"))
    ('"a\\u2028b\\ud800ü"', '1.50')
    """
    # In valid JSON a line break stands between values only: inside a string it is escaped.
    text = value.replace("\n", " ").replace("\r", " ") if isinstance(value, JsonText) else _ENCODED(value)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) if _UNSAFE.search(text) else text


def to_line(record: Mapping[str, object]) -> str:
    r"""Return a record as one line of JSON, its line feed included.

    >>> to_line({"text": "a\u2028b", "meta": JsonText('{"x": 1e400}')})
    '{"text": "a\\u2028b", "meta": {"x": 1e400}}\n'
    """
    return "{" + ", ".join(f"{json_text(key)}: {json_text(value)}" for key, value in record.items()) + "}\n"


def members(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys of a JSON object with their values as they are written; ValueError where the text is none.

    >>> list(members('{"n": 1.50, "id": 12345678901234567890}'))
    [('n', '1.50'), ('id', '12345678901234567890')]
    """
    at = _blanks(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("expected a JSON object")
    at = _blanks(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = scanstring(text, at + 1, True)
        at = _blanks(text, at)
        start = _blanks(text, at + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield key, text[start:end]
        at = _blanks(text, end)
        at = _blanks(text, at + 1) if text[at : at + 1] == "," else at


def _blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def meta_of(raw: Raw) -> JsonText | None:
    """Return what is known of a document beside its fields as a JSON object, or None.

    Values of a JSON record are as they were written: 1.50 stays 1.50, a number of forty digits loses none.
    """
    if not raw.meta:
        return None
    written = _written(raw)
    if written.keys() != raw.meta.keys():
        return JsonText(json_text(dict(raw.meta)))
    # Of a key with a field inside it, the rest is written anew.
    opened = {name.partition(".")[0] for name in raw.fields.values() if "." in name}
    values = {key: _ENCODED(raw.meta[key]) if key in opened else value for key, value in written.items()}
    return JsonText("{" + ", ".join(f"{_ENCODED(key)}: {value}" for key, value in values.items()) + "}")


def _written(raw: Raw) -> dict[str, str]:
    try:
        return {key: value for key, value in members((raw.record or b"").decode("utf-8")) if key in raw.meta}
    except ValueError:  # no JSON: the row of a table, say
        return {}


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
        "meta": meta_of(raw),
    }
    return record | {"page": page.text} if with_page else record


#: What ``curator clean --filter`` adds to a record, under this key.
ADDED = "curator"
_IDENTITY = ("id", "source", "url", "meta")
_ADDED = ("title", "lang", "published", "author", "status", "reason", "raw_chars", "title_span", "cuts")


def filtered_record(raw: Raw, article: Article) -> dict[str, object]:
    """Return the JSON record that a document came in, its text cleaned, and what was found under ``curator``.

    All other keys and values are as they were written, in their order; HTML stays and gets a ``text`` beside it. What
    came in no record (a file, a row of CSV, a response) becomes one that says where it came from.
    """
    found = clean_record(raw, article)
    added = {name: found[name] for name in _ADDED}
    if raw.record is None:
        known = {name: found[name] for name in _IDENTITY if found[name] is not None}
        return {**known, "text": article.text, ADDED: added}
    try:
        written = {key: JsonText(value) for key, value in members(raw.record.decode("utf-8"))}
    except ValueError:
        written = {}
    return {**_with_text(written, raw.fields.get("text", "text"), article.text), ADDED: added}


def _with_text(written: Mapping[str, JsonText], key: str, text: str) -> dict[str, object]:
    """Return a record with a text under a key, or under keys inside each other, all else as it was written."""
    name, _, rest = key.partition(".")
    if key in written or not rest or not written.get(name, "").startswith("{"):
        return {**written, key: text}
    inner = _with_text({each: JsonText(value) for each, value in members(written[name])}, rest, text)
    return {**written, name: JsonText(to_line(inner).rstrip("\n"))}


def failed_filtered(failure: Failure) -> dict[str, object]:
    """Return what stands in the place of a record that could not be read or cleaned: as it came, where it is JSON.

    A ``text`` that is missing or null is empty then.
    """
    found = failed_record(failure)
    written = {key: JsonText(value) for key, value in members((failure.record or b"{}").decode("utf-8"))}
    text = {} if written.get("text", "null") != "null" else {"text": ""}
    return {**written, **text, ADDED: {name: found[name] for name in _ADDED} | {"source": failure.source}}


def _cut(cut: Cut, text: str) -> dict[str, object]:
    return {**cut._asdict(), "text": text}


#: The keys of a document's record, in order.
KEYS = (
    "id", "source", "url", "site", "title", "text", "lang", "published", "author", "status", "reason", "raw_chars",
    "title_span", "cuts", "meta",
)  # fmt: skip

#: What a corpus knows beside them.
_STORED = ("key", "source_id", "fetched_at", "cluster_id", "duplicate_of", "similarity")
STORED_KEYS = (*KEYS, *_STORED)


def failed_record(failure: Failure) -> dict[str, object]:
    """Return what stands in the place of a document that could not be read or cleaned."""
    record: dict[str, object] = dict.fromkeys(KEYS)
    reason = f"{failure.stage}: {failure.message}"
    return record | {"source": failure.source, "text": "", "cuts": [], "status": "failed", "reason": reason}


def stored_record(article: StoredArticle, cuts: Sequence[CutRow], meta: JsonText | None) -> dict[str, object]:
    """Return an article of a corpus with the keys ``STORED_KEYS``; ``id`` is that of the corpus."""
    record = {name: getattr(article, name) for name in KEYS if name not in ("cuts", "meta")}
    extra = {name: getattr(article, name) for name in _STORED}
    return record | {"cuts": [_cut(*row) for row in cuts], "meta": meta} | extra


def json_lines(records: Iterable[dict[str, object]]) -> Iterator[str]:
    """Yield records as lines; ``raw`` bytes that are no UTF-8 come as ``raw_base64`` instead."""
    for record in records:
        yield to_line(record | _as_text(record["raw"]) if "raw" in record else record)


def _as_text(raw: object) -> dict[str, object]:
    if not isinstance(raw, bytes):
        return {"raw": None, "raw_base64": None}
    try:
        return {"raw": raw.decode("utf-8"), "raw_base64": None}
    except UnicodeDecodeError:
        return {"raw": None, "raw_base64": b64encode(raw).decode("ascii")}
