"""Records -> lines that a person reads on a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click

from curator.model import Cut

#: Scraped text must not steer the terminal: control characters and those that turn the direction of writing.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_KIND_COLUMNS = 11


def plain(text: str) -> str:
    r"""Return text of one line with a substitute for every character that would steer the terminal.

    >>> plain("a\x1b[31mb") == "a\ufffd[31mb"
    True
    """
    return _CONTROLS.sub("\ufffd", text.replace("\t", " ").replace("\n", " ").replace("\r", " "))


def shortened(text: str, n_chars: int) -> str:
    """Return text of one line, with an ellipsis where it is longer than so many characters.

    >>> shortened("Rabat und Fes", 8)
    'Rabat u…'
    """
    text = plain(text)
    return text if len(text) <= n_chars else text[: n_chars - 1] + "…"


def utf8(stream: TextIO) -> TextIO:
    """Return an output stream that takes any text, whatever the locale says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace", newline="\n")
    return stream


def coloured(stream: TextIO) -> bool:
    """Return whether to write colours: to a terminal, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def beside_text(n_page: int, n_text: int, n_cut: int, n_title: int) -> str:
    """Return where characters of a page went that are neither text nor cut: with these, the numbers make up the page.

    >>> beside_text(100, 60, 20, 15), beside_text(80, 60, 20, 0)
    ('15 in the title, 5 in blank lines and spaces', '')
    """
    parts = {"in the title": n_title, "in blank lines and spaces": n_page - n_text - n_cut - n_title}
    return ", ".join(f"{n:,} {what}" for what, n in parts.items() if n)


def program() -> str:
    """Return how the user calls curator: by name where the shell finds it, else by its path."""
    found = shutil.which("curator")
    called = Path(sys.argv[0])
    if called.stem != "curator" or (found and Path(found).resolve() == called.resolve()):
        return "curator"
    return os.path.relpath(called)


def margin_notes(
    text: str, cuts: Sequence[Cut], title: tuple[int, int] | None, *, colour: bool = False
) -> Iterator[str]:
    """Yield the page line by line, each cut one with its kind before it, and rule and reason behind.

    A line that is cut in part shows the cut characters between [- and -].
    """
    from curator.page.lines import line_spans

    for start, end in line_spans(text):
        inside = [cut for cut in cuts if cut.start < end and start < cut.end]
        if not inside:
            is_title = title is not None and title[0] < end and start < title[1]
            yield _kept(text[start:end], is_title=is_title, colour=colour)
            continue
        whole = not _left(text, start, end, inside).strip()
        kind = inside[0].kind if whole else f"~{inside[0].kind}"
        shown = plain(text[start:end]) if whole else _marked(text, start, end, inside)
        notes = "; ".join(dict.fromkeys(f"{cut.rule}: {cut.why}" for cut in inside))
        margin = f"{kind:>{_KIND_COLUMNS}} │ "
        if colour:
            yield click.style(margin, fg="red") + click.style(shown, dim=True) + click.style(f"  ← {notes}", fg="cyan")
        else:
            yield f"{margin}{shown}  ← {notes}"


def _kept(line: str, *, is_title: bool, colour: bool) -> str:
    shown = plain(line)
    if is_title:
        return f"{'title':>{_KIND_COLUMNS}} │ " + (click.style(shown, bold=True) if colour else shown)
    return f"{'':>{_KIND_COLUMNS}} │ {shown}".rstrip()


def _left(text: str, start: int, end: int, cuts: Iterable[Cut]) -> str:
    return "".join(kept for kept, _ in _pieces(text, start, end, cuts))


def _marked(text: str, start: int, end: int, cuts: Iterable[Cut]) -> str:
    pieces = _pieces(text, start, end, cuts)
    return "".join(plain(kept) + (f"[-{plain(cut)}-]" if cut else "") for kept, cut in pieces)


def _pieces(text: str, start: int, end: int, cuts: Iterable[Cut]) -> Iterator[tuple[str, str]]:
    at = start
    for cut in cuts:
        low, high = max(at, cut.start), min(end, cut.end)
        yield text[at:low], text[low:high]
        at = max(at, high)
    yield text[at:end], ""


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table: words to the left, numbers to the right with their thousands set apart."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    right = [bool(rows) and isinstance(rows[0][column], int) for column in range(len(head))]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    for row in (head, *cells):
        yield "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ).rstrip()


def plural(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> plural(1, "document"), plural(1200, "document")
    ('1 document', '1,200 documents')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def counts_of(report: object, names: Sequence[str]) -> str:
    """Return some numbers of a report in a row, those that are 0 left out."""
    return counts({name: getattr(report, name) for name in names})


def counts(pairs: Mapping[str, int]) -> str:
    """Return named numbers in a row, those that are 0 left out.

    >>> counts({"kept": 1200, "duplicate": 0, "rejected": 3})
    '1,200 kept, 3 rejected'
    """
    return ", ".join(f"{number:,} {name}" for name, number in pairs.items() if number)
