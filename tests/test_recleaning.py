"""Cleaning again spares what the same rules have cleaned, and gives what cleaning all of it gives."""

import contextlib
import sqlite3
from dataclasses import replace

import pytest
from cli_calls import in_folder
from template_site import CLAIM, ONE, articles
from test_corpus import rows_of
from test_merge import made, merged

from curator.corpus import Corpus
from curator.model import Raw
from curator.store.connection import transaction
from curator.store.write import see_again

MENU = "Mein Konto"


class EnoughError(Exception):
    """Ends a run."""


def stop(report):
    """End a run when it tells how far it is."""
    raise EnoughError


def said(number):
    """Return a line that no rule knows, and that stands in one article only."""
    return f"Leserbriefe an das Haus am Deich, Zimmer {number}"


def raws(n=18):
    """Return pages of a site with a menu and a line of their own, and a copy of the first."""
    pages = enumerate(articles(41, n), 1)
    found = [replace(raw, content=f"{MENU}\n\n{said(i)}\n\n".encode() + raw.content) for i, raw in pages]
    return [*found, replace(found[0], url="https://anderswo.example/1")]


@pytest.fixture
def corpus(tmp_path):
    """Return an open corpus of those pages."""
    with Corpus(tmp_path / "corpus.db", ONE) as opened:
        opened.add_raws(raws())
        yield opened


def waiting(path):
    """Return the documents that are still to be cleaned again."""
    with Corpus(path) as corpus, corpus._open(write=True) as connection:
        return connection.execute("SELECT * FROM uncleaned_documents").fetchall()


def both_ways(corpus, tmp_path, settings=ONE):
    """Clean a corpus again, and a copy of it wholly; both are sound and agree in every row. Return the reports."""
    copy = tmp_path / f"whole{len(list(tmp_path.iterdir()))}.db"
    corpus.backup(copy)
    with Corpus(copy, settings) as other:
        whole = other.reclean(whole=True)
        assert list(other.check()) == []
    with Corpus(corpus.path, settings) as again:
        part = again.reclean()
        assert list(again.check()) == []
    assert waiting(corpus.path) == waiting(copy)
    assert rows_of(corpus.path) == rows_of(copy)
    assert (part.changed, part.changed_ids, part.failed) == (whole.changed, whole.changed_ids, whole.failed)
    assert part.stale_verdicts == whole.stale_verdicts
    return part, whole


def test_only_what_people_said_something_of_is_cleaned(corpus, tmp_path):
    """Wrong cuts, clutter, lines of templates, verdicts withdrawn: each as if all had been cleaned again."""
    corpus.judge(2, said(2), "clutter", kind="navigation")
    corpus.judge(3, MENU, "wrong cut")
    corpus.judge(4, CLAIM, "wrong cut")
    corpus.judge(1, CLAIM, "wrong cut")
    part, whole = both_ways(corpus, tmp_path)
    assert (part.read, part.spared, whole.read, whole.spared) == (4, 15, 19, 0)
    assert part.changed_ids == (1, 2, 3, 4)  # also where a template had cut the line, and spares it now
    assert part.heeded == whole.heeded == 4
    corpus.judge(2, said(2), "undo")
    corpus.judge(5, said(5), "clutter", kind="navigation")
    part, _ = both_ways(corpus, tmp_path)
    assert (part.read, part.changed, part.changed_ids) == (2, 2, (2, 5))
    part, _ = both_ways(corpus, tmp_path)
    assert (part.read, part.changed, part.spared) == (0, 0, 19)


def test_a_verdict_on_a_text_that_is_gone_is_told_again(corpus, tmp_path):
    """By each run, as a whole one tells it."""
    corpus.judge(2, said(2), "clutter")
    with corpus._open(write=True) as connection:
        connection.execute("UPDATE feedback SET text = 'Der Bürgermeister schwieg.'")
    for _ in range(2):
        part, _ = both_ways(corpus, tmp_path)
        assert (part.read, part.changed, len(part.stale_verdicts)) == (1, 0, 1)


