"""Made-up dumps for cluster runs: short texts with copies, near-duplicates, versions of urls, repeats and damage."""

from __future__ import annotations

import json
import random
from pathlib import Path

_SYLLABLES = [first + last for first in "bdfghklmnprstvwz" for last in "aeiou"]


class Dump:
    """Records that every stage of a cluster run has something to do with; the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._words = ["".join(self._rng.choices(_SYLLABLES, k=self._rng.randint(1, 4))) for _ in range(4_000)]

    def text(self, n_words: int = 36) -> str:
        """Return a text of three sentences in two paragraphs."""
        words = self._rng.choices(self._words, k=n_words)
        third = n_words // 3
        parts = [" ".join(words[at : at + third]).capitalize() + "." for at in range(0, n_words, third)]
        return f"{parts[0]}\n\n{' '.join(parts[1:])}"

    def variant(self, text: str) -> str:
        """Return a text with one to three other words."""
        words = text.split(" ")
        for _ in range(self._rng.randint(1, 3)):
            words[self._rng.randrange(len(words))] = self._rng.choice(self._words)
        return " ".join(words)

    def records(self, n: int) -> list[dict[str, object]]:
        """Return n records: of ten about two are variants and one is a copy; some are versions of one url."""
        recent = [self.text()]
        found = []
        for number in range(n):
            draw = self._rng.random()
            source = self._rng.choice(recent)
            text = self.text() if draw < 0.7 else self.variant(source) if draw < 0.9 else source
            recent = [*recent[-999:], text]
            page = number if self._rng.random() > 0.02 else self._rng.randrange(number + 1)
            day = f"2024-{self._rng.randint(1, 12):02}-{self._rng.randint(1, 28):02}"
            # One address, written in two ways.
            url = f"https://site{page % 40}.example/{page}" + "#top" * (number % 3 == 0)
            found.append({"id": f"d{number}", "text": text, "url": url, "fetched_at": f"{day}T06:00:00Z"})
        return found

    def crowd(self, n: int) -> list[dict[str, object]]:
        """Return n different texts that share most of their words, so that they stand in the same buckets."""
        common = self.text(45)
        texts = [f"{common} Station {number} {self._rng.choice(self._words)}." for number in range(n)]
        return [{"id": f"crowd{number}", "text": text} for number, text in enumerate(texts)]

    def copies(self, n: int) -> list[dict[str, object]]:
        """Return n copies of one text, more than have all pairs with each other."""
        text = self.text()
        return [{"id": f"copy{number}", "text": text} for number in range(n)]


def write_dumps(folder: Path, n: int, *, n_crowd: int = 0, n_copies: int = 70, n_files: int = 4) -> Path:
    """Write n records and what is hard about dumps into files of a folder, and return it."""
    dump = Dump()
    records = dump.records(n) + dump.crowd(n_crowd) + dump.copies(n_copies)
    records += [
        records[0],
        {"id": "empty", "text": "Mein Konto"},
        {"id": "odd", "text": "caf\ud800 \u2028 e\u0301\n\nx"},
    ]
    folder.mkdir()
    for number in range(n_files):
        lines = [json.dumps(record) for record in records[number::n_files]]
        (folder / f"dump{number}.jsonl").write_text("\n".join(lines) + "\n")
    with (folder / "dump0.jsonl").open("a") as file:
        file.write("{damaged\n")
    (folder / "same.jsonl").write_text(json.dumps(records[1]) + "\n")
    (folder / "plain.txt").write_text(dump.text(60))
    return folder
