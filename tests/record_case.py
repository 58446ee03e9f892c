"""Write article.txt and cuts.tsv of case folders from what curator does now, to be read line by line by a person.

python tests/record_case.py NAME...
"""

import sys

from case_folders import ROOT, cut_lines, read_raw

from curator import clean
from curator.settings import Settings


def record(name: str) -> None:
    """Write the expectation files of one case."""
    folder = ROOT / name
    article = clean(read_raw(folder), settings=Settings(skip_rules=("tagger",)))
    rows = "".join(f"{line}\t{kind}\t{rule}\n" for line, kind, rule in cut_lines(article))
    (folder / "cuts.tsv").write_text("line\tkind\trule\n" + rows, encoding="utf-8")
    (folder / "article.txt").write_text(article.text + "\n", encoding="utf-8")
    print(f"{name}: title {article.title!r}, {len(article.cuts)} cuts, status {article.status}")


for name in sys.argv[1:]:
    record(name)
