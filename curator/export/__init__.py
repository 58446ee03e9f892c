"""Articles -> files: JSON lines."""

from __future__ import annotations

from curator.export.jsonl import clean_record, failed_record, stored_record, to_line

__all__ = ["clean_record", "failed_record", "stored_record", "to_line"]
