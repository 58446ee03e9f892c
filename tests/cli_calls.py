"""Calls of the command line in this process, and what they are given."""

import os
from pathlib import Path

from click.testing import CliRunner

from curator.cli import main

SEEDS = Path(__file__).parent.parent / "seeds"
TEXT = "Mein Konto\n\nDie Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte.\n"


def in_folder(folder, monkeypatch):
    """Return a function that runs curator in a folder, with no variables set, and returns its result."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("CURATOR_"):
            monkeypatch.delenv(name)

    def call(*words, stdin=None, code=0):
        result = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return call
