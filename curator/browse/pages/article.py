"""An article: its raw text beside what was kept of it, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable

from datasette.utils.asgi import NotFound, Response

from curator.browse.folds import Part, folded, is_hidden
from curator.browse.lines import Window, shown_lines, window_of
from curator.browse.links import path_to
from curator.browse.pages.page import Asked, Row, page_view, render, same_page
from curator.browse.served import may_edit
from curator.browse.visible import visible
from curator.model import KINDS, Cut
from curator.sites import address_of
from curator.store.rows import unpack_page

_ARTICLE = """
select articles.*, documents.key, documents.source, documents.fetched_at, documents.media,
    documents.n_bytes, documents.run_id, article_texts.title_start, article_texts.title_end,
    substr(article_texts.text, 1, 200) as opening, clusters.size as cluster_size, clusters.keeper_id,
    keeper.title as keeper_title, substr(keeper_texts.text, 1, 200) as keeper_opening
from articles join documents on documents.id = articles.id
left join article_texts on article_texts.id = articles.id
left join clusters on clusters.id = articles.cluster_id
left join articles as keeper on keeper.id = articles.duplicate_of
left join article_texts as keeper_texts on keeper_texts.id = articles.duplicate_of
where articles.id = :id"""
_AROUND = """
select (select max(id) from articles where id < :id) as previous,
    (select min(id) from articles where id > :id) as next"""
_BY_KEY = "select id from documents where key = :key"
_CUTS = 'select start, "end", kind, rule, why from cuts where article_id = :id order by start'
_SAID = 'select start, "end", verdict, note from feedback where article_id = :id'
_META = "select meta from documents where id = :id and meta is not null"
_VERSIONS = """
select articles.id, articles.status, documents.fetched_at,
    (documents.fetched_at, documents.id) < (:fetched_at, :id) as is_older
