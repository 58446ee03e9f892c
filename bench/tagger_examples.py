"""Labelled documents -> what the tagger is trained on: features, word keys, targets; rules have cut before."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tagger_data import Document, load, read_rows, snippets
from tagger_excerpts import excerpts
from tagger_invented import invented
from tagger_score import BY_HAND
from tagger_styles import carry_labels, reshaped, rewritten, thinned

from curator.cleaners import PROPOSING, find_cuts
from curator.cleaners.phrases import load_phrases
from curator.model import KINDS, Line, Raw
from curator.page import build_page
from curator.tagger.features import PROPOSED, base_columns, open_lines, told_by_rules
from curator.tagger.structure import class_keys
from curator.tagger.words import word_keys

#: Longer documents are lists and forums; they would take most of the time.
MAX_LINES = 1500
#: Forums, shops and lists are half of all lines, and none of what the tagger is for; as `recall` they are short.
BUILT_SHARE = {("web-other", "full"): 0.5, ("web-other", "bs4"): 0.5}
KIND_NAMES = tuple(kind for kind in KINDS if kind not in ("template", "extract"))


@dataclass
class Example:
    """A document as the network sees it: only lines that no rule has cut."""

    document: Document
    left: list[int]
    columns: NDArray[np.float16]
    keys: NDArray[np.uint32]
    target: NDArray[np.float32]
    weight: NDArray[np.float32]
    kind: NDArray[np.int64]
    names: tuple[str, ...]
    sort: str


def rule_marks(lines: Sequence[Line]) -> tuple[list[str | None], list[str | None]]:
    """Return the kind each line is cut as by a rule that takes the whole line, or None; and the kinds of proposals too.

    Among the former, what rules only propose is marked so.
    """
    at = {(line.start, line.end): i for i, line in enumerate(lines)}
    marks: list[str | None] = [None] * len(lines)
    kinds: list[str | None] = [None] * len(lines)
    for found in find_cuts(lines, load_phrases()):
        i = at.get(found[:2])
        if i is None or found.kind == "extract":
            continue
        if found.rule not in PROPOSING:
            marks[i] = kinds[i] = found.kind
        elif marks[i] is None:
            marks[i], kinds[i] = PROPOSED, found.kind
    return marks, kinds


def example(
    document: Document, marks: list[str | None] | None, kinds: Sequence[str | None], sort: str
) -> Example | None:
    """Return the document less the lines that rules have cut; kinds names what is known of the clutter."""
    left, n_cut = open_lines(document.lines, marks)
    if not left:
        return None
    columns, chars, _ = base_columns([document.lines[i] for i in left], n_cut, told=told_by_rules(marks, left))
    numbers = [KIND_NAMES.index(kinds[i]) if kinds[i] in KIND_NAMES else -1 for i in left]
    keys = word_keys(chars)
    if "link_density" in columns:
        keys = np.concatenate((keys, class_keys([document.lines[i] for i in left])), axis=1)
    return Example(
        document,
        left,
        np.stack(list(columns.values()), axis=1).astype(np.float16),
        keys.astype(np.uint32),
        document.target[left],
        document.weight[left],
        np.array(numbers),
        tuple(columns),
        sort,
    )


def hand_kinds(document: Document) -> list[str | None]:
    """Return the kinds of a dump labelled by hand, per visible line."""
    physical = document.row["labels"]
    ends = np.cumsum([len(line) + 1 for line in document.row["lines"]])  # type: ignore[attr-defined]
    at = [int(np.searchsorted(ends, line.start, side="right")) for line in document.lines]
    return [physical[i][4:] if physical[i].startswith("cut:") else None for i in at]  # type: ignore[index]


def examples_of(document: Document, sort: str, rng: np.random.Generator) -> Iterator[Example]:
    """Yield the document with the rules' cuts taken out; a third of the time also as it is, rules unheard."""
    marks, known = rule_marks(document.lines)
    if sort in BY_HAND:
        known = hand_kinds(document)
    made = [example(document, marks, known, sort)]
    if any(marks) and rng.random() < 1 / 3:
        made.append(example(document, None, known, sort + "-bare"))
    yield from (one for one in made if one is not None)


