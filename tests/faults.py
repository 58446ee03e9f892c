"""One damaged input through the command line: what is kept, what is told, and the exit code."""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from curator.cli import main

#: Stands beside every damaged input, and must always come through.
SOUND = "Dieser Text steht daneben und ist heil."


@dataclass(frozen=True)
class Fault:
    """A file that is damaged, hostile or odd, and what must become of it.

    ``kept`` are the texts of its documents by the end of their sources, ``told`` the end of the source, the sort and
    words of the message of each failure, ``notes`` words of each note. ``limits`` are lines of curator.toml.
    """

    id: str
    name: str
    content: bytes | Callable[[], bytes]
    kept: tuple[tuple[str, str], ...] = ()
    told: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    limits: str = ""


def check(fault: Fault, folder: Path) -> None:
    """Read the input with `clean` and with `add`: both keep and tell the same; 3 says that something failed."""
    content = fault.content if isinstance(fault.content, bytes) else fault.content()
    (folder / fault.name).write_bytes(content)
    (folder / "curator.toml").write_text(fault.limits)
    check_path(fault, folder, fault.name)


def check_path(fault: Fault, folder: Path, path: str) -> None:
    """Read a path that is there already, with a sound file behind it."""
    (folder / "sound.txt").write_text(SOUND)
    code = 3 if fault.told else 0
    kept = [*((f"{path}{end}", text) for end, text in fault.kept), ("sound.txt", SOUND)]
    told = [(f"{path}{end}", error, words) for end, error, words in fault.told]
    words = [path, "sound.txt", "--no-clean", "--workers", "1", *fault.flags]
    _check_clean(words, kept, told, fault.notes, code)
    _check_add(words, kept, told, fault.notes, code)
    assert {each.name for each in folder.iterdir()} - {"c.db", "sound.txt", "curator.toml"} == {Path(path).parts[0]}


def _check_clean(words, kept, told, notes, code):
    result = CliRunner().invoke(main, ["clean", "--json", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    found = [(each["source"], each["text"]) for each in records if each["status"] != "failed"]
    assert sorted(found) == sorted(kept)
    failed = [(each["source"], each["reason"]) for each in records if each["status"] == "failed"]
    assert [source for source, _ in failed] == [source for source, *_ in told]
    for (_, reason), (_, _, said) in zip(failed, told, strict=True):
        assert reason.startswith("read: ")
        assert said in reason
    assert all(f"curator: {source}: " in result.stderr for source, *_ in told)
    noted = [line for line in result.stderr.splitlines() if line.startswith("curator: note: ")]
    assert len(noted) == len(notes), noted
    assert all(said in line for said, line in zip(notes, noted, strict=True)), noted


def _check_add(words, kept, told, notes, code):
    result = CliRunner().invoke(main, ["add", "--json", "--db", "c.db", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    counts = json.loads(result.stdout)
    assert (counts["read"], counts["failed"]) == (len(kept) + len(told), len(told))
    assert counts["added"] + counts["unchanged"] == len(kept)
    connection = sqlite3.connect("c.db")
    paths = [row[0] for row in connection.execute("SELECT source FROM paths UNION SELECT source FROM documents")]
    assert sorted(paths) == sorted(source for source, _ in kept)
    failures = connection.execute("SELECT source, stage, error, message FROM failures ORDER BY rowid").fetchall()
    assert [row[:3] for row in failures] == [(source, "read", error) for source, error, _ in told]
    assert all(said in row[3] for row, (_, _, said) in zip(failures, told, strict=True)), failures
    connection.close()
    assert CliRunner().invoke(main, ["check", "--db", "c.db"]).exit_code == 0


def clear_environment(monkeypatch, folder):
    """Work in an empty folder, without settings from outside."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("CURATOR_"):
            monkeypatch.delenv(name)
