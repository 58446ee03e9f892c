"""What `check` proves: each sort of damage is found and named, and a file that others write to meanwhile has none."""

import contextlib
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import template_site
from click.testing import CliRunner
from test_corpus import ROOT, documents

from curator.cli import main
from curator.corpus import Corpus
from curator.pipeline import checking
from curator.settings import Settings

ONE = Settings(workers=1, batch_rows=20)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a corpus with duplicates, versions, rejects and a template."""
    path = tmp_path_factory.mktemp("sound") / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws(documents(1) + template_site.articles(2, 14))
        corpus.add(ROOT / "seeds")
    return path


@pytest.fixture
def corpus(sound, tmp_path):
    """Return the path of a copy of it."""
    return shutil.copy(sound, tmp_path / "corpus.db")


def flip(blob, place=-1):
    """Return bytes of which one is another."""
    changed = bytearray(blob)
    changed[place] ^= 1
    return bytes(changed)


def emptied(blob):
    """Return fewer bytes."""
    return blob[: len(blob) // 2]


def damage(path, statement):
    """Change rows of a corpus behind its back, and behind that of its triggers, which would keep sums right."""
    connection = sqlite3.connect(path)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.create_function("flip", -1, flip)
    connection.create_function("emptied", 1, emptied)
    assert connection.execute(statement).rowcount > 0
    for _, made in triggers:
        connection.execute(made)
    connection.commit()
    connection.close()


def found_in(path):
    """Return the names of the checks that find a problem, by the command line, which ends with 1 for it."""
    result = CliRunner().invoke(main, ["check", "--json", "--db", str(path)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    return {json.loads(line)["check"] for line in result.stdout.splitlines()}


#: A statement that damages rows -> the checks that must find it.
DAMAGE = {
    "UPDATE article_texts SET text = text || ' Zusatz' WHERE id = 2": {"search", "signatures", "texts"},
    "UPDATE cuts SET kind = 'advert' WHERE id = (SELECT min(id) FROM cuts)": {"site_rules"},
    "DELETE FROM site_rules WHERE rule = (SELECT min(rule) FROM cuts)": {"site_rules"},
    "UPDATE cuts SET text = 'x' WHERE id = (SELECT min(id) FROM cuts)": {"texts"},
    "UPDATE articles SET chars = chars + 1 WHERE id = 2": {"texts"},
    "UPDATE articles SET ratio_cut = .5 WHERE site IS NOT NULL": {"texts", "sites"},
    "UPDATE pages SET text = flip(text) WHERE document_id = 2": {"texts"},
    "DELETE FROM pages WHERE document_id = 2": {"documents"},
    "UPDATE raws SET content = flip(content, 6) WHERE document_id = 2": {"originals", "texts"},
    "DELETE FROM raws WHERE document_id = 2": {"documents", "originals"},
    "UPDATE documents SET key = replace(key, 'a', 'b') WHERE id = 2": {"originals"},
    "UPDATE documents SET n_bytes = 1 WHERE id = 2": {"originals"},
    "UPDATE sites SET n_superseded = n_superseded + 1 WHERE n_articles > 0": {"sites"},
    "UPDATE signatures SET minhash = flip(minhash)": {"signatures"},
    "UPDATE signatures SET digest = flip(digest, 7)": {"signatures", "index"},
    "UPDATE segment_blocks SET data = flip(data, 2) WHERE id % 4294967296 < 3": {"index"},
    "UPDATE segment_blocks SET data = emptied(data) WHERE id % 4294967296 = 0": {"index"},
    "DELETE FROM segment_blocks": {"index"},
    "DELETE FROM segments": {"index"},
    "UPDATE segments SET head = flip(head, 8 * 5)": {"index"},
    "UPDATE segments SET n_blocks = n_blocks - 1": {"index"},
    "UPDATE pairs SET containment_b = containment_b / 2": {"pairs"},
    "UPDATE pairs SET b = b + 100000": {"references", "pairs", "clusters"},
    "DELETE FROM pairs WHERE jaccard < 1": {"clusters"},
    "UPDATE articles SET similarity = .71 WHERE id = (SELECT min(id) FROM articles WHERE status = 'duplicate')": {
        "clusters"
    },
    "UPDATE clusters SET min_similarity = min_similarity / 2": {"clusters"},
    "UPDATE page_lines SET marks = marks + 1": {"templates"},
    "DELETE FROM site_lines": {"templates"},
}


@pytest.mark.parametrize("statement", DAMAGE)
def test_damage_is_found_and_named(statement, corpus):
    """Whatever is changed or missing, `check` tells what no longer holds, and ends in no traceback."""
    damage(corpus, statement)
    assert found_in(corpus) >= DAMAGE[statement]


def test_a_sound_file_has_no_problem(corpus):
    """What damage is told from: nothing is found."""
    assert list(Corpus(corpus).check()) == []


@pytest.mark.parametrize("verb", ["reclean", "merge"])
def test_a_damaged_original_costs_its_document_only(verb, corpus, tmp_path):
    """It is a failure with a reason that says what to do; all others are cleaned, or merged."""
    damage(corpus, "UPDATE raws SET content = flip(content, 6) WHERE document_id = 2")
    with Corpus(corpus if verb == "reclean" else tmp_path / "new.db", ONE) as opened:
        report = opened.reclean(whole=True) if verb == "reclean" else opened.merge(corpus)
        assert (report.failed, report.read) == (1, sqlite_count(corpus))


def sqlite_count(path):
    """Return how many documents a file holds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT count(*) FROM documents").fetchone()[0]
    finally:
        connection.close()


