"""One lxml tree -> every visible line in reading order, with what the markup tells about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from lxml import etree

from curator.page.markup import Element

#: Elements that begin and end a line. Table cells are told apart in ``_Writer``.
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup p pre search"
    " section summary table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
#: Elements of which a browser shows nothing, or nothing that is text of the page.
_UNSHOWN_NAMES = (
    "script style template title meta link iframe object embed applet svg canvas audio video map"
    " datalist select textarea rp rt noframes"
)
_UNSHOWN = frozenset(_UNSHOWN_NAMES.split())
#: Shown beside the words around it, never glued to them.
_APART = frozenset({"img", "input", "svg", "iframe", "video", "audio", "select", "canvas", "object", "embed"})
#: Two of these with nothing between them are two items, set apart by style.
_ITEMS = frozenset({"a", "button"})
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: Class names that keep text for screen readers off the screen (Bootstrap, WordPress, Drupal and others).
_HIDING_CLASS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text|screenreader|element-invisible)(?:\s|$)"
)
#: Elements that change more than the class words of what stands in them.
_SPECIAL = _BLOCKS | _ITEMS | {"td", "th", "br"}
_NEVER_HIDDEN = frozenset({"html", "body", "main", "article"})

#: White space that a browser collapses, and every character that would end a line of the page text.
_SPACE = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_LINE_ENDS = re.compile("[\r\f\v\x1c-\x1f\x85\u2028\u2029]")
_SEEN = re.compile("[^\\s\u00ad\u200b-\u200f\u2060\ufeff]")
#: Soft hyphens, zero-width spaces, word joiners: a browser shows nothing of them.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_CELL = "\x00"
_CELLS = re.compile(r" ?\x00[\x00 ]*")
_CLASS_CHARS = 300
#: White space is told from other characters in texts shorter than this.
_COUNTED_CHARS = 200


class Row(NamedTuple):
    """A visible line of HTML before it has a place in the page text."""

    text: str
    tag: str
    classes: str
    depth: int
    heading: int
    link_density: float
    site_rule: str | None


class _Frame(NamedTuple):
    """What holds inside an element: its nearest block with its depth, class words so far, whether it is a link."""

    block: str
    depth: int
    classes: str
    heading: int
    in_link: bool
    in_pre: bool
    site_rule: str | None
    cells_apart: bool


#: The frame of some values: half the time of ``_Frame._make``.
_new_frame = partial(tuple.__new__, _Frame)
#: Stands for what holds inside an element of which nothing is shown.
_NOT_SHOWN = _Frame("", 0, "", 0, False, False, None, False)


class _Writer:
    """Gathers the rows of one page while its tree is walked."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._pieces: list[str] = []
        self._n_chars = self._n_link_chars = 0
        self._first: _Frame | None = None
        self._pre = False
        self.after_item = False

    def write(self, text: str, frame: _Frame) -> None:
        """Add text to the line; inside ``pre`` its line breaks end lines."""
        if frame.in_pre:
            head, *rest = text.split("\n")
            self._add(head, frame)
            for part in rest:
                self.end_line()
                self._add(part, frame)
        elif self._pieces or not text.isspace() or len(text) >= _COUNTED_CHARS or not text.isascii():
            self._add(text, frame)

    def _add(self, text: str, frame: _Frame) -> None:
        self._pieces.append(text)
        self._pre = frame.in_pre
        n_chars = len(text)
        if n_chars < _COUNTED_CHARS:
            if text.isspace():
                return
            n_chars = len("".join(text.split()))
        if not n_chars:
            return
        self.after_item = False
        self._first = self._first or frame
        self._n_chars += n_chars
        if frame.in_link:
            self._n_link_chars += n_chars

    def separate(self, mark: str = " ") -> None:
        """Set what follows apart from what stands on the line."""
        if self._pieces:
            self._pieces.append(mark)

    def end_line(self) -> None:
        """Finish the line; one without anything visible is no row."""
        self.after_item = False
        if not self._pieces:
            return
        if self._first is not None:
            text = "".join(self._pieces)
            text = _in_pre(text) if self._pre else _collapsed(text)
            if text:
                self._append(text, self._first)
            self._n_chars = self._n_link_chars = 0
            self._first = None
        self._pieces.clear()
        self._pre = False

    def _append(self, text: str, frame: _Frame) -> None:
        density = self._n_link_chars / self._n_chars
        self.rows.append(Row(text, frame.block, frame.classes, frame.depth, frame.heading, density, frame.site_rule))


def _collapsed(text: str) -> str:
    """Return a line as a browser shows it, or nothing where it shows none of it."""
    if text.isascii() and _CELL not in text:
        return " ".join(text.split())
    text = _CELLS.sub("\t", _SPACE.sub(" ", _UNSEEN.sub("", text)).strip(" \x00"))
    return text if _SEEN.search(text) else ""


def _in_pre(text: str) -> str:
    text = _LINE_ENDS.sub(" ", _UNSEEN.sub("", text)).replace(_CELL, "\t").rstrip()
    return text if _SEEN.search(text) else ""


