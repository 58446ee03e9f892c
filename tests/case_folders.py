"""Case folders: a raw dump, what is kept of it, and which rule cuts which line.

``tests/cases/<name>/`` holds ``raw.txt`` or ``raw.html``, ``article.txt``, ``cuts.tsv`` (line, kind, rule) and
``meta.toml``: ``sort`` (wild, negative, known-failure), ``lang``, ``title`` ("" where the dump has none), ``shows``
(what it shows), ``near_misses`` (rules that the text tempts and that must not fire), ``url`` where it matters.
"""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from pathlib import Path

from curator.model import Article

ROOT = Path(__file__).parent / "cases"
SORTS = ("wild", "negative", "known-failure")


@dataclass(frozen=True)
class Case:
    """One case folder, read."""

    name: str
    raw: str
    article: str
    cuts: tuple[tuple[int, str, str], ...]
    sort: str
    lang: str
    title: str
    shows: str
    near_misses: tuple[str, ...] = ()
    url: str | None = None

    @property
    def is_html(self) -> bool:
        """Whether the raw document is HTML."""
        return (ROOT / self.name / "raw.html").exists()


def read_raw(folder: Path) -> str:
    """Return the raw document of a case folder, its line ends untouched."""
    path = folder / "raw.txt"
    return (path if path.exists() else folder / "raw.html").read_bytes().decode("utf-8")


def read_case(folder: Path) -> Case:
    """Return the case that a folder holds."""
    meta = tomllib.loads((folder / "meta.toml").read_text(encoding="utf-8"))
    meta["near_misses"] = tuple(meta.get("near_misses", ()))
    with io.StringIO((folder / "cuts.tsv").read_text(encoding="utf-8")) as table:
        cuts = tuple((int(row["line"]), row["kind"], row["rule"]) for row in csv.DictReader(table, delimiter="\t"))
    article = (folder / "article.txt").read_bytes().decode("utf-8").removesuffix("\n")
    return Case(name=folder.name, raw=read_raw(folder), article=article, cuts=cuts, **meta)


def all_cases() -> list[Case]:
    """Return every case of the project, sorted by name."""
    return [read_case(folder) for folder in sorted(ROOT.iterdir()) if (folder / "meta.toml").exists()]


def cut_lines(article: Article) -> tuple[tuple[int, str, str], ...]:
    """Return (line number, kind, rule) for every cut of an article, in order."""
    numbers = [(line.start, line.end, line.number) for line in article.page.lines]
    return tuple(
        (number, cut.kind, cut.rule)
        for cut in article.cuts
        for start, end, number in numbers
        if cut.start < end and start < cut.end
    )
