"""Reports of a run -> what a person reads at its end; several commands end alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.show import beside_text, counts_of, plain, plural, program, shortened, table, utf8
from curator.model import STATUSES
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.model import Failure
    from curator.pipeline.report import DocumentReport, Report


def tell_report(report: Report, settings: Settings, *, as_json: bool, quiet: bool) -> None:
    """Print the report of a run, and on stderr its failures, and its notes where the report is JSON."""
    out = utf8(sys.stdout)
    if as_json:
        out.write(json.dumps(report.counts()) + "\n")
        tell_notes(() if quiet else report.notes)
    elif not quiet:
        out.writelines(f"{line}\n" for line in report_lines(report, settings))
    tell_failures(report.failures, report.failed)
    if report.failed > report.missing:
        again = f"{program()} retry{opt.quoted(settings)}"
        click.echo(f"curator: all else is stored; `{again}` reads again what failed", err=True)


def report_lines(report: Report, settings: Settings) -> Iterator[str]:
    """Yield what a person is told of a run that added documents."""
    for document in report.documents:
        yield from _document_lines(document)
    if report.cuts and len(report.documents) != 1:
        yield from table(
            [(kind, count.lines, count.chars) for kind, count in report.cuts.items()],
            ("cut", "lines", "characters"),
        )
        yield ""
    seen = counts_of(report, ("added", "unchanged", "failed"))
    yield f"{report.read:,} read" + (f": {seen}" if report.read else "")
    if report.added:
        yield f"{report.added:,} added: {counts_of(report, STATUSES)}"
    elif report.unchanged:
        yield f"nothing new: {settings.db} holds all of it already"
    yield from (f"note: {plain(note)}" for note in report.notes)
    if report.added or report.unchanged:
        yield f"next: {program()} browse{opt.quoted(settings)}"


def _document_lines(document: DocumentReport) -> Iterator[str]:
    title = shortened(document.title, 80) if document.title else "(no title)"
    status = document.status + (f": {document.reason}" if document.reason else "")
    yield f"{shortened(document.source, 100)}  (article {document.id})"
    yield f"  {title}"
    yield f"  {document.lang or 'unknown language'}, {document.chars:,} of {document.raw_chars:,} characters, {status}"
    for kind, count in sorted(document.cuts.items(), key=lambda item: (-item[1].chars, item[0])):
        yield f"  cut {kind}: {plural(count.lines, 'line')}, {count.chars:,} characters"
    n_cut = sum(count.chars for count in document.cuts.values())
    beside = beside_text(document.raw_chars, document.chars, n_cut, document.title_chars)
    yield from [f"  besides: {beside}"] * bool(beside)
    yield ""


def tell_notes(notes: Iterable[str]) -> None:
    """Print notes on stderr: what is no failure, but a person should know."""
    for note in notes:
        click.echo(f"curator: note: {plain(note)}", err=True)


def tell_failures(
    failures: Sequence[Failure], n_failed: int = 0, table: str = "the table failures of the corpus"
) -> None:
    """Name on stderr the inputs that failed, as many as the report holds, and where the others are.

    What is wrong with many records of a file, such as a text under another key, is said once.
    """
    alike: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        alike.setdefault(_what_failed(failure), []).append(failure)
    for first, *others in alike.values():
        more = f" (and {plural(len(others), 'other record')} of this file)" if others else ""
        click.echo(f"curator: {shortened(first.source, 200)}: {shortened(first.message, 400)}{more}", err=True)
    if n_failed > len(failures):
        click.echo(f"curator: and {plural(n_failed - len(failures), 'more failure')}; {table} holds all", err=True)


def _what_failed(failure: Failure) -> tuple[str, str]:
    """Return the file of a failure and what is wrong; the fields that records have differ within one dump.

    >>> from curator.model import Failure
    >>> _what_failed(Failure("a.jsonl:17", "read", "types", "neither here (found: 'id'); name its key"))
    ('a.jsonl', 'neither here')
    """
    file, _, number = failure.source.rpartition(":")
    return (file if number.isdecimal() else failure.source), failure.message.partition(" (found: ")[0]