def read_rows(tree: Element, marks: Mapping[Element, str] | None = None) -> list[Row]:
    """Return the visible lines of a page in reading order.

    A line ends at the borders of blocks and at ``br``; white space collapses as in a browser, except in ``pre``.
    Left out: scripts, styles, form values, and what is hidden by attribute, inline style, or a class for screen
    readers; unless one hidden part holds more text than all that is shown: then a script was to show it (a page of
    a shop behind a consent layer, a forum in ``noscript``), and it is read as shown. The cells of a table row stand
    on one line, a tab between them, unless one of them holds blocks.

    ``marks`` gives the site rule of an element, which holds for all that stands in it.
    """
    rows, hidden = _walk(tree, marks or {}, frozenset())
    n_shown = sum(len(row.text) for row in rows)
    revealed = frozenset(part for part in hidden if n_shown < _n_chars(part))
    return _walk(tree, marks or {}, revealed)[0] if revealed else rows


def _n_chars(part: Element) -> int:
    """Return how much text an element holds, scripts and white space apart."""
    n_all = sum(len("".join(text.split())) for text in part.itertext())
    return n_all - sum(len(inner.text or "") for inner in part.iter("script", "style"))


def _walk(
    tree: Element, marks: Mapping[Element, str], revealed: Collection[Element]
) -> tuple[list[Row], list[Element]]:
    """Return the visible lines of a tree, and its hidden elements; the revealed ones are taken as shown."""
    hidden: list[Element] = []
    writer = _Writer()
    frames: list[_Frame] = [_Frame("html", 0, "", 0, False, False, None, False)]
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            _close(element, frames, writer)
            continue
        if element not in revealed and _is_hidden(element, element.tag):
            hidden.append(element)
            frames.append(_NOT_SHOWN)
        else:
            frames.append(_open(element, frames, writer, marks))
        if frames[-1] is _NOT_SHOWN:
            walker.skip_subtree()
    writer.end_line()
    return writer.rows, hidden


def _open(element: Element, frames: Sequence[_Frame], writer: _Writer, marks: Mapping[Element, str]) -> _Frame:
    """Begin an element and return what holds in it."""
    tag, outer = element.tag, frames[-1]
    if tag in _APART:
        writer.separate()
    if tag in _UNSHOWN:
        return _NOT_SHOWN
    if tag in _SPECIAL or marks:
        frame = _begin(element, outer, writer, len(frames), marks)
    else:
        classes = _classes(element, outer.classes)
        frame = outer if classes is outer.classes else _new_frame((*outer[:2], classes, *outer[3:]))
    text = element.text
    if text:
        writer.write(text, frame)
    return frame


def _begin(element: Element, outer: _Frame, writer: _Writer, depth: int, marks: Mapping[Element, str]) -> _Frame:
    """End the line, or set apart what stands on it, as an element asks for, and return what holds in the element."""
    tag = element.tag
    is_block = _is_block(tag, outer)
    is_cell = tag in ("td", "th")
    if is_block or tag == "br":
        writer.end_line()
    elif is_cell:
        writer.separate(_CELL)
    elif tag in _ITEMS and writer.after_item:
        writer.separate()
    rule = outer.site_rule
    if marks and (rule is None or rule == "keep"):
        rule = marks.get(element, rule)
    return _new_frame(
        (
            tag if is_block or is_cell else outer.block,
            depth if is_block or is_cell else outer.depth,
            _classes(element, outer.classes),
            _HEADINGS.get(tag, outer.heading),
            outer.in_link or (tag == "a" and element.get("href") is not None),
            outer.in_pre or tag == "pre",
            rule,
            _holds_blocks(element) if tag == "tr" else outer.cells_apart,
        )
    )


def _close(element: Element, frames: list[_Frame], writer: _Writer) -> None:
    frame = frames.pop()
    if frame is not _NOT_SHOWN:
        tag = element.tag
        if _is_block(tag, frames[-1]):
            writer.end_line()
        elif tag in _ITEMS:
            writer.after_item = True
    tail = element.tail
    if tail:
        writer.write(tail, frames[-1])


def _is_block(tag: str, outer: _Frame) -> bool:
    return tag in _BLOCKS or (tag in ("td", "th") and outer.cells_apart)


def _holds_blocks(row: Element) -> bool:
    """Return whether a cell of a table row holds more than a line of text: the table is there for the layout."""
    return any(True for _ in row.iterdescendants("p", "div", "br", "table", "ul", "ol", "h1", "h2", "h3", "blockquote"))


def _classes(element: Element, outer: str) -> str:
    named, number = element.get("class"), element.get("id")
    if not named and not number:
        return outer
    own = f"{named or ''} {number or ''}".strip()
    return f"{own} {outer}"[:_CLASS_CHARS].rstrip() if own else outer


def _is_hidden(element: Element, tag: str) -> bool:
    if tag == "noscript":
        return True
    if not element.attrib or tag in _NEVER_HIDDEN:
        return tag == "dialog"
    get = element.get
    style, named = get("style"), get("class")
    return (
        get("hidden") is not None
        or get("aria-hidden") == "true"
        or (tag == "dialog" and get("open") is None)
        or (style is not None and _hides(style, _HIDING_STYLE))
        or (named is not None and _hides(named, _HIDING_CLASS))
    )


@lru_cache(maxsize=4096)
def _hides(value: str, pattern: re.Pattern[str]) -> bool:
    """Return whether an attribute hides its element: the same few values stand in hundreds of them."""
    return pattern.search(value) is not None
