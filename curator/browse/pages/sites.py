"""Sites: how much of each was removed, by what, and the templates learned from it."""

from __future__ import annotations

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response

from curator.browse.pages.chart import barred, columns_of, removal_over_time
from curator.browse.pages.page import Asked, page_view, render
from curator.model import KINDS

_ORDERS = {
    "articles": "n_articles desc",
    "removed": "cut_chars * 1.0 / max(raw_chars, 1) desc",
    "duplicates": "n_duplicate * 1.0 / max(n_articles, 1) desc",
    "name": "domain",
}
_ORDER_NAMES = {"articles": "most articles", "removed": "most removed", "duplicates": "most duplicates", "name": "name"}
_SITES = """
select * from sites where n_articles > 0{named} order by {order}, domain limit :most offset :first"""
_COUNT = "select count(*) as sites from sites where n_articles > 0{named}"
_NAMED = " and instr(lower(domain), :part) > 0"
_SITE = "select * from sites where domain = :site"
_RULES = """
select rule, kind, n_cuts as cuts, cut_chars as chars from site_rules
where site = :site and n_cuts > 0 order by chars desc limit 30"""
_LINES = "select text, n_articles from site_lines where site = :site order by n_articles desc, text limit 50"
_MONTHS = """
select month, count(*) as articles from articles
where site = :site and month is not null group by month order by month desc limit 600"""
_LANGS = "select lang, count(*) as articles from articles where site = :site group by lang order by articles desc"
_LATEST = """
select latest.*, substr(text, 1, 200) as opening
from (select id, title, lang, status, published, ratio_cut, words from articles
    where site = :site order by id desc limit 12) as latest
left join article_texts on article_texts.id = latest.id order by latest.id desc"""

_PAGE_SITES = 100


@page_view
async def sites(asked: Asked) -> Response:
    """Answer with the sites; ``?sort=`` one of articles, removed, duplicates, name; ``?part=`` of their names."""
    sort = asked.argument("sort") if asked.argument("sort") in _ORDERS else "articles"
    part = asked.argument("part").lower()
    condition, named = (_NAMED, {"part": part}) if part else ("", {})
    [counted] = await asked.rows(_COUNT.format(named=condition), **named)
    query = _SITES.format(order=_ORDERS[sort], named=condition)
    found, paging = await asked.page(query, _PAGE_SITES, counted["sites"], **named)
    facts = {"sites": barred(found, "n_articles"), "sort": sort, "part": part, "orders": _ORDER_NAMES}
    return await render(asked, "sites", facts | paging)


@page_view
async def site(asked: Asked) -> Response:
    """Answer with one site; ``?kind=`` draws what of one kind was removed over time."""
    domain = tilde_decode(asked.request.url_vars["id"])
    row = await asked.row(_SITE, site=domain)
    if row is None:
        raise NotFound("There is no such site in this corpus.")
    facts = {
        "site": row,
        "rules": barred(await asked.rows(_RULES, site=domain), "chars"),
        "lines": await asked.rows(_LINES, site=domain),
        "columns_of_months": columns_of(await asked.rows(_MONTHS, site=domain)),
        "removal": await removal_over_time(asked, domain),
        "langs": await asked.rows(_LANGS, site=domain),
        "latest": await asked.rows(_LATEST, site=domain),
        "meaning": KINDS,
    }
    return await render(asked, "site", facts)
