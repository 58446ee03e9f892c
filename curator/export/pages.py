"""Records -> pages that people read: Markdown with front matter, and plain text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from curator.export.jsonl import JsonText
from curator.store.rows import shown

#: Between two articles in one text file. A form feed ends a line, so no kept line holds one.
SEPARATOR = "\f\n"

_SLUG_CHARS = 60
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
# What Unicode does not take apart into a letter of ASCII and a mark; ß becomes ss by folding its case.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_MONTH = re.compile(r"\d{4}-\d{2}")
# JSON strings are YAML strings but for the characters that YAML calls unprintable, or would fold as line breaks.
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def name_of(record: Mapping[str, object], ending: str) -> str:
    """Return where an article's file stands: month of publication / id and title in harmless letters.

    No two articles share an id, so no two share a name, whatever their titles and the file system.

    >>> name_of({"id": 7, "title": "../Über CON: €5?", "published": "2024-05-01"}, ".md")
    '2024-05/7-uber-con-5.md'
    >>> name_of({"id": 8, "title": "日本", "published": None}, ".txt")
    'undated/8.txt'
    >>> name_of({"id": 9, "title": "Rat beschließt Straße nach Łódź und Øresund", "published": None}, ".md")
    'undated/9-rat-beschliesst-strasse-nach-lodz-und-oresund.md'
    """
    month = _MONTH.match(str(record["published"] or ""))
    title = str(record["title"] or "")[:300].casefold().translate(_PLAIN)
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = _NOT_SLUG.sub("-", letters).strip("-")[:_SLUG_CHARS].strip("-")
    return f"{month.group() if month else 'undated'}/{record['id']}{'-' * bool(slug)}{slug}{ending}"


def text_page(record: Mapping[str, object]) -> str:
    r"""Return an article as plain text: headline, blank line, text; with a line feed at its end.

    >>> text_page({"title": "Rabat", "text": "Die Stadt baut."})
    'Rabat\n\nDie Stadt baut.\n'
    """
    return "\n\n".join(str(part) for part in (record["title"], record["text"]) if part) + "\n"


#: What stands in the front matter, where it is known.
_FRONT = (
    "title", "id", "key", "url", "site", "lang", "published", "author", "status", "reason", "source", "source_id",
    "fetched_at", "cluster_id", "duplicate_of", "similarity", "meta", "cuts",
)  # fmt: skip


def markdown_page(record: Mapping[str, object]) -> str:
    """Return an article as Markdown: YAML front matter, headline, text, none of which is taken for markup."""
    front = "".join(f"{name}: {_yaml(record[name])}\n" for name in _FRONT if record[name] not in (None, []))
    head = f"# {_inline(str(record['title']))}\n\n" if record["title"] else ""
    return f"---\n{front}---\n\n{head}{markdown_text(str(record['text']))}\n"


def _yaml(value: object) -> str:
    r"""Return a value as YAML that means the same to every reader.

    >>> _yaml("a: [b]\x85 - 'c'")
    '"a: [b]\\u0085 - \'c\'"'
    """
    # Parsed again: JSON may write one character as two escapes, which YAML takes for two.
    found = json.loads(value) if isinstance(value, JsonText) else value
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found.group()):04x}", shown(json.dumps(found, ensure_ascii=False)))


# What can begin a span, an HTML tag, an entity, a link or a table anywhere in a line.
_SPANS = re.compile(r"([\\`*_\[\]<&~|$])")
# What makes a line a headline, quote, list, rule, fence or underline when it stands in front.
_FRONTS = re.compile(r"^([ \t\u00a0]*)(?:([#>+=:-])|(\d+)([.)]))", re.MULTILINE)


def markdown_text(text: str) -> str:
    r"""Return text as Markdown that shows the very text: every mark escaped, line breaks kept by two spaces.

    >>> markdown_text("1. *Rabat*\n<b>\n\n# Fes")
    '1\\. \\*Rabat\\*  \n\\<b>\n\n\\# Fes'
    """
    lines = [_inline(line) for line in text.split("\n")]
    pairs = zip(lines, [*lines[1:], ""], strict=True)
    return "\n".join(line + "  " if line and following else line for line, following in pairs)


def _inline(text: str) -> str:
    escaped = _SPANS.sub(r"\\\1", text.strip(" \t"))
    return _FRONTS.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}", escaped
    )
