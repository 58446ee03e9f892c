"""Clean and nearly clean copies of labelled dumps: what the tagger must learn to leave as it is, or almost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tagger_data import Document
from tagger_styles import Piece, rebuilt

#: Lines of an excerpt: a note, a recipe, a part of an article.
_SHORTEST, _LONGEST = 5, 25
#: A page with fewer lines of main text gives no excerpt.
_LEAST_LINES = 3
#: Clutter of this many tokens reads like text: teasers, notes on authors, offers. Extractors leave it.
_FLUENT_TOKENS = 6
#: Lines after the last and before the first line of main text from which what is left beside a text is drawn.
_REACH_AFTER, _REACH_BEFORE = 60, 8


def _pieces(source: Document, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator) -> list[Piece]:
    """Return the chosen lines, with blank lines as in the page, between all or none, and bullets kept or changed."""
    gaps = rng.integers(3)
    bullet = str(rng.choice(["- ", "* ", "• ", ""], p=[0.5, 0.2, 0.2, 0.1]))
    pieces: list[Piece] = []
    for i in chosen:
        line = source.lines[i]
        text = line.text if line.text == line.bare else bullet + line.bare
        gap = (0, min(line.gap, 2), 1)[gaps] if pieces else 0
        pieces.append((text, source.target[i], source.weight[i], gap))
    return pieces


def _main(source: Document) -> NDArray[np.int64]:
    return np.flatnonzero((source.target > 0.5) & (source.weight > 0))


def body_only(source: Document, rng: np.random.Generator) -> Document | None:
    """Return the main text of a dump and nothing else."""
    main = _main(source)
    return rebuilt(source, _pieces(source, main, rng), "body") if len(main) >= _LEAST_LINES else None


def excerpt(source: Document, rng: np.random.Generator) -> Document | None:
    """Return some lines in a row of the main text alone."""
    main = _main(source)
    if len(main) < _LEAST_LINES:
        return None
    n_lines = int(rng.integers(_SHORTEST, _LONGEST + 1))
    begin = int(rng.integers(max(len(main) - n_lines, 0) + 1)) if rng.random() < 0.7 else 0
    return rebuilt(source, _pieces(source, main[begin : begin + n_lines], rng), "excerpt")


def window(source: Document, rng: np.random.Generator) -> Document | None:
    """Return some lines in a row of a dump as they are, with the clutter among them, near the main text."""
    main = _main(source)
    if len(main) < _LEAST_LINES:
        return None
    n_lines = int(rng.integers(_SHORTEST, 2 * _LONGEST))
    anchor = int(rng.choice((main[0], main[-1], rng.choice(main))))
    begin = max(0, anchor - int(rng.integers(n_lines)))
    chosen = range(begin, min(begin + n_lines, len(source.lines)))
    return rebuilt(source, _pieces(source, chosen, rng), "window")


def with_rest(source: Document, rng: np.random.Generator) -> Document | None:
    """Return the main text with a few runs of fluent clutter of its page beside it, as generous extractors leave."""
    main = _main(source)
    if len(main) < _LEAST_LINES:
        return None
    low, high = main[0] - _REACH_BEFORE, main[-1] + _REACH_AFTER
    fluent = (source.target < 0.5) & (source.weight >= _FLUENT_TOKENS)
    near = np.flatnonzero(fluent)
    near = near[(near >= low) & (near <= high)]
    chosen = set(main.tolist())
    for _ in range(int(rng.integers(1, 4)) if len(near) else 0):
        begin = int(rng.integers(len(near)))
        run = near[begin : begin + int(rng.integers(1, 7))]
        # A teaser's headline is short and stands above its fluent line.
        above = {int(i) - 1 for i in run if i > low + 1 and source.weight[i - 1] > 0 and source.target[i - 1] < 0.5}
        chosen |= set(run.tolist()) | (above if rng.random() < 0.6 else set())
    return rebuilt(source, _pieces(source, sorted(chosen), rng), "rest")


def excerpts(sources: Sequence[Document], rng: np.random.Generator) -> Iterator[tuple[Document, str]]:
    """Yield clean and nearly clean copies of dumps: most of the news, a part of the web pages."""
    share = {"web-article": 0.6, "web-other": 0.35}
    times = {
        "full": ((body_only, 1), (excerpt, 3), (with_rest, 2), (window, 1)),
        "recall": ((body_only, 1), (excerpt, 2), (window, 2)),
        "bs4": ((excerpt, 1),),
    }
    for source in sources:
        # Hand labels count more in the loss, by their name.
        prefix = "kinds" if source.group.startswith("kinds") else ""
        for make, n_times in times[source.style]:
            for _ in range(n_times * (1 + source.group.startswith("news"))):
                made = make(source, rng) if rng.random() < share.get(source.group, 1.0) else None
                if made:
                    yield made, prefix + make.__name__.replace("_", "")
