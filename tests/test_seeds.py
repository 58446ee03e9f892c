"""The five seed dumps against their hand labels, line by line."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from curator import clean

ROOT = Path(__file__).parent


def gold():
    """Return {file name: {line number: label}}."""
    labels = defaultdict(dict)
    with (ROOT / "gold.tsv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            labels[row["file"]][int(row["line"])] = row["label"]
    return labels


#: 001 line 6 may be a caption or a category: its kind is open.
KIND_OPEN = {("001_9e0a1147fda2c3aa.txt", 6)}


def found(name, article):
    """Return {line number: label} as curator sees it."""
    labels = {}
    for line in article.page.lines:
        kinds = [cut.kind for cut in article.cuts if cut.start <= line.start and line.end <= cut.end]
        label = f"cut:{kinds[0]}" if kinds else "body"
        if article.facts.title_span == (line.start, line.end):
            label = "title"
        labels[line.number] = label
    return labels


@pytest.mark.parametrize(("name", "labels"), gold().items())
def test_seed_is_labelled_as_by_hand(name, labels):
    """All clutter is cut with the right kind, no line of the body is lost, and the titles are found."""
    article = clean((ROOT.parent / "seeds" / name).read_text(encoding="utf-8"))
    got = found(name, article)
    open_kinds = {line: label for line, label in got.items() if (name, line) in KIND_OPEN and label.startswith("cut:")}
    assert got | {line: labels[line] for line in open_kinds} == labels
