"""Verdicts of people -> training labels: the lines that were judged, as body or as a kind of clutter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from curator.export.jsonl import to_line
from curator.model import Line, Verdict
from curator.page.lines import split_lines
from curator.pipeline.cleaning import standing
from curator.store import articles, feedback
from curator.store.connection import Connection


def write_labels(connection: Connection, stream: TextIO) -> int:
    """Write the lines that people judged as JSON lines, each with its article and label; return how many.

    A verdict whose text stands in the page no more is left out.
    """
    n_lines = 0
    for identity in feedback.judged_ids(connection):
        article = articles.find_article(connection, identity)
        page = articles.page_text_of(connection, identity)
        verdicts = standing(page, feedback.verdicts_of(connection, identity))
        for label in labels(split_lines(page), verdicts):
            about = {"id": identity, "source": article and article.source, "lang": article and article.lang}
            stream.write(to_line(about | label))
            n_lines += 1
    return n_lines


def labels(lines: Sequence[Line], verdicts: Sequence[Verdict]) -> Iterator[dict[str, object]]:
    r"""Yield the visible lines that verdicts touch, each with the label that a person gave it.

    ``line`` is the number of the physical line, from 1; ``label`` is "body" for what was cut wrongly, or "cut:KIND".

    >>> from curator.page.lines import split_lines
    >>> list(labels(split_lines("Rabat\nMein Konto"), [Verdict(6, 16, "clutter", "account")]))
    [{'line': 2, 'start': 6, 'end': 16, 'text': 'Mein Konto', 'label': 'cut:account'}]
    """
    for line in lines:
        said = next((one for one in verdicts if one.start < line.end and line.start < one.end), None)
        if said is not None:
            label = "body" if said.verdict == "wrong cut" else f"cut:{said.kind or 'other'}"
            yield {"line": line.number, "start": line.start, "end": line.end, "text": line.text, "label": label}
