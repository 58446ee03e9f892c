"""Files and folders that this user may not write to or read: what can be done is done, and the rest is said."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from curator.corpus import Corpus
from curator.settings import Settings
from curator.store import duplicates
from curator.store.connection import connect

TEXT = "Die Stadt hat die neue Brücke am Dienstag für den Verkehr freigegeben, wie das Rathaus mitteilte."
_SETPRIV = shutil.which("setpriv")
#: Root may read and write whatever the modes say, but for these two capabilities.
_AS_USER = [] if os.geteuid() else [str(_SETPRIV), "--bounding-set=-dac_override,-dac_read_search"]

pytestmark = pytest.mark.skipif(not os.geteuid() and not _SETPRIV, reason="root may do anything, and cannot drop it")


def call(*words, folder):
    """Run a command as somebody whom modes bind, and return what came of it."""
    command = [*_AS_USER, sys.executable, "-m", "curator", *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def media(tmp_path):
    """Return a folder with a corpus of one text that nobody may write to."""
    folder = tmp_path / "media"
    folder.mkdir()
    with Corpus(folder / "corpus.db", Settings(workers=1)) as corpus:
        (tmp_path / "a.txt").write_text(TEXT)
        corpus.add(tmp_path / "a.txt")
    (folder / "corpus.db").chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_a_read_only_corpus_is_checked_but_for_its_search_index(media, tmp_path):
    """What is left out is said, and how to have it proved; the file stays alone in its folder."""
    done = call("check", "--db", "media/corpus.db", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "media/corpus.db: all other invariants hold\n")
    assert "is read-only, so the search index was not checked; `curator backup COPY.db --db media/" in done.stderr
    told = call("check", "--json", "--db", "media/corpus.db", folder=tmp_path)
    assert json.loads(told.stdout) == {"problems": 0, "unchecked": ["search"]}
    assert [each.name for each in media.iterdir()] == ["corpus.db"]
    assert call("backup", "copy.db", "--db", "media/corpus.db", folder=tmp_path).returncode == 0
    assert call("check", "--db", "copy.db", folder=tmp_path).stdout == "copy.db: all invariants hold\n"


def test_a_read_only_file_in_a_folder_one_may_write_to_is_checked(media, tmp_path):
    """The file alone may be read-only as well."""
    media.chmod(0o755)
    assert call("check", "--db", "media/corpus.db", folder=tmp_path).returncode == 0


def test_damage_of_a_read_only_corpus_is_found(media, tmp_path):
    """Whatever does not need the index is proved."""
    media.chmod(0o755)
    (media / "corpus.db").chmod(0o644)
    connection = connect(media / "corpus.db")
    duplicates.leave(connection, [1])
    connection.close()
    (media / "corpus.db").chmod(0o444)
    media.chmod(0o555)
    done = call("check", "--db", "media/corpus.db", folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0].partition(":")[0]) == (1, "signatures")


def test_an_empty_log_beside_a_read_only_corpus_is_nothing(media, tmp_path):
    """A reader who could not delete its log leaves one; the corpus can be read all the same."""
    media.chmod(0o755)
    (media / "corpus.db-wal").touch()
    media.chmod(0o555)
    assert call("stats", "--db", "media/corpus.db", folder=tmp_path).returncode == 0
    assert call("search", TEXT.split()[-2], "--db", "media/corpus.db", folder=tmp_path).stdout


def test_writing_to_a_read_only_corpus_is_refused(media, tmp_path):
    """Exit code 1 and one line that says what to do."""
    done = call("add", "a.txt", "--db", "media/corpus.db", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "curator: media/corpus.db: is read-only, or lies in a folder that is;"
        " make it writable or give another name with --db\n"
    )


@pytest.mark.parametrize("verb", [["add", "--db", "c.db"], ["scale"]])
def test_a_file_in_a_locked_folder_costs_itself_only(verb, tmp_path):
    """One that may not even be looked at is named, and the others are read."""
    (tmp_path / "locked").mkdir()
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "locked" / "b.txt").write_text(TEXT)
    (tmp_path / "locked").chmod(0)
    done = call(*verb, "a.txt", "locked/b.txt", *["run"] * (verb == ["scale"]), folder=tmp_path)
    (tmp_path / "locked").chmod(0o755)
    assert (done.returncode, "1 kept" in done.stdout) == (3, True)
    assert "locked/b.txt: may not be read by this user: change its permissions" in done.stderr
