"""What the name of a file says: its format, whether it is a document, whether it is hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Endings of documents and tables, with what they are where their content does not tell.
ENDINGS: Mapping[str, str] = {
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
    ".arc": "arc",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".mht": "mhtml",
    ".mhtml": "mhtml",
    ".eml": "eml",
    ".emlx": "eml",
    ".mbox": "mbox",
}
ARCHIVE_ENDINGS = frozenset({".zip", ".wacz", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst"})
PACKED_ENDINGS = frozenset({".gz", ".bz2", ".xz", ".zst"})

#: What mail programs call the files of a Maildir: the time, something unique, the host, and behind a colon (elsewhere
#: another sign) which flags are set. Apple calls the file in an exported folder "Name.mbox" plainly "mbox".
_MAIL = re.compile(
    r"(?:^|[/\\])(?:(?:(?:cur|new)[/\\])\d{9,}[._][^./\\]+\.[^/\\]+|\d{9,}[._][^./\\]+\.[^/\\]+[:;!]2,[A-Za-z]*|(mbox))$"
)
_ENDING = re.compile(r"(?<=[^./\\])\.[^./\\]+$")


def format_named(name: str) -> str | None:
    """Return the format that a name says its content has, or None."""
    if (found := _MAIL.search(name)) is not None:
        return "mbox" if found[1] else "eml"
    return ENDINGS.get(ending(name))


def ending(name: str) -> str:
    """Return a name's ending in lower case, that of the content for a packed file.

    >>> ending("a/B.JSONL.gz"), ending("a.txt"), ending("dump"), ending("a.warc.wet.gz"), ending("dump.gz")
    ('.jsonl', '.txt', '', '.wet', '')
    """
    while (inner := unpacked_name(name)) != name:
        name = inner
    found = _ENDING.search(name)
    return found[0].lower() if found else ""


def unpacked_name(name: str) -> str:
    """Return a name without the ending that stands for a packing.

    >>> unpacked_name("a.jsonl.zst"), unpacked_name("a.tgz")
    ('a.jsonl', 'a.tgz')
    """
    stem, dot, last = name.rpartition(".")
    return stem if dot and f".{last.lower()}" in PACKED_ENDINGS else name


def is_document(name: str) -> bool:
    """Return whether a path found in a folder or archive ends as documents, tables, mail or archives of them do.

    >>> is_document("a/b.txt"), is_document("dump.jsonl.gz"), is_document("dump.tar.xz"), is_document("README.md")
    (True, True, True, False)
    >>> is_document("Mail/cur/1709542800.M1P2.host:2,S"), is_document("Mail/new/1709542800.M1P2.host")
    (True, True)
    """
    found = ending(name)
    return found in ENDINGS or found in ARCHIVE_ENDINGS or _MAIL.search(name) is not None


def is_hidden(name: str) -> bool:
    """Return whether a name, or a folder on the way to it, is hidden; the way up is not.

    >>> is_hidden(".git/a.txt"), is_hidden("__MACOSX/a.txt"), is_hidden("../a.txt")
    (True, True, False)
    """
    parts = re.split(r"[/\\]", name)
    return any((part.startswith(".") and part.strip(".")) or part == "__MACOSX" for part in parts)
