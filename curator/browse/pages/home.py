"""Overview of a corpus: what it holds, what was removed, what to look at."""

from __future__ import annotations

import json

from datasette.utils.asgi import Response

from curator.browse.formats import share
from curator.browse.pages.chart import barred, columns_of, removal_over_time
from curator.browse.pages.page import Asked, page_view, render
from curator.browse.queries import LATEST_CUTS
from curator.model import KINDS

_STATUSES = """
select status, count(*) as articles, sum(raw_chars) as raw, sum(ratio_cut * raw_chars) as cut
from articles group by status"""
_KINDS = "select kind, sum(n_cuts) as cuts, sum(cut_chars) as chars from site_rules group by kind order by chars desc"
_MONTHS = """
select month, count(*) as articles from articles where month is not null
group by month order by month desc limit 600"""
_LANGS = "select lang, count(*) as articles from articles group by lang order by articles desc limit 12"
_SITES = "select * from sites order by n_articles desc, domain limit 12"
_BLOCKS = f"""
select kind, rule, text, count(*) as times
from (select kind, rule, substr(text, 1, 300) as text from cuts order by id desc limit {LATEST_CUTS})
group by text, kind, rule having times > 1 order by times desc, text limit 8"""
# A plus keeps an index from being used: most articles are kept, few are to be reviewed.
_CHECK = """
select found.*, substr(text, 1, 200) as opening
from (select id, title, site, lang, review, ratio_cut, words from articles
    where review is not null and +status = 'kept' order by +ratio_cut desc limit 8) as found
left join article_texts on article_texts.id = found.id order by ratio_cut desc"""
_RUNS = "select id, command, started, finished, counts from runs order by id desc limit 5"
_FAILURES = "select source, stage, error, message from failures order by id desc limit 5"
_COUNTS = """
select (select count(*) from clusters) as clusters, (select count(*) from failures) as failures,
    (select count(*) from sites where n_articles > 0) as sites"""


@page_view
async def home(asked: Asked) -> Response:
    """Answer with the overview; ``?kind=`` draws what of one kind was removed over time."""
    statuses = await asked.rows(_STATUSES)
    kinds = [row for row in await asked.rows(_KINDS) if row["chars"]]
    sites, langs = await asked.rows(_SITES), await asked.rows(_LANGS)
    facts = {
        "articles": sum(row["articles"] for row in statuses),
        "by_status": {row["status"]: row["articles"] for row in statuses},
        "removed": share(sum(row["cut"] for row in statuses), sum(row["raw"] for row in statuses)),
        "raw_chars": sum(row["raw"] for row in statuses),
        "kinds": barred(kinds, "chars"),
        "cut_chars": sum(row["chars"] for row in kinds),
        "meaning": KINDS,
        "columns_of_months": columns_of(await asked.rows(_MONTHS)),
        "removal": await removal_over_time(asked),
        "langs": barred(langs, "articles"),
        "sites": barred(sites, "n_articles"),
        "blocks": await asked.rows(_BLOCKS),
        "latest_cuts": LATEST_CUTS,
        "check": await asked.rows(_CHECK),
        "runs": [row | {"did": counts_of(row["counts"])} for row in await asked.rows(_RUNS)],
        "failures": await asked.rows(_FAILURES),
        "counts": await asked.row(_COUNTS),
    }
    return await render(asked, "home", facts)


def counts_of(stored: str | None) -> list[tuple[str, int]]:
    """Return the numbers above zero among the counts that a run stored.

    >>> counts_of('{"read": 5, "failed": 0, "cut_chars": {}, "is_complete": true}'), counts_of(None)
    ([('read', 5)], [])
    """
    counts = json.loads(stored) if stored else {}
    return [(name, count) for name, count in counts.items() if type(count) is int and count]
