#!/usr/bin/env python3
"""Fit the network that tells the headline of a text (``curator/facts/title.npz``), or measure it by site.

    train_title.py DATA [--out FILE] [--cv]

Examples are the dumps of DATA, with the title that their page states, and those labelled by hand (``bench/labels/``
too), each with the cuts of the weights that ship. A dump of which no line says the title is left out; one of style
``recall`` counts as a text without headline, unless a line comes near.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tagger_data import Document, by_hand, labelled, labelled_snippets, read_rows
from torch import nn

from curator.facts.headline import Head, chances
from curator.facts.outline import outline
from curator.model import Line, Raw
from curator.page import build_pages
from curator.pipeline.cleaning import Tools, cuts_of_pages, load_tools
from curator.settings import Settings

HIDDEN, EPOCHS, BATCH, DROPOUT, LEARNING_RATE = 8, 20, 64, 0.3, 4e-3
MAX_LINES, TOGETHER = 1500, 64
#: What a dump counts: one labelled by hand 2, of news twice, one without headline by its style half.
STYLE_COUNTS = {"full": 0.6, "bs4": 0.3, "recall": 0.6}
#: Words that a line shares with the title, of all that either has, beyond which it may be the headline in other words.
NEAR = 0.3

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """The lines asked of a dump with their features (n_asked, n_features), and which of them are its headline."""

    document: Document
    asked: tuple[str, ...]
    features: Floats
    is_title: NDArray[np.bool_]
    titles: tuple[str, ...]
    thresholds: tuple[float, ...]
    counts: float


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _says(line: str, title: str) -> bool:
    """Return whether a line is the title, or its better part where that ends with the name of the site."""
    key = _key(line)
    is_most = len(key) >= 0.6 * len(title) and len(key.split()) >= 4
    return key == title or (is_most and title.startswith(f"{key} "))


def _shared(line: str, title: str) -> float:
    one, other = set(_key(line).split()), set(title.split())
    return len(one & other) / max(len(one | other), 1)


def titles_of(document: Document, lines: Sequence[Line], asked: Iterable[str]) -> tuple[set[int], float] | None:
    """Return where the headline's lines start, none where it is missing, and what the dump counts; None: unknown."""
    if "gold_text" not in document.row:
        ends = np.cumsum([len(line) + 1 for line in document.row["lines"]])  # type: ignore[attr-defined]
        at = np.searchsorted(ends, [line.start for line in lines], side="right")
        labels = document.row["labels"]
        return {line.start for line, i in zip(lines, at, strict=True) if labels[i] == "title"}, 2.0  # type: ignore[index]
    title = _key(str(document.row.get("title") or ""))
    if not title:
        return None
    counts = STYLE_COUNTS[document.style] * (2 if document.group.startswith("news") else 1)
    starts = {line.start for line in lines if _says(line.bare, title)}
    if starts:
        return starts, counts
    is_missing = document.style == "recall" and max((_shared(line, title) for line in asked), default=0) <= NEAR
    return (set(), counts / 2) if is_missing else None


def _examples(documents: Sequence[Document], tools: Tools) -> Iterator[Example]:
    texts = ("\n".join(document.row["lines"]) for document in documents)  # type: ignore[arg-type]
    raws = [
        Raw(one.id, text.encode("utf-8", "surrogatepass"), "text/plain", encoding="utf-8")
        for one, text in zip(documents, texts, strict=True)
    ]
    pages = build_pages(raws)
    cuts = cuts_of_pages([(page, None) for page in pages], tools)
    for document, page, some in zip(documents, pages, cuts, strict=True):
        top = outline(page.lines, some)
        head = Head(top.lines, top.cuts)
        asked = tuple(page.lines[i].bare for i in head.asked)
        known = titles_of(document, page.lines, asked)
        if known:
            starts, counts = known
            told = np.array([page.lines[i].start in starts for i in head.asked])
            titles = tuple(line.text for line in page.lines if line.start in starts)
            thresholds = tuple(map(head.threshold, head.asked))
            features = head.features() if asked else np.zeros((0, 0), dtype=np.float32)
            yield Example(document, asked, features, told, titles, thresholds, counts)


