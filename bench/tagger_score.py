"""Kept lines -> scores by group and style, as shared/bench/score.py and score_lines.py count them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from tagger_data import Document, squash, tokens

Cell = dict[str, float]

#: How the groups of dumps begin that are labelled by hand: by whoever made shared/bench, and by us; or invented with
#: their labels.
BY_HAND = ("kinds", "hand", "made")


def _counted(document: Document, kept: NDArray[np.bool_]) -> Counter[str]:
    """Return the tokens of the kept lines less the headline, once, and each neutral line once."""
    row = document.row
    labelled = zip(row.get("lines", ()), row.get("labels", ()), strict=True)  # type: ignore[call-overload]
    free = Counter(" ".join(tokens(line)) for line, label in labelled if label == 2)
    headline = " ".join(tokens(str(row.get("title") or "")))
    if not free[headline]:
        free[headline] = 1
    found: Counter[str] = Counter()
    for line, stays in zip(document.lines, kept, strict=True):
        words = tokens(line.text) if stays else []
        key = " ".join(words)
        if free[key] > 0:
            free[key] -= 1
        else:
            found.update(words)
    return found


def token_f1(document: Document, kept: NDArray[np.bool_]) -> float:
    """Return the token F1 against the gold text, or against the labels where lines were rewritten."""
    if "gold_text" not in document.row:
        hits = float((document.weight * document.target * kept).sum())
        size = float((document.weight * (document.target + kept)).sum())
        return 2 * hits / size if size else 1.0
    found, gold = _counted(document, kept), Counter(tokens(str(document.row["gold_text"])))
    hits = sum((found & gold).values())
    size = sum(found.values()) + sum(gold.values())
    return 2 * hits / size if size else 1.0


def _snippets(document: Document, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return wanted found, wanted, unwanted left, unwanted."""
    flat = squash("\n".join(line.text for line, stays in zip(document.lines, kept, strict=True) if stays))
    wanted, unwanted = document.row["with"], document.row["without"]
    found = [sum(squash(snippet) in flat for snippet in snippets) for snippets in (wanted, unwanted)]  # type: ignore[attr-defined]
    return np.array([found[0], len(wanted), found[1], len(unwanted)], dtype=float)  # type: ignore[arg-type]


def _by_hand(document: Document, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return clutter lines gone, clutter lines, body lines lost, body lines."""
    body, clutter = (document.weight > 0) & (document.target == 1), (document.weight > 0) & (document.target == 0)
    return np.array([(clutter & ~kept).sum(), clutter.sum(), (body & ~kept).sum(), body.sum()], dtype=float)


def table(kept: Iterable[tuple[Document, NDArray[np.bool_]]]) -> dict[tuple[str, str], Cell]:
    """Return figures by style and group: token F1, snippet F1, or lines gone and lost."""
    f1: dict[tuple[str, str], list[float]] = defaultdict(list)
    sums: dict[tuple[str, str], NDArray[np.float64]] = defaultdict(lambda: np.zeros(4))
    for document, stays in kept:
        style = document.style
        if document.group.startswith(BY_HAND):
            sums[style, document.group.split("-")[0]] += _by_hand(document, stays)
        elif "with" in document.row:
            for name in {"snippets", document.group}:
                sums[style, name] += _snippets(document, stays)
        elif not document.group.startswith("snippets"):
            names = [document.group, "all"] + ["news"] * document.group.startswith("news")
            for name in names:
                f1[style, name].append(token_f1(document, stays))
    cells: dict[tuple[str, str], Cell] = {key: {"F1": float(np.mean(v)), "n": len(v)} for key, v in f1.items()}
    for key, (a, b, c, d) in sums.items():
        if key[1] in BY_HAND:
            cells[key] = {"gone": a / b, "lost": c / d}
        else:
            precision, recall = a / max(a + c, 1), a / max(b, 1)
            f1_of = 2 * precision * recall / max(precision + recall, 1e-9)
            cells[key] = {"F1": f1_of, "kept": recall, "gone": 1 - c / max(d, 1)}
    return cells


def print_table(cells: dict[tuple[str, str], Cell]) -> None:
    """Print a row per style and group."""
    for (style, group), cell in sorted(cells.items()):
        figures = "  ".join(f"{name} {value:.4f}" if name != "n" else f"n {value}" for name, value in cell.items())
        print(f"{style:18} {group:15} {figures}")
