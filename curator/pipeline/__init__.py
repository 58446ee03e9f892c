"""The stages joined: documents become articles, and batches of them become rows, each batch in one transaction.

clean(text_or_html, url=None, settings=None) -> Article
clean_raw(raw, tools) -> Article         tools: ``load_tools(settings)``, loaded once
"""

from __future__ import annotations

from curator.pipeline.cleaning import Tools, clean, clean_raw, load_tools, raw_of

__all__ = ["Tools", "clean", "clean_raw", "load_tools", "raw_of"]
