"""Articles -> files: JSON lines, CSV, Parquet, Markdown, text.

export_to_path(connection, order, path) -> manifest     whole files and folders, or nothing
export_to_stream(connection, order, stream) -> int      lines to standard output
to_line(record), clean_record(raw, article), ...        one JSON line for one document
"""

from __future__ import annotations

from curator.export.form import Form
from curator.export.jsonl import clean_record, failed_record, stored_record, to_line
from curator.export.write import Order, export_to_path, export_to_stream

__all__ = [
    "Form",
    "Order",
    "clean_record",
    "export_to_path",
    "export_to_stream",
    "failed_record",
    "stored_record",
    "to_line",
]
