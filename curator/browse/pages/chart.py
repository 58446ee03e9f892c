"""Rows of counts -> bars and columns, drawn as SVG by the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from curator.browse.formats import percent, plural
from curator.browse.pages.page import Row

_MONTH = re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])")

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
    """Return the columns of removal over time, the latest 36 months, oldest first; a full one is all there was.

    >>> removal_columns([{"month": "2024-02", "removed": 0.25, "articles": 4}])
    [{'label': '2024-02', 'bar': 25.0, 'says': '25% removed of 4 articles'}]
    """
    known = {row["month"]: row for row in months if _MONTH.fullmatch(row["month"])}
    columns = []
    for label in months_between(min(known), max(known))[-_MOST_COLUMNS:] if known else []:
        row = known.get(label, {"removed": 0.0, "articles": 0})
        says = f"{percent(row['removed'])} removed of {plural(row['articles'], 'article')}"
        columns.append({"label": label, "bar": round(100 * row["removed"], 1), "says": says})
    return columns


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included.

    >>> months_between("2023-12", "2024-02")
    ['2023-12', '2024-01', '2024-02']
    """
    start, stop = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, stop + 1)]
