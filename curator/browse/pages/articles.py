"""Articles as cards: search with snippets, filters with counts, sort orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from datasette.utils.asgi import Response

from curator.browse.choices import (
    FACETS,
    SPAN,
    TITLES,
    UNKNOWN,
    bound,
    chosen_of,
    counted_where,
    fits,
    table_query,
    value_of,
    where,
)
from curator.browse.formats import beginning
from curator.browse.pages.page import Asked, Row, page_view, render
from curator.browse.visible import marked
from curator.store.search import END, FOUND, match_of, scan_of
from curator.store.unspaced import MOST_SCANNED, Scan, around

#: The newest of a common word's articles stand for all: ranking hundreds of thousands takes seconds.
MOST_FOUND = 5_000
PAGE_CARDS = 20
#: What a card shows of a text in which no word was searched.
_OPENING_CHARS = 280
#: More articles than these are taken along by ``curator export``, which shows how far it is.
MOST_TAKEN = 20_000
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

_FOUND = """
select articles.id, articles.status, articles.lang, articles.site, articles.month, published, ratio_cut, words, review
from articles_fts join articles on articles.id = articles_fts.rowid
where articles_fts match :query order by articles_fts.rowid desc limit :most"""
_SCANNED = """
select id, status, lang, site, month, published, ratio_cut, words, review from articles
where id in ({scan}) order by id desc limit :most"""
_RANKED = "select rowid as id from articles_fts where articles_fts match :query order by rank limit :most"
_CARDS = """
select articles.id, title, site, url, lang, published, words, ratio_cut, status, reason, review, cluster_id,
    duplicate_of, substr(article_texts.text, 1, {more}) as opening
from articles left join article_texts on article_texts.id = articles.id
where articles.id in ({ids})"""
# The marks are control characters that no tokenizer takes for a word; text that holds them shows more marks, no more.
_SNIPPET = """
select rowid as id, highlight(articles_fts, 0, char(2), char(3)) as title,
    snippet(articles_fts, 1, char(2), char(3), ' … ', 40) as snippet
