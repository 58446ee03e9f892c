"""Verdicts of people -> training labels: the lines that were judged, as body or as a kind of clutter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.model import Line, Verdict


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
