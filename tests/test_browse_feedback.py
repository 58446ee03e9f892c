"""What people say in the browser is honoured when the corpus is cleaned again, and becomes training labels."""

import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import template_site
from click.testing import CliRunner

from curator import Corpus
from curator.article import heed
from curator.cli import main
from curator.model import Cut, Raw, Verdict
from curator.settings import Settings
from curator.store.connection import connect, transaction
from curator.store.feedback import note_verdict, withdraw_verdict

ONE = Settings(workers=1)
BODY = "Die Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte."
ODD = "Der Bürgermeister sprach danach vor vielen Gästen über die Kosten des Baus."
#: A headline of its own: without one the line that is said to be no clutter would be taken for it.
HEADLINE = "Brücke eröffnet\n\n"
TEXT = f"{HEADLINE}Mein Konto\n\n{BODY}\n\n{ODD}\n"


@pytest.fixture
def corpus(tmp_path):
    """Return a corpus of one document, of which one line is cut."""
    with Corpus(tmp_path / "said.db", ONE) as corpus:
        corpus.add_raws([Raw("a.txt", TEXT.encode())])
        assert texts(corpus) == [f"{BODY}\n\n{ODD}"]
        yield corpus


def texts(corpus):
    """Return the texts of all articles."""
    return [article.text for article in corpus.articles()]


def say(corpus, part, verdict, kind=None, identity=1):
    """Store a verdict on the first place where a part stands in a page."""
    corpus.close()
    connection = connect(corpus.path)
    with transaction(connection):
        start = corpus.explain(identity).page.index(part)
        note_verdict(connection, identity, Verdict(start, start + len(part), verdict, kind), "2024-01-01T00:00:00Z")
    connection.close()


def take_back(corpus, part, identity=1):
    """Withdraw the verdict on a part."""
    start = corpus.explain(identity).page.index(part)
    corpus.close()
    connection = connect(corpus.path)
    with transaction(connection):
        withdraw_verdict(connection, identity, start, start + len(part))
    connection.close()


def cuts(corpus, identity=1):
    """Return kind, rule and text of the cuts of an article."""
    return [(row.cut.kind, row.cut.rule, row.text) for row in corpus.explain(identity).cuts]


def test_a_wrong_cut_comes_back(corpus):
    """Reclean leaves the line in, says so, changes nothing the second time, and cuts it again when that is undone."""
    say(corpus, "Mein Konto", "wrong cut", "account")
    report = corpus.reclean()
    assert (report.changed_ids, report.heeded, report.stale_verdicts) == ((1,), 1, ())
    assert (texts(corpus), cuts(corpus)) == ([TEXT.removeprefix(HEADLINE).strip()], [])
    assert list(corpus.check()) == []
    assert corpus.reclean().changed == 0
    take_back(corpus, "Mein Konto")
    assert (corpus.reclean().changed, cuts(corpus)) == (1, [("account", "account-line", "Mein Konto")])


def test_clutter_is_cut(corpus):
    """A marked line is cut by the rule feedback, as the kind that was given or other; --skip-rule leaves it in."""
    say(corpus, ODD, "clutter")
    corpus.reclean()
    assert cuts(corpus)[1:] == [("other", "feedback", ODD)]
    say(corpus, ODD, "clutter", "advert")
    corpus.reclean()
    assert (cuts(corpus)[1:], texts(corpus)) == ([("advert", "feedback", ODD)], [BODY])
    assert list(corpus.check()) == []
    with Corpus(corpus.path, replace(ONE, skip_rules=("feedback",))) as skipping:
        skipping.reclean()
        assert texts(skipping) == [f"{BODY}\n\n{ODD}"]


def test_a_verdict_on_another_text_is_reported(corpus):
    """Where a text stands that the person did not see, nothing is done, and reclean says so."""
    say(corpus, ODD, "clutter")
    with sqlite3.connect(corpus.path) as connection:
        connection.execute("UPDATE feedback SET text = 'Der Bürgermeister schwieg.'")
    start = TEXT.index(ODD)
    report = corpus.reclean()
    assert (report.changed, report.heeded, report.stale_verdicts) == (0, 0, ((1, start, start + len(ODD)),))
    corpus.close()
    told = CliRunner().invoke(main, ["reclean", "--db", str(corpus.path), "--workers", "1"]).stdout
    assert f"verdict on article 1, {start} to {start + len(ODD)}, not heeded" in told


