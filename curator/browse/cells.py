"""A value in one of Datasette's tables -> a link to our page about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup, escape

from curator.browse.links import path_to
from curator.browse.visible import has_unseen, visible

if TYPE_CHECKING:
    # Not at run time: Datasette loads its plugins while it is being imported itself.
    from datasette.app import Datasette

#: Columns that hold the id of something that has a page of ours.
_PAGES = {
    "article_id": "article",
    "duplicate_of": "article",
    "via": "article",
    "container_id": "article",
    "keeper_id": "article",
    "a": "article",
    "b": "article",
    "cluster_id": "cluster",
    "site": "site",
    "domain": "site",
    "rule": "rule",
}
_HTTP = re.compile(r"https?://[^\s\"<>]+")

#: A link in a table is shown up to this length.
_SHOWN_CHARS = 60

#: A text in a table is cut off here; Datasette gets the same limit.
MOST_CHARS = 400


class Cell(NamedTuple):
    """One value where Datasette shows it; ``table`` is None in the result of a query.

    ``row`` is a sqlite3.Row, or Datasette's CustomRow.
    """

    datasette: Datasette
    database: str
    table: str | None
    column: str
    value: Any
    row: Any


def render(cell: Cell) -> Markup | None:
    """Return the link of a cell, or None where Datasette's own way of showing it is right."""
    labelled = isinstance(cell.value, dict)
    value = cell.value["value"] if labelled else cell.value
    named = "source" if cell.table == "documents" else "title"
    if cell.column == named and (article_id := _article_id(cell)) is not None:
        return _link(path_to(cell.datasette, cell.database, "article", article_id), str(value or "untitled"))
    if value is None or value == "" or isinstance(value, bytes):
        return None
    if isinstance(value, float):
        return escape(f"{value:.3f}")
    page = _PAGES.get(cell.column)
    if page and (page != "article" or isinstance(value, int)):
        label = cell.value["label"] if labelled else value
        return _link(path_to(cell.datasette, cell.database, page, value), _named(label, value))
    if isinstance(value, str) and _HTTP.fullmatch(value.strip()):
        return external(value.strip())
    return visible(value[:MOST_CHARS]) if isinstance(value, str) and has_unseen(value) else None


def _article_id(cell: Cell) -> int | None:
    """Return the id of the article that a row is about, or None where it cannot be told."""
    name = "id" if cell.table in ("articles", "documents") else "article_id"
    value = cell.row[name] if name in cell.row.keys() else None  # noqa: SIM118 - a sqlite3.Row is no mapping
    value = value["value"] if isinstance(value, dict) else value
    return value if isinstance(value, int) else None


def _named(label: object, value: object) -> str:
    """Return what a link says: the label, and the id where that is something else."""
    text = "" if label is None else str(label)
    if text == str(value):
        return text
    return f"{text or 'untitled'} ({value})"


def _link(path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, visible(text))


def external(url: str, text: str | None = None, most_chars: int = _SHOWN_CHARS) -> Markup:
    """Return a link to a page of the web, which learns nothing about where the reader came from.

    Without a text it shows the address, up to ``most_chars``; what is cut off there shows under the pointer.

    Raises ValueError for an address that is not http or https: such a one may be a script.
    """
    if not _HTTP.fullmatch(url):
        raise ValueError(f"not an http address: {url[:80]!r}")
    shown = text or (url if len(url) <= most_chars else url[: most_chars - 1] + "…")
    title = Markup(' title="{}"').format(url) if shown.endswith("…") else ""
    return Markup('<a href="{}" rel="noopener noreferrer nofollow"{}>{}</a>').format(url, title, shown)


def is_http(url: str | None) -> bool:
    """Return whether an address may be a link.

    >>> is_http("https://example.com/a"), is_http("javascript:alert(1)"), is_http(None)
    (True, False, False)
    """
    return bool(url and _HTTP.fullmatch(url))
