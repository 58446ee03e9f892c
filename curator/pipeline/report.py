"""What a command did: counts, and what was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from curator.model import Failure
from curator.store.articles import StoredArticle
from curator.store.rows import CutRow, Entry

#: A report tells of single documents for so many of them; beyond that, of kinds only.
_A_HANDFUL = 12
#: Failures that a report names, and sorts of failures of which it names the first; all are in the table ``failures``.
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
    """What became of one document of a run; ``title_chars`` of its page are the title, which its text goes without."""

    id: int
    source: str
    title: str | None
    lang: str | None
    chars: int
    raw_chars: int
    cuts: dict[str, CutCount]
    status: str = "kept"
    reason: str | None = None
    title_chars: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of a run.

    ``read`` documents and failures came in: ``added`` new ones, ``unchanged`` ones that the corpus holds already,
    and ``failed`` ones, ``missing`` of which are paths that were named and do not exist: these are no rows of the
    table ``failures``. The added are ``kept``, ``duplicate``, ``rejected`` or ``superseded`` as the run ends.
    ``cuts`` counts what these articles go without in the end, templates too. ``documents`` tells of each added one
    where they are a handful, else it is empty.
    """

    read: int = 0
    added: int = 0
    unchanged: int = 0
    kept: int = 0
    duplicate: int = 0
    rejected: int = 0
    superseded: int = 0
    failed: int = 0
    missing: int = 0
    cuts: dict[str, CutCount] = field(default_factory=dict)
    documents: tuple[DocumentReport, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    def with_missing(self, missing: Sequence[Failure]) -> Report:
        """Return this report with these paths, which were named and do not exist, among what failed."""
        n = len(missing)
        return replace(
            self,
            read=self.read + n,
            failed=self.failed + n,
            missing=self.missing + n,
            failures=(*missing[:_SHOWN_FAILURES], *self.failures),
        )

    def counts(self) -> dict[str, object]:
        """Return the counts as one flat object for JSON, characters cut by kind under ``cut_chars``."""
        names = ("read", "added", "unchanged", "kept", "duplicate", "rejected", "superseded", "failed")
        counts: dict[str, object] = {name: getattr(self, name) for name in names}
        return counts | {"cut_chars": {kind: self.cuts[kind].chars for kind in sorted(self.cuts)}}


class Tally:
    """Counts while a run goes on: ``cleaned`` documents wait to be written, the others are.

    ``judged`` of the cleaned ones were new, and ``unfit`` of these failed or were rejected, for ``reasons``. ``share``
    of the inputs is read, None where their size is not known. ``stage`` says what the run is at.
    """

    def __init__(self) -> None:
        self.cleaned = self.judged = self.unfit = 0
        self.added = self.unchanged = self.failed = 0
        self.share: float | None = None
        self.stage = "adding"
        self.reasons: Counter[str] = Counter()
        self.ids: list[int] = []
        self.failures: list[Failure] = []
        self._sorts: set[tuple[str, str]] = set()

    @property
    def read(self) -> int:
        """Number of documents and failures that came in."""
        return self.added + self.unchanged + self.failed

    def see(self, item: object) -> None:
        """Count what came out of cleaning."""
        self.cleaned += 1
        reason = None
        if isinstance(item, Failure):
            reason = f"{item.stage}: {item.error}"
        elif isinstance(item, Entry):
            reason = item.article.reason if item.article.status == "rejected" else None
        else:
            return
        self.judged += 1
        if reason is not None:
            self.unfit += 1
            self.reasons[reason] += 1

    def add(self, ids: Sequence[int]) -> None:
        """Count documents that were added."""
        self.added += len(ids)
        if len(self.ids) <= _A_HANDFUL:
            self.ids += ids[:_A_HANDFUL]

    def fail(self, failure: Failure) -> None:
        """Count a failure.

        The first of a sort in a file is told whatever came before: many records of another file must not hide it.
        """
        self.failed += 1
        sort = (failure.source.rpartition(":")[0], failure.error)
        is_new = sort not in self._sorts and len(self._sorts) < _SHOWN_FAILURES
        if is_new:
            self._sorts.add(sort)
        if is_new or len(self.failures) < _SHOWN_FAILURES:
            self.failures.append(failure._replace(record=None))

    def handful(self) -> list[int]:
        """Return the ids of the documents that were added where they are few enough to be told one by one."""
        return self.ids if self.added <= _A_HANDFUL else []

    def report(self, statuses: Mapping[str, int], cuts: Mapping[str, CutCount], notes: tuple[str, ...]) -> Report:
        """Return the report of a run whose documents ended with these statuses and cuts."""
        return Report(
            read=self.read,
            added=self.added,
            unchanged=self.unchanged,
            kept=statuses.get("kept", 0),
            duplicate=statuses.get("duplicate", 0),
            rejected=statuses.get("rejected", 0),
            superseded=statuses.get("superseded", 0),
            failed=self.failed,
            cuts=dict(cuts),
            failures=tuple(self.failures),
            notes=notes,
        )


def document_report(article: StoredArticle, told: Told, cuts: Iterable[CutRow]) -> DocumentReport:
    """Return what became of a stored document."""
    status, reason = told
    counts = count_cuts(cuts)
    about = (article.id, article.source, article.title, article.lang, article.chars, article.raw_chars)
    start, end = article.title_span or (0, 0)
    return DocumentReport(*about, counts, status, reason, end - start)


def count_cuts(cuts: Iterable[CutRow]) -> dict[str, CutCount]:
    """Return what was cut of a document by kind."""
    lines: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    for cut, text in cuts:
        lines[cut.kind] += text.count("\n") + 1
        chars[cut.kind] += len(text)
    return {kind: CutCount(lines[kind], chars[kind]) for kind in lines}
