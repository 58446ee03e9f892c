"""Labelled documents for the line tagger: ../shared/bench read into lines, labels and token counts."""

from __future__ import annotations

import json
import lzma
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curator.model import Line
from curator.page.lines import split_lines

WORD = re.compile(r"\w+")
#: Labels that we gave by hand to dumps of pages of which shared/bench knows snippets only: one dump a line, no text,
#: ``{id, style, labels}``: those of ``by_hand`` by line from 0 or by ``from-to``; other lines are body. Whoever
#: labelled saw a dump and its address, neither gold nor scores.
LABELS = Path(__file__).with_name("labels")
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
N_FOLDS = 5


@dataclass
class Document:
    """A dump with a target (0 clutter, 1 main text) and a weight in tokens per visible line; weight 0: no label."""

    id: str
    style: str
    group: str
    site: str
    lines: tuple[Line, ...]
    target: NDArray[np.float32]
    weight: NDArray[np.float32]
    row: dict[str, object] = field(default_factory=dict)
    marks: list[str | None] | None = None

    @property
    def fold(self) -> int:
        """Return the fold of the document's site."""
        return zlib.crc32(self.site.encode()) % N_FOLDS


def tokens(text: str) -> list[str]:
    """Return word tokens as shared/bench/score.py counts them."""
    found: list[str] = []
    for word in WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        found.extend(word if UNSPACED.search(word) else [word])
    return found


def group_of(row: dict[str, str]) -> str:
    """Return the name of the group a row is reported under (as shared/bench/score.py)."""
    lang = row.get("lang") or "xx"
    if row["source"] == "wcxb":
        return "web-article" if row["type"] == "article" else "web-other"
    if row["source"] == "fundus":
        return f"news-{lang}" if lang in ("de", "fr", "en") else "news-other"
    return "snippets-" + (lang if lang in ("de", "fr", "en") else "other")


def read_rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of an xz-compressed JSONL file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def visible(physical: Sequence[str]) -> tuple[tuple[Line, ...], NDArray[np.int64]]:
    """Return the visible lines of a dump and the physical line each stands in."""
    lines = split_lines("\n".join(physical))
    ends = np.cumsum([len(line) + 1 for line in physical])
    starts = np.fromiter((line.start for line in lines), dtype=np.int64, count=len(lines))
    return lines, np.searchsorted(ends, starts, side="right")


def _key(text: str) -> str:
    return " ".join(tokens(text))


def _headline(lines: Sequence[Line], labels: NDArray[np.int64], title: str) -> int | None:
    """Return the index of the headline: the last line before the body that reads like the title."""
    wanted = _key(title)
    body = np.flatnonzero(labels == 1)
    if not wanted or not len(body):
        return None
    for i in range(int(body[0]), -1, -1):
        if _key(lines[i].text) == wanted:
            return i
    return None


def _document(
    row: dict[str, object], lines: tuple[Line, ...], target: NDArray[np.float32], weight: NDArray[np.float32]
) -> Document:
    style, group = str(row.get("style") or "page"), group_of(row)  # type: ignore[arg-type]
    return Document(str(row["id"]), style, group, str(row["site"]), lines, target, weight, row)


def labelled(row: dict[str, object]) -> Document | None:
    """Return a dump with line labels as a document; the headline above the body is to be kept."""
    lines, at = visible(row["lines"])  # type: ignore[arg-type]
    if not lines:
        return None
    labels = np.asarray(row["labels"])[at]
    weight = np.array([len(tokens(line.text)) for line in lines], dtype=np.float32)
    weight[labels == 2] = 0
    target = (labels == 1).astype(np.float32)
    head = _headline(lines, labels, str(row.get("title") or ""))
    if head is not None:
        target[head], weight[head] = 1, max(len(tokens(lines[head].text)), 1)
    return _document(row, lines, target, weight)


def squash(text: str) -> str:
    """Return text with case and white space folded, for snippet search."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def snippets(row: dict[str, object], lines: tuple[Line, ...] | None = None) -> Document | None:
    """Return a dump with snippets: only the lines that hold or make up a snippet carry a weight."""
    if lines is None:
        lines = visible(row["lines"])[0]  # type: ignore[arg-type]
    if not lines:
        return None
    target = np.zeros(len(lines), dtype=np.float32)
    weight = np.zeros(len(lines), dtype=np.float32)
    flat = [squash(line.text) for line in lines]
    for label, name in ((0, "without"), (1, "with")):
        for snippet in map(squash, row[name]):  # type: ignore[call-overload]
            for i, text in enumerate(flat):
                if snippet in text or (len(text) > 12 and text in snippet):
                    target[i], weight[i] = label, len(tokens(text))
    return _document(row, lines, target, weight)


def by_hand(row: dict[str, object]) -> Document | None:
    """Return a dump labelled by hand: body and title are main text, cut:KIND is clutter, the rest is open."""
    lines, at = visible(row["lines"])  # type: ignore[arg-type]
    labels = [row["labels"][i] for i in at]  # type: ignore[index]
    weight = np.array([len(tokens(line.text)) for line in lines], dtype=np.float32)
    target = np.array([label in ("body", "title") for label in labels], dtype=np.float32)
    for i, label in enumerate(labels):
        if label not in ("body", "title") and not label.startswith("cut:"):
            weight[i] = 0
    row = row | {"type": "kinds"}
    group = "kinds-" + (str(row["lang"]) if row["lang"] in ("de", "fr", "en") else "other")
    return Document(str(row["id"]), str(row["style"]), group, str(row["site"]), lines, target, weight, row)


def expanded(labels: Mapping[str, str], n_lines: int) -> list[str]:
    """Return a label per physical line.

    >>> expanded({"0": "title", "2-3": "cut:legal"}, 5)
    ['title', 'body', 'cut:legal', 'cut:legal', 'body']
    """
    found = ["body"] * n_lines
    for key, label in labels.items():
        first, _, last = key.partition("-")
        for i in range(int(first), int(last or first) + 1):
            found[i] = label
    return found


def labelled_snippets(folder: Path) -> Iterator[Document]:
    """Yield the dumps of pages with snippets that are labelled by hand; their group begins with ``hand-``."""
    rows = [json.loads(row) for path in sorted(LABELS.glob("*.jsonl")) for row in path.read_text().splitlines()]
    known = {(row["id"], row["style"]): row["labels"] for row in rows}
    for row in read_rows(folder / "snippets.jsonl.xz"):
        labels = known.get((str(row["id"]), str(row["style"])))
        if labels is not None:
            n_lines = len(row["lines"])  # type: ignore[arg-type]
            made = by_hand(row | {"labels": expanded(labels, n_lines)})
            if made is not None:
                yield replace(made, group=made.group.replace("kinds", "hand"))


def load(folder: Path) -> dict[str, list[Document]]:
    """Return the documents of shared/bench: dumps, snippets and kinds; and what of the snippets we labelled by hand."""
    makers = {"dumps": labelled, "snippets": snippets, "kinds": by_hand}
    found = {}
    for name, make in makers.items():
        documents = (make(row) for row in read_rows(folder / f"{name}.jsonl.xz"))
        found[name] = [document for document in documents if document is not None]
    found["hand"] = list(labelled_snippets(folder))
    for name, known in found.items():
        print(f"{name}: {len(known)} documents", file=sys.stderr)
    return found
