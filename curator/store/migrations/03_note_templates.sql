-- The lines of each page with a site, and lists of what waits to be learned: triggers fill them, so whatever adds,
-- removes or replaces pages keeps them right.
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
INSERT INTO unlearned_documents SELECT id FROM articles WHERE site IS NOT NULL;
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