def test_a_document_that_was_fetched_anew_is_cleaned(corpus, tmp_path):
    """Rules of sites have days from which they hold."""
    rules = tmp_path / "sites.toml"
    rules.write_text(
        'domains = ["elbkurier.example"]\n[[template]]\nfrom = 2025-01-01\n[template.lines]\n'
        "navigation = ['Leserbriefe an das Haus am Deich.*']\n"
    )
    settings = replace(ONE, sites=(rules,))
    with Corpus(corpus.path, settings) as ruled:
        assert ruled.reclean().spared == 0
        with ruled._open(write=True) as connection, transaction(connection):
            see_again(connection, 3, "crawl", "2026-03-01T00:00:00+00:00")
    part, _ = both_ways(corpus, tmp_path, settings)
    assert (part.read, part.changed, part.changed_ids) == (1, 1, (3,))


def test_other_rules_settings_or_files_clean_all(corpus, tmp_path, monkeypatch):
    """Whatever cleaning goes by: a setting, a file of phrases that reads otherwise, another version of curator."""
    phrases = tmp_path / "own.toml"
    phrases.write_text("")
    settings = replace(ONE, phrases=(phrases,))
    for wanted in (ONE, replace(ONE, keep_kinds=("account",)), ONE, settings):
        with Corpus(corpus.path, wanted) as other:
            assert other.reclean().read == (0 if wanted is ONE and not other.path.with_suffix(".seen").exists() else 19)
            other.path.with_suffix(".seen").touch()
            assert other.reclean().read == 0
            assert Corpus(corpus.path, replace(wanted, workers=2, db=other.path)).reclean().read == 0
    phrases.write_text("# read anew\n")
    monkeypatch.setattr("curator.__version__", "0.1.1")
    with Corpus(corpus.path, settings) as other:
        assert other.reclean().read == 19


@pytest.mark.parametrize("named", ["phrases", "sites"])
def test_a_file_that_changed_is_read_anew(corpus, tmp_path, named):
    """Also by a process that has read it before, as a notebook has; none of its runs is taken for one by new rules."""
    rules = tmp_path / "own.toml"
    told = {
        "phrases": "[account]\nline = {}\n",
        "sites": 'domains = ["elbkurier.example"]\n[[template]]\n'
        "from = 2020-01-01\n[template.lines]\nnavigation = {}\n",
    }
    settings = replace(ONE, **{named: (rules,)})
    with Corpus(corpus.path, settings) as ruled:
        for line in ("Ganz andere Worte", said(3)):
            rules.write_text(told[named].format([line]))
            assert (3 in ruled.reclean().changed_ids) is (line == said(3))


def test_what_comes_in_by_other_rules_has_all_cleaned(corpus, tmp_path):
    """Added or merged so; what comes in by the same rules does not."""
    corpus.add_raws([Raw("more", raws()[3].content + b" Mehr.")])
    assert corpus.reclean().read == 0
    with Corpus(corpus.path, replace(ONE, keep_kinds=("account",))) as other:
        other.add_raws([Raw("other", raws()[4].content + b" Mehr.")])
    part, whole = both_ways(corpus, tmp_path)
    assert (part.read, part.changed, whole.changed_ids) == (21, 1, (21,))
    other = made(tmp_path / "other.db", [Raw("third", raws()[5].content + b" Mehr.")], settings=ONE)
    corpus.close()
    merged(corpus.path, other, settings=ONE)
    assert corpus.reclean().read == 0
    more = [Raw("fourth", raws()[6].content + b" Mehr.")]
    merged(corpus.path, made(tmp_path / "b.db", more, settings=ONE), settings=replace(ONE, thoroughness=0.5))
    assert corpus.reclean().read == 23


def test_texts_taken_as_they_are_do_not_count(corpus):
    """They are never cleaned, by whatever rules."""
    with Corpus(corpus.path, replace(ONE, keep_kinds=("account",))) as other:
        other.add_raws([Raw("as it is", b"Mein Konto\n\nDas Haus am Deich.")], clean=False)
    assert (corpus.reclean().read, corpus.reclean().spared) == (0, 19)


def test_what_failed_is_tried_again(corpus, tmp_path):
    """Each run meets it, as a whole one does."""
    corpus.close()
    with sqlite3.connect(corpus.path) as connection:
        connection.execute("UPDATE raws SET content = x'00' WHERE document_id = 3")
    for whole in (True, False):
        report = corpus.reclean(whole=whole)
        assert (report.read, report.failed) == (19, 1)


