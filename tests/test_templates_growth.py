"""A corpus that grows, shrinks or is killed has the templates and texts that its documents give, in any order."""

import random
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from held import held
from patience import wait_for
from template_site import BOX, CLAIM, ONE, SITE, articles, body, grown, lines_of
from test_corpus import rows_of, sentence, state

from curator.cli import main
from curator.corpus import Corpus
from curator.model import Raw
from curator.pipeline.corpus_rules import change_learn_rule
from curator.settings import Settings
from curator.store import templates


def learned_state(path):
    """Return everything that learning decides, by keys in place of ids, with the texts and cuts of all articles."""
    with sqlite3.connect(path) as connection:
        texts = connection.execute(
            "SELECT key, title, text, chars, status FROM documents JOIN articles USING (id)"
            " JOIN article_texts USING (id)"
        )
        cuts = connection.execute(
            'SELECT key, start, "end", rule, why, text FROM cuts JOIN documents ON documents.id = article_id'
        )
        lines = connection.execute("SELECT * FROM site_lines")
        marks = connection.execute("SELECT key, marks FROM page_lines JOIN documents ON documents.id = document_id")
        rows = [sorted(found.fetchall(), key=repr) for found in (texts, cuts, lines, marks)]
    return rows, state(path)


def mixed(seed):
    """Return a site with recrawls, other versions, pages of a second site and copies without a url."""
    chance = random.Random(seed)
    raws = articles(seed, 26)
    for raw in raws[::5]:
        text = raw.content.decode().replace("Elbe", "Elbmündung")
        raws.append(replace(raw, content=text.encode(), url=f"{raw.url}?again", source=f"{raw.source}-again"))
        raws.append(replace(raw, content=f"{text} {sentence(chance)}".encode(), fetched_at="2024-09-09"))
        raws.append(replace(raw, url=None, source=f"{raw.source}-bare"))
    raws.append(Raw("dump:claim", f"{CLAIM}\n\n{BOX}".encode(), url=f"https://{SITE}/claim", fetched_at="2024-03-02"))
    claim = "Gedruckt auf Altpapier im Hafen an der Elbe"
    claims = [claim, claim.upper(), claim.title()]
    raws = [replace(raw, content=raw.content + f"\n\n{claims[number % 3]}".encode()) for number, raw in enumerate(raws)]
    return raws + articles(seed + 100, 9, "anderswo.example")


@pytest.mark.parametrize("seed", range(2))
def test_order_batches_and_runs_change_nothing(seed, tmp_path):
    """Shuffled, in batches of any size, in one run or several: the same lines, cuts, texts, pairs and clusters."""
    raws = mixed(seed)
    found = []
    for number, (rows, n_runs) in enumerate([(1000, 1), (1, 2), (7, 4), (3, 1), (16, 9)]):
        order = list(raws)
        random.Random(number).shuffle(order)
        found.append(learned_state(grown(tmp_path / f"{number}.db", order, batch_rows=rows, n_runs=n_runs)))
    assert len(found[0][0][2]) > 3
    assert {row[4] for row in found[0][0][0]} == {"kept", "duplicate", "rejected", "superseded"}
    for other in found[1:]:
        assert other == found[0]


def test_learning_later_is_as_learning_at_once(tmp_path):
    """--no-learn leaves the templates to the next run, which gives what learning at each run gives."""
    raws = mixed(3)
    with Corpus(tmp_path / "late.db", ONE) as corpus:
        corpus.add_raws(raws, learn=False)
        assert lines_of(corpus.path) == {}
        assert list(corpus.check()) == []
        report = corpus.learn()
        assert (report.sites, report.lines) == (
            2,
            len(lines_of(corpus.path)) + len(lines_of(corpus.path, "anderswo.example")),
        )
        assert corpus.learn().sites == 0
        assert list(corpus.check()) == []
    assert learned_state(tmp_path / "late.db") == learned_state(grown(tmp_path / "once.db", raws, n_runs=3))


def test_what_learning_came_to_is_said_where_only_headlines_were_cut(tmp_path):
    """Of four articles no line recurs, yet one of them shows the headline of another: the note names both."""
    raws = articles(5, 4)
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        (note,) = [note for note in corpus.add_raws(raws).notes if "learned" in note]
        rules = corpus.stats()["rules"]
    told = "1 site learned: no line recurs; 1 article changed, by such lines or by headlines of other articles"
    assert note == f"{told} (`curator stats` counts such cuts)"
    assert [name for name in rules if name.startswith("template")] == ["template-headline"]
    called = CliRunner().invoke(main, ["learn", "--db", str(tmp_path / "corpus.db")])
    assert called.stdout == "nothing to learn: no site has changed\n"


