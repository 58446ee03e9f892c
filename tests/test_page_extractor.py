"""What trafilatura is asked for, with less to search through: a page's text and its author."""

import re

import pytest
from trafilatura import bare_extraction
from trafilatura.metadata import extract_author
from trafilatura.xpaths import AUTHOR_DISCARD_XPATHS, AUTHOR_XPATHS

from curator.page.extractor import NAMES_AUTHOR, NAMING, extract_text, find_author
from curator.page.markup import parse

_TEXT = "<p>In Rabat hat die Stadt gestern eine neue Brücke eröffnet.</p>"

PAGES = {
    "nobody": "",
    "class": '<div><p>Stadt</p><span class="article-author-name">Ada <b>Lovelace</b></span> schrieb</div>',
    "inside another": '<div class="author-box"><i>x</i><p>Von <a rel="author">Ada Lovelace</a></p></div>',
    "surer below": '<p class="byline">dpa</p><div><em id="x">y</em><a rel="author">Ada L.</a></div>',
    "in what is discarded": '<div class="sidebar"><p><a class="author" rel="author">Ada Lovelace</a></p></div>',
    "part discarded": '<div class="author-name">Ada <span class="date">am 3.</span><time>12:00</time> Lovelace</div>',
    "an element of its own": "<div><author>Ada Lovelace</author></div>",
    "too long": f'<div class="author">{"Ada " * 60}</div><div><span class="username">Ada</span></div>',
    "a whole value only": '<div class="usernames">Ada</div><p class="x username">Bea</p>',
    "a name that XML has not": '<a"b class="author"><p class="author">Ada Lovelace</p></a"b>',
}


@pytest.mark.parametrize("name", PAGES)
def test_an_author_is_found_in_a_part_as_in_the_whole_page(name):
    """The elements that may name an author, and those around them, are all that the search depends on."""
    html = f'<html><body class="page"><div id="main">{_TEXT}{PAGES[name]}{_TEXT}</div></body></html>'
    whole = parse(html).root
    assert find_author(whole) == extract_author(whole)
    html = html.replace('class="page"', 'class="author-page"')
    assert find_author(parse(html).root) == extract_author(parse(html).root)


def test_an_author_stands_in_some_of_these_pages():
    """The pages above tell the searches apart: some have an author, and some have none."""
    found = {name: find_author(parse(f"<html><body>{_TEXT}{html}</body></html>").root) for name, html in PAGES.items()}
    assert (found["class"], found["part discarded"], found["in what is discarded"]) == (
        "Ada Lovelace",
        "Ada Lovelace",
        None,
    )


def test_the_pattern_of_authors_knows_whatever_trafilatura_looks_for():
    """Another release of trafilatura that looks at other attributes, or for other values, is noticed here."""
    expressions = [expression.path for expression in AUTHOR_XPATHS]
    assert {name for path in expressions for name in re.findall(r"@([\w-]+)", path)} == set(NAMING)
    # The value "me" is that of an element, not of an attribute.
    values = {value for path in expressions for value in re.findall(r"@[\w-]+ *(?:=|,) *'([^']*)'", path)}
    alternatives = {part for value in values for part in value.split("|")}
    assert len(alternatives) > 15
    assert (
        sorted(
            part
            for part in alternatives
            if not NAMES_AUTHOR.search(part.replace("[Aa]", "a").replace("[Bb]", "b").replace("-?", ""))
        )
        == []
    )


def test_trafilatura_looks_at_elements_by_themselves():
    """What it takes for an author's element, or discards, does not depend on the elements beside it."""
    for expression in (*AUTHOR_XPATHS, *AUTHOR_DISCARD_XPATHS):
        assert set(re.findall(r"([\w-]+)::", expression.path)) <= {"self"}


_SENTENCE = "In Rabat hat die Stadt gestern eine neue Brücke über den Fluss eröffnet, sagte der Bürgermeister. "
_HEAD = '<meta name="a" content="b"><link rel="me" href="/"><style>p {}</style><script>var a = "<p>x</p>";</script>'
_SCRIPTS = "<script>document.write(1)</script> und <style>div {}</style> dann "

TEXTS = {
    "paragraphs": f"<article>{f'<p>{_SENTENCE}{_SCRIPTS}</p>' * 9}</article>",
    "loose text": f"<div>{f'{_SENTENCE}{_SCRIPTS}<br>' * 9}</div>",
    "a short text": f"<div>{_SCRIPTS}</div><p>{_SENTENCE}</p><ul>{'<li><a href=/>Mehr</a></li>' * 90}</ul>",
    "text in JSON": f'<script type="application/ld+json">{{"articleBody": "{_SENTENCE * 9}"}}</script><p>Kurz.</p>',
    "a forum": '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
    + f'<div class="comment-list">{f"<div>{_SENTENCE}</div>" * 9}</div>',
    "hardly any": _SCRIPTS,
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_that_of_the_whole_page(name):
    """Scripts tell trafilatura nothing, unless they are JSON, nor do the links and meta of the head."""
    html = f"<html><head>{_HEAD}<title>T</title></head><body>{_SCRIPTS}{TEXTS[name]}</body></html>"
    found = bare_extraction(parse(html).root, include_comments=False)
    assert extract_text(parse(html).root) == found.text
