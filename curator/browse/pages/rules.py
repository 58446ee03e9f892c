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
where rule = :rule and n_cuts > 0 group by site order by cuts desc, site limit 20"""
_OFTEN = """
select text, why, count(*) as times
from (select substr(text, 1, 400) as text, why from cuts where rule = :rule order by id desc limit 4000)
group by text, why having times > 1 order by times desc, text limit 15"""
_CUT_TEXTS = """
select text from (select substr(text, 1, 200) as text from cuts where rule = :rule order by id desc limit 4000)
group by text order by count(*) desc, text limit 40"""
_KEPT_TEXTS = "select id, substr(text, 1, 20000) as text from article_texts order by id desc limit :most"
_SAMPLES = """
select cuts.article_id, articles.title, articles.lang, substr(cuts.text, 1, 600) as text, cuts.why, cuts.start
from (select * from cuts where rule = :rule order by id desc limit 25) as cuts
join articles on articles.id = cuts.article_id order by cuts.id desc"""

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
    found = barred([row | empty | counts.get((row["rule"], row["kind"]), {}) for row in known], "cuts")
    by_kind = {kind: [row for row in found if row["kind"] == kind] for kind in KINDS}
    return await render(asked, "rules", {"by_kind": by_kind, "meaning": KINDS})


@page_view
async def rule(asked: Asked) -> Response:
    """Answer with one rule: its documentation, counts by site, what it cut most often, its latest cuts."""
    name = tilde_decode(asked.request.url_vars["id"])
    counts = [row for row in await asked.rows(_COUNTS) if row["rule"] == name]
    facts = rule_facts(name)
    if not counts and not facts["reads"]:
        raise NotFound("There is no such rule, and none of that name has cut anything here.")
    cut_texts = [row["text"] for row in await asked.rows(_CUT_TEXTS, rule=name)]
    kept = await asked.rows(_KEPT_TEXTS, most=_KEPT_ARTICLES) if cut_texts else []
    shown = {
        "facts": facts | {"kind": facts["kind"] or (counts[0]["kind"] if counts else _ANY_KIND)},
        "cuts": sum(row["cuts"] for row in counts),
        "chars": sum(row["chars"] for row in counts),
        "by_site": barred(await asked.rows(_BY_SITE, rule=name), "cuts"),
        "often": await asked.rows(_OFTEN, rule=name),
        "misses": nearest_misses(cut_texts, [(row["id"], row["text"]) for row in kept]),
        "n_kept": _KEPT_ARTICLES,
        "samples": await asked.rows(_SAMPLES, rule=name),
        "meaning": KINDS,
    }
    return await render(asked, "rule", shown)


def rule_facts(name: str) -> Row:
    """Return what is written down about a rule: its kind, what it cuts and spares, and what it reads."""
    found = next((entry for entry in CATALOGUE if entry.rule == name), Entry(name, None, "", "", ""))
    return {
        "rule": name, "kind": found.kind or "", "cuts_what": found.cuts, "spares": found.spares, "reads": found.reads,
    }  # fmt: skip
