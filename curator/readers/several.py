"""A text that is read as one document, but holds several: mailboxes, downloads of press archives, exports of ours."""

from __future__ import annotations

import re

from curator.readers.letterheads import FROM_LINE

_MESSAGE = re.compile(rb"^" + FROM_LINE, re.MULTILINE)
#: How press archives count: "3 of 20 DOCUMENTS", "Dokument 3 von 20". Not: "3 of 20", which galleries of photos have.
_COUNTED = re.compile(
    rb"^[ \t\f]*(?:\d{1,6} (?:of|von|de|sur) \d{1,6} do[ck]ument[a-z]{0,2}"
    rb"|do[ck]ument \d{1,6} (?:of|von|de|sur) \d{1,6})[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE,
)
#: What ``curator export --format text`` writes between articles. Before the first word of a line it begins a page.
_PARTED = re.compile(rb"^\f\r?\n", re.MULTILINE)

_PART = "if these are articles, part it first, as docs/inputs.md shows"
#: A text that begins with such a line is read as a mailbox; here something stands before it, or a text was asked for.
_MAILBOX = "--format mbox reads them one by one"


def several_in(text: bytes) -> str | None:
    r"""Return by what a text seems to hold several documents, how many, and what to do; None where it seems to be one.

    >>> several_in(b"1 of 2 DOCUMENTS\nRabat ...\n2 of 2 DOCUMENTS\nFes ...").partition(";")[0]
    'lines such as "1 of 2 DOCUMENTS" begin 2 documents'
    >>> several_in(b"1 of 2\nThe harbour\n2 of 2\nThe pier")
    """
    for pattern, advice in ((_MESSAGE, _MAILBOX), (_COUNTED, _PART)):
        found = pattern.findall(text)
        if len(found) > 1:
            first = " ".join(found[0].decode("utf-8", "replace").split())
            return f'lines such as "{first[:60]}" begin {len(found):,} documents; {advice}'
    n_parts = sum(map(bool, map(bytes.strip, _PARTED.split(text)))) if b"\f" in text else 0
    return f"lines of a form feed part it into {n_parts:,}; {_PART}" if n_parts > 1 else None