from documents join articles on articles.id = documents.id
where (documents.url = :address or documents.address = :address) and documents.id <> :id
order by documents.fetched_at desc, documents.id desc limit 10"""
_IN = """
select container_id as id, containment, title, substr(text, 1, 200) as opening
from contained join articles on articles.id = container_id left join article_texts on article_texts.id = container_id
where article_id = :id"""
_HOLDS = """
select article_id as id, containment, title, substr(text, 1, 200) as opening
from contained join articles on articles.id = article_id left join article_texts on article_texts.id = article_id
where container_id = :id order by containment desc, article_id limit 20"""
_TEXT = "select text from article_texts where id = :id"
_PAGE = """
select text, coalesce(content, record) as raw from pages join raws using (document_id) where document_id = :id"""

#: So much is shown of what came with a document.
_MOST_META, _META_CHARS = 100, 400

#: Lines on one page of the comparison; the rest is a click away.
PAGE_LINES = 1_500

#: The clean text is shown up to here; the plain text is whole.
_TEXT_CHARS = 400_000


@page_view
async def article(asked: Asked) -> Response:
    """Answer with an article: facts, raw text beside clean text, cuts by kind and by rule.

    ``?at=OFFSET`` opens the lines around a place of the page, ``?lines=all`` all of them; ``?view=text`` shows the
    clean text alone.
    """
    identity = asked.request.url_vars["id"]
    row = await asked.row(_ARTICLE, id=int(identity)) if len(identity) < 19 else None
    if row is None:
        raise NotFound(f"There is no article {identity[:20]} in this corpus.")
    cuts = [Cut(*found.values()) for found in await asked.rows(_CUTS, id=row["id"])]
    facts = {
        "article": row,
        "around": await asked.row(_AROUND, id=row["id"]),
        "versions": await _versions(asked, row),
        "contained_in": await asked.row(_IN, id=row["id"]),
        "contains": await asked.rows(_HOLDS, id=row["id"]),
        # What would come back without each of them.
        "rules": sorted(summed(cuts, "kind", "rule"), key=lambda row: (-row["chars"], row["rule"])),
        "meaning": KINDS,
        "edit": may_edit(asked.datasette),
        "came_with": came_with(await asked.row(_META, id=row["id"])),
        "view": "text" if asked.argument("view") == "text" else "lines",
    }
    shown = await (_clean(asked, row) if facts["view"] == "text" else _compared(asked, row, cuts))
    return await render(asked, "article", facts | shown)


@page_view
async def by_key(asked: Asked) -> Response:
    """Lead to the article of a key, which stays the same in whatever corpus the document is stored."""
    row = await asked.row(_BY_KEY, key=asked.request.url_vars["key"])
    if row is None:
        raise NotFound("No document of that key is in this corpus.")
    return Response.redirect(path_to(asked.datasette, asked.database.name, "article", row["id"]))


async def _versions(asked: Asked, row: Row) -> list[Row]:
    """Return what else came from the address of an article, the latest first."""
    if not row["url"]:
        return []
    given = {name: row[name] for name in ("id", "fetched_at")}
    return await asked.rows(_VERSIONS, **given, address=address_of(row["url"]))


async def _clean(asked: Asked, row: Row) -> Row:
    found = await asked.row(_TEXT, id=row["id"])
    text = found["text"] if found else ""
    return {"text": visible(text[:_TEXT_CHARS]), "hidden_chars": max(0, len(text) - _TEXT_CHARS)}


async def _compared(asked: Asked, row: Row, cuts: list[Cut]) -> Row:
    """Return the lines of a page of the comparison, and where the first cut of each kind is to be found."""
    stored = await asked.row(_PAGE, id=row["id"])
    text = unpack_page(stored["text"], stored["raw"]) if stored else ""
    title = (row["title_start"], row["title_end"]) if row["title_start"] is not None else None
    at = asked.offset("at")
    window = window_of(shown_lines(text, cuts, title), PAGE_LINES, asked.number("page", 100_000), at)
    parts = folded(window.lines, at, all_open=asked.argument("lines") == "all")
    return {
        "parts": parts,
        "folds": any(part.is_fold for part in parts),
        "all_open": asked.argument("lines") == "all",
        "page": window.page,
        "more": window.more,
        "kinds": [kind | {"href": _place(asked, kind["first"], window, parts)} for kind in summed(cuts, "kind")],
        "said": {(said["start"], said["end"]): said for said in await asked.rows(_SAID, id=row["id"])},
    }


def _place(asked: Asked, start: int, window: Window, parts: list[Part]) -> str:
    """Return the link to a cut: inside the page where it is open there, else to the page that opens it."""
    here = window.holds(start) and not is_hidden(parts, start)
    return f"#c{start}" if here else f"{same_page(asked, 'at', start)}#c{start}"


def came_with(row: Row | None) -> list[tuple[str, str]]:
    """Return what came with a document, the answer of a server say: names and values, those inside others flattened.

    >>> came_with({"meta": '{"status": 200, "headers": {"server": "nginx"}, "via": []}'})
    [('status', '200'), ('headers: server', 'nginx')]
    """
    found = json.loads(row["meta"]) if row else {}
    pairs = [pair for name, value in found.items() for pair in _flat(str(name), value)]
    return [(name, value[:_META_CHARS]) for name, value in pairs[:_MOST_META]]


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [(f"{name}: {inner}", _told(part)) for inner, part in value.items() if part not in (None, "", [], {})]
    return [(name, _told(value))] if value not in (None, "", [], {}) else []


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def summed(cuts: Iterable[Cut], *fields: str) -> list[Row]:
    """Return the cuts added up by some of their fields, in order of the page: number, characters, start of the first.

    >>> summed([Cut(0, 4, "bio", "a", ""), Cut(5, 7, "bio", "b", "")], "kind")
    [{'kind': 'bio', 'cuts': 2, 'chars': 6, 'first': 0}]
    """
    sums: dict[tuple[str, ...], Row] = {}
    for cut in cuts:
        told = {name: getattr(cut, name) for name in fields}
        found = sums.setdefault(tuple(told.values()), told | {"cuts": 0, "chars": 0, "first": cut.start})
        found["cuts"] += 1
        found["chars"] += cut.end - cut.start
    return list(sums.values())
