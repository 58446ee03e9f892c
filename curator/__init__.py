"""Clean raw text dumps, find near-duplicates, and keep every decision in one SQLite file."""

__version__ = "0.1.0"
