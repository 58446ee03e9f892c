"""Page and cuts -> facts."""

from __future__ import annotations

from collections.abc import Iterable

from curator.facts.byline import find_author, find_published
from curator.facts.language import find_language
from curator.facts.outline import outline
from curator.facts.title import find_title
from curator.model import Cut, Facts, Page
from curator.sites import site_of


def find_facts(page: Page, cuts: Iterable[Cut]) -> Facts:
    """Return what is known of the article on a page; what is not certain is None.

    What the markup or the record states comes first. Of HTML nothing is told from the text but the language: what
    its markup does not say, its lines say no better.
    """
    top = outline(page.lines, cuts)
    title = find_title(page, top)
    is_text = page.media != "text/html"
    return Facts(
        title=title.text if title else None,
        title_span=title.span if title else None,
        lang=find_language(top.kept, page.meta.lang),
        published=page.meta.published or (find_published(top) if is_text else None),
        author=page.meta.author or (find_author(top) if is_text else None),
        site=site_of(page.url) or page.meta.site,
    )
