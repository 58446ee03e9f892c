"""The tables of a corpus file, as sqlite-utils migrations.

A migration that has been released is never edited: a later one changes what it made. ``PRAGMA user_version``
counts the migrations that a file has seen, ``PRAGMA application_id`` tells a corpus from any other SQLite file.
``python -m curator.store.schema`` prints the whole schema; ``db/schema.sql`` holds that output.
"""

from __future__ import annotations

import sqlite3
import sys

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from curator.store.connection import APPLICATION_ID, VERSION
from curator.store.crawls import create_crawl_tables
from curator.store.descriptions import columns, describe_table, tables
from curator.store.rows import shown, unpack_text

__all__ = ["columns", "describe_table", "migrations", "schema_sql", "tables", "upgrade"]

migrations = Migrations("curator")

# Cluster and survivor point at each other, so these references are checked at the end of a transaction.
_FIRST = """
CREATE TABLE properties (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    version TEXT NOT NULL,
    settings TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    counts TEXT
);
CREATE TABLE sites (
    domain TEXT PRIMARY KEY,
    n_articles INTEGER NOT NULL DEFAULT 0,
    n_kept INTEGER NOT NULL DEFAULT 0,
    n_duplicate INTEGER NOT NULL DEFAULT 0,
    n_rejected INTEGER NOT NULL DEFAULT 0,
    n_superseded INTEGER NOT NULL DEFAULT 0,
    raw_chars INTEGER NOT NULL DEFAULT 0,
    cut_chars INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    source_id TEXT,
    url TEXT,
    site TEXT REFERENCES sites(domain),
    fetched_at TEXT,
    media TEXT NOT NULL,
    encoding TEXT,
    n_bytes INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs(id)
);
CREATE INDEX documents_url ON documents(url) WHERE url IS NOT NULL;
CREATE INDEX documents_source ON documents(source);
CREATE INDEX documents_site ON documents(site);
CREATE INDEX documents_run_id ON documents(run_id);
CREATE TABLE paths (
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    PRIMARY KEY (document_id, source)
) WITHOUT ROWID;
CREATE TABLE raws (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    content BLOB,
    record BLOB,
    CHECK ((content IS NULL) <> (record IS NULL))
);
CREATE TABLE pages (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    text BLOB NOT NULL,
    repairs TEXT
);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY REFERENCES documents(id),
    title TEXT,
    site TEXT REFERENCES sites(domain),
    url TEXT,
    lang TEXT,
    published TEXT,
    month TEXT,
    author TEXT,
    words INTEGER NOT NULL,
    chars INTEGER NOT NULL,
    raw_chars INTEGER NOT NULL,
    ratio_cut REAL NOT NULL,
    review TEXT,
    status TEXT NOT NULL CHECK (status IN ('kept', 'duplicate', 'rejected', 'superseded')),
    reason TEXT,
    cluster_id TEXT REFERENCES clusters(id) DEFERRABLE INITIALLY DEFERRED,
    duplicate_of INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    similarity REAL,
    via INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX articles_site ON articles(site);
CREATE INDEX articles_lang ON articles(lang);
CREATE INDEX articles_status ON articles(status);
CREATE INDEX articles_month ON articles(month);
CREATE INDEX articles_published ON articles(published);
CREATE INDEX articles_ratio_cut ON articles(ratio_cut);
CREATE INDEX articles_review ON articles(review) WHERE review IS NOT NULL;
CREATE INDEX articles_cluster_id ON articles(cluster_id) WHERE cluster_id IS NOT NULL;
CREATE INDEX articles_duplicate_of ON articles(duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX articles_via ON articles(via) WHERE via IS NOT NULL;
CREATE TABLE article_texts (
    id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    title_start INTEGER,
    title_end INTEGER,
    text TEXT NOT NULL
);
CREATE VIEW article_search AS
    SELECT article_texts.id AS id, articles.title AS title, article_texts.text AS text
    FROM article_texts JOIN articles ON articles.id = article_texts.id;
CREATE VIRTUAL TABLE articles_fts USING fts5(
    title, text, content='article_search', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TABLE cuts (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    why TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE UNIQUE INDEX cuts_article_id ON cuts(article_id, start);
CREATE INDEX cuts_kind ON cuts(kind);
CREATE INDEX cuts_rule ON cuts(rule);
CREATE TABLE site_lines (
    site TEXT NOT NULL REFERENCES sites(domain) ON DELETE CASCADE,
    line_hash TEXT NOT NULL,
    text TEXT NOT NULL,
    n_articles INTEGER NOT NULL,
    PRIMARY KEY (site, line_hash)
);
CREATE TABLE signatures (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    minhash BLOB NOT NULL
);
CREATE INDEX signatures_digest ON signatures(digest);
CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    n_blocks INTEGER NOT NULL,
    head BLOB NOT NULL
);
CREATE TABLE segment_blocks (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);
CREATE TABLE pairs (
    a INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    b INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    jaccard REAL NOT NULL,
    containment_a REAL NOT NULL,
    containment_b REAL NOT NULL,
    PRIMARY KEY (a, b),
    CHECK (a < b)
) WITHOUT ROWID;
CREATE INDEX pairs_b ON pairs(b);
CREATE INDEX pairs_jaccard ON pairs(jaccard);
CREATE TABLE clusters (
    id TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    keeper_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    min_similarity REAL NOT NULL
);
CREATE INDEX clusters_keeper_id ON clusters(keeper_id);
CREATE INDEX clusters_size ON clusters(size);
CREATE TABLE failures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs(id),
    source TEXT NOT NULL,
    stage TEXT NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (source, stage, error, message)
);
CREATE INDEX failures_run_id ON failures(run_id);
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('wrong cut', 'clutter')),
    kind TEXT,
    note TEXT,
    created TEXT NOT NULL,
    UNIQUE (article_id, start, "end")
)
"""