@pytest.mark.parametrize("statement", ["DELETE FROM pages WHERE document_id < 9", "UPDATE pages SET text = flip(text)"])
def test_cleaning_again_mends_pages(statement, corpus):
    """Pages that are missing or damaged are made anew from the originals, whatever stands in the tables beside them."""
    damage(corpus, statement)
    with Corpus(corpus, ONE) as opened:
        assert opened.reclean(whole=True).failed == 0
        assert list(opened.check()) == []


def test_merging_mends_what_follows_from_originals(corpus, tmp_path):
    """Of a file with a damaged index, signatures and texts a new one is made by merging: all documents, and sound."""
    for statement in ("DELETE FROM segments", "UPDATE signatures SET minhash = flip(minhash)", "DELETE FROM pairs"):
        damage(corpus, statement)
    with Corpus(tmp_path / "new.db", ONE) as made:
        assert made.merge(corpus).added == sqlite_count(corpus)
        assert list(made.check()) == []


@pytest.mark.parametrize("words", [("remove", "--yes", "2"), ("add", "new.txt"), ("dedup",), ("explain", "2")])
def test_commands_on_a_damaged_file_end_without_a_traceback(words, corpus, tmp_path, monkeypatch):
    """Exit code 1 and one line that names the file, or what can be done all the same."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.txt").write_text("Die Stadt hat die neue Brücke am Dienstag freigegeben.")
    damage(corpus, "DELETE FROM segment_blocks")
    damage(corpus, "UPDATE pages SET text = flip(text) WHERE document_id = 2")
    result = CliRunner().invoke(main, [*words, "--db", str(corpus)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code in (0, 1)
    assert result.exit_code == 0 or "damaged" in result.stderr


def test_a_damaged_rule_is_told(corpus):
    """What the corpus noted of itself is not guessed anew where it cannot be read."""
    damage(corpus, "UPDATE properties SET value = replace(value, 'window', 'widow') WHERE name = 'keep_rule'")
    result = CliRunner().invoke(main, ["dedup", "--db", str(corpus)])
    assert (result.exit_code, "the rule of clusters in the corpus file is damaged" in result.stderr) == (1, True)


#: What may stand in the place of a property -> the problems that `check` then names beside those of other damage.
DAMAGED_PROPERTIES = {
    ("scheme", "replace(value, 'bands', 'bonds')"): {"scheme"},
    ("scheme", 'replace(value, \'"bands": 30\', \'"bands": "30"\')'): {"scheme"},
    ("scheme", "replace(value, '\"n_perm\": 128', '\"n_perm\": 128.5')"): {"scheme"},
    ("scheme", "replace(value, '\"seed\": 1', '\"seed\": -1')"): {"scheme"},
    ("scheme", "x'ff00'"): {"scheme"},
    ("keep_rule", "replace(value, 'window', 'widow')"): {"keep_rule"},
    ("keep_rule", "replace(value, '0.7', 'null')"): {"keep_rule"},
    ("keep_rule", "'[]'"): {"keep_rule"},
}


@pytest.mark.parametrize(("name", "value"), DAMAGED_PROPERTIES)
def test_a_damaged_property_is_one_problem_of_several(name, value, corpus):
    """`check` names it once, and goes on with what can be proved without it: texts, pairs, counters, templates."""
    damage(corpus, f"UPDATE properties SET value = {value} WHERE name = '{name}'")
    damage(corpus, "UPDATE article_texts SET text = text || ' Zusatz' WHERE id = 2")
    damage(corpus, "UPDATE sites SET n_superseded = n_superseded + 1 WHERE n_articles > 0")
    damage(corpus, "UPDATE pairs SET containment_b = containment_b / 2")
    found = list(Corpus(corpus, ONE).check())
    assert {problem.where for problem in found if problem.check == "rules"} == DAMAGED_PROPERTIES[name, value]
    assert {problem.check for problem in found} == {"rules", "search", "signatures", "texts", "sites", "pairs"}


def test_a_table_that_cannot_be_read_is_a_problem_and_the_others_are_proved(corpus):
    """A page of the file that is overwritten costs what stands in it; damage elsewhere is found all the same."""
    connection = sqlite3.connect(corpus)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pages'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    damage(corpus, "UPDATE sites SET n_superseded = n_superseded + 1 WHERE n_articles > 0")
    with corpus_file(corpus).open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x07" * size)
    assert found_in(corpus) >= {"integrity", "documents", "sites"}


def corpus_file(path):
    """Return the path of a corpus whose log is emptied into it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(path)


