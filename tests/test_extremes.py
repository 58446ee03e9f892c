"""Names and numbers at the ends of what SQLite, or anything, can hold: kept, found again, or refused in words."""

import io
import json
import os
import subprocess
import sys

import pytest

from curator.corpus import Corpus
from curator.errors import SettingsError, StoreError
from curator.model import Failure, Raw
from curator.settings import Settings
from curator.sites import site_of

ONE = Settings(workers=1, batch_rows=20)
TEXT = "Die Stadt hat die {} Brücke nach langem Streit am Dienstag für den Verkehr freigegeben, wie das Rathaus meldet."
ODD = ["a\x00b", "\ud800x", "", " ", "\n", "\u202e", "x" * 1_000_000]


@pytest.fixture
def corpus(tmp_path):
    """Return a corpus that must be sound in the end."""
    with Corpus(tmp_path / "corpus.db", ONE) as opened:
        yield opened
        assert list(opened.check()) == []


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("name", ["source", "source_id", "url", "fetched_at", "encoding"])
def test_odd_names_are_stored_and_found_again(name, odd, corpus):
    """The same again is no new document, whichever field holds what no column, or no list of SQLite's, can hold."""
    raws = [Raw(**{"source": "s", "content": TEXT.format(n).encode(), name: odd}) for n in range(2)]
    assert corpus.add_raws(raws).added == 2
    assert corpus.add_raws(raws).unchanged == 2
    assert len(list(corpus.raws())) == 2


@pytest.mark.parametrize(
    "odd", ["https://a.example/\x00b", "https://a.example/\ud800", "https://a\x00.example/", "\x00"]
)
def test_of_versions_of_an_odd_url_the_newest_is_current(odd, corpus):
    """An address with U+0000 or a lone surrogate is an address like others."""
    for day in (2, 1, 3):
        corpus.add_raws([Raw("s", TEXT.format(day).encode(), url=odd, fetched_at=f"2024-05-0{day}")])
    assert [found.status for found in corpus.articles()] == ["superseded", "superseded", "kept"]


def test_a_host_of_what_no_host_has_is_no_site():
    """Control characters and lone surrogates stand in no name of a host; the others of a site stay what they are."""
    assert [site_of(f"https://a{odd}b.example/") for odd in ("\x00", "\x1f", "\x7f", "\ud800")] == [None] * 4
    assert site_of("https://bücher.example/\x00") == "bücher.example"


def test_a_failure_of_an_odd_source_is_one_and_is_settled(corpus):
    """It is noted once, and gone when its source becomes a document."""
    failure = Failure("\ud800\x00", "re\x00ad", "e\ud800", "m\x00")
    for _ in range(2):
        assert corpus.add_raws([failure]).failed == 1
    assert corpus.stats()["failures"] == 1
    assert corpus.add_raws([Raw("\ud800\x00", TEXT.encode())]).added == 1
    assert corpus.stats()["failures"] == 0


def test_a_title_and_a_line_of_ten_megabytes(corpus):
    """Neither is lost nor in the way of others."""
    title = "<title>" + "T" * 10_000_000 + "</title>"
    pages = [
        Raw("a", f"{title}<h1>Brücke</h1><p>{TEXT}</p>".encode(), media="text/html"),
        Raw("b", ("Wort " * 2_000_000 + "\n\n" + TEXT).encode(), url="https://a.example/" + "u" * 10_000_000),
    ]
    assert corpus.add_raws(pages).added == 2
    assert [raw.content for raw in corpus.raws()] == [raw.content for raw in pages]


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_more_than_any_table_has_is_all_of_it(number, corpus):
    """Limits beyond the integers of SQLite are limits; offsets leave nothing."""
    corpus.add_raws([Raw("a", TEXT.encode())])
    assert len(corpus.search("Stadt", limit=number)) == 1
    assert corpus.search("Stadt", offset=number) == corpus.weakest(number) == corpus.shared_lines(number) == []


def test_numbers_without_sense_are_refused_before_work_starts(corpus):
    """Nothing of them is stored: what is added later is added as before."""
    for call in (
        lambda: corpus.search("Stadt", limit=-1),
        lambda: corpus.search("Stadt", offset=-1),
        lambda: corpus.weakest(-1),
        lambda: corpus.dedup(threshold=float("nan")),
        lambda: corpus.dedup(window_days=-1),
        lambda: corpus.learn(share=float("nan")),
        lambda: corpus.learn(articles=10**30),
        lambda: corpus.learn(articles=1),
    ):
        corpus.add_raws([])
        with pytest.raises(ValueError, match="not"):
            call()
    assert corpus.add_raws([Raw("a", TEXT.encode(), url="https://a.example/1")]).added == 1
    assert [command for (command,) in runs(corpus)] == ["add"] * 9


def runs(corpus):
    """Return the commands that were begun."""
    with corpus._open() as connection:
        return connection.execute("SELECT command FROM runs ORDER BY id").fetchall()


def test_bytes_of_the_command_line_that_are_no_text(tmp_path):
    """Names and words that are no UTF-8 name files, find nothing, and end in no traceback."""
    (tmp_path / "a.txt").write_text(TEXT)
    odd = b"\xff.db"
    for words, code in (
        ([b"add", b"a.txt", b"--json"], 0),
        ([b"check", b"--json"], 0),
        ([b"search", b"Br\xfccke", b"--json"], 0),
        ([b"export", b"--where", b"title = '\xff'"], 2),
        ([b"backup", b"\xfe.db"], 0),
        ([b"merge", b"\xfe.db"], 0),
    ):
        command = [os.fsencode(sys.executable), b"-m", b"curator", *words, b"--db", odd]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done
    assert (tmp_path / os.fsdecode(b"\xfe.db")).exists()


def test_a_condition_with_what_no_column_holds_is_refused(corpus):
    """A lone surrogate, or U+0000, which would end the condition there."""
    corpus.add_raws([Raw("a", TEXT.encode())])
    for odd in ("title = '\ud800'", "title = '\x00'"):
        with pytest.raises(SettingsError, match="holds a character that no column holds"):
            corpus.export(io.StringIO(), where=odd)


def test_a_name_that_is_too_long_for_a_file_is_refused(tmp_path):
    """By reading and writing commands, in one line."""
    path = tmp_path / ("x" * 300)
    for call in (lambda: Corpus(path).stats(), lambda: Corpus(path).add_raws([])):
        with pytest.raises(StoreError, match="File name too long"):
            call()


def test_numbers_in_records_that_no_table_holds(tmp_path, corpus):
    """Integers of 40 digits, and what is no number, come back in the record as they were."""
    record = {"id": 10**40, "text": TEXT, "n": -(10**400), "share": float("inf")}
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    assert corpus.add(tmp_path / "a.jsonl").added == 1
    assert [raw.record for raw in corpus.raws()] == [json.dumps(record).encode()]
