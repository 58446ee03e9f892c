"""Two corpora made one: every table as if all had been added to one from the start."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from held import N_ARTICLES, held
from patience import wait_for
from template_site import articles as site_articles
from test_corpus import documents, rows_of

from curator.corpus import Corpus
from curator.errors import StoreError
from curator.model import Failure, Raw, Verdict
from curator.settings import Settings
from curator.store import feedback
from curator.store.connection import connect, transaction

ONE = Settings(workers=1, batch_rows=9)
DATA = Path(__file__).parent / "data"


def made(path, *batches, settings=ONE, clean=True):
    """Return the path of a corpus to which batches of documents were added, one run each."""
    with Corpus(path, settings) as corpus:
        for batch in batches:
            corpus.add_raws(batch, clean=clean)
    return path


def merged(path, other, settings=ONE):
    """Return what merging another corpus into one reports; the result is sound."""
    with Corpus(path, settings) as corpus:
        report = corpus.merge(other)
        assert list(corpus.check()) == []
    return report


def hash_of(path):
    """Return the hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("seed", range(4))
def test_merging_is_adding_all_to_one(tmp_path, seed):
    """Copies, versions of urls across both, a template that only both together teach, failures: every row agrees."""
    ours = [*documents(seed), *site_articles(seed)[::2], Failure("a.bin", "read", "binary", "holds an image")]
    theirs = [*documents(seed + 50), *documents(seed)[::3], *site_articles(seed)[1::2]]
    theirs += [Failure("b.bin", "read", "binary", "holds a film"), ours[-1]]
    theirs.append(Raw("seen/elsewhere.txt", ours[0].content, source_id=ours[0].source_id, url=ours[0].url))
    made(tmp_path / "one.db", ours, theirs)
    other = made(tmp_path / "other.db", theirs)
    before = hash_of(other)
    report = merged(made(tmp_path / "a.db", ours), other)
    assert rows_of(tmp_path / "a.db") == rows_of(tmp_path / "one.db")
    assert hash_of(other) == before
    assert report.read == report.added + report.unchanged > report.added > 0
    assert (report.failures, report.failed) == (2, 0) and report.paths > 0
    with sqlite3.connect(tmp_path / "a.db") as connection:
        held = connection.execute("SELECT status, count(*) FROM articles GROUP BY 1").fetchall()
        assert {status for status, _ in held} == {"kept", "duplicate", "rejected", "superseded"}
        assert connection.execute("SELECT count(*) FROM site_lines").fetchone()[0] > 0


def test_merging_again_changes_nothing(tmp_path):
    """The second time everything is known; merging the result back brings the other to the same articles."""
    ours, theirs = documents(1), documents(2)
    one, other = made(tmp_path / "one.db", ours), made(tmp_path / "other.db", theirs)
    merged(one, other)
    before = rows_of(one)
    report = merged(one, other)
    assert (report.added, report.unchanged) == (0, report.read)
    assert rows_of(one) == before
    merged(other, one)
    keys = [set(statuses(path)) for path in (one, other)]
    assert keys[0] == keys[1]


def statuses(path):
    """Return key, status and cluster of every article."""
    with sqlite3.connect(path) as connection:
        query = "SELECT key, status, cluster_id, similarity FROM articles JOIN documents USING (id)"
        return connection.execute(query).fetchall()


def test_merging_makes_a_corpus(tmp_path):
    """Where there is no corpus yet, the result is the other one's documents, added."""
    other = made(tmp_path / "other.db", documents(4))
    report = merged(tmp_path / "new" / "corpus.db", other)
    assert rows_of(tmp_path / "new" / "corpus.db") == rows_of(other)
    assert report.added == report.read


