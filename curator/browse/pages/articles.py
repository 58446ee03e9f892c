"""Articles as cards: search with snippets, filters with counts, sort orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from curator.browse.pages.page import Asked, Row, page_view, render
from curator.browse.visible import marked
from curator.store.search import match_of

FACETS = ("status", "lang", "site", "month")
#: What may be chosen: a value of a facet, or "unknown" for what has none, and ``review=yes`` for what is to be checked.
CHOICES = ("review", *FACETS)
UNKNOWN = "unknown"

#: The newest of a common word's articles stand for all: ranking hundreds of thousands takes seconds.
MOST_FOUND = 5_000
PAGE_CARDS = 20
_MOST_PAGES = MOST_FOUND // PAGE_CARDS
_FACET_VALUES = 12
_FEW = 20_000

_ORDERS = {
    "newest": "id desc",
    "published": "published desc",
    "removed": "ratio_cut desc",
    "longest": "words desc",
}

_ORDER_NAMES = {
    "relevance": "best match",
    "newest": "last added",
    "published": "latest published",
    "removed": "most removed",
    "longest": "longest",
}
_TITLES = {"review": "To check", "status": "Status", "lang": "Language", "site": "Site", "month": "Month"}

_FOUND = """
select articles.id, articles.status, articles.lang, articles.site, articles.month, published, ratio_cut, words, review
from articles_fts join articles on articles.id = articles_fts.rowid
where articles_fts match :query order by articles_fts.rowid desc limit :most"""
_RANKED = "select rowid as id from articles_fts where articles_fts match :query order by rank limit :most"
_CARDS = """
select articles.id, title, site, url, lang, published, words, ratio_cut, status, reason, review, cluster_id,
    duplicate_of, substr(article_texts.text, 1, 280) as opening
from articles left join article_texts on article_texts.id = articles.id
where articles.id in ({ids})"""
# The marks are control characters that no tokenizer takes for a word; text that holds them shows more marks, no more.
_SNIPPET = """
select rowid as id, highlight(articles_fts, 0, char(2), char(3)) as title,
    snippet(articles_fts, 1, char(2), char(3), ' … ', 40) as snippet
