-- The queues of crawls, and what is known of each address that was fetched.
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
