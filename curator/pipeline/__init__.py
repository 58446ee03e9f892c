"""The stages joined: documents become articles, and batches of them become rows, each batch in one transaction.

clean(text_or_html, url=None, settings=None) -> Article
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.pipeline.cleaning import Tools, clean

__all__ = ["Tools", "clean"]


def __getattr__(name: str) -> object:
    # The process that runs spiders must not wait for cleaners and tagger, which it has no use for.
    if name in __all__:
        from curator.pipeline import cleaning  # noqa: PLC0415

        return getattr(cleaning, name)
    raise AttributeError(f"module 'curator.pipeline' has no attribute {name!r}")
