"""Page and cuts -> facts."""

from __future__ import annotations

from collections.abc import Iterable

from curator.model import Cut, Facts, Page
from curator.sites import site_of


def find_facts(page: Page, cuts: Iterable[Cut]) -> Facts:
    """Return what is known of the article on a page; what is not certain is None."""
    return Facts(published=page.meta.published, author=page.meta.author, site=site_of(page.url) or page.meta.site)
