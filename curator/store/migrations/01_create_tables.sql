-- The tables of the first corpus files.
-- Cluster and survivor point at each other, so these references are checked at the end of a transaction.
-- Triggers keep what an article adds to the counters of its site.
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
);
CREATE TRIGGER articles_added AFTER INSERT ON articles BEGIN
    UPDATE sites SET
        n_articles = n_articles + 1,
        n_kept = n_kept + (NEW.status = 'kept'),
        n_duplicate = n_duplicate + (NEW.status = 'duplicate'),
        n_rejected = n_rejected + (NEW.status = 'rejected'),
        n_superseded = n_superseded + (NEW.status = 'superseded'),
        raw_chars = raw_chars + NEW.raw_chars,
        cut_chars = cut_chars + CAST(round(NEW.ratio_cut * NEW.raw_chars) AS INTEGER)
    WHERE domain = NEW.site;
END;
CREATE TRIGGER articles_removed AFTER DELETE ON articles BEGIN
    UPDATE sites SET
        n_articles = n_articles - 1,
        n_kept = n_kept - (OLD.status = 'kept'),
        n_duplicate = n_duplicate - (OLD.status = 'duplicate'),
        n_rejected = n_rejected - (OLD.status = 'rejected'),
        n_superseded = n_superseded - (OLD.status = 'superseded'),
        raw_chars = raw_chars - OLD.raw_chars,
        cut_chars = cut_chars - CAST(round(OLD.ratio_cut * OLD.raw_chars) AS INTEGER)
    WHERE domain = OLD.site;
END;
CREATE TRIGGER articles_changed AFTER UPDATE OF site, status, raw_chars, ratio_cut ON articles BEGIN
    UPDATE sites SET
        n_articles = n_articles - 1,
        n_kept = n_kept - (OLD.status = 'kept'),
        n_duplicate = n_duplicate - (OLD.status = 'duplicate'),
        n_rejected = n_rejected - (OLD.status = 'rejected'),
        n_superseded = n_superseded - (OLD.status = 'superseded'),
        raw_chars = raw_chars - OLD.raw_chars,
        cut_chars = cut_chars - CAST(round(OLD.ratio_cut * OLD.raw_chars) AS INTEGER)
    WHERE domain = OLD.site;

    UPDATE sites SET
        n_articles = n_articles + 1,
        n_kept = n_kept + (NEW.status = 'kept'),
        n_duplicate = n_duplicate + (NEW.status = 'duplicate'),
        n_rejected = n_rejected + (NEW.status = 'rejected'),
        n_superseded = n_superseded + (NEW.status = 'superseded'),
        raw_chars = raw_chars + NEW.raw_chars,
        cut_chars = cut_chars + CAST(round(NEW.ratio_cut * NEW.raw_chars) AS INTEGER)
    WHERE domain = NEW.site;
END;
