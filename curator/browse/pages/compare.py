"""Two articles, versions of one page say: what the one says that the other does not."""

from __future__ import annotations

import asyncio

from datasette.utils.asgi import NotFound, Response

from curator.browse.diff import word_diff
from curator.browse.pages.page import Asked, Row, page_view, render
from curator.browse.visible import visible

_ARTICLE = """
select articles.id, title, articles.site, lang, status, published, words, documents.url, documents.fetched_at, text,
    substr(text, 1, 200) as opening
from articles join documents on documents.id = articles.id left join article_texts on article_texts.id = articles.id
where articles.id = :id"""


@page_view
async def compare(asked: Asked) -> Response:
    """Answer with the words in which the clean texts of the articles ``?a=`` and ``?b=`` differ."""
    first, second = await _article(asked, "a"), await _article(asked, "b")
    changes = await changes_of(first["text"], second["text"])
    facts = {"first": first, "second": second, "changes": changes, "same_text": same_text(changes)}
    return await render(asked, "compare", facts)


async def _article(asked: Asked, name: str) -> Row:
    number = asked.offset(name)
    found = await asked.row(_ARTICLE, id=number) if number is not None else None
    if found is None:
        raise NotFound(f"There is no article {asked.argument(name, 20) or 'without a number'} in this corpus.")
    return found


async def changes_of(first: str | None, second: str | None) -> list[Row]:
    """Return the changes that make the second text of the first, as the templates show them."""

    def compared() -> list[Row]:
        changes = word_diff(first or "", second or "")
        return [{"sort": change.sort, "text": visible(change.text)} for change in changes]

    # Long texts take a second or two, in which other pages are answered.
    return await asyncio.to_thread(compared)


def same_text(changes: list[Row]) -> bool:
    """Return whether two texts differ in nothing.

    >>> same_text([{"sort": "same"}]), same_text([{"sort": "same"}, {"sort": "only first"}])
    (True, False)
    """
    return all(change["sort"] in ("same", "skipped") for change in changes)
