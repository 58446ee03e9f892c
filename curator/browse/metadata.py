"""Datasette metadata of a corpus: descriptions, facets, search, sort orders, labels, canned queries.

``python -m curator.browse.metadata`` prints the metadata of a file named ``curator.db``; ``db/metadata.yaml`` holds
that output, so that plain ``datasette db/curator.db -m db/metadata.yaml`` works as well.
"""

from __future__ import annotations

import sys
from typing import Any

import yaml  # type: ignore[import-untyped]

from curator.browse.queries import QUERIES
from curator.browse.quicker import MOST_FACETED
from curator.store.descriptions import columns, describe_table, tables

Metadata = dict[str, Any]

#: What a table's page does beside listing its rows. Only indexed columns are facets and sort orders: at 500,000
#: articles an unindexed one takes longer than a page may.
_TABLES: dict[str, Metadata] = {
    "articles": {
        "label_column": "title",
        "facets": ["site", "lang", "status", "month"],
        "sort_desc": "id",
        "sortable_columns": ["id", "site", "lang", "status", "month", "published", "ratio_cut"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
        "size": 50,
    },
    "cuts": {
        "facets": ["kind"],
        "sortable_columns": ["id", "article_id", "kind", "rule"],
        "size": 50,
    },
    "documents": {
        "label_column": "source",
        "sort_desc": "id",
        "sortable_columns": ["id", "source", "url", "site", "run_id"],
        "size": 50,
    },
    "sites": {"label_column": "domain", "sort_desc": "n_articles", "size": 100},
    "clusters": {"label_column": "id", "sort_desc": "size", "sortable_columns": ["id", "size"], "size": 50},
    "pairs": {"sort_desc": "jaccard", "sortable_columns": ["a", "b", "jaccard"], "size": 50},
    "contained": {"sort_desc": "containment", "size": 50},
    "runs": {"label_column": "started", "sort_desc": "id"},
    "failures": {"facets": ["stage", "error"], "sort_desc": "id"},
    "site_lines": {"sort_desc": "n_articles", "size": 50},
    "article_texts": {"sortable_columns": ["id"], "size": 20},
}

#: Tables of compressed bytes and of bookkeeping: reached by address, but not listed.
HIDDEN = frozenset(
    {
        "raws",
        "pages",
        "signatures",
        "segments",
        "segment_blocks",
        "properties",
        "article_search",
        "paths",
        "page_lines",
        "uncleaned_documents",
        "unlearned_documents",
        "unlearned_sites",
        "unsettled_addresses",
        "articles_fts",
    }
)


#: The bookkeeping of sqlite-utils, no table of ours.
_MIGRATIONS: dict[str, Metadata] = {"_sqlite_migrations": {"hidden": True}}


def table_metadata(table: str) -> Metadata:
    """Return the metadata of one table: what it holds, what each column holds, how its page looks."""
    facts: Metadata = {"description": describe_table(table), "columns": dict(columns(table))}
    if table in HIDDEN:
        facts["hidden"] = True
    if table == "articles":
        facts["description"] += f" Counts beside a search are of its newest {MOST_FACETED:,} articles."
    return facts | _TABLES.get(table, {})


def metadata(name: str) -> Metadata:
    """Return the metadata of a corpus that Datasette serves under this name: the stem of its file."""
    return {
        "title": "curator",
        "databases": {
            name: {
                "description": "Cleaned, deduplicated articles, with everything that was cut and why.",
                "tables": {table: table_metadata(table) for table in tables()} | _MIGRATIONS,
                "queries": {slug: query._asdict() for slug, query in QUERIES.items()},
            }
        },
    }


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Writes text of several lines as a block, as SQL is read best."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def metadata_yaml(name: str = "curator") -> str:
    """Return the metadata as YAML, with a first line that says where it comes from."""
    head = "# Generated: python -m curator.browse.metadata > db/metadata.yaml\n"
    return head + str(yaml.dump(metadata(name), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


if __name__ == "__main__":
    sys.stdout.write(metadata_yaml())
