-- A run that ends early leaves a row for each file it was at: reading goes on there. A failure tells where it is.
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
CREATE INDEX failures_path ON failures(path) WHERE path IS NOT NULL;
