"""Pages of which only snippets are labelled -> labels of their other lines, where the tagger of HTML is sure of them.

HTML tells more than a dump of it: what a browser would hide, link, float or list. So the tagger of pages teaches
that of dumps on the 449 pages that nobody has labelled line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tagger_data import Document, read_rows, snippets, tokens
from tagger_examples import Example, example, rule_marks
from tagger_styles import unlinked

from curator.model import Line, Raw
from curator.page import build_page
from curator.tagger.network import load_network, run
from curator.tagger.windows import spans_of
from curator.tagger.words import look_up

#: A score this near to 0 or 1 is taken for a label; the other lines stay open.
_SURE = 0.15
#: What such a line counts beside one that is labelled.
_COUNTS = 0.25

Floats = NDArray[np.float32]


def _judged(row: Mapping[str, object]) -> tuple[tuple[Line, ...], Floats] | None:
    """Return the lines of an HTML page with their scores; what a rule has cut has 0."""
    content = str(row["html"]).encode("utf-8", "surrogatepass")
    lines = build_page(Raw(str(row["id"]), content, "text/html", url=str(row["url"]), encoding="utf-8")).lines
    document = snippets(dict(row), lines)
    marks, kinds = rule_marks(lines)
    one = example(document, marks, kinds, "page") if document else None
    if one is None:
        return None
    network = load_network("html")
    places = look_up(one.keys, network.vocabulary, network.index)
    columns = one.columns[:, [one.names.index(name) for name in network.names]].astype(np.float32)
    logits, _ = run(network, columns, places, spans_of([len(one.left)]))
    scores = np.zeros(len(lines), dtype=np.float32)
    scores[one.left] = 1 / (1 + np.exp(-logits))
    return lines, scores


class _Verdicts:
    """What the scores of a page say of lines that hold the same words, in whatever style they are written."""

    def __init__(self, lines: Sequence[Line], scores: Floats) -> None:
        self._whole: dict[str, list[float]] = {}
        self._runs: dict[tuple[str, ...], list[float]] = {}
        for line, score in zip(lines, scores.tolist(), strict=True):
            words = tokens(line.text)
            self._whole.setdefault(" ".join(words), []).append(score)
            for run_of in _threes(words):
                self._runs.setdefault(run_of, []).append(score)

    def of(self, line: Line) -> float | None:
        """Return the mean score of the line's words on the page, or None where too few of them stand there."""
        words = unlinked(line.text)
        same = self._whole.get(" ".join(words))
        if not words or same:
            return float(np.mean(same)) if words and same else None
        threes = list(_threes(words))
        found = [float(np.mean(self._runs[three])) for three in threes if three in self._runs]
        return float(np.mean(found)) if len(words) > 3 and len(found) >= max(2, len(threes) / 2) else None


def _threes(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + 3]) for i in range(len(words) - 2))


def _taught(one: Example, verdicts: _Verdicts) -> Example:
    target, weight = one.target.copy(), one.weight.copy()
    for i in np.flatnonzero(one.weight == 0):
        line = one.document.lines[one.left[i]]
        score = verdicts.of(line)
        if score is not None and min(score, 1 - score) < _SURE:
            target[i], weight[i] = score, _COUNTS * max(len(line.text.split()), 1)
    return replace(one, target=target, weight=weight)


def taught(examples: Sequence[Example], folder: Path) -> list[Example]:
    """Return the examples; those of pages with snippets have labels on lines of which the tagger of HTML is sure.

    The weights of today's ``html.npz`` are the teacher: they have seen every site, so a cross-validation with them may
    be a little kind.
    """
    wanted = {one.document.id for one in examples if _is_open(one.document)}
    verdicts = {}
    for row in read_rows(folder / "pages.jsonl.xz"):
        judged = _judged(row) if str(row["id"]) in wanted else None
        if judged is not None:
            verdicts[str(row["id"])] = _Verdicts(*judged)
    return [
        _taught(one, verdicts[one.document.id]) if _is_open(one.document) and one.document.id in verdicts else one
        for one in examples
    ]


def _is_open(document: Document) -> bool:
    return document.group.startswith("snippets")