#: Values that no column holds: of another type, far out of range, no characters.
STRANGE = ("NULL", "'x'", "x'ff'", "CAST(x'ff' AS TEXT)", "-1", "9223372036854775807", "1.5")


def columns_of(connection):
    """Return the tables that have row ids, each with its columns."""
    tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    own = [name for name, made in tables if not name.startswith(("sqlite_", "_sqlite", "articles_fts"))]
    with_ids = [name for name in own if "WITHOUT ROWID" not in dict(tables)[name]]
    return {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in with_ids}


@pytest.mark.parametrize("value", STRANGE)
def test_no_value_of_a_column_ends_a_check(value, corpus):
    """Whatever stands in a column, one row of each, a check goes on to its end, and finds what else is wrong."""
    connection = sqlite3.connect(corpus, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("UPDATE sites SET n_superseded = n_superseded + 1 WHERE n_articles > 0")
    for table, columns in columns_of(connection).items():
        for place, column in enumerate(columns):
            row = f"(SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {place})"
            with contextlib.suppress(sqlite3.IntegrityError):  # in place of a number that names the row
                connection.execute(f'UPDATE OR IGNORE {table} SET "{column}" = {value} WHERE rowid = {row}')
    connection.close()
    assert {problem.check for problem in Corpus(corpus, ONE).check()} >= {"sites"}


def test_a_quick_check_reads_no_text(corpus):
    """It finds what references, sums and clusters tell, and leaves damaged texts and originals to a whole one."""
    damage(corpus, "UPDATE raws SET content = flip(content, 6) WHERE document_id = 2")
    damage(corpus, "UPDATE article_texts SET text = text || ' Zusatz' WHERE id = 2")
    result = CliRunner().invoke(main, ["check", "--quick", "--json", "--db", str(corpus)])
    left_out = ["search", "index", "templates", "originals", "texts", "signatures", "pairs"]
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"problems": 0, "unchecked": left_out})
    damage(corpus, "UPDATE clusters SET min_similarity = min_similarity / 2")
    assert {problem.check for problem in Corpus(corpus).check(quick=True)} == {"clusters"}