def test_a_new_version_does_not_inherit_verdicts(corpus):
    """What is added later is cleaned by the rules alone."""
    say(corpus, ODD, "clutter")
    corpus.add_raws([Raw("b.txt", f"{TEXT}\nDas Geld kam vom Land.\n".encode())])
    assert ODD in texts(corpus)[1]


def test_verdicts_become_labels(corpus):
    """Each judged line has a label as the gold has: body, or cut with a kind."""
    say(corpus, "Mein Konto", "wrong cut", "account")
    say(corpus, ODD, "clutter", "advert")
    corpus.close()
    printed = CliRunner().invoke(main, ["export", "--labels", "--db", str(corpus.path)])
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert [(row["id"], row["source"], row["line"], row["text"], row["label"]) for row in rows] == [
        (1, "a.txt", 3, "Mein Konto", "body"),
        (1, "a.txt", 7, ODD, "cut:advert"),
    ]
    out = io.StringIO()
    assert (corpus.export_labels(out), out.getvalue()) == (2, printed.stdout)


def test_labels_and_articles_are_not_mixed(corpus):
    """Options of articles make no sense with labels: a usage error says so."""
    corpus.close()
    result = CliRunner().invoke(main, ["export", "--labels", "--with-cuts", "--db", str(corpus.path)])
    assert (result.exit_code, "--labels writes lines" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("verdict", "found"),
    [
        (Verdict(0, 9, "wrong cut"), []),
        (Verdict(3, 5, "wrong cut"), [(0, 3), (5, 9)]),
        (Verdict(9, 12, "wrong cut"), [(0, 9)]),
        (Verdict(9, 12, "clutter"), [(0, 9), (9, 12)]),
    ],
)
def test_only_the_judged_stretch_is_spared(verdict, found):
    """What a cut takes outside a verdict stays cut."""
    assert [cut[:2] for cut in heed([Cut(0, 9, "related", "r", "")], [verdict])] == found


def test_a_wrong_template_cut_comes_back(tmp_path):
    """What a site's template cut is spared in that article alone; when that is undone it is cut again."""
    with Corpus(tmp_path / "site.db", replace(ONE, skip_rules=("tagger",))) as corpus:
        corpus.add_raws(template_site.articles(3))
        kept, cut = texts(corpus), cuts(corpus)
        assert ("template", "template-line", template_site.CLAIM) in cut
        say(corpus, template_site.CLAIM, "wrong cut", "template")
        corpus.reclean()
        assert ("template", "template-line", template_site.CLAIM) not in cuts(corpus)
        assert (template_site.CLAIM in texts(corpus)[0], texts(corpus)[1:]) == (True, kept[1:])
        assert list(corpus.check()) == []
        take_back(corpus, template_site.CLAIM)
        corpus.reclean()
        assert (texts(corpus), cuts(corpus)) == (kept, cut)
        assert list(corpus.check()) == []


def test_verdicts_of_an_earlier_schema_are_kept(tmp_path):
    """A verdict from before its text was noted gets the text that stands there."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((Path(__file__).parent / "data/schema1.sql").read_text(encoding="utf-8"))
        connection.execute(
            'INSERT INTO feedback (article_id, start, "end", verdict, created) VALUES (1, 0, 4, ?, ?)',
            ("clutter", "2024-01-01"),
        )
    connect(path).close()
    with Corpus(path) as corpus:
        page = corpus.explain(1).page
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT text FROM feedback").fetchone() == (page[:4],)


def test_the_rule_is_listed():
    """`curator rules` names it as it names the others."""
    rows = [json.loads(line) for line in CliRunner().invoke(main, ["rules", "--json"]).stdout.splitlines()]
    assert [(row["kind"], row["reads"]) for row in rows if row["rule"] == "feedback"] == [
        (None, "what people say in the browser")
    ]
    assert "  feedback\n" in CliRunner().invoke(main, ["rules"]).stdout
