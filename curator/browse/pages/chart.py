"""Rows of counts -> bars and columns, drawn as SVG by the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from curator.browse.formats import percent, plural
from curator.browse.pages.page import Asked, Row
from curator.model import KINDS

_REMOVAL = """
select month, avg({share}) as removed, count(*) as articles
from (select id, month, ratio_cut, raw_chars from articles{at} order by id desc limit :most) as latest
where month is not null group by month order by month desc limit 600"""
_SHARE_OF_KIND = """coalesce((select sum("end" - start) from cuts where article_id = latest.id and kind = :kind), 0)
    * 1.0 / max(raw_chars, 1)"""
_LATEST_ARTICLES = 5_000

_MONTH = re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])")

#: What a full column of shares may stand for.
_TOPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

#: More columns than these do not fit beside each other: years take the place of months, the latest come first.
_MOST_COLUMNS = 36


def widths(values: Sequence[float]) -> list[float]:
    """Return bar lengths of 0 to 100 for values of 0 or more; the largest is 100.

    >>> widths([5, 10, 0])
    [50.0, 100.0, 0.0]
    """
    most = max(values, default=0)
    return [round(100 * value / most, 2) if most else 0.0 for value in values]


def barred(rows: list[Row], column: str) -> list[Row]:
    """Return the rows, each with the length of its bar under ``bar``."""
    return [row | {"bar": bar} for row, bar in zip(rows, widths([row[column] for row in rows]), strict=True)]


def columns_of(months: list[Row]) -> list[Row]:
    """Return the columns of articles over time: months, or years where there are many months, oldest first.

    A month without articles is an empty column, so that the way from left to right is time.

    >>> [(row["label"], row["bar"]) for row in columns_of([{"month": "2024-03", "articles": 2}, \
{"month": "2024-01", "articles": 4}])]
    [('2024-01', 100.0), ('2024-02', 0.0), ('2024-03', 50.0)]
    """
    counts = {row["month"]: row["articles"] for row in months if _MONTH.fullmatch(row["month"])}
    labels = months_between(min(counts), max(counts)) if counts else []
    if len(labels) > _MOST_COLUMNS:
        labels = [str(year) for year in range(int(labels[0][:4]), int(labels[-1][:4]) + 1)][-_MOST_COLUMNS:]
        years = dict.fromkeys(labels, 0)
        for month, number in counts.items():
            years[month[:4]] = years.get(month[:4], 0) + number
        counts = years
    rows = [{"label": label, "articles": counts.get(label, 0)} for label in labels]
    return barred([row | {"says": plural(row["articles"], "article")} for row in rows], "articles")


def removal_columns(months: list[Row]) -> list[Row]:
    """Return the columns of removal over time, the latest 36 months, oldest first; a full one is ``top_of`` them.

    >>> removal_columns([{"month": "2024-02", "removed": 0.05, "articles": 4}])
    [{'label': '2024-02', 'bar': 50.0, 'says': '5.0% removed of 4 articles'}]
    """
    known = {row["month"]: row for row in months if _MONTH.fullmatch(row["month"])}
    labels = months_between(min(known), max(known))[-_MOST_COLUMNS:] if known else []
    top = top_of([known[label] for label in labels if label in known])
    columns = []
    for label in labels:
        row = known.get(label, {"removed": 0.0, "articles": 0})
        says = f"{percent(row['removed'])} removed of {plural(row['articles'], 'article')}"
        columns.append({"label": label, "bar": round(100 * row["removed"] / top, 1), "says": says})
    return columns


def top_of(rows: list[Row]) -> float:
    """Return the share that a full column stands for: the next round one above the largest, 1 at most.

    >>> top_of([{"removed": 0.05}, {"removed": 0.012}]), top_of([{"removed": 0.7}]), top_of([])
    (0.1, 1.0, 1.0)
    """
    most = max((row["removed"] for row in rows), default=1.0)
    return next((top for top in _TOPS if most < top), 1.0)


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included.

    >>> months_between("2023-12", "2024-02")
    ['2023-12', '2024-01', '2024-02']
    """
    start, stop = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, stop + 1)]


class Removal(NamedTuple):
    """How much was removed over time, of a kind or of all; a full column is the share ``top`` of a text."""

    columns: list[Row]
    top: float
    kind: str
    latest_articles: int


async def removal_over_time(asked: Asked, site: str | None = None) -> Removal:
    """Return how much was removed over time, in a corpus or on a site; ``?kind=`` counts one kind alone."""
    kind = asked.argument("kind") if asked.argument("kind") in KINDS else ""
    sql = _REMOVAL.format(share=_SHARE_OF_KIND if kind else "ratio_cut", at=" where site = :site" if site else "")
    values = ({"site": site} if site else {}) | ({"kind": kind} if kind else {})
    months = await asked.rows(sql, **values, most=_LATEST_ARTICLES)
    columns = removal_columns(months)
    shown = {column["label"] for column in columns}
    return Removal(columns, top_of([row for row in months if row["month"] in shown]), kind, _LATEST_ARTICLES)
