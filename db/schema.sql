-- Generated: python -m curator.store.schema > db/schema.sql
PRAGMA user_version = 13;
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
, inputs TEXT, cleaner TEXT, cleaned_to INTEGER);
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
, member TEXT, position INTEGER, fields TEXT, meta TEXT, address TEXT);
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
    message TEXT NOT NULL, path TEXT, name TEXT, options TEXT, file TEXT, behind TEXT,
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
    created TEXT NOT NULL, text TEXT NOT NULL DEFAULT '',
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
CREATE TABLE site_rules (
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    n_cuts INTEGER NOT NULL,
    cut_chars INTEGER NOT NULL,
    PRIMARY KEY (rule, kind, site)
) WITHOUT ROWID;
CREATE INDEX site_rules_site ON site_rules(site);
CREATE INDEX articles_site ON articles(site, lang, status, month);
CREATE INDEX articles_status ON articles(status, raw_chars, ratio_cut);
CREATE INDEX articles_words ON articles(words);
CREATE INDEX cuts_kind ON cuts(kind, rule);
CREATE TRIGGER cuts_removed AFTER DELETE ON cuts BEGIN
    UPDATE site_rules SET n_cuts = n_cuts - 1, cut_chars = cut_chars - (OLD."end" - OLD.start)
    WHERE rule = OLD.rule AND kind = OLD.kind
        AND site = coalesce((SELECT site FROM articles WHERE id = OLD.article_id), '');
END;
CREATE TRIGGER articles_leave BEFORE DELETE ON articles BEGIN
    DELETE FROM cuts WHERE article_id = OLD.id;
END;
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
CREATE TRIGGER articles_to_learn AFTER INSERT ON articles WHEN NEW.site IS NOT NULL BEGIN
    INSERT INTO unlearned_documents VALUES (NEW.id);
END;
CREATE TRIGGER page_lines_added AFTER INSERT ON page_lines BEGIN
    INSERT INTO unlearned_sites SELECT NEW.site, 1 WHERE true
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TRIGGER page_lines_removed AFTER DELETE ON page_lines BEGIN
    INSERT INTO unlearned_sites SELECT OLD.site, 1 WHERE true
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TRIGGER documents_fetched AFTER UPDATE OF fetched_at ON documents BEGIN
    INSERT INTO unlearned_sites SELECT site, 1 FROM page_lines WHERE document_id = NEW.id
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TABLE contained (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    container_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    containment REAL NOT NULL,
    containment_container REAL NOT NULL,
    CHECK (article_id <> container_id)
);
CREATE INDEX contained_container_id ON contained(container_id);
CREATE INDEX articles_lang ON articles(lang, status, month, site);
CREATE INDEX articles_month ON articles(month, lang, status, site);
CREATE INDEX articles_facets ON articles(status, lang, month, site);
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
CREATE INDEX failures_path ON failures(path) WHERE path IS NOT NULL;
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    spider TEXT NOT NULL,
    target TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    seeded INTEGER NOT NULL DEFAULT 0,
    warc_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX crawls_unfinished ON crawls(spider, target) WHERE finished IS NULL;
CREATE TABLE crawl_urls (
    id INTEGER PRIMARY KEY,
    crawl_id INTEGER NOT NULL REFERENCES crawls(id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    parent TEXT,
    kind TEXT NOT NULL,
    rank INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    site TEXT NOT NULL,
    pattern TEXT NOT NULL,
    lastmod TEXT,
    via TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'fetched', 'unchanged', 'skipped', 'failed')),
    reason TEXT,
    UNIQUE (crawl_id, url)
);
CREATE INDEX crawl_urls_queue ON crawl_urls(crawl_id, rank, lastmod DESC, id) WHERE state = 'queued';
CREATE INDEX crawl_urls_parent ON crawl_urls(crawl_id, parent);
CREATE TABLE fetches (
    url TEXT PRIMARY KEY,
    status INTEGER NOT NULL,
    etag TEXT,
    modified TEXT,
    lastmod TEXT,
    fetched_at TEXT NOT NULL,
    key TEXT
) WITHOUT ROWID;
CREATE TABLE uncleaned_documents (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    n_changes INTEGER NOT NULL
);
CREATE TRIGGER feedback_given AFTER INSERT ON feedback BEGIN
    INSERT INTO uncleaned_documents SELECT id, 1 FROM documents WHERE id = NEW.article_id
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TRIGGER feedback_changed AFTER UPDATE ON feedback BEGIN
    INSERT INTO uncleaned_documents SELECT id, 1 FROM documents WHERE id = NEW.article_id
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TRIGGER feedback_withdrawn AFTER DELETE ON feedback BEGIN
    INSERT INTO uncleaned_documents SELECT id, 1 FROM documents WHERE id = OLD.article_id
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE TRIGGER documents_to_clean AFTER UPDATE OF fetched_at ON documents BEGIN
    INSERT INTO uncleaned_documents SELECT NEW.id, 1 WHERE true
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
END;
CREATE INDEX documents_address ON documents(address) WHERE address IS NOT NULL;
CREATE TABLE unsettled_addresses (
    address TEXT PRIMARY KEY
) WITHOUT ROWID;