from articles_fts where articles_fts match :query and rowid = :id"""
_TEXT = "select substr(text, max(1, instr(text, :word) - 100), 400) as text from article_texts where id = :id"


class Wish(NamedTuple):
    """What is asked for: words, as typed and as the index takes them, filters, an order; ``wrong_days`` are none."""

    typed: str
    query: str
    chosen: dict[str, str]
    sort: str
    wrong_days: list[str]

    @property
    def scan(self) -> Scan | None:
        """How to find what the index of words cannot."""
        return scan_of(self.typed)


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


def wish_of(asked: Asked) -> Wish:
    """Return what an address asks for: ``?q=`` searches, the names of ``CHOICES`` filter, ``?sort=`` sorts."""
    typed = asked.argument("q")
    chosen, wrong_days = chosen_of(asked.argument)
    sort = asked.argument("sort")
    if sort not in _ORDERS:
        sort = "relevance" if typed else "newest"
    return Wish(typed, match_of(typed), chosen, sort, wrong_days)


@page_view
async def articles(asked: Asked) -> Response:
    """Answer with cards of what ``wish_of`` reads of the address."""
    wish = wish_of(asked)
    page = asked.number("page", _MOST_PAGES)
    if wish.typed:
        found = await _search(asked, wish, page) if wish.query else Found([], 0, {})
    else:
        found = await _filtered(asked, wish, page)
    facts = {
        "cards": await _cards(asked, found.ids, wish),
        "found": found,
        "most": MOST_FOUND,
        "wordless": bool(wish.typed and not wish.query),
        "wrong_days": wish.wrong_days,
        "scanned": MOST_SCANNED if wish.scan else 0,
        "chosen": wish.chosen,
        "span": SPAN,
        "sort": wish.sort,
        "orders": [*(["relevance"] if wish.typed else []), *_ORDERS],
        "most_values": _FACET_VALUES,
        "titles": TITLES,
        "order_names": _ORDER_NAMES,
        "as_table": table_query(wish.typed, wish.chosen, wish.sort),
        "as_asked": asked.request.query_string,
        "most_taken": MOST_TAKEN,
    }
    return await render(asked, "articles", facts)


async def chosen_ids(asked: Asked, wish: Wish, most: int) -> list[int]:
    """Return the ids of all that the cards of a wish show, in their order, up to ``most``."""
    if wish.typed and not wish.query:
        return []
    if wish.typed:
        rows, capped = await _hits(asked, wish)
        return [row["id"] for row in await _in_order(asked, wish, rows, capped=capped)][:most]
    rows = await asked.rows(_page_sql(wish.chosen, wish.sort, most), **bound(wish.chosen), most=most, first=0)
    return [row["id"] for row in rows]


async def _hits(asked: Asked, wish: Wish) -> tuple[list[Row], bool]:
    """Return what holds the words, the newest first, and whether there is more of it; filters do not count yet."""
    rows = await asked.rows(_FOUND, query=wish.query, most=MOST_FOUND + 1)
    if scan := wish.scan:
        known = {row["id"] for row in rows}
        more = await asked.rows(_SCANNED.format(scan=scan.sql), **scan.values, most=MOST_FOUND + 1)
        rows = sorted([*rows, *(row for row in more if row["id"] not in known)], key=lambda row: -int(row["id"]))
    return rows[:MOST_FOUND], len(rows) > MOST_FOUND


async def _in_order(asked: Asked, wish: Wish, rows: list[Row], *, capped: bool = False) -> list[Row]:
    """Return the rows that fit the filters, sorted as wished; of too many the newest come first, not the best."""
    rows = [row for row in rows if fits(row, wish.chosen)]
    if wish.sort != "relevance":
        column = _ORDERS[wish.sort].split()[0]
        return sorted(rows, key=lambda row: (row[column] is not None, row[column] or 0), reverse=True)
    if capped:
        return rows
    ranked = await asked.rows(_RANKED, query=wish.query, most=MOST_FOUND)
    place = {row["id"]: number for number, row in enumerate(ranked)}
    return sorted(rows, key=lambda row: place.get(row["id"], len(place)))


async def _search(asked: Asked, wish: Wish, page: int) -> Found:
    rows, capped = await _hits(asked, wish)
    facets = {name: _counted(rows, wish.chosen, name) for name in ("review", *FACETS)}
    rows = await _in_order(asked, wish, rows, capped=capped)
    page = min(page, pages_of(len(rows)))
    ids = [row["id"] for row in rows[(page - 1) * PAGE_CARDS : page * PAGE_CARDS]]
    return Found(ids, len(rows), facets, page, capped)


def _counted(rows: list[Row], chosen: Mapping[str, str], name: str) -> list[Row]:
    """Return the values of a facet among the rows that fit the other filters, the most frequent first."""
    others = {key: value for key, value in chosen.items() if key != name}
    counts = Counter(value_of(row, name) for row in rows if fits(row, others))
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


async def _filtered(asked: Asked, wish: Wish, page: int) -> Found:
    chosen = wish.chosen
    n_found = await _count(asked, chosen)
    page = min(page, pages_of(n_found))
    first = (page - 1) * PAGE_CARDS
    rows = await asked.rows(_page_sql(chosen, wish.sort, n_found), **bound(chosen), most=PAGE_CARDS, first=first)
    facets = {name: await _facet(asked, chosen, name) for name in FACETS}
    to_check = await _count(asked, {**chosen, "review": "yes"})
    facets["review"] = [{"value": "yes", "articles": to_check}] if to_check else []
    return Found([row["id"] for row in rows], n_found, facets, page)


async def _count(asked: Asked, chosen: Mapping[str, str]) -> int:
    sql = f"select count(*) as articles from articles{counted_where(chosen)}"
    return sum(row["articles"] for row in await asked.rows(sql, **bound(chosen)))


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
    condition = where(chosen) if few else where(chosen, "+")
    order = f"+{_ORDERS[sort]}" if few and chosen else _ORDERS[sort]
    return f"select id from articles{condition} order by {order} limit :most offset :first"


async def _facet(asked: Asked, chosen: Mapping[str, str], name: str) -> list[Row]:
    others = {key: value for key, value in chosen.items() if key != name}
    sql = f"""select coalesce({name}, '{UNKNOWN}') as value, count(*) as articles from articles{counted_where(others)}
        group by +{name} order by articles desc, value limit {_FACET_VALUES}"""
    return in_order(name, await asked.rows(sql, **bound(others)))


async def _cards(asked: Asked, ids: list[int], wish: Wish) -> list[Row]:
    """Return what the cards show, in the order of the ids; with a query, title and snippet are highlighted."""
    if not ids:
        return []
    found = await asked.rows(_CARDS.format(ids=",".join(map(str, ids)), more=_OPENING_CHARS + 1))
    rows = {row["id"]: row | {"opening": beginning(row["opening"] or "", _OPENING_CHARS)} for row in found}
    return [rows[identity] | (await _marked(asked, rows[identity], wish) if wish.query else {}) for identity in ids]


async def _marked(asked: Asked, row: Row, wish: Wish) -> Row:
    """Return title and snippet of a card with the words that were found between marks."""
    hit = await asked.row(_SNIPPET, query=wish.query, id=row["id"])
    if hit is None and (scan := wish.scan):
        text = await asked.row(_TEXT, id=row["id"], word=scan.words[0])
        title = around(row["title"], scan.words, FOUND, END) if row["title"] else ""
        hit = {"title": title, "snippet": around(text["text"] if text else "", scan.words, FOUND, END)}
    if hit is None:
        return {}
    return {
        "shown_title": marked(hit["title"] or "", FOUND, END),
        "snippet": marked(hit["snippet"] or "", FOUND, END),
    }
