"""Cleaning quality and speed beside the peers, on the same documents in one run.

    python bench/clean.py DATA [--only dumps|snippets|html] [--every K]

DATA is a folder with dumps.jsonl.xz, snippets.jsonl.xz, pages.jsonl.xz and score.py (token F1 by group and style).
Prints one row per tool: F1 by group, lines of the main text lost (dumps), documents per CPU-second; and the share of
kept lines that a second cleaning would cut. Weights trained on DATA have seen it: see docs/tagger.md. A peer that is
not installed is named and left out: `pip install '.[bench]'` brings them all.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from clean_peers import DUMP_PEERS, HTML_PEERS, justext_dump, justext_html

from curator import clean
from curator.article import kept_text

DUMP_GROUPS = ["full/news", "bs4/news", "recall/news", "recall/news-de", "full/web-article", "full/all", "recall/all"]
SNIPPET_GROUPS = ["full/snippets", "recall/snippets"]
HTML_GROUPS = ["html/news", "html/web-article", "html/all", "html/snippets"]


def load_scorer(data: Path):
    """Return the scorer module that lies beside the data."""
    spec = importlib.util.spec_from_file_location("score", data / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(path: Path, every: int = 1) -> Iterator[dict]:
    """Yield every K-th row of an xz-compressed JSONL file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for n, line in enumerate(lines):
            if n % every == 0:
                yield json.loads(line)


def our_text(source: str, row: dict) -> str:
    """Return what curator keeps, as `curator clean` prints it."""
    return clean(source, url=row.get("url") or None).text


def changed_again(source: str, row: dict) -> tuple[int, int]:
    """Return how many kept lines (title in place) a second cleaning would cut, and how many lines are kept."""
    article = clean(source, url=row.get("url") or None)
    left = kept_text(article.page.text, [(cut.start, cut.end) for cut in article.cuts])
    again = clean(left, url=row.get("url") or None)
    return len(again.cuts), len(again.page.lines)


def tools_for(peers: dict[str, Callable]) -> dict[str, Callable[[str, dict], str]]:
    """Return every tool as a function of (source, row); jusText is told the language."""
    tools: dict[str, Callable[[str, dict], str]] = {"curator": our_text}
    for name, peer in peers.items():
        if peer in (justext_dump, justext_html):
            tools[name] = lambda source, row, peer=peer: peer(source, row.get("lang"))
        else:
            tools[name] = lambda source, _row, peer=peer: peer(source)
    return tools


def lost_lines(row: dict, text: str) -> tuple[int, int]:
    """Return how many lines of the main text are missing from text, and how many there are."""
    have = set(map(str.strip, text.split("\n")))
    main = [line.strip() for line, label in zip(row["lines"], row["labels"], strict=True) if label == 1]
    return sum(line not in have for line in main), len(main)


def prediction(name: str, path: Path) -> str:
    """Return the file name of a tool's predictions; no compression suffix, for it is plain JSONL."""
    return f"{name.replace(' ', '_')}.{path.name.partition('.')[0]}.jsonl"


def run(path: Path, tools: dict[str, Callable], every: int, folder: Path) -> dict[str, dict]:
    """Run every tool over a file; write predictions, return CPU seconds, documents and lost lines by tool."""
    stats: dict[str, dict] = {name: defaultdict(float) for name in tools}
    files = {name: (folder / prediction(name, path)).open("w", encoding="utf-8") for name in tools}
    with (folder / f"gold.{path.stem}").open("w", encoding="utf-8") as gold:
        for row in rows(path, every):
            gold.write(json.dumps(row) + "\n")
            source = "\n".join(row["lines"]) if "lines" in row else row["html"]
            for name in list(tools):
                one(name, tools, source, row, stats[name], files[name])
    for file in files.values():
        file.close()
    return {name: stats[name] for name in tools}


def one(name: str, tools: dict, source: str, row: dict, cell: dict, file) -> None:
    """Run one tool on one document; a tool that is not installed leaves the table, one that fails keeps nothing."""
    began = time.process_time()
    try:
        text = tools[name](source, row)
    except ImportError as error:
        print(f"left out: {name} ({error})", file=sys.stderr)
        del tools[name]
        return
    except Exception as error:
        cell["failed"] += 1
        print(f"{name} failed on {row['id']}: {type(error).__name__}", file=sys.stderr)
        text = ""
    cell["cpu_s"] += time.process_time() - began
    cell["documents"] += 1
    if name == "curator" and "lines" in row:
        cut, kept = changed_again(source, row)
        cell["again"] += cut
        cell["kept"] += kept
    if "labels" in row:
        lost, main = lost_lines(row, text)
        cell["lost"] += lost
        cell["main"] += main
    file.write(json.dumps({"id": row["id"], "style": row.get("style"), "text": text}) + "\n")


def table(score, path: Path, groups: list[str], stats: dict, folder: Path) -> None:
    """Print one row per tool."""
    print(f"\n{path.name}")
    print(f"{'tool':22}" + "".join(f"{group:>18}" for group in groups) + f"{'lost lines':>12}{'docs/CPU-s':>12}")
    for name, cell in stats.items():
        found = score.score(str(folder / f"gold.{path.stem}"), str(folder / prediction(name, path)))
        figures = {f"{style}/{group}": value["F1"] for (style, group), value in found.items()}
        f1 = "".join(f"{figures[group]:>18.3f}" if group in figures else f"{'-':>18}" for group in groups)
        lost = f"{cell['lost'] / cell['main']:>12.2%}" if cell["main"] else f"{'-':>12}"
        print(f"{name:22}{f1}{lost}{cell['documents'] / max(cell['cpu_s'], 1e-9):>12.1f}")

    ours = stats["curator"]
    if ours["kept"]:
        print(f"a second cleaning would cut {ours['again'] / ours['kept']:.2%} of the lines that curator keeps")


def main() -> None:
    """Print one table per file of the data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=["dumps", "snippets", "html"])
    parser.add_argument("--every", type=int, default=1, help="take every K-th document")
    args = parser.parse_args()
    score = load_scorer(args.data)
    plan = {
        "dumps": ("dumps.jsonl.xz", DUMP_PEERS, DUMP_GROUPS),
        "snippets": ("snippets.jsonl.xz", DUMP_PEERS, SNIPPET_GROUPS),
        "html": ("pages.jsonl.xz", HTML_PEERS, HTML_GROUPS),
    }
    for name, (file, peers, groups) in plan.items():
        if args.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                stats = run(args.data / file, tools_for(peers), args.every, Path(folder))
                table(score, args.data / file, groups, stats, Path(folder))


if __name__ == "__main__":
    main()