from articles_fts where articles_fts match :query and rowid = :id"""


class Found(NamedTuple):
    """What a search or a filter comes to: the ids of one page of cards, in order, and the counts beside them."""

    ids: list[int]
    n_found: int
    facets: Mapping[str, list[Row]]
    page: int = 1
    capped: bool = False

    @property
    def pages(self) -> int:
        """The number of pages of cards."""
        return pages_of(self.n_found)


def pages_of(n_found: int) -> int:
    """Return how many pages of cards so many articles take, 1 at least."""
    return max(1, min(-(-n_found // PAGE_CARDS), _MOST_PAGES))


@page_view
async def articles(asked: Asked) -> Response:
    """Answer with cards; ``?q=`` searches, ``?status=`` and the other ``CHOICES`` filter, ``?sort=`` sorts."""
    typed = asked.argument("q")
    query = match_of(typed)
    chosen = {name: asked.argument(name) for name in CHOICES if asked.argument(name)}
    page = asked.number("page", _MOST_PAGES)
    sort = asked.argument("sort")
    if typed:
        sort = sort if sort in _ORDERS else "relevance"
        found = await _search(asked, query, chosen, sort, page) if query else Found([], 0, {})
    else:
        sort = sort if sort in _ORDERS else "newest"
        found = await _filtered(asked, chosen, sort, page)
    facts = {
        "cards": await _cards(asked, found.ids, query),
        "found": found,
        "most": MOST_FOUND,
        "wordless": bool(typed and not query),
        "chosen": chosen,
        "sort": sort,
        "orders": [*(["relevance"] if typed else []), *_ORDERS],
        "most_values": _FACET_VALUES,
        "titles": _TITLES,
        "order_names": _ORDER_NAMES,
        "as_table": table_query(typed, chosen, sort),
    }
    return await render(asked, "articles", facts)


async def _search(asked: Asked, query: str, chosen: Mapping[str, str], sort: str, page: int) -> Found:
    rows = await asked.rows(_FOUND, query=query, most=MOST_FOUND + 1)
    capped = len(rows) > MOST_FOUND
    rows = rows[:MOST_FOUND]
    facets = {name: _counted(rows, chosen, name) for name in CHOICES}
    rows = [row for row in rows if _fits(row, chosen)]
    if sort == "relevance" and not capped:
        ranked = await asked.rows(_RANKED, query=query, most=MOST_FOUND)
        place = {row["id"]: number for number, row in enumerate(ranked)}
        rows.sort(key=lambda row: place.get(row["id"], len(place)))
    elif sort != "relevance":
        column = _ORDERS[sort].split()[0]
        rows.sort(key=lambda row: (row[column] is not None, row[column] or 0), reverse=True)
    page = min(page, pages_of(len(rows)))
    ids = [row["id"] for row in rows[(page - 1) * PAGE_CARDS : page * PAGE_CARDS]]
    return Found(ids, len(rows), facets, page, capped)


def _fits(row: Row, chosen: Mapping[str, str]) -> bool:
    return all(_value(row, name) == value for name, value in chosen.items())


def _value(row: Row, name: str) -> str:
    """Return the value of a row under which it is chosen."""
    if name == "review":
        return "yes" if row["review"] else ""
    return str(row[name] or UNKNOWN)


def _counted(rows: list[Row], chosen: Mapping[str, str], name: str) -> list[Row]:
    """Return the values of a facet among the rows that fit the other filters, the most frequent first."""
    others = {key: value for key, value in chosen.items() if key != name}
    counts = Counter(_value(row, name) for row in rows if _fits(row, others))
    counts.pop("", None)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_FACET_VALUES]
    return in_order(name, [{"value": value, "articles": count} for value, count in most])


def in_order(name: str, rows: list[Row]) -> list[Row]:
    """Return the values of a facet as they are listed: months by time, the latest first, what is unknown last.

    >>> [row["value"] for row in in_order("month", [{"value": "2024-01"}, {"value": "unknown"}, {"value": "2024-02"}])]
    ['2024-02', '2024-01', 'unknown']
    """
    listed = sorted(rows, key=lambda row: str(row["value"]), reverse=True) if name == "month" else rows
    return sorted(listed, key=lambda row: row["value"] == UNKNOWN)


def table_query(typed: str, chosen: Mapping[str, str], sort: str) -> str:
    """Return the query string under which Datasette's table holds the same articles, as far as it can sort them.

    >>> table_query("Brücke", {"lang": "unknown", "review": "yes"}, "removed")
    '_search=Br%C3%BCcke&lang__isnull=1&review__notblank=1&_sort_desc=ratio_cut'
    """
    values = {"_search": typed} if typed else {}
    for name, value in chosen.items():
        if name == "review":
            values["review__notblank"] = "1"
        elif value == UNKNOWN:
            values[f"{name}__isnull"] = "1"
        else:
            values[name] = value
    columns = {"published": "published", "removed": "ratio_cut"}
    return urlencode(values | ({"_sort_desc": columns[sort]} if sort in columns else {}))


async def _filtered(asked: Asked, chosen: Mapping[str, str], sort: str, page: int) -> Found:
    n_found = await _count(asked, chosen)
    page = min(page, pages_of(n_found))
    first = (page - 1) * PAGE_CARDS
    rows = await asked.rows(_page_sql(chosen, sort, n_found), **_bound(chosen), most=PAGE_CARDS, first=first)
    facets = {name: await _facet(asked, chosen, name) for name in FACETS}
    to_check = await _count(asked, {**chosen, "review": "yes"})
    facets["review"] = [{"value": "yes", "articles": to_check}] if to_check else []
    return Found([row["id"] for row in rows], n_found, facets, page)


async def _count(asked: Asked, chosen: Mapping[str, str]) -> int:
    sql = f"select count(*) as articles from articles{_counted_where(chosen)}"
    return sum(row["articles"] for row in await asked.rows(sql, **_bound(chosen)))


def _bound(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the values that the conditions of ``_term`` name."""
    return {name: value for name, value in chosen.items() if name != "review" and value != UNKNOWN}


