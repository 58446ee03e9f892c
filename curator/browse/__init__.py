"""Datasette over a corpus: metadata, canned queries, security."""
