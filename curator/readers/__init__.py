"""Paths and streams -> raw documents: one module per format, streaming."""
