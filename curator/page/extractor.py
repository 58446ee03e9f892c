"""trafilatura as one voter: which text it takes for the article, and whom for its author."""

from __future__ import annotations

import logging
from itertools import islice

from curator.page.markup import Element

#: The extractor takes minutes for a page of a million elements. The largest of 1,820 pages of news and web texts
#: has 16,000.
MAX_ELEMENTS = 50_000

#: trafilatura reports what it discards as errors and warnings; to us that is an answer like any other.
_LOGGERS = ("trafilatura", "htmldate", "courlan", "readability")


def _quiet() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _is_too_large(tree: Element) -> bool:
    return next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None


def extract_text(tree: Element, url: str | None = None) -> str | None:
    """Return the article text that trafilatura finds, in its order, or None where it finds nothing.

    The tree is left as it was: trafilatura copies it. Metadata is read by ``curator.page.metadata``: trafilatura's
    search for a date guesses from text and depends on the day it runs. ``deduplicate`` stays off: its cache outlives
    the page, and then the same page yields its text three times and nothing the fourth time.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second to load, and text dumps never need it

    if _is_too_large(tree):
        return None
    _quiet()
    try:
        found = bare_extraction(tree, url, include_comments=False, include_tables=True, deduplicate=False)
    except Exception:  # Broad on purpose: an extractor that stumbles over a page is a voter that does not vote.
        return None
    text = getattr(found, "text", None)
    return text if isinstance(text, str) and text.strip() else None


def find_author(tree: Element) -> str | None:
    """Return the author by the class names that trafilatura knows, or None."""
    from trafilatura.metadata import extract_author  # noqa: PLC0415 - as above

    if _is_too_large(tree):
        return None
    _quiet()
    try:
        author = extract_author(tree)
    except Exception:
        return None
    return author if isinstance(author, str) and author.strip() else None
