"""Lines of a data sheet or of source code that read like furniture: "Autor: Jo Doe" of a book, "'/login'"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from curator.cleaners.page_lines import PageLines
from curator.cleaners.phrases import Phrases
from curator.model import Cut, Line

#: What is told of a book, a film or a game stands as "Verlag: Seestern": no full sentence, no address.
_FIELD = re.compile(r"[^\W\d_][^:.!?]{1,29}[:：] ?[^\s/].{0,70}")
#: So many fields in a row, two of which only a work has (a publisher, its pages), make a sheet.
_MIN_FIELDS, _MIN_OF_WORK = 4, 2
#: A sheet is short; the bound keeps a page of thousands of fields from costing much.
_REACH = 12
#: The rules that take the makers of a work for those of the page.
_OF_MAKERS = frozenset({"byline-author", "byline-role", "caption-credit"})

#: A path, an option, or a name in the quotes of a program: "'/login'", "--author=", "'image/png',".
_CODE = re.compile(
    r"'[\w/.-]+'[,:;)\]]*"
    r"|\"[\w.-]*/[\w/.-]*\"[,:;)\]]*"
    r"|\"[a-z_]+\": .*"
    r"|--[a-z]+(?:-[a-z]+)*=?"
    r"|/[a-z]+(?:[/_-][a-z]+)*"
)
_CODE_MARKS = frozenset("'\"-/")


def spare_data(lines: PageLines, found: Iterable[Cut]) -> list[Cut]:
    """Return the cuts of single lines less those of source code, and of who made the work that a sheet describes."""
    kept = []
    for cut in found:
        at = lines.place_of(cut.start, cut.end)
        if at is None or not (is_code(lines.text[at]) or (cut.rule in _OF_MAKERS and _in_sheet(lines, at))):
            kept.append(cut)
    return kept


def is_code(text: str) -> bool:
    """Return whether a line is nothing but a path, an option or a quoted name of a program.

    >>> is_code("'/login'"), is_code("--author="), is_code("Login")
    (True, True, False)
    """
    return text[0] in _CODE_MARKS and _CODE.fullmatch(text) is not None


def _in_sheet(lines: PageLines, at: int) -> bool:
    """Return whether a line stands among fields that describe a work."""
    if not _is_field(lines[at]):
        return False
    first = last = at
    while first and at - first < _REACH and _is_field(lines[first - 1]) and lines[first].gap <= 1:
        first -= 1
    while last + 1 < len(lines) and last - at < _REACH and _is_field(lines[last + 1]) and lines[last + 1].gap <= 1:
        last += 1
    sheet = range(first, last + 1)
    phrases = lines.batch.phrases
    return len(sheet) >= _MIN_FIELDS and sum(_of_work(lines[i], phrases) for i in sheet) >= _MIN_OF_WORK


def _is_field(line: Line) -> bool:
    return _FIELD.fullmatch(line.bare) is not None


def _of_work(line: Line, phrases: Phrases) -> bool:
    """Return whether a field tells what only a work has: its publisher, its pages, its players."""
    front = line.bare.partition(":" if ":" in line.bare else "：")[0]
    return phrases.has("byline.of_work", " ".join(line.key.split(" ")[: len(front.split())]))
