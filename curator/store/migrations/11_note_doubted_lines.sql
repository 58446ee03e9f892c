-- Lines that the tagger cut count for the template of a site: every page is noted anew.
INSERT OR IGNORE INTO unlearned_documents SELECT document_id FROM page_lines;
INSERT INTO unlearned_sites SELECT DISTINCT site, 1 FROM page_lines WHERE true
    ON CONFLICT DO UPDATE SET n_changes = n_changes + 1;