def augmented(sources: Sequence[Document], rng: np.random.Generator) -> Iterator[tuple[Document, str]]:
    """Yield thinned and reshaped copies of dumps: all of the news, a part of the web pages."""
    share = {"web-article": 0.5, "web-other": 0.2}
    for source in sources:
        news = source.group.startswith("news")
        if source.style == "bs4" or len(source.lines) > MAX_LINES:
            continue
        for _ in range(3 if news and source.style == "full" else 1):
            if rng.random() < share.get(source.group, 1.0):
                made = thinned(source, rng)
                if made:
                    yield made, "thin"
            if rng.random() < 0.7 * share.get(source.group, 1.0):
                made = reshaped(source, rng)
                if made:
                    yield made, "shape"


def decided(examples: Sequence[Example], hand: Sequence[Document]) -> list[Example]:
    """Return the examples; pages with snippets have the labels that their lines have in dumps labelled by hand."""
    pages: dict[str, list[Document]] = {}
    for document in hand:
        pages.setdefault(document.id, []).append(document)
    found = []
    for one in examples:
        dumps = pages.get(one.document.id) if one.document.group.startswith("snippets") else None
        found.append(_decided(one, dumps) if dumps else one)
    return found


def _decided(one: Example, dumps: Sequence[Document]) -> Example:
    joined = replace(
        dumps[0],
        lines=tuple(line for dump in dumps for line in dump.lines),
        target=np.concatenate([dump.target for dump in dumps]),
        weight=np.concatenate([dump.weight for dump in dumps]),
    )
    carried = carry_labels(one.document.lines, joined, one.document.style)
    target, weight = carried.target[one.left], carried.weight[one.left]
    said = weight > 0
    return replace(one, target=np.where(said, target, one.target), weight=np.where(said, weight, one.weight))


def build(folder: Path) -> list[Example]:
    """Return every example there is for training and measuring."""
    rng = np.random.default_rng(1)
    found = load(folder) | {"made": list(invented())}
    examples: list[Example] = []
    for sort, documents in found.items():
        for document in documents:
            built = rng.random() < BUILT_SHARE.get((document.group, document.style), 1.0)
            if built and len(document.lines) <= MAX_LINES:
                examples += examples_of(document, sort, rng)
    sources = {document.id: document for document in found["dumps"] + found["snippets"] if document.style == "full"}
    more = list(augmented(found["dumps"] + found["hand"] + found["made"], rng))
    more += rewritten(folder / "pages.jsonl.xz", sources, rng)
    whole = found["dumps"] + found["kinds"] + found["hand"] + found["made"]
    more += excerpts([one for one in whole if len(one.lines) <= MAX_LINES], rng)
    for document, sort in more:
        if len(document.lines) <= MAX_LINES:
            examples += examples_of(document, sort, rng)
    print(f"{len(examples)} examples, {sum(len(one.left) for one in examples)} lines", file=sys.stderr)
    return decided(examples, found["hand"])


def page_document(row: dict[str, object], source: Document) -> Document | None:
    """Return an HTML page with its hints, labelled from its dump of every visible line."""
    content = str(row["html"]).encode("utf-8", "surrogatepass")
    lines = build_page(Raw(str(row["id"]), content, "text/html", url=str(row["url"]), encoding="utf-8")).lines
    known = {name: row[name] for name in ("id", "title", "gold_text", "with", "without") if row.get(name)}
    if not lines:
        return None
    if "gold_text" not in row:
        return snippets(row, lines)
    made = carry_labels(lines, source, "page")
    made.row = known
    return made


def build_pages(folder: Path) -> list[Example]:
    """Return every HTML page as an example; a third of the pages also as if no rule had been heard."""
    rng = np.random.default_rng(2)
    found = load(folder)
    sources = {document.id: document for document in found["dumps"] + found["snippets"] if document.style == "full"}
    examples: list[Example] = []
    for row in read_rows(folder / "pages.jsonl.xz"):
        if str(row["id"]) in sources:
            document = page_document(row, sources[str(row["id"])])
            examples += examples_of(document, "page", rng) if document else ()
    print(f"{len(examples)} examples, {sum(len(one.left) for one in examples)} lines", file=sys.stderr)
    return decided(examples, found["hand"])
