"""Clusters of near-duplicates: who survived and why, and what the copies say differently."""

from __future__ import annotations

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response

from curator.browse.formats import moment as shown_moment
from curator.browse.pages.compare import changes_of, same_text
from curator.browse.pages.page import Asked, Row, page_view, render

_CLUSTERS = """
select found.*, title, lang, site, published, substr(text, 1, 200) as opening
from (select id, size, keeper_id, min_similarity from clusters
    order by size desc, id limit :most offset :first) as found
join articles on articles.id = found.keeper_id left join article_texts on article_texts.id = found.keeper_id
order by found.size desc, found.id"""
_CLUSTER = "select * from clusters where id = :id"
_MEMBERS = """
select articles.id, title, articles.site, published, substr(documents.fetched_at, 1, 10) as fetched, words, chars,
    lang, similarity, via, documents.key, substr(text, 1, 200) as opening
from articles join documents on documents.id = articles.id left join article_texts on article_texts.id = articles.id
where cluster_id = :id order by articles.id <> :keeper, similarity desc, articles.id limit :most"""
_PAIRS = """
select b as other, jaccard, containment_a as of_keeper, containment_b as of_other from pairs where a = :keeper
union all
select a as other, jaccard, containment_b as of_keeper, containment_a as of_other from pairs where b = :keeper"""
_CONTAINED = """
select article_id, container_id, containment, shorter.title as title, longer.title as container_title,
    shorter.words as words, longer.words as container_words,
    (select substr(text, 1, 200) from article_texts where id = article_id) as opening,
    (select substr(text, 1, 200) from article_texts where id = container_id) as container_opening
from contained join articles as shorter on shorter.id = article_id join articles as longer on longer.id = container_id
where article_id in (select id from articles where cluster_id = :id)
    or container_id in (select id from articles where cluster_id = :id)
order by containment desc, article_id limit :most"""
_TEXT = "select text from article_texts where id = :id"

_MOST_MEMBERS = 200
#: More than these stand in a box that scrolls, so that the comparison below is in reach.
_MANY_MEMBERS = 12
_PAGE_CLUSTERS = 50


@page_view
async def clusters(asked: Asked) -> Response:
    """Answer with the clusters, the largest first."""
    [counted] = await asked.rows("select count(*) as clusters from clusters")
    found, paging = await asked.page(_CLUSTERS, _PAGE_CLUSTERS, counted["clusters"])
    return await render(asked, "clusters", {"clusters": found, "count": counted["clusters"]} | paging)


@page_view
async def cluster(asked: Asked) -> Response:
    """Answer with one cluster; ``?with=ID`` compares that member with the survivor, else the most similar one."""
    identity = tilde_decode(asked.request.url_vars["id"])
    row = await asked.row(_CLUSTER, id=identity)
    if row is None:
        raise NotFound("There is no such cluster; it may have merged with another one.")
    members = await asked.rows(_MEMBERS, id=identity, keeper=row["keeper_id"], most=_MOST_MEMBERS)
    pairs = {pair["other"]: pair for pair in await asked.rows(_PAIRS, keeper=row["keeper_id"])}
    members = [member | {"pair": pairs.get(member["id"])} for member in members]
    keeper, copies = members[0], members[1:]
    other = _chosen(copies, asked.argument("with"))
    changes = await _changes(asked, keeper["id"], other["id"]) if other else []
    facts = {
        "cluster": row,
        "keeper": keeper,
        "copies": copies,
        "why": why_kept(keeper, copies),
        "contained": await asked.rows(_CONTAINED, id=identity, most=_MOST_MEMBERS),
        "other": other,
        "changes": changes,
        "same_text": bool(changes) and same_text(changes),
        "many": len(copies) > _MANY_MEMBERS,
    }
    return await render(asked, "cluster", facts)


def _chosen(copies: list[Row], asked_for: str) -> Row | None:
    named = next((member for member in copies if str(member["id"]) == asked_for), None)
    return named or (copies[0] if copies else None)


async def _changes(asked: Asked, keeper: int, other: int) -> list[Row]:
    first, second = await asked.row(_TEXT, id=keeper), await asked.row(_TEXT, id=other)
    if first is None or second is None:
        return []
    return await changes_of(first["text"], second["text"])


def why_kept(keeper: Row, copies: list[Row]) -> str:
    """Return why the survivor was chosen: what the written rule reads, the earliest date first.

    >>> why_kept({"published": "2024-01-02", "fetched": None, "chars": 9}, [{"published": None, "fetched": None, \
"chars": 9}])
    'for the earliest date, 2024-01-02'
    """
    day = keeper["published"] or keeper["fetched"]
    days = [copy["published"] or copy["fetched"] for copy in copies]
    if day and all(other is None or day < other for other in days):
        return f"for the earliest date, {shown_moment(day)}"
    rivals = [copy for copy, other in zip(copies, days, strict=True) if other == day]
    if rivals and all(keeper["chars"] > copy["chars"] for copy in rivals):
        return f"for the longest text among those of {shown_moment(day)}" if day else "for the longest text"
    return "by the corpus's rule: where date and length are equal, the smallest key decides"
