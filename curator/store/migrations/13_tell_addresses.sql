-- Versions of a page are told by its address, however it is written: where that differs from the url, it stands beside.
ALTER TABLE documents ADD COLUMN address TEXT;
CREATE INDEX documents_address ON documents(address) WHERE address IS NOT NULL;
-- Addresses of which several documents were stored under different urls: the next command that writes settles them.
CREATE TABLE unsettled_addresses (
    address TEXT PRIMARY KEY
) WITHOUT ROWID;
