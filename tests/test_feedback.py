"""`curator feedback` says of a line what the buttons of the browser say, and shows what was said."""

import json

import browse_corpus
import pytest
from click.testing import CliRunner

from curator import Corpus
from curator.browse.server import open_datasette
from curator.cli import main
from curator.model import Raw
from curator.settings import Settings

BODY = "Die Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte."
ODD = "Der Bürgermeister sprach danach vor vielen Gästen über die Kosten des Baus."
TEXT = f"Brücke eröffnet\n\n{BODY}\n\nMein Konto\n\n  {ODD}\t\n"


@pytest.fixture
def corpus(tmp_path):
    """Return a corpus of one document, of which one line is cut."""
    with Corpus(tmp_path / "said.db", Settings(workers=1)) as corpus:
        corpus.add_raws([Raw("a.txt", TEXT.encode())])
        yield corpus


def run(corpus, *arguments):
    """Return the result of `curator feedback` on a corpus."""
    return CliRunner().invoke(main, ["feedback", *arguments, "--db", str(corpus.path)])


def lines(corpus):
    """Return the lines of the article after cleaning again, the headline apart."""
    corpus.reclean()
    return [line.strip() for line in next(iter(corpus.articles())).text.split("\n\n") if line != "Brücke eröffnet"]


def test_a_wrong_cut_comes_back_and_goes_again(corpus):
    """A line that was cut stays after the next reclean, and is cut again when that is undone."""
    result = run(corpus, "1", "--wrong", "Mein Konto", "--note", "eine Überschrift")
    assert (result.exit_code, result.stdout) == (0, f"1 line noted; `curator reclean --db {corpus.path}` heeds it\n")
    assert lines(corpus) == [BODY, "Mein Konto", ODD]
    assert run(corpus).stdout == "article 1: wrong cut (account): Mein Konto  [eine Überschrift]\n"
    assert run(corpus, "a.txt", "--undo", "Mein Konto").exit_code == 0
    assert (lines(corpus), run(corpus).stdout) == ([BODY, ODD], "")


def test_clutter_goes(corpus):
    """A line that was kept goes, as the kind that was given; white space at its ends does not count."""
    assert run(corpus, "1", "--clutter", ODD, "--kind", "bio").exit_code == 0
    assert lines(corpus) == [BODY]
    assert [(row.cut.kind, row.cut.rule, row.text.strip()) for row in corpus.explain(1).cuts][-1:] == [
        ("bio", "feedback", ODD)
    ]


def test_what_is_said_is_shown_beside_its_line_in_the_browser(corpus):
    """The page of the article shows the verdict as if it had been given there."""
    run(corpus, "1", "--wrong", "Mein Konto", "--clutter", ODD)
    corpus.close()
    page = browse_corpus.asker(open_datasette(corpus.path))("/said/-/article/1").text
    assert (page.count('<b class="verdict">wrong cut</b>'), page.count('<b class="verdict">clutter</b>')) == (1, 1)


def test_json_of_what_was_said(corpus):
    """With --json a verdict is a record on a line, and noting one tells how many lines it holds for."""
    assert json.loads(run(corpus, "1", "--clutter", ODD, "--json").stdout) == {"article": 1, "lines": 1}
    record = json.loads(run(corpus, "1", "--json").stdout)
    assert (record["article"], record["verdict"], record["kind"], record["text"]) == (1, "clutter", None, ODD)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("1", "--wrong", BODY), 1, "nothing was cut that reads"),
        (("1", "--clutter", "Mein Konto"), 1, "no line was kept that reads"),
        (("1", "--clutter", ""), 1, "no line was kept that reads"),
        (("1", "--undo", BODY), 1, "nothing was said of a line that reads"),
        (("2", "--wrong", BODY), 1, "there is no article 2"),
        (("--wrong", BODY), 2, "of which article?"),
        (("1", "--clutter", ODD, "--kind", "nonsense"), 2, "nonsense"),
    ],
)
def test_what_cannot_be_said_is_told(corpus, arguments, code, told):
    """A line that is not there, or not so, is an error that says what to look at; nothing is stored."""
    result = run(corpus, *arguments)
    assert (result.exit_code, told in result.stderr) == (code, True)
    assert corpus.judged() == []


def test_a_wrong_word_is_refused_in_python(corpus):
    """Another verdict and an unknown kind raise ValueError."""
    with pytest.raises(ValueError, match="a verdict is one of"):
        corpus.judge(1, ODD, "wrong")
    with pytest.raises(ValueError, match="no kind of cut"):
        corpus.judge(1, ODD, "clutter", kind="nonsense")