def test_removing_is_as_if_never_added(tmp_path):
    """When pages leave, lines that recur no more come back, with the texts of the articles that lost them."""
    raws = mixed(4)
    stay = {raw.source for raw in raws[::2]}
    with Corpus(grown(tmp_path / "all.db", raws), ONE) as corpus:
        before = lines_of(corpus.path)
        corpus.remove(*[article.id for article in corpus.articles() if article.source not in stay])
        assert list(corpus.check()) == []
        assert lines_of(corpus.path) != before
    less = grown(tmp_path / "less.db", [raw for raw in raws if raw.source in stay])
    found, wanted = learned_state(tmp_path / "all.db"), learned_state(less)
    assert found[0] == wanted[0]
    assert found[1][:3] == wanted[1][:3]


def test_reclean_keeps_templates(tmp_path):
    """Cleaning again changes nothing by itself; other rules give what adding with those gives, and count it so."""
    raws = [replace(raw, content=b"Mein Konto\n\n" + raw.content) for raw in mixed(5)]
    path = grown(tmp_path / "a.db", raws)
    with Corpus(path, ONE) as corpus:
        before = rows_of(path)
        assert corpus.reclean().changed == 0
        assert rows_of(path) == before
    other = Settings(workers=1, skip_rules=("account-line", "navigation-edge", "tagger"))
    with Corpus(path, other) as corpus:
        chars = sum(article.chars for article in corpus.articles())
        report = corpus.reclean()
        assert report.changed > 0
        assert report.chars_before == chars
        assert report.chars_after == sum(article.chars for article in corpus.articles())
        assert list(corpus.check()) == []
    assert learned_state(path) == learned_state(grown(tmp_path / "b.db", raws, settings=other))


def test_articles_that_learning_makes_copies_leave_a_sound_file(tmp_path):
    """Texts of two sites that differ in their claims only are copies once these are cut; check finds all well."""
    bodies = ["\n\n".join(body(random.Random(n))) for n in range(12)]
    raws = [
        Raw(
            f"{site}:{n}",
            f"{text}\n\nElbkurier {site}, die Stimme hinter Deich".encode(),
            url=f"https://{site}.example/{n}",
        )
        for site in ("nord", "mitte")
        for n, text in enumerate(bodies)
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws, learn=False)
        assert corpus.learn().articles == 24
        assert corpus.stats()["status"] == {"kept": 12, "duplicate": 12}
        assert list(corpus.check()) == []


def n_claims(path):
    """Return how many articles the claim of the site is cut from."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM cuts WHERE rule = 'template-line' AND text = ?", (CLAIM,))
        return rows.fetchone()[0]


def test_pages_whose_cuts_stay_are_not_cut_again(tmp_path):
    """More articles of a site come without its lines at once; learning touches those with headlines of others only."""
    raws = articles(8, 40)
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws[:34])
        corpus.add_raws(raws[34:], learn=False)
        assert n_claims(corpus.path) == 40
        assert list(corpus.check()) == []
        assert corpus.learn().articles == 2
        assert lines_of(corpus.path)[CLAIM] == 40


def test_sites_are_learned_as_they_grow(tmp_path):
    """From twelve pages on the rest of a run is cut as it is written; what is learned in the end is the same."""
    raws = articles(8, 40)
    with Corpus(tmp_path / "ahead.db", replace(ONE, batch_rows=4)) as corpus:
        notes = corpus.add_raws(raws).notes
    with Corpus(tmp_path / "late.db", ONE) as corpus:
        assert [note.split("; ")[0] for note in corpus.add_raws(raws).notes] == [note.split("; ")[0] for note in notes]
    assert n_claims(tmp_path / "ahead.db") == 40
    n_anew = int(notes[0].split("; ")[1].split()[0])
    assert 12 <= n_anew < 40
    assert learned_state(tmp_path / "ahead.db") == learned_state(tmp_path / "late.db")


def test_rule_of_the_corpus_can_be_changed(tmp_path):
    """Counts given to learn become the corpus's, whatever later runs are set to; back again gives the former corpus."""
    path = grown(tmp_path / "corpus.db", articles(9, 20))
    before = learned_state(path)
    with Corpus(path, ONE) as corpus:
        assert corpus.learn(articles=50).lines == 0
        assert lines_of(path) == {}
        corpus.add_raws(articles(10, 3, "dritter.example"))
        assert list(corpus.check()) == []
        corpus.remove(*[article.id for article in corpus.articles() if article.site == "dritter.example"])
        corpus.learn(articles=6)
        with pytest.raises(ValueError, match="expected 2 to"):
            corpus.learn(articles=1)
    assert learned_state(path)[0] == before[0]


