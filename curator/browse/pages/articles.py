"""Articles as cards: search with snippets, filters with counts, sort orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from datasette.utils.asgi import Response

from curator.browse.pages.page import Asked, Row, page_view, render
from curator.browse.search import fts_query
from curator.browse.visible import marked

FACETS = ("status", "lang", "site", "month")

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

_FOUND = """
select articles.id, articles.status, articles.lang, articles.site, articles.month, published, ratio_cut, words
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
    capped: bool = False


@page_view
async def articles(asked: Asked) -> Response:
    """Answer with cards; ``?q=`` searches, ``?status=``, ``lang``, ``site``, ``month`` filter, ``?sort=`` sorts."""
    typed = asked.argument("q")
    query = fts_query(typed)
    chosen = {name: asked.argument(name) for name in FACETS if asked.argument(name)}
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
        "wordless": bool(typed) and query is None,
        "chosen": chosen,
        "sort": sort,
        "orders": [*(["relevance"] if typed else []), *_ORDERS],
        "page": page,
        "more": found.n_found > page * PAGE_CARDS and page < _MOST_PAGES,
        "state": {"q": typed, **chosen, "sort": asked.argument("sort")},
    }
    return await render(asked, "articles", facts)


async def _search(asked: Asked, query: str, chosen: Mapping[str, str], sort: str, page: int) -> Found:
    rows = await asked.rows(_FOUND, query=query, most=MOST_FOUND + 1)
    capped = len(rows) > MOST_FOUND
    rows = rows[:MOST_FOUND]
    facets = {name: _counted(rows, chosen, name) for name in FACETS}
    rows = [row for row in rows if _fits(row, chosen)]
    if sort == "relevance" and not capped:
        ranked = await asked.rows(_RANKED, query=query, most=MOST_FOUND)
        place = {row["id"]: number for number, row in enumerate(ranked)}
        rows.sort(key=lambda row: place.get(row["id"], len(place)))
    elif sort != "relevance":
        column = _ORDERS[sort].split()[0]
        rows.sort(key=lambda row: (row[column] is not None, row[column] or 0), reverse=True)
    ids = [row["id"] for row in rows[(page - 1) * PAGE_CARDS : page * PAGE_CARDS]]
    return Found(ids, len(rows), facets, capped)


def _fits(row: Row, chosen: Mapping[str, str]) -> bool:
    return all((row[name] or "") == value for name, value in chosen.items())


def _counted(rows: list[Row], chosen: Mapping[str, str], name: str) -> list[Row]:
    """Return the values of a facet among the rows that fit the other filters, the most frequent first."""
    others = {key: value for key, value in chosen.items() if key != name}
    counts = Counter(row[name] for row in rows if row[name] is not None and _fits(row, others))
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_FACET_VALUES]
    return [{"value": value, "articles": count} for value, count in most]


async def _filtered(asked: Asked, chosen: Mapping[str, str], sort: str, page: int) -> Found:
    count = await asked.row(f"select count(*) as articles from articles{_counted_where(chosen)}", **chosen)
    n_found = count["articles"] if count else 0
    rows = await asked.rows(_page_sql(chosen, sort, n_found), **chosen, most=PAGE_CARDS, first=(page - 1) * PAGE_CARDS)
    facets = {name: await _facet(asked, chosen, name) for name in FACETS}
    return Found([row["id"] for row in rows], n_found, facets)


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
    where = _counted_where(others) or " where 1"
    sql = f"""select {name} as value, count(*) as articles from articles{where} and +{name} is not null
        group by +{name} order by articles desc, value limit {_FACET_VALUES}"""
    return await asked.rows(sql, **others)


def _where(chosen: Mapping[str, str], sign: str = "") -> str:
    """Return the condition for the chosen values; names are our own, values are bound.

    Beside another filter the status, which most articles share, is kept from its index.

    >>> _where({"site": "a", "status": "kept"})
    ' where site = :site and +status = :status'
    """
    signs = {"status": "+" if len(chosen) > 1 else sign}
    terms = [f"{signs.get(name, sign)}{name} = :{name}" for name in chosen]
    return " where " + " and ".join(terms) if terms else ""


def _counted_where(chosen: Mapping[str, str]) -> str:
    """Return the condition as counts take it: along the one index that holds all four columns, from the site on.

    >>> _counted_where({"lang": "de"}), _counted_where({"site": "a", "lang": "de"})
    (' where +lang = :lang', ' where site = :site and +lang = :lang')
    """
    return (
        " where " + " and ".join(f"{'' if name == 'site' else '+'}{name} = :{name}" for name in chosen)
        if chosen
        else ""
    )


async def _cards(asked: Asked, ids: list[int], query: str | None) -> list[Row]:
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
