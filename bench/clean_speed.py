"""Documents a CPU-second: cleaning beside jusText on dumps, CPU time of HTML pages beside trafilatura.

    python bench/clean_speed.py ../shared/bench [--documents 150] [--pages 60]

Every tool gets the same documents in turns of 32 in one process, so that whatever else the machine does slows all of
them. "together" hands 32 documents to one call, as `curator add` and `curator clean` do. The dumps of 2 KB are
invented, those of bench/add.py.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import trafilatura
from add import documents
from clean import rows
from clean_peers import justext_dump

from curator.pipeline.cleaning import clean, clean_together, load_tools, raw_of
from curator.settings import Settings

STYLES = ("full", "recall", "bs4")
#: Documents in one turn of a tool.
TURN = 32

Way = Callable[[Sequence[str]], object]


def each(clean_one: Callable[[str], object], texts: Sequence[str]) -> None:
    """Hand documents over one by one."""
    for text in texts:
        clean_one(text)


def together(texts: Sequence[str]) -> None:
    """Hand documents over in one call."""
    clean_together([raw_of(text) for text in texts], load_tools(Settings()))


def dumps(data: Path, n: int) -> dict[str, list[str]]:
    """Return n dumps of each style, the same pages in all of them as far as they go, and invented ones of 2 KB."""
    found: dict[str, list[str]] = {style: [] for style in STYLES}
    for row in rows(data / "dumps.jsonl.xz"):
        if len(found[row["style"]]) < n:
            found[row["style"]].append("\n".join(row["lines"]))
        if all(len(texts) == n for texts in found.values()):
            break
    found["2 KB"] = [record["text"] for record in documents(2 * n)]
    return found


def cpu_s(texts: Sequence[str], ways: Mapping[str, Way]) -> dict[str, float]:
    """Return the CPU seconds that each way takes for all texts, after a turn that loads what is loaded once."""
    used = dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way(texts[:TURN])
    for first in range(0, len(texts), TURN):
        for name, way in ways.items():
            began = time.process_time()
            way(texts[first : first + TURN])
            used[name] += time.process_time() - began
    return used


def main() -> None:
    """Print a line for each style of dumps, and one for HTML."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--documents", type=int, default=150)
    parser.add_argument("--pages", type=int, default=60)
    args = parser.parse_args()
    untagged = partial(clean, settings=Settings(skip_rules=("tagger",)))
    ways: dict[str, Way] = {
        "jusText": partial(each, justext_dump),
        "curator": partial(each, clean),
        "together": together,
        "without tagger": partial(each, untagged),
    }
    print("documents a CPU-second, and times the peer's")
    for style, texts in dumps(args.data, args.documents).items():
        used = cpu_s(texts, ways)
        told = (f"{name} {len(texts) / s:.0f} ({used['jusText'] / s:.2f})" for name, s in used.items())
        print(f"{style:8}" + ", ".join(told), flush=True)
    html = [row["html"] for row in islice(rows(args.data / "pages.jsonl.xz", every=10), args.pages)]
    extract = partial(trafilatura.bare_extraction, include_comments=False, with_metadata=True)
    used = cpu_s(html, {"trafilatura": partial(each, extract), "curator": partial(each, clean)})
    print(f"HTML    CPU time a page, times trafilatura's: {used['curator'] / used['trafilatura']:.2f}")


if __name__ == "__main__":
    main()