def meanwhile(monkeypatch, name, path, write):
    """Have another connection write once: right after the learning of a corpus has read what ``name`` reads."""
    real, waiting = getattr(templates, name), [write]

    def read(*arguments):
        found = real(*arguments)
        if waiting:
            with Corpus(path, ONE) as other:
                waiting.pop()(other)
        return found

    monkeypatch.setattr(templates, name, read)


def noted_changes(path):
    """Return the sites that wait to be learned with the changes noted for each."""
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT * FROM unlearned_sites"))


def test_a_site_that_another_process_learns_meanwhile_is_not_learned_from_old_pages(tmp_path, monkeypatch):
    """As many changes as before are noted for it, of other pages: it waits again, and is learned from them."""
    raws = articles(13, 28)
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws[:14], learn=False)
        before = noted_changes(corpus.path)

        def settle_and_add_as_many(other):
            other.learn()
            other.add_raws(raws[14:], learn=False)
            assert noted_changes(corpus.path) == before == {SITE: 14}

        meanwhile(monkeypatch, "pages_of_site", corpus.path, settle_and_add_as_many)
        corpus.learn()
        assert noted_changes(corpus.path) == before
        corpus.learn()
        assert list(corpus.check()) == []
    grown(tmp_path / "undisturbed.db", raws)
    assert learned_state(tmp_path / "corpus.db")[0] == learned_state(tmp_path / "undisturbed.db")[0]


def test_a_rule_that_another_process_sets_meanwhile_is_heeded(tmp_path, monkeypatch):
    """A site that was to be learned by the former rule waits until it is learned by the new one."""
    path = grown(tmp_path / "corpus.db", articles(14, 20))

    def set_rule(other):
        with other._open(write=True) as connection:
            change_learn_rule(connection, ONE, 50, None)

    with Corpus(path, ONE) as corpus:
        corpus.add_raws(articles(15, 2, "anderswo.example"), learn=False)
        meanwhile(monkeypatch, "unlearned_documents", path, set_rule)
        corpus.learn()
        corpus.learn()
        assert (lines_of(path), list(corpus.check())) == ({}, [])


def test_damage_is_found(tmp_path):
    """Check names a template that its pages do not teach, and an article that lacks its cuts."""
    path = grown(tmp_path / "corpus.db", articles(12, 20))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE site_lines SET n_articles = 19")
        connection.execute("UPDATE page_lines SET marks = 0 WHERE document_id = 3")
        connection.execute("UPDATE page_lines SET headline = 5 WHERE document_id = 4")
    with Corpus(path) as corpus:
        found = [(problem.check, problem.where) for problem in corpus.check()]
    assert {("templates", SITE), ("templates", "article 3"), ("templates", "document 4")} <= set(found)


def test_killed_at_any_point_and_run_again_gives_the_undisturbed_corpus(tmp_path):
    """Kill -9 at random moments of the learning stage: running again gives every row of an undisturbed run."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for raw in articles(13, 60):
        record = f'{{"id": "{raw.source}", "url": "{raw.url}", "text": {raw.content.decode()!r}}}'
        (folder / f"{raw.source[5:]}.jsonl").write_text(record.replace("'", '"'), encoding="utf-8")
    environment = {"CURATOR_BATCH_ROWS": "4", "CURATOR_SKIP_RULES": "tagger", "PATH": ""}

    def command(path, *more):
        return [sys.executable, "-m", "curator", "add", str(folder), "--db", str(path), "--workers", "1", "-q", *more]

    subprocess.run(command(tmp_path / "whole.db"), check=True, env=environment)
    assert lines_of(tmp_path / "whole.db")[CLAIM] == 60
    subprocess.run(command(tmp_path / "base.db", "--no-learn"), check=True, env=environment)
    for number in range(4):
        path = tmp_path / f"{number}.db"
        path.write_bytes((tmp_path / "base.db").read_bytes())
        n_cut = 4 + 12 * number
        words = command(path)[3:]
        running = subprocess.Popen(held(_N_CUT, n_cut + 8, tmp_path / "never", *words), env=environment)
        wait_for(lambda path=path, n_cut=n_cut, running=running: running.poll() is not None or _n_cut(path) >= n_cut)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
        subprocess.run(command(path), check=True, env=environment)
        assert rows_of(path) == rows_of(tmp_path / "whole.db")


_N_CUT = "SELECT count(*) FROM page_lines WHERE marks <> 0"


def _n_cut(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute(_N_CUT).fetchone()[0])
