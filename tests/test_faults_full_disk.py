"""Outputs on a disk that is full: named, with what to do, and nothing of them is left."""

import json
import shutil
import subprocess
import sys

import pytest

from curator.corpus import Corpus
from curator.settings import Settings

_UNSHARED = shutil.which("unshare") and not subprocess.run(["unshare", "-rm", "true"], check=False).returncode
pytestmark = pytest.mark.skipif(not _UNSHARED, reason="this system lets no user mount")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a dump of 200 documents and a corpus of it."""
    folder = tmp_path_factory.mktemp("full")
    texts = (f"Der Rat von Ort {n} hat beschlossen, die Steuern {n * 7} nicht zu senken. " * 20 for n in range(200))
    (folder / "dump.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    (folder / "disk").mkdir()
    with Corpus(folder / "a.db", Settings(workers=1)) as corpus:
        corpus.add(folder / "dump.jsonl", clean=False)
    return folder


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["export", "-o", "disk/a.jsonl", "--db", "a.db"], "disk/a.jsonl: cannot be written to its end: No space left"),
        (["export", "-o", "disk/a", "--format", "markdown", "--db", "a.db"], "disk/a: cannot be written to its end"),
        (["export", "-o", "disk/c.db", "--db", "a.db"], "disk/c.db: the disk is full, nothing was written; make room"),
        (["backup", "disk/b.db", "--db", "a.db"], "b.db: the disk is full, no copy was made; make room"),
        (["merge", "a.db", "--db", "disk/b.db"], "disk/b.db: the disk is full"),
        (["scale", "dump.jsonl", "disk/out", "--no-clean"], "make room and take the run up with --resume"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_an_output_that_finds_no_room_is_named(words, message, folder):
    """Exit code 1, one line, no traceback; of what is there whole or not at all nothing is there."""
    script = 'mount -t tmpfs -o size=100k t disk && { "$@"; code=$?; ls disk >&2; exit $code; }'
    command = ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-m", "curator", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, message in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    if words[0] in ("export", "backup"):
        assert done.stderr.splitlines()[-1].startswith("curator: "), done.stderr