def build(folder: Path) -> list[Example]:
    """Return every dump whose headline is known, or known to be missing."""
    rows = chain(
        map(labelled, read_rows(folder / "dumps.jsonl.xz")),
        map(by_hand, read_rows(folder / "kinds.jsonl.xz")),
        labelled_snippets(folder),
    )
    documents = [one for one in rows if one is not None and len(one.lines) <= MAX_LINES]
    tools = load_tools(Settings())
    parts = (documents[i : i + TOGETHER] for i in range(0, len(documents), TOGETHER))
    return [example for part in parts for example in _examples(part, tools)]


def _padded(examples: Sequence[Example], mean: Floats, spread: Floats) -> tuple[torch.Tensor, ...]:
    """Return features, which answers there are, which are right (the last answer: no headline), and their counts."""
    most = max(len(one.asked) for one in examples)
    features = np.zeros((len(examples), most, len(mean)), dtype=np.float32)
    there, right = (np.zeros((len(examples), most + 1), dtype=bool) for _ in range(2))
    for row, one in enumerate(examples):
        n = len(one.asked)
        features[row, :n] = np.clip((one.features - mean) / spread, -4, 4)
        there[row, :n], right[row, :n] = True, one.is_title
        there[row, -1], right[row, -1] = True, not one.is_title.any()
    counts = np.array([one.counts for one in examples], dtype=np.float32)
    return tuple(map(torch.from_numpy, (features, there, right, counts)))


def fit(examples: Sequence[Example], seed: int = 0) -> dict[str, Floats]:
    """Return the weights that ``curator.facts.headline.chances`` takes."""
    torch.manual_seed(seed)
    examples = [one for one in examples if one.asked]
    every = np.concatenate([one.features for one in examples])
    mean, spread = every.mean(0), every.std(0) + np.float32(0.05)
    data = _padded(examples, mean, spread)
    network = nn.Sequential(nn.Linear(len(mean), HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 1))
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    n_steps = EPOCHS * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps, eta_min=1e-5)
    for _ in range(EPOCHS):
        for some in torch.randperm(len(examples)).split(BATCH):
            features, there, right, counts = (array[some] for array in data)
            logits = torch.cat([network(features).squeeze(-1), torch.zeros(len(some), 1)], 1)
            logits = logits.masked_fill(~there, -1e4)
            lost = logits.logsumexp(1) - logits.masked_fill(~right, -1e4).logsumexp(1)
            optimizer.zero_grad()
            ((lost * counts).sum() / counts.sum()).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    hidden, out = network[0], network[3]
    arrays = {"hidden": hidden.weight.T, "bias": hidden.bias, "out": out.weight[0], "out_bias": out.bias}
    return {"mean": mean, "spread": spread} | {
        name: np.ascontiguousarray(one.detach().numpy()) for name, one in arrays.items()
    }  # type: ignore[union-attr]


def judged(one: Example, weights: Mapping[str, Floats]) -> str:
    """Return what became of a dump's headline: right, wrong, empty, or (where it has none) invented, rightly none."""
    found = chances(one.features, weights) if one.asked else np.zeros(1)
    best = int(found.argmax())
    if not one.asked or found[best] < one.thresholds[best]:
        return "empty" if one.titles else "rightly none"
    if not one.titles:
        return "invented"
    return "right" if one.is_title[best] else "wrong"


def cross_validate(examples: Sequence[Example]) -> dict[str, Counter[str]]:
    """Return per sort of dump what networks that have not seen the site make of its headline."""
    table: dict[str, Counter[str]] = {}
    for fold in sorted({one.document.fold for one in examples}):
        weights = fit([one for one in examples if one.document.fold != fold])
        for one in examples:
            if one.document.fold == fold:
                sort = f"{one.document.style} {one.document.group.split('-')[0]}"
                table.setdefault(sort, Counter())[judged(one, weights)] += 1
    return table


def main() -> None:
    """Fit and write the weights, or print how titles are found on sites that were held out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, help="write the weights here (.npz)")
    parser.add_argument("--cv", action="store_true", help="measure by cross-validation over sites")
    args = parser.parse_args()
    torch.set_num_threads(1)
    examples = build(args.data)
    print(f"{len(examples)} dumps", file=sys.stderr)
    if args.cv:
        for sort, counts in sorted(cross_validate(examples).items()):
            print(f"{sort:20}", "  ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    if args.out:
        np.savez_compressed(args.out, **fit(examples))  # type: ignore[arg-type]
        print(f"{args.out}: {args.out.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