#: What an article row adds to the counters of its site; NEW and OLD stand for the row.
_COUNTERS = """
    UPDATE sites SET
        n_articles = n_articles {sign} 1,
        n_kept = n_kept {sign} ({row}.status = 'kept'),
        n_duplicate = n_duplicate {sign} ({row}.status = 'duplicate'),
        n_rejected = n_rejected {sign} ({row}.status = 'rejected'),
        n_superseded = n_superseded {sign} ({row}.status = 'superseded'),
        raw_chars = raw_chars {sign} {row}.raw_chars,
        cut_chars = cut_chars {sign} CAST(round({row}.ratio_cut * {row}.raw_chars) AS INTEGER)
    WHERE domain = {row}.site;
"""


def create_tables(db: Database) -> None:
    """Make the tables of the first corpus files."""
    for statement in _FIRST.split(";\n"):
        db.execute(statement)
    add, take = _COUNTERS.format(sign="+", row="NEW"), _COUNTERS.format(sign="-", row="OLD")
    db.execute(f"CREATE TRIGGER articles_added AFTER INSERT ON articles BEGIN{add}END")
    db.execute(f"CREATE TRIGGER articles_removed AFTER DELETE ON articles BEGIN{take}END")
    changed = "UPDATE OF site, status, raw_chars, ratio_cut"
    db.execute(f"CREATE TRIGGER articles_changed AFTER {changed} ON articles BEGIN{take}{add}END")


