"""What failed earlier -> read and cleaned again: single records where their file is the same, else the whole file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import NamedTuple, cast

from curator.model import Failure, Raw
from curator.pipeline.adding import Adding, Progress, add_items
from curator.pipeline.report import Report
from curator.pipeline.resuming import Inputs, fingerprint
from curator.readers import missing_paths, read_paths
from curator.readers.inputs import NO_SUCH_PATH, NO_SUCH_PATTERN
from curator.settings import Settings
from curator.store import resuming
from curator.store.connection import Connection, transaction
from curator.store.resuming import StoredFailure, UnfinishedInput


@dataclass(frozen=True, slots=True)
class RetryReport:
    """What trying again came to: of the failures ``tried``, ``settled`` are gone and ``left`` stay.

    ``elsewhere`` came from no file (standard input, a crawl) and could not be tried. ``added`` documents are new in
    the corpus; ``failures`` are those that stay or came up, as many as a report names. ``forgotten`` ones said no more
    than that a path does not exist, which it still does not: they were not tried and are gone. ``given_up`` ones failed
    again or could not be tried, and are gone because the caller said so.
    """

    tried: int = 0
    settled: int = 0
    left: int = 0
    elsewhere: int = 0
    added: int = 0
    failures: tuple[Failure, ...] = ()
    forgotten: int = 0
    given_up: int = 0


class _File(NamedTuple):
    """A file with failures: where it lies, as it was given, and the sources that are wanted of it (none: all)."""

    path: str
    name: str
    wanted: frozenset[str]
    behind: UnfinishedInput | None


def retry(
    connection: Connection, settings: Settings, progress: Progress | None = None, *, forget: bool = False
) -> RetryReport:
    """Read again what failed, store what now works, and settle its failures; ``forget`` gives up the others."""
    forgotten = _forget_missing(connection)
    stored = resuming.failures(connection)
    found = sorted((one for one in stored if one.found.path and one.found.options), key=_by_file)
    reports = [
        _retry_alike(connection, settings, list(alike), progress)
        for _, alike in groupby(found, key=lambda one: one.found.options)
    ]
    unsettled = [one.id for one in resuming.failures(connection)]
    n_left = len({one.id for one in found}.intersection(unsettled))
    given_up = unsettled if forget else []
    with transaction(connection):
        resuming.drop_failures(connection, given_up)
    return RetryReport(
        tried=len(found),
        settled=len(found) - n_left,
        left=0 if forget else n_left,
        elsewhere=0 if forget else len(stored) - len(found),
        added=sum(report.added for report in reports),
        failures=tuple(failure for report in reports for failure in report.failures),
        forgotten=forgotten,
        given_up=len(given_up),
    )


def _forget_missing(connection: Connection) -> int:
    """Delete the failures of paths that did not exist, and still do not; return how many.

    Earlier versions of curator stored them. A dead link in a folder has a message of its own, and stays.
    """
    said = [
        (one.id, one.found.path)
        for one in resuming.failures(connection)
        if one.found.path and one.failure.error == "missing" and one.failure.message in (NO_SUCH_PATH, NO_SUCH_PATTERN)
    ]
    gone = [identity for identity, path in said if missing_paths([path])]
    with transaction(connection):
        resuming.drop_failures(connection, gone)
    return len(gone)


def _by_file(one: StoredFailure) -> tuple[str, str, int]:
    return one.found.options or "", one.found.path or "", one.id


def _retry_alike(
    connection: Connection, settings: Settings, alike: Sequence[StoredFailure], progress: Progress | None
) -> Report:
    """Try again what was read with the same options."""
    stored = alike[0].found.options or "{}"
    options = json.loads(stored)
    files = [_file(list(group)) for _, group in groupby(alike, key=lambda one: one.found.path)]
    inputs = Inputs(
        stored,
        {file.path: file.behind for file in files if file.behind is not None},
        [(file.path, file.name) for file in files],
        names={file.path: file.name for file in files},
    )
    now = {file.path: fingerprint(file.path) for file in files}
    missing = missing_paths(file.path for file in files)
    absent = {failure.source for failure in missing}
    items = _read(
        [file for file in files if file.path not in absent], options, as_it_was_read(settings, options), inputs
    )
    how = Adding(clean=bool(options.get("clean", True)), inputs=inputs, progress=progress, command="retry")
    report = add_items(connection, items, settings, how)
    # In a file that is another one now, a record that fails no more may be another one, too, or be gone.
    changed = [one.id for one in alike if now[one.found.path or ""] not in (None, one.found.file)]
    with transaction(connection):
        resuming.drop_stale(connection, changed, now)
    return report.with_missing(missing)


def _file(failures: Sequence[StoredFailure]) -> _File:
    path, name, options, file, _ = failures[0].found
    path, name = path or "", name or ""
    wanted = frozenset(one.failure.source for one in failures)
    is_same = file is not None and {one.found.file for one in failures} == {fingerprint(path)}
    if not is_same or name in wanted:
        return _File(path, name, frozenset(), None)
    # Places in archives compare by no order that is known here: their failures are looked for from the start.
    first = min((one.found.behind for one in failures), key=lambda place: place.number if place else 0)
    behind = None if first is None or first.member else UnfinishedInput(path, options or "", file or "", first)
    return _File(path, name, wanted, behind)


def _read(
    files: Iterable[_File], options: Mapping[str, object], settings: Settings, inputs: Inputs
) -> Iterator[Raw | Failure]:
    """Yield what is wanted of files, under the names that they were first given by."""
    format, encoding = (cast("str | None", options.get(name)) for name in ("format", "encoding"))
    for file in files:
        left = set(file.wanted)
        for item in read_paths([file.path], format=format, encoding=encoding, settings=settings, resume=inputs):
            source = file.name + item.source.removeprefix(file.path)
            if file.wanted and source not in left:
                continue
            yield replace(item, source=source) if isinstance(item, Raw) else item._replace(source=source)
            left.discard(source)
            if file.wanted and not left:
                break


def as_it_was_read(settings: Settings, options: Mapping[str, object]) -> Settings:
    """Return settings with what the reading followed then, where they say nothing else; limits are those of today."""
    said = {}
    for each in fields(Settings):
        is_said = each.name in options and not each.name.startswith("max_")
        if is_said and getattr(settings, each.name) == each.default:
            value = options[each.name]
            said[each.name] = tuple(value) if isinstance(value, list) else value
    return replace(settings, **said)  # type: ignore[arg-type]
