-- Articles whose text a longer one contains.
CREATE TABLE contained (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    container_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    containment REAL NOT NULL,
    containment_container REAL NOT NULL,
    CHECK (article_id <> container_id)
);
CREATE INDEX contained_container_id ON contained(container_id);