def test_what_failed_in_a_run_that_was_interrupted_is_tried_again(tmp_path):
    """What was said of it waits until it is heeded."""
    with Corpus(tmp_path / "few.db", ONE) as corpus:
        corpus.add_raws(raws(4))
        corpus.judge(3, said(3), "clutter")
        with corpus._open(write=True) as connection:
            connection.execute("UPDATE raws SET content = x'00' WHERE document_id = 3")
        with pytest.raises(EnoughError):
            corpus.reclean(progress=stop)
        assert (corpus.reclean().failed, waiting(corpus.path)) == (1, [(3, 1)])


def test_a_file_of_rules_may_end_in_anything(corpus, tmp_path):
    """What it reads tells the rules apart, whatever its name is."""
    phrases = tmp_path / "own words"
    settings = replace(ONE, phrases=(phrases,))
    for written in ("", "# read anew\n"):
        phrases.write_text(written)
        with Corpus(corpus.path, settings) as other:
            assert [other.reclean().read for _ in range(2)] == [19, 0]


@pytest.mark.parametrize("n_batches", [2, 4])
def test_two_runs_by_other_rules_beside_each_other_leave_all_to_the_next(corpus, n_batches):
    """The one that began first may overwrite what the second left, to its end or until it is interrupted."""
    told = []

    def beside(report):
        told.append(report)
        if len(told) == 1:
            assert corpus.reclean().read == 19
        elif len(told) == n_batches:
            raise EnoughError

    first = replace(ONE, keep_kinds=("account",), batch_rows=5)
    with Corpus(corpus.path, first) as other, contextlib.suppress(EnoughError):
        other.reclean(progress=beside)
    report = corpus.reclean()
    assert (report.read, report.changed) == (19, 5 * n_batches - 5 - (n_batches == 4))
    assert corpus.reclean().read == 0


def test_a_file_of_an_earlier_version_is_cleaned_once(corpus):
    """Its runs do not tell by which rules they cleaned."""
    with corpus._open(write=True) as connection:
        connection.execute("UPDATE runs SET cleaner = ''")
    assert [corpus.reclean().read for _ in range(2)] == [19, 0]


def test_a_copy_of_some_documents_does_not_know_how_they_were_cleaned(corpus, tmp_path):
    """The run that cleaned them last is none of those that come along."""
    with Corpus(corpus.path, replace(ONE, keep_kinds=("account",))) as other:
        assert other.reclean().changed == 19
        other.export(tmp_path / "copy.db", status=())
    with Corpus(tmp_path / "copy.db", ONE) as copy:
        assert copy.reclean().changed == 19


def test_an_interrupted_run_is_taken_up_whole(corpus):
    """Some documents are cleaned by other rules then."""
    with Corpus(corpus.path, replace(ONE, keep_kinds=("account",), batch_rows=5)) as other, pytest.raises(EnoughError):
        other.reclean(progress=stop)
    assert corpus.reclean().changed == 5


def test_the_command_line_says_what_it_spares(corpus, tmp_path, monkeypatch):
    """And how to clean all."""
    corpus.close()
    call = in_folder(tmp_path, monkeypatch)
    words = ("reclean", "--db", "corpus.db", "--skip-rule", "tagger", "--workers", 1)
    assert "19 others spared: the same rules had cleaned them (--whole" in call(*words).stdout
    assert call(*words, "--whole").stdout.startswith("19 cleaned again: 0 changed")


def test_a_run_tells_what_it_was_given(tmp_path):
    """The paths as they were named: of add, merge and load, and the addresses of a crawl."""
    (tmp_path / "a.txt").write_text("Die Stadt hat die Brücke eröffnet.")
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add(tmp_path / "a.txt", str(tmp_path / "missing.txt"))
        corpus.merge(made(tmp_path / "b.db", raws(2)))
        corpus.reclean()
        with corpus._open() as connection:
            rows = connection.execute("SELECT command, inputs FROM runs ORDER BY id").fetchall()
    assert rows[0] == ("add", f'["{tmp_path}/a.txt", "{tmp_path}/missing.txt"]')
    assert ("merge", f'["{tmp_path}/b.db"]') in rows
    assert rows[-1] == ("reclean", None)
