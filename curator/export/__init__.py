"""Articles -> files: JSON lines, CSV, Parquet, Markdown, text, SQLite.

export_to_path(connection, settings, order, output) -> int   whole files and folders with a manifest, or nothing
export_to_stream(connection, order, output) -> int           lines to standard output
"""

from __future__ import annotations

from curator.export.form import Form
from curator.export.write import Order, export_to_path, export_to_stream

__all__ = ["Form", "Order", "export_to_path", "export_to_stream"]
