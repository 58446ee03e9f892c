"""What a person chooses of the articles -> conditions: in SQL, for rows at hand, for Datasette's table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

FACETS = ("status", "lang", "site", "month")
SPAN = ("from", "to")
#: What may be chosen: a value of a facet, or "unknown" for what has none; ``review=yes`` for what is to be checked; and
#: the first and the last day of publication, each as a year, a month or a day.
CHOICES = ("review", *FACETS, *SPAN)
UNKNOWN = "unknown"

TITLES = {
    "review": "To check", "status": "Status", "lang": "Language", "site": "Site", "month": "Month",
    "from": "From", "to": "To",
}  # fmt: skip

_DAY = re.compile(r"[12][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_MONTH_CHARS = len("2024-05")

#: Stands behind all that a year, a month or a day may begin: 2024-05-31T23:59 comes before 2024-05~.
_END = "~"


def chosen_of(argument: Callable[[str], str]) -> tuple[dict[str, str], list[str]]:
    """Return what is chosen, and what was typed as a day and is none.

    >>> chosen_of({"lang": "de", "from": "2024-5", "to": "2024"}.get)
    ({'lang': 'de', 'to': '2024'}, ['2024-5'])
    """
    given = {name: argument(name) for name in CHOICES if argument(name)}
    wrong = {name: value for name, value in given.items() if name in SPAN and not _DAY.fullmatch(value)}
    return {name: value for name, value in given.items() if name not in wrong}, list(wrong.values())


def bound(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the values that the conditions of ``where`` name."""
    return {name: value for name, value in chosen.items() if name != "review" and value != UNKNOWN}


def _term(name: str, value: str, sign: str) -> str:
    """Return the condition for one choice; names are our own, values are bound.

    >>> _term("lang", "de", ""), _term("lang", "unknown", "+"), _term("review", "yes", "")
    ('lang = :lang', '+lang is null', 'review is not null')
    """
    if name == "review":
        return f"{sign}review is {'not ' if value == 'yes' else ''}null"
    if name in SPAN:
        return _span_term(name, value, sign)
    return f"{sign}{name} is null" if value == UNKNOWN else f"{sign}{name} = :{name}"


def _span_term(name: str, value: str, sign: str) -> str:
    """Return the condition for the first or the last day: by the month, which stands in every index of filters.

    Of a day, the days of its own month are read besides.

    >>> _span_term("from", "2024-05", ""), _span_term("to", "2024", "+")
    ('month >= :from', "+month <= :to || '~'")
    >>> _span_term("from", "2024-05-07", "")
    '(month > substr(:from, 1, 7) or month = substr(:from, 1, 7) and published >= :from)'
    """
    order, end = (">", "") if name == "from" else ("<", f" || '{_END}'")
    if len(value) <= _MONTH_CHARS:
        return f"{sign}month {order}= :{name}{end}"
    month = f"substr(:{name}, 1, {_MONTH_CHARS})"
    return f"({sign}month {order} {month} or {sign}month = {month} and published {order}= :{name}{end})"


def where(chosen: Mapping[str, str], sign: str = "") -> str:
    """Return the condition for what is chosen.

    Beside another filter the status, which most articles share, is kept from its index.

    >>> where({"site": "a", "status": "kept"})
    ' where site = :site and +status = :status'
    """
    signs = {"status": "+" if len(chosen) > 1 else sign}
    terms = [_term(name, value, signs.get(name, sign)) for name, value in chosen.items()]
    return " where " + " and ".join(terms) if terms else ""


def counted_where(chosen: Mapping[str, str]) -> str:
    """Return the condition as counts take it: along the one index that holds all four columns, from the site on.

    What is to be checked has a small index of its own.

    >>> counted_where({"lang": "de"}), counted_where({"site": "a", "lang": "de"})
    (' where +lang = :lang', ' where site = :site and +lang = :lang')
    """
    leads = "review" if "review" in chosen else "site"
    terms = [_term(name, value, "" if name == leads else "+") for name, value in chosen.items()]
    return " where " + " and ".join(terms) if terms else ""


def fits(row: Mapping[str, Any], chosen: Mapping[str, str]) -> bool:
    """Return whether a row of ``articles`` is of what is chosen, as ``where`` has it.

    >>> row = {"lang": "de", "month": "2024-05", "published": "2024-05-07"}
    >>> fits(row, {"lang": "de", "from": "2024", "to": "2024-05-07"}), fits(row, {"from": "2024-05-08"})
    (True, False)
    """
    return all(_one_fits(row, name, value) for name, value in chosen.items())


def _one_fits(row: Mapping[str, Any], name: str, value: str) -> bool:
    if name not in SPAN:
        return value_of(row, name) == value
    if not row["month"]:
        return False
    return bool(row["published"] >= value if name == "from" else row["published"] <= value + _END)


def value_of(row: Mapping[str, Any], name: str) -> str:
    """Return the value of a row under which it is chosen."""
    if name == "review":
        return "yes" if row["review"] else ""
    return str(row[name] or UNKNOWN)


def table_query(typed: str, chosen: Mapping[str, str], sort: str) -> str:
    """Return the query string under which Datasette's table holds the same articles, as far as it can sort them.

    >>> table_query("Brücke", {"lang": "unknown", "review": "yes", "from": "2024"}, "removed")
    '_search=Br%C3%BCcke&lang__isnull=1&review__notblank=1&published__gte=2024&_sort_desc=ratio_cut'
    """
    values = {"_search": typed} if typed else {}
    for name, value in chosen.items():
        if name == "review":
            values["review__notblank"] = "1"
        elif name in SPAN:
            values |= {"published__gte": value} if name == "from" else {"published__lte": value + _END}
        elif value == UNKNOWN:
            values[f"{name}__isnull"] = "1"
        else:
            values[name] = value
    columns = {"published": "published", "removed": "ratio_cut"}
    return urlencode(values | ({"_sort_desc": columns[sort]} if sort in columns else {}))
