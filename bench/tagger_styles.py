"""Other ways to write the same page as text, with the labels carried over: what the tagger must not be thrown by."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tagger_data import Document, read_rows, tokens, visible
from tagger_writers import EXTRACTORS, WRITERS, written

from curator.model import Line
from curator.page.lines import split_lines

#: A piece of a document: text, target, weight, blank lines before it.
Piece = tuple[str, float, float, int]

#: A link in Markdown, of which the words stay, and the number that text browsers put before a link.
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\[\d+\]()")
_MAX_HTML_CHARS = 600_000
_MAX_LINES = 3000


def rebuilt(source: Document, pieces: Sequence[Piece], style: str) -> Document | None:
    """Return the pieces as a document of the source's site, or None where a piece is no visible line of its own."""
    texts: list[str] = []
    for text, _, _, gap in pieces:
        texts += [""] * gap + [text]
    lines = split_lines("\n".join(texts))
    if len(lines) != len(pieces) or not lines:
        return None
    target = np.array([piece[1] for piece in pieces], dtype=np.float32)
    weight = np.array([piece[2] for piece in pieces], dtype=np.float32)
    return Document(source.id, style, source.group, source.site, lines, target, weight)


def thinned(source: Document, rng: np.random.Generator) -> Document | None:
    """Return the main text with some of the clutter near it, as a generous extractor leaves it."""
    body, labelled = source.target > 0.5, source.weight > 0
    main = np.flatnonzero(body & labelled)
    if not len(main):
        return None
    runs = np.cumsum(np.concatenate(([1], body[1:] != body[:-1])))
    whole = rng.random(int(runs.max()) + 1) < rng.choice([0, 0.05, 0.15, 0.3])
    long_share, short_share = rng.choice([0, 0.1, 0.3]), rng.choice([0, 0.02, 0.06])
    gaps = rng.integers(3)
    pieces: list[Piece] = []
    for i, line in enumerate(source.lines):
        near = bool(main[0] - 4 <= i <= main[-1] + 12)
        chance = (long_share if source.weight[i] >= 8 else short_share) * (1 if near else 0.4)
        stays = (whole[runs[i]] and near) or rng.random() < chance
        if body[i] or (stays and (labelled[i] or near)):
            text = "- " + line.bare if line.text != line.bare and rng.random() < 0.8 else line.text
            pieces.append((text, source.target[i], source.weight[i], (0, min(line.gap, 2), 1)[gaps]))
    return rebuilt(source, pieces, f"{source.style}-thin")


def reshaped(source: Document, rng: np.random.Generator) -> Document | None:
    """Return the document with its lines wrapped, joined, broken, or with other bullets and blank lines."""
    mode = str(rng.choice(["wrap", "join", "plain", "wrapjoin", "break"]))
    width = int(rng.choice([60, 72, 76, 80, 100]))
    bullet = str(rng.choice(["* ", "- ", "", "• ", "  * "]))
    gaps = rng.integers(3)
    pieces: list[Piece] = []
    for line, target, weight in zip(source.lines, source.target, source.weight, strict=True):
        text = line.text if line.text == line.bare else bullet + line.bare
        gap = (0, min(line.gap, 2), int(len(line.text) > 40))[gaps]
        if "wrap" in mode and len(text) > width:
            parts = textwrap.wrap(text, width) or [text]
            share = weight / sum(map(len, parts))
            pieces += [(part, target, share * len(part), gap if part is parts[0] else 0) for part in parts]
        elif "join" in mode and _joins(pieces, line, target, weight) and rng.random() < 0.7:
            before = pieces[-1]
            glue = str(rng.choice([" ", " | ", " · ", "  "]))
            pieces[-1] = (before[0] + glue + line.bare, target, before[2] + weight, before[3])
        elif mode == "break" and len(text) > 120 and rng.random() < 0.5:
            at = text.find(" ", int(len(text) * rng.uniform(0.2, 0.8))) % len(text)
            share = at / len(text)
            pieces += [(text[:at], target, weight * share, gap), (text[at + 1 :], target, weight * (1 - share), 0)]
        else:
            pieces.append((text, target, weight, gap))
    return rebuilt(source, pieces, f"shape-{mode}")


