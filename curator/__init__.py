"""Clean raw text dumps, find near-duplicates, and keep every decision in one SQLite file.

curator.clean(text_or_html, url=None, settings=None) -> Article
curator.clean_all(texts, urls=None, settings=None) -> Iterator[Article]
curator.Corpus(path).add(paths) -> Report
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.corpus import Corpus
    from curator.model import Article
    from curator.pipeline.cleaning import clean, clean_all

__version__ = "0.1.0"
__all__ = ["Article", "Corpus", "__version__", "clean", "clean_all"]

#: Where the public names stand. `curator --help` must not wait for lxml and numpy, so they are imported when asked for.
_HOMES = {
    "Article": "curator.model",
    "Corpus": "curator.corpus",
    "clean": "curator.pipeline.cleaning",
    "clean_all": "curator.pipeline.cleaning",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'curator' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