def test_other_rules_and_schemes_are_of_no_account(tmp_path):
    """Texts are cleaned by this corpus's settings and signed by its scheme; texts taken as they are stay so."""
    theirs = [Raw(f"t:{n}", f"Mein Konto\n{raw.content.decode()}".encode()) for n, raw in enumerate(documents(5))]
    as_they_are = [Raw("as-it-is", b"Mein Konto\nDie Stadt baut.")]
    other = Settings(workers=1, n_perm=64, bands=16, rows=4, keep_kinds=("account",))
    made(tmp_path / "other.db", theirs, settings=other)
    made(tmp_path / "other.db", as_they_are, settings=other, clean=False)
    made(tmp_path / "one.db", documents(6), theirs)
    made(tmp_path / "one.db", as_they_are, clean=False)
    merged(made(tmp_path / "a.db", documents(6)), tmp_path / "other.db")
    assert rows_of(tmp_path / "a.db") == rows_of(tmp_path / "one.db")
    with Corpus(tmp_path / "a.db") as corpus:
        assert [found.text for found in corpus.articles() if found.source == "as-it-is"] == [
            as_they_are[0].content.decode()
        ]


def test_later_fetches_count(tmp_path):
    """A page that was fetched again in its old form is current by its latest fetch, as in the other corpus."""

    def version(day, word):
        text = f"Die Stadt hat die {word} Brücke nach langem Streit am Dienstag endlich eröffnet."
        record = json.dumps({"text": text, "url": "https://a.example/1", "fetched_at": f"2024-05-0{day}"})
        return Raw(
            "d:1", text.encode(), url="https://a.example/1", fetched_at=f"2024-05-0{day}", record=record.encode()
        )

    theirs = [version(1, "alte"), version(2, "neue"), version(5, "alte")]
    other = made(tmp_path / "other.db", theirs)
    made(tmp_path / "one.db", [version(3, "dritte")], theirs)
    merged(made(tmp_path / "a.db", [version(3, "dritte")]), other)
    assert rows_of(tmp_path / "a.db") == rows_of(tmp_path / "one.db")


def say(path, source, word, verdict, day):
    """Have a person judge a word of a document."""
    connection = connect(path)
    (identity,) = connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchone()
    with transaction(connection):
        said = Verdict(*word, verdict, None if verdict == "wrong cut" else "advert")
        feedback.note_verdict(connection, identity, said, f"2024-01-0{day}T00:00:00Z", "by hand")
    connection.close()


def test_verdicts_of_people_come_along_and_are_heeded(tmp_path):
    """Of two verdicts on one stretch the later one holds; what was said is in the texts after the merge."""
    raws = [Raw(f"d:{n}", f"Mein Konto\nDie Stadt baut Brücke {n}.\nEin Rest".encode()) for n in range(4)]
    paths = [made(tmp_path / f"{name}.db", raws) for name in ("a", "b", "one")]
    for path in (paths[0], paths[2]):
        say(path, "d:0", (0, 10), "wrong cut", 1)
        say(path, "d:1", (0, 10), "clutter", 1)
        say(path, "d:3", (0, 10), "wrong cut", 3)
    for path in paths[1:]:
        say(path, "d:1", (0, 10), "wrong cut", 2)
        say(path, "d:2", (35, 43), "clutter", 2)
    say(paths[1], "d:3", (0, 10), "clutter", 2)
    for path in (paths[0], paths[2]):
        with Corpus(path, ONE) as corpus:
            corpus.reclean()
    assert merged(paths[0], paths[1]).verdicts == 2
    found, wanted = rows_of(paths[0]), rows_of(paths[2])
    # Verdicts came in another order, and articles were cleaned again at other times, so these ids differ.
    for table in ("feedback", "cuts"):
        one, two = (sorted(row.partition(", ")[2] for row in rows.pop(table)) for rows in (found, wanted))
        assert one == two
    assert found == wanted
    with Corpus(paths[0]) as corpus:
        texts = [article.text for article in corpus.articles()]
    assert texts[1].startswith("Mein Konto") and "Ein Rest" not in texts[2]


