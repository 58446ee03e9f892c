"""Rules: what each one cuts and spares, how often it did, where, and what it took."""

from __future__ import annotations

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response

from curator.browse.misses import nearest_misses
from curator.browse.pages.chart import barred
from curator.browse.pages.page import Asked, Row, page_view, render
from curator.catalogue import CATALOGUE, Entry
from curator.model import KINDS

_COUNTS = """
select rule, kind, sum(n_cuts) as cuts, sum(cut_chars) as chars, count(*) as sites
from site_rules where n_cuts > 0 group by rule, kind"""
_BY_SITE = """
select site, sum(n_cuts) as cuts, sum(cut_chars) as chars from site_rules
where rule = :rule and n_cuts > 0{kind} group by site order by cuts desc, site limit 20"""
#: The latest cuts of a rule; those on one site among its latest articles, which are found by the index of sites.
_CUTS = "(select * from cuts where rule = :rule order by id desc limit 4000)"
#: A kind may be rare among millions of cuts of the rule: it is looked for among the latest of them.
_LOOKED_AT = 40_000
_CUTS_OF_KIND = f"""(select * from (select * from cuts where rule = :rule order by id desc limit {_LOOKED_AT})
    where kind = :kind limit 4000)"""
_CUTS_ON_SITE = """(select cuts.* from (select id from articles where site = :site order by id desc limit 500) as latest
    cross join cuts on cuts.article_id = latest.id
    where +rule = :rule{kind} order by cuts.id desc limit 4000)"""
_OFTEN = """
select text, kind, count(*) as times
from (select substr(text, 1, 400) as text, kind from {cuts})
group by text, kind having times > 1 order by times desc, text limit 15"""
_CUT_TEXTS = """
select text from (select substr(text, 1, 200) as text from {cuts})
group by text order by count(*) desc, text limit 40"""
_KEPT_TEXTS = """
select articles.id, substr(text, 1, 20000) as text
from (select id from articles{on_site} order by id desc limit :most) as articles
join article_texts on article_texts.id = articles.id"""
_SAMPLES = """
select found.article_id, articles.title, articles.lang, substr(found.text, 1, 600) as text, found.why, found.start,
    found.kind, substr(article_texts.text, 1, 200) as opening
from (select * from {cuts} limit 25) as found
join articles on articles.id = found.article_id left join article_texts on article_texts.id = found.article_id
order by found.id desc"""

#: Where a rule that makes cuts of any kind stands before it has made one.
_ANY_KIND = "other"
#: Near misses are looked for in so many articles, the latest: some 20 ms of work.
_KEPT_ARTICLES = 200


@page_view
async def rules(asked: Asked) -> Response:
    """Answer with every rule by kind, and how often it cut."""
    counts = {(row["rule"], row["kind"]): row for row in await asked.rows(_COUNTS)}
    known = [rule_facts(entry.rule) | {"kind": entry.kind or _ANY_KIND} for entry in CATALOGUE]
    named = {(row["rule"], row["kind"]) for row in known}
    known += [rule_facts(name) | {"kind": kind} for name, kind in counts if (name, kind) not in named]
    empty = {"cuts": 0, "chars": 0, "sites": 0}
    found = [row | empty | counts.get((row["rule"], row["kind"]), {}) for row in known]
    by_kind = {kind: barred([row for row in found if row["kind"] == kind], "cuts") for kind in KINDS}
    totals = {kind: sum(row["cuts"] for row in rows) for kind, rows in by_kind.items()}
    return await render(asked, "rules", {"by_kind": by_kind, "totals": totals, "meaning": KINDS})


@page_view
async def rule(asked: Asked) -> Response:
    """Answer with one rule: its documentation, counts by site, what it cut most often, its latest cuts.

    ``?site=`` and ``?kind=`` show what it did on one site, and as one kind of cut.
    """
    name = tilde_decode(asked.request.url_vars["id"])
    site, kind = asked.argument("site"), asked.argument("kind")
    counts = [row for row in await asked.rows(_COUNTS) if row["rule"] == name]
    facts = rule_facts(name)
    if not counts and not facts["reads"]:
        raise NotFound("There is no such rule, and none of that name has cut anything here.")
    kinds = sorted(counts, key=lambda row: -int(row["cuts"]))
    shown = {
        "facts": facts | {"kind": facts["kind"] or (kinds[0]["kind"] if kinds else _ANY_KIND)},
        "kinds": kinds,
        "cuts": sum(row["cuts"] for row in counts),
        "chars": sum(row["chars"] for row in counts),
        "site": site,
        "kind": kind,
        "n_kept": _KEPT_ARTICLES,
        "looked_at": _LOOKED_AT,
        "meaning": KINDS,
    }
    return await render(asked, "rule", shown | await _evidence(asked, name, site, kind))


async def _evidence(asked: Asked, name: str, site: str, kind: str) -> Row:
    """Return what a rule cut, on a site and as a kind where these are given, and what it nearly cut."""
    values = {"rule": name} | ({"site": site} if site else {}) | ({"kind": kind} if kind else {})
    on_one_site = _CUTS_ON_SITE.format(kind=" and +kind = :kind" if kind else "")
    cuts = on_one_site if site else _CUTS_OF_KIND if kind else _CUTS
    by_kind = {"kind": kind} if kind else {}
    by_site = _BY_SITE.format(kind=" and kind = :kind" if kind else "")
    cut_texts = [row["text"] for row in await asked.rows(_CUT_TEXTS.format(cuts=cuts), **values)]
    on_site = {"site": site} if site else {}
    kept_texts = _KEPT_TEXTS.format(on_site=" where site = :site" if site else "")
    kept = await asked.rows(kept_texts, most=_KEPT_ARTICLES, **on_site) if cut_texts else []
    return {
        "by_site": barred(await asked.rows(by_site, rule=name, **by_kind), "cuts"),
        "often": await asked.rows(_OFTEN.format(cuts=cuts), **values),
        "misses": nearest_misses(cut_texts, [(row["id"], row["text"]) for row in kept]),
        "samples": await asked.rows(_SAMPLES.format(cuts=cuts), **values),
    }


def rule_facts(name: str) -> Row:
    """Return what is written down about a rule: its kind, what it cuts and spares, and what it reads."""
    found = next((entry for entry in CATALOGUE if entry.rule == name), Entry(name, None, "", "", ""))
    return {
        "rule": name, "kind": found.kind or "", "cuts_what": found.cuts, "spares": found.spares, "reads": found.reads,
    }  # fmt: skip
