"""Dumps invented by us, labelled as they were written: genres and clutter of which shared/bench has little.

``invented/*.txt`` hold documents, each below ``## STYLE LANGUAGE GENRE SITE``; a line ``@LABEL`` says what the lines
below it are: ``title`` and ``body`` are main text, ``either`` is open, a kind of curator's is clutter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tagger_data import Document, by_hand

from curator.model import KINDS

INVENTED = Path(__file__).with_name("invented")
_HEAD = re.compile(r"^## (full|recall) (\S+) (\S+) (\S+)$", re.MULTILINE)
_LABELS = {"title", "body", "either", *KINDS}


def rows(text: str) -> Iterator[dict[str, object]]:
    r"""Yield the documents of a file as rows with ``lines`` and a label each, as ../shared/bench/kinds has them.

    >>> row = next(rows("## full en poem moss.example\n@navigation\nHome\n@body\nGreen is the stone"))
    >>> row["site"], row["lines"], row["labels"]
    ('moss.example', ['Home', 'Green is the stone'], ['cut:navigation', 'body'])
    """
    _, *parts = _HEAD.split(text)
    for style, lang, genre, site, written in zip(*(parts[i::5] for i in range(5)), strict=True):
        label, lines, labels = "body", [], []
        for line in written.strip("\n").split("\n"):
            if line.startswith("@") and line[1:].strip() in _LABELS:
                label = line[1:].strip()
                continue
            lines.append(line)
            labels.append(f"cut:{label}" if label in KINDS else label)
        yield {
            "id": f"{site}-{style}",
            "style": style,
            "lang": lang,
            "genre": genre,
            "site": site,
            "lines": lines,
            "labels": labels,
        }


def invented(folder: Path = INVENTED) -> Iterator[Document]:
    """Yield the invented dumps; their group begins with ``made-``."""
    for path in sorted(folder.glob("*.txt")):
        for row in rows(path.read_text(encoding="utf-8")):
            made = by_hand(row)
            made.group = made.group.replace("kinds", "made")
            yield made
