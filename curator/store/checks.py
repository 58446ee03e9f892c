"""The invariants of a corpus file, each proved from its rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from curator.article import kept_text
from curator.cluster import STORED_JACCARD
from curator.cluster.verify import overlaps
from curator.signature.shingles import shingle, split
from curator.store import articles, duplicates
from curator.store.read import property_of, texts_of
from curator.store.rows import CutRow, shown

#: Pairs whose texts are held in memory together.
_PAIRS_TOGETHER = 2_000


class Problem(NamedTuple):
    """An invariant that does not hold: its name, the rows concerned, what was found."""

    check: str
    where: str
    found: str


def check(connection: sqlite3.Connection, *, writable: bool = True) -> Iterator[Problem]:
    """Yield every way in which a corpus file is not what it must be.

    Of a file that is not writable the full-text index is not compared with the articles.
    """
    for invariant in _INVARIANTS:
        if writable or invariant is not check_search:
            yield from invariant(connection)


def check_file(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that SQLite finds the file whole and that every reference has its row."""
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield Problem("integrity", "file", message)
    for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Problem("references", f"{table} {rowid}", f"names a row that is missing from {parent}")


#: Queries that find nothing in a sound file: (name, what is wrong, query of the rows concerned).
_FINDS_NOTHING = (
    ("documents", "has no article", "SELECT id FROM documents EXCEPT SELECT id FROM articles"),
    ("documents", "has no stored original", "SELECT id FROM documents EXCEPT SELECT document_id FROM raws"),
    ("documents", "has no stored page", "SELECT id FROM documents EXCEPT SELECT document_id FROM pages"),
    ("articles", "has no text", "SELECT id FROM articles EXCEPT SELECT id FROM article_texts"),
    (
        "articles",
        "is rejected without a reason",
        "SELECT id FROM articles WHERE status = 'rejected' AND reason IS NULL",
    ),
    (
        "versions",
        "is one of two current versions of a url",
        "SELECT min(articles.id) FROM articles JOIN documents USING (id)"
        " WHERE documents.url IS NOT NULL AND status IN ('kept', 'duplicate')"
        " GROUP BY documents.url HAVING count(*) > 1",
    ),
    (
        "signatures",
        "is kept or a duplicate without a signature, or has one and is neither",
        "SELECT id FROM articles LEFT JOIN signatures ON article_id = id"
        " WHERE (status IN ('kept', 'duplicate')) <> (article_id IS NOT NULL)",
    ),
    (
        "clusters",
        "has not the members it counts, or not one survivor",
        "SELECT clusters.id FROM clusters LEFT JOIN articles ON cluster_id = clusters.id GROUP BY clusters.id"
        " HAVING count(*) <> size OR sum(status = 'kept') <> 1 OR sum(status = 'kept' AND articles.id = keeper_id) <> 1"
        " OR sum(status = 'duplicate' AND duplicate_of = keeper_id) <> size - 1",
    ),
    (
        "clusters",
        "is a duplicate outside any cluster, or marked as one without being one",
        "SELECT id FROM articles WHERE (status = 'duplicate') <> (duplicate_of IS NOT NULL)"
        " OR (status = 'duplicate' AND cluster_id IS NULL)"
        " OR (cluster_id IS NOT NULL AND status NOT IN ('kept', 'duplicate'))",
    ),
    (
        "pairs",
        "is in a pair but takes no part in deduplication",
        "SELECT a FROM pairs UNION SELECT b FROM pairs EXCEPT SELECT article_id FROM signatures",
    ),
    (
        "sites",
        "has counters that differ from its articles",
        "SELECT domain FROM sites LEFT JOIN articles ON site = domain GROUP BY domain"
        " HAVING n_articles <> count(id) OR n_kept <> coalesce(sum(status = 'kept'), 0)"
        " OR sites.raw_chars <> coalesce(sum(articles.raw_chars), 0)",
    ),
    (
        "site_rules",
        "has sums that differ from the cuts",
        "SELECT rule FROM (SELECT site, kind, rule, n_cuts, cut_chars FROM site_rules WHERE n_cuts <> 0 EXCEPT"
        " SELECT coalesce(site, ''), kind, rule, count(*), sum(\"end\" - start)"
        " FROM cuts JOIN articles ON articles.id = article_id GROUP BY 1, 2, 3)",
    ),
)


def check_rows(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that tables agree: one article a document, one survivor a cluster, counters that add up."""
    for name, wrong, query in _FINDS_NOTHING:
        for (row,) in connection.execute(query):
            yield Problem(name, str(row), wrong)


def check_search(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that the full-text index holds exactly the words of the articles.

    SQLite has it asked for by an INSERT, which changes nothing, but is refused where the file may not be written to.
    """
    try:
        connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        yield Problem("search", "articles_fts", "does not agree with the articles")


def check_texts(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that every article is its page less its title and cuts, and that nothing of the page is lost."""
    stored = "SELECT document_id FROM pages JOIN raws USING (document_id) ORDER BY document_id"
    for (identity,) in connection.execute(stored).fetchall():
        article = articles.find_article(connection, identity)
        if article is not None:
            page = articles.page_text_of(connection, identity)
            for found in _wrong(article, page, articles.cuts_of(connection, identity)):
                yield Problem("texts", f"article {identity}", found)


def _wrong(article: articles.StoredArticle, page: str, cuts: list[CutRow]) -> Iterator[str]:
    spans = sorted([(cut.start, cut.end) for cut, _ in cuts] + ([article.title_span] if article.title_span else []))
    at = 0
    for start, end in spans:
        if not at <= start < end <= len(page):
            yield f"the cut or title at {start} to {end} overlaps another or lies outside the page"
            return
        at = end
    for cut, text in cuts:
        if text != shown(page[cut.start : cut.end]):
            yield f"the cut at {cut.start} does not hold what stands there in the page"
    if len(page) != article.raw_chars:
        yield f"raw_chars is {article.raw_chars}, the page has {len(page)}"
    if shown(kept_text(page, spans)) != article.text:
        yield "the text is not what title and cuts leave of the page"


def check_pairs(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that each stored pair shares as much as it says, by the texts themselves."""
    rule = json.loads(property_of(connection, "keep_rule") or "{}")
    floor = min(STORED_JACCARD, rule.get("threshold", STORED_JACCARD))
    for some in duplicates.batches_of_pairs(connection, _PAIRS_TOGETHER):
        texts = texts_of(connection, {number for pair in some for number in pair[:2]})
        places = {number: place for place, number in enumerate(texts)}
        wanted = np.array([(places[pair.a], places[pair.b]) for pair in some], dtype=np.int64)
        for pair, overlap in zip(some, overlaps(wanted, split(shingle(list(texts.values())))), strict=True):
            if abs(pair.jaccard - overlap.jaccard) > 1e-9 or pair.jaccard < floor:
                yield Problem("pairs", f"{pair.a} {pair.b}", f"says {pair.jaccard}, the texts share {overlap.jaccard}")


_INVARIANTS: tuple[Callable[[sqlite3.Connection], Iterator[Problem]], ...] = (
    check_file,
    check_rows,
    check_search,
    check_texts,
    check_pairs,
)
