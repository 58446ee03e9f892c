"""Canned queries of the corpus: what Datasette lists under "Queries", with their SQL."""

from __future__ import annotations

from typing import NamedTuple


class Query(NamedTuple):
    """A canned query. Columns named ``article_id``, ``site``, ``rule`` and ``cluster_id`` are shown as links."""

    title: str
    description: str
    sql: str


#: The newest cuts stand for all: to group millions of texts takes seconds, to group these takes milliseconds.
LATEST_CUTS = 20_000

QUERIES: dict[str, Query] = {
    "cut-most-often": Query(
        "What was cut most often",
        f"The same text cut again and again, among the latest {LATEST_CUTS:,} cuts. A rule that misfires shows here.",
        f"""select count(*) as times, kind, rule, text
from (select kind, rule, text from cuts order by id desc limit {LATEST_CUTS})
group by text, kind, rule
order by times desc, text
limit 200""",
    ),
    "much-was-cut": Query(
        "Articles of which much was cut",
        "Kept articles that lost the largest share of their characters: the place to look for harm.",
        """select id as article_id, title, site, round(ratio_cut, 3) as share_cut, words, review
from articles
where +status = 'kept' and ratio_cut > 0.5
order by ratio_cut desc
limit 200""",
    ),
    "cuts-by-rule": Query(
        "Cuts by rule",
        "How often each rule cut, and how many characters it took.",
        """select kind, rule, sum(n_cuts) as cuts, sum(cut_chars) as characters
from site_rules
group by kind, rule
order by characters desc""",
    ),
    "cuts-by-site": Query(
        "Cuts by site",
        "The sites that lost most, with the rules that took it.",
        """select site, kind, rule, n_cuts as cuts, cut_chars as characters
from site_rules
order by cut_chars desc
limit 500""",
    ),
    "clusters-with-members": Query(
        "Clusters with their members",
        "The largest clusters of near-duplicates: the survivor first, then its copies by similarity.",
        """select articles.cluster_id, top.size, articles.status, articles.id as article_id, articles.title,
  articles.site, articles.published, round(articles.similarity, 3) as similarity
from (select id, size, keeper_id from clusters order by size desc, id limit 50) as top
join articles on articles.cluster_id = top.id
order by top.size desc, top.id, articles.id <> top.keeper_id, articles.similarity desc, articles.id
limit 1000""",
    ),
    "articles-per-month": Query(
        "Articles per month",
        "How many articles were published in each month, where the day is known.",
        "select month, count(*) as articles from articles where month is not null group by month order by month desc",
    ),
    "rejected": Query(
        "Rejected documents",
        "Documents of which no article was left, the latest first, each with the reason.",
        """select id as article_id, title, site, reason, raw_chars
from articles
where status = 'rejected'
order by id desc
limit 200""",
    ),
    "failures-by-error": Query(
        "Failures by error",
        "Inputs that could not be read or cleaned, counted by stage and error.",
        """select stage, error, count(*) as failures, max(run_id) as last_run,
  min(source) as source, max(message) as message
from failures
group by stage, error
order by failures desc""",
    ),
    "untitled": Query(
        "Articles without a title",
        "Kept articles for which no headline was found, the latest first.",
        """select id as article_id, site, lang, words, url
from articles
where title is null and +status = 'kept'
order by id desc
limit 200""",
    ),
}
