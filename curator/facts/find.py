"""Page and cuts -> facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curator.facts.byline import find_author, find_published
from curator.facts.language import find_languages
from curator.facts.outline import Outline, outline
from curator.facts.title import find_title
from curator.model import Cut, Facts, Page
from curator.sites import site_of


def find_facts(page: Page, cuts: Iterable[Cut]) -> Facts:
    """Return what is known of the article on a page; what is not certain is None.

    What the markup or the record states comes first. Of HTML nothing is told from the text but the language: what
    its markup does not say, its lines say no better.
    """
    return find_facts_together([page], [cuts])[0]


def find_facts_together(pages: Sequence[Page], cuts: Sequence[Iterable[Cut]]) -> list[Facts]:
    """Return what ``find_facts`` returns for each page, in less time."""
    tops = [outline(page.lines, some) for page, some in zip(pages, cuts, strict=True)]
    languages = find_languages([(top.kept, page.meta.lang) for page, top in zip(pages, tops, strict=True)])
    return [_facts(*told) for told in zip(pages, tops, languages, strict=True)]


def _facts(page: Page, top: Outline, language: str | None) -> Facts:
    title = find_title(page, top)
    is_text = page.media != "text/html"
    return Facts(
        title=title.text if title else None,
        title_span=title.span if title else None,
        lang=language,
        published=page.meta.published or (find_published(top) if is_text else None),
        author=page.meta.author or (find_author(top) if is_text else None),
        site=site_of(page.url) or page.meta.site,
    )