def _joins(pieces: Sequence[Piece], line: Line, target: float, weight: float) -> bool:
    """Return whether a short line can be glued to the piece before it without mixing labels."""
    if not pieces or line.gap or len(line.text) >= 40:
        return False
    text, before, heavy, _ = pieces[-1]
    return len(text) < 60 and before == target and (heavy > 0) == (weight > 0)


def unlinked(text: str) -> list[str]:
    """Return the words of a line without the marks that writers put around links."""
    return tokens(_LINK.sub(lambda link: link[1] or "", text))


def carry_labels(lines: Sequence[Line], source: Document, style: str) -> Document:
    """Return a document of these lines with the labels of the same page in another style.

    A line takes the label of the source line with the same words, or the label that its three-word runs have in
    the source; where the source is of two minds the line stays open.
    """
    whole: dict[str, set[int]] = {}
    runs: dict[tuple[str, ...], set[int]] = {}
    for line, target, weight in zip(source.lines, source.target, source.weight, strict=True):
        words = tokens(line.text)
        label = int(target) if weight > 0 else -1
        whole.setdefault(" ".join(words), set()).add(label)
        for i in range(len(words) - 2 if weight > 0 else 0):
            runs.setdefault(tuple(words[i : i + 3]), set()).add(label)
    target_of = np.zeros(len(lines), dtype=np.float32)
    weight_of = np.zeros(len(lines), dtype=np.float32)
    for i, line in enumerate(lines):
        words = unlinked(line.text)
        found = _label(words, whole, runs)
        if words and found is not None:
            target_of[i], weight_of[i] = found, len(words)
    return Document(source.id, style, source.group, source.site, tuple(lines), target_of, weight_of)


def _label(words: Sequence[str], whole: dict[str, set[int]], runs: dict[tuple[str, ...], set[int]]) -> int | None:
    same = whole.get(" ".join(words))
    if same is not None:
        return next(iter(same)) if len(same) == 1 and -1 not in same else None
    found = [runs.get(tuple(words[i : i + 3]), set()) for i in range(len(words) - 2)]
    votes = [next(iter(labels)) for labels in found if len(labels) == 1]
    if len(words) < 4 or len(votes) < max(2, len(found) / 2):
        return None
    mean = float(np.mean(votes))
    return round(mean) if mean < 0.15 or mean > 0.85 else None


#: How many writers of whole pages and how many extractors write a page, by the beginning of its group.
_COPIES = {"news": (6, 5), "snippets": (5, 4), "kinds": (0, 0), "web-article": (2, 3), "web-other": (1, 1)}
#: The share of forums, shops and lists that are written anew at all.
_OTHER_SHARE = 0.5


def _tools(group: str, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield the tools that write a page of this group, and the sort of document they make of it."""
    counts = next(counts for prefix, counts in _COPIES.items() if group.startswith(prefix))
    if group == "web-other" and rng.random() > _OTHER_SHARE:
        return
    for tools, sort, n in ((WRITERS, "html", counts[0]), (EXTRACTORS, "near", counts[1])):
        for name in rng.permutation(sorted(tools))[:n]:
            yield str(name), sort


def rewritten(pages: Path, sources: Mapping[str, Document], rng: np.random.Generator) -> Iterator[tuple[Document, str]]:
    """Yield pages as other tools write them, labelled from their dumps, with the sort of each copy."""
    for row in read_rows(pages):
        source, html = sources.get(str(row["id"])), str(row["html"])
        if source is None or len(html) > _MAX_HTML_CHARS:
            continue
        for name, sort in _tools(source.group, rng):
            text = written(name, html)
            lines = visible(text.split("\n"))[0] if text else ()
            if 0 < len(lines) <= _MAX_LINES:
                yield carry_labels(lines, source, name), sort