# Counting 5,000,000 cuts takes seconds, so their sums are kept as they come and go. '' stands for no site.
_SITE_RULES = """
CREATE TABLE site_rules (
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    n_cuts INTEGER NOT NULL,
    cut_chars INTEGER NOT NULL,
    PRIMARY KEY (rule, kind, site)
) WITHOUT ROWID;
CREATE INDEX site_rules_site ON site_rules(site);
INSERT INTO site_rules
    SELECT coalesce(articles.site, ''), kind, rule, count(*), sum("end" - start)
    FROM cuts JOIN articles ON articles.id = cuts.article_id GROUP BY 1, 2, 3;
DROP INDEX articles_site;
CREATE INDEX articles_site ON articles(site, lang, status, month);
DROP INDEX articles_status;
CREATE INDEX articles_status ON articles(status, raw_chars, ratio_cut);
CREATE INDEX articles_words ON articles(words);
DROP INDEX cuts_kind;
CREATE INDEX cuts_kind ON cuts(kind, rule)
"""
_CUT_ADDED = """
CREATE TRIGGER cuts_added AFTER INSERT ON cuts BEGIN
    INSERT INTO site_rules VALUES (
        coalesce((SELECT site FROM articles WHERE id = NEW.article_id), ''),
        NEW.kind, NEW.rule, 1, NEW."end" - NEW.start
    ) ON CONFLICT DO UPDATE SET n_cuts = n_cuts + 1, cut_chars = cut_chars + excluded.cut_chars;
END
"""
_CUT_REMOVED = """
CREATE TRIGGER cuts_removed AFTER DELETE ON cuts BEGIN
    UPDATE site_rules SET n_cuts = n_cuts - 1, cut_chars = cut_chars - (OLD."end" - OLD.start)
    WHERE rule = OLD.rule AND kind = OLD.kind
        AND site = coalesce((SELECT site FROM articles WHERE id = OLD.article_id), '');
END
"""
# Cuts go while their article still tells the site that they were counted for.
_ARTICLE_LEAVES = """
CREATE TRIGGER articles_leave BEFORE DELETE ON articles BEGIN
    DELETE FROM cuts WHERE article_id = OLD.id;
END
"""


def count_cuts(db: Database) -> None:
    """Keep sums of cuts by site and rule, and indexes that answer facets and totals without the table."""
    for statement in _SITE_RULES.split(";\n"):
        db.execute(statement)
    for trigger in (_CUT_ADDED, _CUT_REMOVED, _ARTICLE_LEAVES):
        db.execute(trigger)


# Lists of what waits to be learned: triggers fill them, so whatever adds, removes or replaces pages keeps them right.
_TEMPLATES = """
CREATE TABLE page_lines (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    title TEXT,
    title_start INTEGER,
    title_end INTEGER,
    headline INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    lines BLOB NOT NULL,
    sketch BLOB NOT NULL,
    marks INTEGER NOT NULL
);
CREATE INDEX page_lines_site ON page_lines(site);
CREATE TABLE unlearned_documents (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE
);
CREATE TABLE unlearned_sites (
    site TEXT PRIMARY KEY,
    n_changes INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO unlearned_documents SELECT id FROM articles WHERE site IS NOT NULL
"""
_ARTICLE_TO_LEARN = """
CREATE TRIGGER articles_to_learn AFTER INSERT ON articles WHEN NEW.site IS NOT NULL BEGIN
    INSERT INTO unlearned_documents VALUES (NEW.id);
END
"""
_SITE_TO_LEARN = """
CREATE TRIGGER {name} AFTER {event} BEGIN
    INSERT INTO unlearned_sites SELECT {site}
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END
"""


def note_templates(db: Database) -> None:
    """Keep the lines of each page with a site, and lists of what waits to be learned."""
    for statement in _TEMPLATES.split(";\n"):
        db.execute(statement)
    db.execute(_ARTICLE_TO_LEARN)
    fetched = "site, 1 FROM page_lines WHERE document_id = NEW.id"
    for name, event, site in (
        ("page_lines_added", "INSERT ON page_lines", "NEW.site, 1 WHERE true"),
        ("page_lines_removed", "DELETE ON page_lines", "OLD.site, 1 WHERE true"),
        ("documents_fetched", "UPDATE OF fetched_at ON documents", fetched),
    ):
        db.execute(_SITE_TO_LEARN.format(name=name, event=event, site=site))


_CONTAINED = """
CREATE TABLE contained (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    container_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    containment REAL NOT NULL,
    containment_container REAL NOT NULL,
    CHECK (article_id <> container_id)
);
CREATE INDEX contained_container_id ON contained(container_id)
"""


def mark_contained(db: Database) -> None:
    """Mark articles whose text a longer one contains."""
    for statement in _CONTAINED.split(";\n"):
        db.execute(statement)


