"""HTML text -> one lxml tree, whatever the text is."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

#: What XML cannot hold; libxml2 would end the document at the first NUL.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = re.compile(b"\xef\xbf[\xbe\xbf]")
#: libxml2 takes "<html/>" in the first lines for the whole document, and trips over a doctype with a slash.
_EMPTY_HTML = re.compile(r"(<html[^<>]{0,500}?)\s*/>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\A\s*<\s*!\s*doctype[^<>]*>", re.IGNORECASE)
_HEAD_CHARS = 4096

#: libxml2 leaves out what is nested deeper than 2,048 elements. No page by people comes near 500 (the setting
#: ``max_html_depth``); one that does is flattened to its text.
_DEFAULT_DEPTH = 500
_UNSHOWN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
#: What a page says of itself: it stays when the page is flattened.
_ABOUT = re.compile(
    r"<title\b[^<>]*>[^<]*</title\s*>|<(?:meta|link)\b[^<>]*>|<script\b[^<>]*\bld\+json\b[^<>]*>.*?(?:</script\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TAG = re.compile(r"<html\b[^<>]*>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|br|li|h[1-6]|tr|table|section|article|ul|ol|blockquote|noscript)\b[^<>]*>", re.IGNORECASE
)
_ANY_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)

_SEARCHED = ("class", "id", "style")
_MAX_ATTRIBUTES = 200
_MAX_ATTRIBUTE_CHARS = 10_000
_LONG_ATTRIBUTES = etree.XPath("|".join(f"//@{name}[string-length() > {_MAX_ATTRIBUTE_CHARS}]" for name in _SEARCHED))

#: libxml2 takes half a minute for 100,000 attributes of one element.
_HUGE_TAG_CHARS = 20_000
_HUGE_TAG = re.compile(rf"<([a-zA-Z][\w:-]*)\s[^<>]{{{_HUGE_TAG_CHARS},}}>")

#: Every element is of the class that the extractor asks for. lxml.html asks a function of Python for the class of
#: each element that is touched, to tell forms and fields: a tenth of the time that a page takes.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)

#: An lxml element: lxml ships no types.
Element = Any


class Parsed(NamedTuple):
    """The root element of a page; ``is_flattened`` where its blocks became paragraphs of plain text."""

    root: Element
    is_flattened: bool = False


def parse(html: str, max_depth: int = _DEFAULT_DEPTH) -> Parsed | None:
    """Return a page as a tree, or None where nothing stands in it.

    Comments are left out, entities resolved (no external ones: libxml2's HTML parser has none). Nesting of more
    than ``max_depth`` elements is flattened.
    """
    html = _without_huge_tags(_without_invalid(html))
    head = _EMPTY_HTML.sub(r"\1>", _DOCTYPE.sub("", html[:_HEAD_CHARS], count=1), count=1)
    tree = _parse(head + html[_HEAD_CHARS:])
    is_flattened = tree is not None and _too_deep(tree, max_depth)
    if is_flattened:
        tree = _parse(_flatten(html))
    if tree is None:
        return None
    _tame(tree)
    return Parsed(tree, is_flattened)


def _without_invalid(html: str) -> str:
    """Return HTML without what XML cannot hold. Whether there is any is told in bytes, at a quarter of the time."""
    try:
        encoded = html.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return _INVALID.sub("", html)
    is_valid = len(encoded.translate(None, _CONTROLS)) == len(encoded) and not _NONCHARACTERS.search(encoded)
    return html if is_valid else _INVALID.sub("", html)


def _without_huge_tags(html: str) -> str:
    huge = any(part.find(">") > _HUGE_TAG_CHARS for part in html.split("<") if len(part) > _HUGE_TAG_CHARS)
    return _HUGE_TAG.sub(_without_attributes, html) if huge else html


def _without_attributes(tag: re.Match[str]) -> str:
    return f"<{tag[1]}>" if tag[0].count("=") > _MAX_ATTRIBUTES else tag[0]


def _parse(html: str) -> Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
    )
    parser.set_element_class_lookup(_CLASSES)
    try:
        return document_fromstring(html.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


@cache
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath("boolean(" + "/*" * (depth + 1) + ")")


def _too_deep(tree: Element, max_depth: int) -> bool:
    return bool(_deeper_than(max_depth)(tree))


def _tame(tree: Element) -> None:
    """Take away attribute values that no page by people has: a search in them would take minutes."""
    for value in _LONG_ATTRIBUTES(tree):
        del value.getparent().attrib[value.attrname]


def _flatten(html: str) -> str:
    """Return the text of HTML with a paragraph for each of its blocks, and with what it says of itself.

    >>> _flatten("<title>T</title><div><b>A</b>b<br>c<script>x</script>")
    '<html><head><title>T</title></head><body><p>Ab<p>c</body></html>'
    """
    about = "".join(found[0] for found in _ABOUT.finditer(html))
    root = _HTML_TAG.search(html)
    blocks = _BLOCK_TAG.sub("\0", _UNSHOWN.sub("", _ABOUT.sub("", html))).split("\0")
    texts = (_ANY_TAG.sub("", block).strip() for block in blocks)
    body = "<p>".join(filter(None, texts))
    return f"{root[0] if root else '<html>'}<head>{about}</head><body><p>{body}</body></html>"
