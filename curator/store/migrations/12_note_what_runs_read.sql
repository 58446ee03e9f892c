-- A run tells which paths it was given, and by which rules it cleaned: '' where that is not known, as of all so far.
-- One that left all documents up to an id as its rules clean them tells that id.
ALTER TABLE runs ADD COLUMN inputs TEXT;
ALTER TABLE runs ADD COLUMN cleaner TEXT;
ALTER TABLE runs ADD COLUMN cleaned_to INTEGER;
UPDATE runs SET cleaner = '';
-- What cleaning reads beside the original has changed of these: what people say, and the day of the fetch.
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