def test_several_processes_prove_as_much_as_one(corpus, monkeypatch):
    """The problems, and their order, do not depend on the number of processes; progress ends at all documents."""
    monkeypatch.setattr(checking, "_WORTH_IT", 10)
    monkeypatch.setattr("curator.store.checks.documents.TOGETHER", 7)
    damage(corpus, "UPDATE article_texts SET text = text || ' Zusatz' WHERE id % 5 = 2")
    damage(corpus, "UPDATE pairs SET containment_b = containment_b / 2")
    found, told = [], []
    for n_workers in (1, 3):
        settings = replace(ONE, workers=n_workers)
        found.append(list(Corpus(corpus, settings).check(progress=told.append)))
    assert found[0] == found[1] != []
    assert max(so_far.done for so_far in told) == sqlite_count(corpus)


BROKEN_RULES = {
    "a number is missing": "replace(value, 'share', 'shore')",
    "no JSON": "substr(value, 1, 20)",
    "a number that is none": "replace(value, '\"articles\": ', '\"articles\": -')",
    "no object": "'7'",
}


@pytest.mark.parametrize("broken", BROKEN_RULES)
@pytest.mark.parametrize("words", [("learn",), ("learn", "--share", ".4"), ("add", "new.txt")])
def test_a_damaged_rule_of_templates_is_told(words, broken, corpus, tmp_path, monkeypatch):
    """Exit code 1 and what to do, and nothing is added under a rule that nobody knows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.txt").write_text("Die Stadt hat die neue Brücke am Dienstag freigegeben.")
    n_before = sqlite_count(corpus)
    damage(corpus, f"UPDATE properties SET value = {BROKEN_RULES[broken]} WHERE name = 'learn_rule'")
    result = CliRunner().invoke(main, [*words, "--db", str(corpus)])
    assert (result.exit_code, "the rule of templates in the corpus file is damaged" in result.stderr) == (1, True)
    assert sqlite_count(corpus) == n_before


def test_a_damaged_rule_of_templates_is_a_problem_and_can_be_set_anew(corpus):
    """Giving both numbers, as the message says, makes the file sound again."""
    damage(corpus, "UPDATE properties SET value = replace(value, 'share', 'shore') WHERE name = 'learn_rule'")
    assert found_in(corpus) == {"templates"}
    result = CliRunner().invoke(main, ["learn", "--articles", "6", "--share", "0.3", "--db", str(corpus)])
    assert (result.exit_code, list(Corpus(corpus, ONE).check())) == (0, [])


def test_a_file_that_others_write_to_has_no_problems(corpus, tmp_path):
    """Rows are compared as they were at one moment, however often another command cuts them anew meanwhile."""
    commands = [
        [sys.executable, "-m", "curator", "reclean", "--db", str(corpus), "--workers", "1", "-q", *flags]
        for flags in ((), ("--keep-kind", "related", "--keep-kind", "account", "--keep-kind", "legal"))
    ]
    is_enough, codes = threading.Event(), []

    def clean_often():
        for command in itertools.cycle(commands):
            codes.append(subprocess.run(command, check=False).returncode)
            if is_enough.is_set():
                return

    thread = threading.Thread(target=clean_often)
    thread.start()
    found = []
    n_checks = 0
    while thread.is_alive():
        with Corpus(corpus) as opened:
            found += list(opened.check())
        n_checks += 1
        if n_checks > 3 and len(codes) > 3:
            is_enough.set()
    thread.join()
    assert (found, set(codes)) == ([], {0})
