"""Floors under the quality of cleaning, measured on the project's own cases with rules and tagger together.

    python bench/floors.py                                   prints each figure beside its floor
    python bench/floors.py --raise                           lifts floors to what is reached now
    python bench/floors.py --lower NAME --reason "..."       lowers one floor; the reason is kept

``bench/floors.json`` holds the floors; ``tests/test_floors.py`` fails when a figure falls below its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = ROOT / "bench" / "floors.json"
sys.path.insert(0, str(ROOT / "tests"))

from case_folders import Case, all_cases  # noqa: E402 - tests/ is no package

from curator import clean  # noqa: E402


def line_counts(case: Case) -> tuple[int, int, int, int, int]:
    """Return (lines to keep, of them kept, clutter lines, of them gone, of them with the right kind) of a case."""
    article = clean(case.raw, url=case.url)
    gold = {number: kind for number, kind, _ in case.cuts}
    kept = gone = right = 0
    for line in article.page.lines:
        kinds = [cut.kind for cut in article.cuts if cut.start <= line.start and line.end <= cut.end]
        kept += not kinds and line.number not in gold
        gone += bool(kinds) and line.number in gold
        right += bool(kinds) and kinds[0] == gold.get(line.number)
    body = sum(line.number not in gold for line in article.page.lines)
    return body, kept, len(article.page.lines) - body, gone, right


def figures() -> dict[str, float]:
    """Return every figure, the higher the better, 0..1."""
    cases = [case for case in all_cases() if case.sort != "known-failure"]
    negative = [line_counts(case) for case in cases if case.sort == "negative"]
    wild = [line_counts(case) for case in cases if case.sort == "wild"]
    body, kept, clutter, gone, right = map(sum, zip(*wild, strict=True))
    return {
        "negative_lines_kept": sum(c[1] for c in negative) / sum(c[0] for c in negative),
        "wild_lines_kept": kept / body,
        "wild_clutter_gone": gone / clutter,
        "wild_kind_right": right / gone,
    }


def main() -> int:
    """Print the figures; move floors where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raise", dest="lift", action="store_true")
    parser.add_argument("--lower", metavar="NAME")
    parser.add_argument("--reason")
    args = parser.parse_args()
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    if args.lower and not args.reason:
        parser.error("a floor is lowered for a reason: add --reason")
    for name, value in figures().items():
        floor = floors.setdefault(name, {"floor": 0.0, "lowered": []})
        print(f"{name:24} {value:.4f}  floor {floor['floor']:.4f}")
        reached = int(value * 10_000) / 10_000
        if args.lift and reached > floor["floor"]:
            floor["floor"] = reached
        if args.lower == name:
            floor["lowered"].append({"from": floor["floor"], "to": reached, "reason": args.reason})
            floor["floor"] = reached
    if args.lift or args.lower:
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
