-- Where in its input each document stood, and what came with it outside any record.
ALTER TABLE documents ADD COLUMN member TEXT;
ALTER TABLE documents ADD COLUMN position INTEGER;
ALTER TABLE documents ADD COLUMN fields TEXT;
ALTER TABLE documents ADD COLUMN meta TEXT;