def _term(name: str, value: str, sign: str) -> str:
    """Return the condition for one choice; names are our own, values are bound.

    >>> _term("lang", "de", ""), _term("lang", "unknown", "+"), _term("review", "yes", "")
    ('lang = :lang', '+lang is null', 'review is not null')
    """
    if name == "review":
        return f"{sign}review is {'not ' if value == 'yes' else ''}null"
    return f"{sign}{name} is null" if value == UNKNOWN else f"{sign}{name} = :{name}"


def _page_sql(chosen: Mapping[str, str], sort: str, n_found: int) -> str:
    """Return the query for a page of ids, written so that SQLite takes the quicker way (a plus bars an index).

    Few articles are found by the index of a filter and then sorted; many stand so close together in the index of
    the order that going along it soon fills a page.

    >>> _page_sql({"lang": "de"}, "removed", 10)
    'select id from articles where lang = :lang order by +ratio_cut desc limit :most offset :first'
    >>> _page_sql({"lang": "de"}, "newest", 100_000)
    'select id from articles where +lang = :lang order by id desc limit :most offset :first'
    """
    few = n_found < _FEW
    where = _where(chosen) if few else _where(chosen, "+")
    order = f"+{_ORDERS[sort]}" if few and chosen else _ORDERS[sort]
    return f"select id from articles{where} order by {order} limit :most offset :first"


async def _facet(asked: Asked, chosen: Mapping[str, str], name: str) -> list[Row]:
    others = {key: value for key, value in chosen.items() if key != name}
    where = _counted_where(others)
    sql = f"""select coalesce({name}, '{UNKNOWN}') as value, count(*) as articles from articles{where}
        group by +{name} order by articles desc, value limit {_FACET_VALUES}"""
    return in_order(name, await asked.rows(sql, **_bound(others)))


def _where(chosen: Mapping[str, str], sign: str = "") -> str:
    """Return the condition for what is chosen.

    Beside another filter the status, which most articles share, is kept from its index.

    >>> _where({"site": "a", "status": "kept"})
    ' where site = :site and +status = :status'
    """
    signs = {"status": "+" if len(chosen) > 1 else sign}
    terms = [_term(name, value, signs.get(name, sign)) for name, value in chosen.items()]
    return " where " + " and ".join(terms) if terms else ""


def _counted_where(chosen: Mapping[str, str]) -> str:
    """Return the condition as counts take it: along the one index that holds all four columns, from the site on.

    What is to be checked has a small index of its own.

    >>> _counted_where({"lang": "de"}), _counted_where({"site": "a", "lang": "de"})
    (' where +lang = :lang', ' where site = :site and +lang = :lang')
    """
    leads = "review" if "review" in chosen else "site"
    terms = [_term(name, value, "" if name == leads else "+") for name, value in chosen.items()]
    return " where " + " and ".join(terms) if terms else ""


async def _cards(asked: Asked, ids: list[int], query: str) -> list[Row]:
    """Return what the cards show, in the order of the ids; with a query, title and snippet are highlighted."""
    if not ids:
        return []
    rows = {row["id"]: row for row in await asked.rows(_CARDS.format(ids=",".join(map(str, ids))))}
    cards = []
    for identity in ids:
        row = rows[identity]
        hit = await asked.row(_SNIPPET, query=query, id=identity) if query else None
        row["shown_title"] = marked(hit["title"] or "", "\x02", "\x03") if hit else None
        row["snippet"] = marked(hit["snippet"] or "", "\x02", "\x03") if hit else None
        cards.append(row)
    return cards
