"""Clean raw text dumps, find near-duplicates, and keep every decision in one SQLite file.

curator.clean(text_or_html, url=None, settings=None) -> Article
curator.Corpus(path).add(paths) -> Report
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.corpus import Corpus
    from curator.model import Article
    from curator.pipeline.cleaning import clean

__version__ = "0.1.0"
__all__ = ["Article", "Corpus", "__version__", "clean"]


def __getattr__(name: str) -> object:
    # `curator --help` must not wait for lxml and numpy, so the public names are imported when they are asked for.
    if name == "clean":
        from curator.pipeline.cleaning import clean  # noqa: PLC0415

        return clean
    if name == "Corpus":
        from curator.corpus import Corpus  # noqa: PLC0415

        return Corpus
    if name == "Article":
        from curator.model import Article  # noqa: PLC0415

        return Article
    raise AttributeError(f"module 'curator' has no attribute {name!r}")
