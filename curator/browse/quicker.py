"""What Datasette asks of a corpus -> the same asked in a way that takes less time.

Datasette counts and facets a table by reading all rows that a page is about. Sums that the corpus keeps answer the
same for cuts; for a search the counts beside it are of its newest articles. Whatever is asked otherwise stays as it is.
"""

from __future__ import annotations

import re

#: The articles of a search that facets are counted over: with all 500,000 they take 1.2 s, with these .2 s.
MOST_FACETED = 100_000

_BLANKS = re.compile(r"\s+")
#: Conditions on columns that cuts share with the sums of them.
_TERMS = r'(?P<where>(?: where "?(?:kind|rule)"? = :\w+(?: and "?(?:kind|rule)"? = :\w+)*)?)'
_COUNT_OF_CUTS = re.compile(rf"select count\(\*\) from cuts{_TERMS}")
_FACET_OF_CUTS = re.compile(
    r"select (?P<name>kind|rule) as value, count\(\*\) as count from \( select [^()]+ from cuts"
    rf"{_TERMS} \) where (?P=name) is not null group by (?P=name) order by count desc, value limit (?P<limit>\d+)"
)
_MATCHING = r"from articles_fts where articles_fts match escape_fts\(:\w+\)"
_COUNT_OF_SEARCH = re.compile(
    rf"select count\(\*\) from articles where id in \(select rowid (?P<matching>{_MATCHING})\)"
)
_FACET_OF_SEARCH = re.compile(
    rf"(?P<head>select \[?\w+\]? as value, count\(\*\) as count from \( select [^()]+ from articles where .*?id in "
    rf"\(select rowid {_MATCHING})(?P<tail>\).* group by .*)"
)


def quicker(sql: str) -> str:
    """Return a statement that answers like this one, and sooner where there is a way.

    >>> quicker('select count(*) from cuts where "kind" = :p0 ')
    'select coalesce(sum(n_cuts), 0) from site_rules where "kind" = :p0'
    >>> quicker("select count(*) from runs")
    'select count(*) from runs'
    """
    plain = _BLANKS.sub(" ", sql).strip()
    if found := _COUNT_OF_CUTS.fullmatch(plain):
        return f"select coalesce(sum(n_cuts), 0) from site_rules{found['where']}"
    if found := _FACET_OF_CUTS.fullmatch(plain):
        name = found["name"]
        return (
            f"select {name} as value, sum(n_cuts) as count from site_rules{found['where']} group by {name}"
            f" having sum(n_cuts) > 0 order by count desc, value limit {found['limit']}"
        )
    if found := _COUNT_OF_SEARCH.fullmatch(plain):
        return f"select count(*) {found['matching']}"
    if found := _FACET_OF_SEARCH.fullmatch(plain):
        return f"{found['head']} order by rowid desc limit {MOST_FACETED}{found['tail']}"
    return sql
