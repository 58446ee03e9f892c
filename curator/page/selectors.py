"""A site's CSS selectors -> the elements of a page that they name, found with Beautiful Soup."""

from __future__ import annotations

import copy

from bs4 import BeautifulSoup
from lxml import etree

from curator.page.markup import Element
from curator.sites import SiteRules

_NUMBER = "data-curator-number"


def mark_elements(tree: Element, rules: SiteRules) -> dict[Element, str]:
    """Return "keep" or "<kind> <selector>" for every element that a selector of the site names.

    Selectors that cut go before those that keep, the earlier of two before the later. Beautiful Soup reads a copy
    of the tree whose elements are numbered, so its finds are ours again by their numbers.
    """
    numbered = copy.deepcopy(tree)
    for number, element in enumerate(numbered.iter()):
        element.set(_NUMBER, str(number))
    soup = BeautifulSoup(etree.tostring(numbered, encoding="unicode", method="html"), "lxml")
    elements = list(tree.iter())
    marks: dict[Element, str] = {}
    for kind, css in sorted(rules.selectors, key=lambda selector: selector.kind is None):
        for found in soup.select(css):
            marks.setdefault(elements[int(str(found[_NUMBER]))], f"{kind} {css}" if kind else "keep")
    return marks
