"""What a command did: counts, and what was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from curator.model import Failure
from curator.store.rows import Entry

#: A report tells of single documents for so many of them; beyond that, of kinds only.
_A_HANDFUL = 12
#: Failures that a report names; all are in the table ``failures``.
_SHOWN_FAILURES = 20


#: An article's status and the reason for it.
Told = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class CutCount:
    """How much was cut of a kind: cuts, the lines they touched, their characters."""

    lines: int = 0
    chars: int = 0


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """What became of one document of a run."""

    id: int
    source: str
    title: str | None
    lang: str | None
    chars: int
    raw_chars: int
    cuts: dict[str, CutCount]
    status: str = "kept"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of a run.

    ``read`` documents and failures came in: ``added`` new ones, ``unchanged`` ones that the corpus holds already,
    and ``failed`` ones. The added are ``kept``, ``duplicate``, ``rejected`` or ``superseded`` as the run ends.
    ``documents`` tells of each added one where they are a handful, else it is empty.
    """

    read: int = 0
    added: int = 0
    unchanged: int = 0
    kept: int = 0
    duplicate: int = 0
    rejected: int = 0
    superseded: int = 0
    failed: int = 0
    cuts: dict[str, CutCount] = field(default_factory=dict)
    documents: tuple[DocumentReport, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, object]:
        """Return the counts as one flat object for JSON, characters cut by kind under ``cut_chars``."""
        names = ("read", "added", "unchanged", "kept", "duplicate", "rejected", "superseded", "failed")
        counts: dict[str, object] = {name: getattr(self, name) for name in names}
        return counts | {"cut_chars": {kind: self.cuts[kind].chars for kind in sorted(self.cuts)}}


class Tally:
    """Counts while a run goes on: ``cleaned`` documents wait to be written, the others are."""

    def __init__(self) -> None:
        self.cleaned = 0
        self.added = self.unchanged = self.failed = 0
        self.documents: list[DocumentReport] = []
        self.failures: list[Failure] = []
        self._lines: Counter[str] = Counter()
        self._chars: Counter[str] = Counter()

    @property
    def read(self) -> int:
        """Number of documents and failures that came in."""
        return self.added + self.unchanged + self.failed

    def add(self, identity: int, entry: Entry) -> None:
        """Count a document that was added."""
        self.added += 1
        cuts = count_cuts(entry)
        for kind, count in cuts.items():
            self._lines[kind] += count.lines
            self._chars[kind] += count.chars
        if len(self.documents) <= _A_HANDFUL:
            row = entry.article
            told = DocumentReport(identity, entry.source, row.title, row.lang, row.chars, row.raw_chars, cuts)
            self.documents.append(told)

    def fail(self, failure: Failure) -> None:
        """Count a failure."""
        self.failed += 1
        if len(self.failures) < _SHOWN_FAILURES:
            self.failures.append(failure)

    def cuts(self) -> dict[str, CutCount]:
        """Return what was cut so far, the most characters first."""
        return {kind: CutCount(self._lines[kind], chars) for kind, chars in self._chars.most_common()}

    def report(self, statuses: Mapping[str, int], told: Mapping[int, Told], notes: tuple[str, ...]) -> Report:
        """Return the report of a run that ended with these statuses: numbers, and of each document told of."""
        documents = [replace(one, status=told[one.id][0], reason=told[one.id][1]) for one in self.handful()]
        return Report(
            read=self.read,
            added=self.added,
            unchanged=self.unchanged,
            failed=self.failed,
            cuts=self.cuts(),
            documents=tuple(documents),
            failures=tuple(self.failures),
            notes=notes,
            **statuses,
        )

    def handful(self) -> list[DocumentReport]:
        """Return the documents where they are few enough to be told one by one."""
        return self.documents if self.added <= _A_HANDFUL else []


def count_cuts(entry: Entry) -> dict[str, CutCount]:
    """Return what was cut of a document by kind."""
    lines: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    for cut, text in entry.cuts:
        lines[cut.kind] += text.count("\n") + 1
        chars[cut.kind] += len(text)
    return {kind: CutCount(lines[kind], chars[kind]) for kind in lines}
