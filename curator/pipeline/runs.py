"""The row of a run: when a command began and ended, by which settings, and what it came to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import curator
from curator.pipeline.corpus_rules import keep_rule_of, scheme_of
from curator.settings import Settings
from curator.store import write
from curator.store.connection import Connection, transaction


def now() -> str:
    """Return the time in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def start_run(
    connection: Connection,
    command: str,
    settings: Settings,
    *,
    clean: bool = True,
    inputs: Sequence[str] = (),
    cleaner: str | None = None,
) -> int:
    """Write the row of a run and, in a new corpus, its signature scheme and rule of clusters; return the run's id.

    ``inputs`` are paths and addresses as they were given, ``cleaner`` as in ``store.write.Run``.
    """
    told = json.dumps(asdict(settings) | {"clean": clean}, default=str, sort_keys=True)
    with transaction(connection):
        scheme_of(connection, settings)
        keep_rule_of(connection, settings)
        given = json.dumps(list(inputs)) if inputs else None
        return write.begin_run(connection, write.Run(command, curator.__version__, told, now(), given, cleaner))


def end_run(connection: Connection, run_id: int, counts: Mapping[str, object]) -> None:
    """Note that a run has ended, and with which counts; the caller holds the transaction."""
    write.finish_run(connection, run_id, now(), json.dumps(counts))
