"""trafilatura as one voter: which text it takes for the article, and whom for its author."""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from itertools import islice

from lxml import etree

from curator.page.markup import Element

#: The extractor takes minutes for a page of a million elements. The largest of 1,820 pages of news and web texts
#: has 16,000.
MAX_ELEMENTS = 50_000

#: trafilatura reports what it discards as errors and warnings; to us that is an answer like any other.
_LOGGERS = ("trafilatura", "htmldate", "courlan", "readability")

#: The attributes by which trafilatura tells an author's element, and what one of them holds in any that it takes
#: for one. Tests compare both with its own expressions.
NAMING = ("class", "id", "rel", "itemprop", "data-testid", "data-component")
NAMES_AUTHOR = re.compile(
    "[Aa]uthor|[Bb]yline|screenname|writer|zuozhe|bianji|xiaobian|channel-name|submitted-by|posted-by|journalist-name"
    "|^(?:username|byl|BBL)$",
    re.MULTILINE,
)
_NAMING_VALUES = etree.XPath("|".join(f"/descendant::*/@{name}" for name in NAMING), smart_strings=False)


def _quiet() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _is_too_large(tree: Element) -> bool:
    return next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None


def extract_text(tree: Element, url: str | None = None) -> str | None:
    """Return the article text that trafilatura finds, in its order, or None where it finds nothing.

    The tree loses its scripts. Metadata is read by ``curator.page.metadata``: trafilatura's search for a date guesses
    from text and depends on the day it runs. ``deduplicate`` stays off: its cache outlives the page, and then the same
    page yields its text three times and nothing the fourth time.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second to load, and text dumps never need it

    if _is_too_large(tree):
        return None
    _quiet()
    _take_out_unread(tree)
    try:
        found = bare_extraction(tree, url, include_comments=False, include_tables=True, deduplicate=False)
    except Exception:  # Broad on purpose: an extractor that stumbles over a page is a voter that does not vote.
        return None
    text = getattr(found, "text", None)
    return text if isinstance(text, str) and text.strip() else None


def _take_out_unread(tree: Element) -> None:
    """Take out scripts, which trafilatura drops, and the links and meta of the head, which tell it nothing.

    It copies a tree five times over, and drops them from each copy. Scripts of JSON stay: they tell a forum, and may
    hold the text. Styles stay: where trafilatura finds no paragraph it takes its deletions back, and then their length
    counts as that of text. Of 1,820 pages all have the same text as before, and one would not without its styles.
    """
    for element in list(tree.iter("script")):
        if "json" not in element.get("type", "").lower():
            element.drop_tree()
    for element in tree.xpath("/html/head/link|/html/head/meta"):
        element.drop_tree()


def find_author(tree: Element) -> str | None:
    """Return the author by the class names that trafilatura knows, or None."""
    from trafilatura.metadata import extract_author  # noqa: PLC0415 - as above

    if _is_too_large(tree):
        return None
    _quiet()
    try:
        part = _part_with_authors(tree)
        author = None if part is None else extract_author(part)
    except Exception:
        return None
    return author if isinstance(author, str) and author.strip() else None


def _part_with_authors(tree: Element) -> Element | None:
    """Return what of a tree trafilatura has to search for an author, or None where there is none to be found.

    Its search compares every element with long expressions, one at a time; most pages hold nothing that they match.
    Kept are the elements that may name an author, with all that stands in them, and the elements around these.
    """
    values = set(_NAMING_VALUES(tree))
    if not NAMES_AUTHOR.search("\n".join(values)) and next(tree.iter("author"), None) is None:
        return None
    wanted = set(filter(NAMES_AUTHOR.search, values))
    part = deepcopy(tree)
    named = {each for each in part.iter() if each.tag == "author" or not wanted.isdisjoint(map(each.get, NAMING))}
    outermost = [element for element in named if named.isdisjoint(element.iterancestors())]
    around = {outer for element in outermost for outer in element.iterancestors()}
    for outer in around:
        for element in list(outer):
            if element not in around and element not in named:
                outer.remove(element)
    return part