def test_verdicts_that_an_ended_merge_noted_are_heeded_by_the_next(tmp_path):
    """A merge that was ended behind the noting of verdicts leaves them to the next, which counts none as new."""
    raws = [Raw("d:0", "Mein Konto\nDie Stadt baut eine Brücke.\nEin Rest".encode())]
    paths = [made(tmp_path / f"{name}.db", raws) for name in ("a", "b")]
    for path in paths:
        say(path, "d:0", (0, 10), "wrong cut", 1)
    assert merged(*paths).verdicts == 0
    with Corpus(paths[0]) as corpus:
        assert next(iter(corpus.articles())).text.startswith("Mein Konto")


def test_an_earlier_corpus_is_upgraded_in_a_copy(tmp_path):
    """A file of the first version is merged and keeps every byte."""
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.executescript((DATA / "schema1.sql").read_text(encoding="utf-8"))
    connection.close()
    before = hash_of(old)
    report = merged(made(tmp_path / "a.db", documents(7)), old)
    assert report.added == report.read > 0
    assert hash_of(old) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "old.db"]


def test_what_is_no_other_corpus_is_refused(tmp_path):
    """The very same file, one that is missing, and one that is none are told apart, and nothing is made."""
    path = made(tmp_path / "a.db", documents(1)[:2])
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "text.db").write_text("no database")
    (tmp_path / "empty.db").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with sqlite3.connect(tmp_path / "foreign.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    for name, message in (
        ("link.db", "is this very corpus"),
        ("none.db", "no such corpus file"),
        ("text.db", "is no corpus file of curator; `curator add .*text.db` reads"),
        ("foreign.db", "is no corpus file of curator; `curator add"),
        ("empty.db", "is empty, expected a corpus file"),
        ("folder", "is a folder, expected a corpus file; `curator add"),
        ("pipe", "is no plain file"),
    ):
        with Corpus(path) as corpus, pytest.raises(StoreError, match=message):
            corpus.merge(tmp_path / name)
        with Corpus(tmp_path / "new.db") as corpus, pytest.raises(StoreError):
            corpus.merge(tmp_path / ("none.db" if name == "link.db" else name))
    assert not (tmp_path / "new.db").exists()
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_interrupted_it_is_taken_up(tmp_path):
    """Killed in the middle and run again, a merge ends as an undisturbed one."""
    other = made(tmp_path / "other.db", *(documents(seed) for seed in range(20, 26)))
    made(tmp_path / "one.db", documents(1), *(documents(seed) for seed in range(20, 26)))
    path = made(tmp_path / "a.db", documents(1))
    command = held(N_ARTICLES, 80, tmp_path / "never", "merge", other, "--db", path, "--workers", "1", "-q")
    running = subprocess.Popen(command, env={"CURATOR_BATCH_ROWS": "9", "PATH": ""})
    wait_for(lambda: running.poll() is not None or len(statuses(path)) >= 60)
    running.kill()
    assert running.wait() == -signal.SIGKILL
    assert 60 <= len(statuses(path)) < len(statuses(tmp_path / "one.db"))
    (tmp_path / "never").touch()
    subprocess.run(command, check=True)
    found, wanted = rows_of(path), rows_of(tmp_path / "one.db")
    for rows in (found, wanted):
        # Which ids the index holds in vain depends on where batches end.
        rows["properties"] = [row for row in rows["properties"] if "index_forgotten" not in row]
    assert found == wanted


def test_from_the_command_line(tmp_path):
    """The command tells what came in and what became of it."""
    made(tmp_path / "a.db", documents(1))
    made(tmp_path / "b.db", documents(2))
    command = [sys.executable, "-m", "curator", "merge", "b.db", "--db", "a.db"]
    told = subprocess.run([*command, "--json"], cwd=tmp_path, check=True, capture_output=True, text=True)
    report = json.loads(told.stdout)
    assert report["read"] == report["added"] + report["unchanged"]
    again = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert again.stdout.startswith(f"{report['read']:,} read from b.db: {report['read']:,} unchanged\n")