# Any two filters of the browser, and the counts beside them, are answered from an index alone: at 500,000 articles
# ?lang=de&status=kept took 4.3 s before, 0.1 s after (bench/browse.py).
_FACETS = """
DROP INDEX articles_lang;
CREATE INDEX articles_lang ON articles(lang, status, month, site);
DROP INDEX articles_month;
CREATE INDEX articles_month ON articles(month, lang, status, site);
CREATE INDEX articles_facets ON articles(status, lang, month, site)
"""


def cover_facets(db: Database) -> None:
    """Index the facets of the articles in every order that begins with a filter."""
    for statement in _FACETS.split(";\n"):
        db.execute(statement)


def note_judged_texts(db: Database) -> None:
    """Keep the text that each verdict is about, so that it is known when another one stands there."""
    db.execute("ALTER TABLE feedback ADD COLUMN text TEXT NOT NULL DEFAULT ''")
    judged = 'SELECT feedback.id, start, "end", pages.text FROM feedback JOIN pages ON document_id = article_id'
    for identity, start, end, page in db.execute(judged).fetchall():
        db.execute("UPDATE feedback SET text = ? WHERE id = ?", (shown(unpack_text(page)[start:end]), identity))


_PLACES = """
ALTER TABLE documents ADD COLUMN member TEXT;
ALTER TABLE documents ADD COLUMN position INTEGER;
ALTER TABLE documents ADD COLUMN fields TEXT;
ALTER TABLE documents ADD COLUMN meta TEXT
"""


def note_places(db: Database) -> None:
    """Keep where in its input each document stood, and what came with it outside any record."""
    for statement in _PLACES.split(";\n"):
        db.execute(statement)


# A run that ends early leaves a row for each file it was at: reading goes on there. A failure tells where it is.
_RESUMING = """
CREATE TABLE unfinished_inputs (
    path TEXT PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs(id),
    options TEXT NOT NULL,
    file TEXT NOT NULL,
    member TEXT,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    number INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE failures ADD COLUMN path TEXT;
ALTER TABLE failures ADD COLUMN name TEXT;
ALTER TABLE failures ADD COLUMN options TEXT;
ALTER TABLE failures ADD COLUMN file TEXT;
ALTER TABLE failures ADD COLUMN behind TEXT;
CREATE INDEX failures_path ON failures(path) WHERE path IS NOT NULL
"""


def note_progress(db: Database) -> None:
    """Keep how far unfinished runs have read, and where each failure is found again."""
    for statement in _RESUMING.split(";\n"):
        db.execute(statement)


def keep_crawls(db: Database) -> None:
    """Keep the queues of crawls and what is known of each address that was fetched."""
    create_crawl_tables(db.conn)


def count_added_cuts_together(db: Database) -> None:
    """Leave counting the cuts that come to who writes them (``store.write``): a trigger took as long as the rows."""
    db.execute("DROP TRIGGER cuts_added")


migrations()(create_tables)
migrations()(count_cuts)
migrations()(note_templates)
migrations()(mark_contained)
migrations()(cover_facets)
migrations()(note_judged_texts)
migrations()(note_places)
migrations()(note_progress)
migrations()(keep_crawls)
migrations()(count_added_cuts_together)


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a file of an earlier schema version, or an empty one, to ``VERSION``; the caller holds the transaction."""
    migrations.apply(Database(connection, recursive_triggers=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def schema_sql() -> str:
    """Return the SQL that makes an empty corpus of this version, without the bookkeeping of FTS5 and migrations."""
    connection = sqlite3.connect(":memory:")
    upgrade(connection)
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'articles\\_fts\\_%' ESCAPE '\\'"
        " AND tbl_name NOT LIKE '\\_sqlite%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    )
    statements = [f"{row[0]};\n" for row in rows]
    head = f"-- Generated: python -m curator.store.schema > db/schema.sql\nPRAGMA user_version = {VERSION};\n"
    return head + "".join(statements)


if __name__ == "__main__":
    sys.stdout.write(schema_sql())
