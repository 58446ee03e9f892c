"""Two versions of a page, what differs between them, and links that last."""

import browse_corpus
import pytest
from patience import within

from curator.browse.diff import word_diff
from curator.browse.server import open_datasette


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function from an address to an answer, over three versions of one address."""
    first, *later = (copy._replace(url="https://news.example.com/a/1") for copy in browse_corpus.copies())
    path = tmp_path_factory.mktemp("versions") / "versions.db"
    return browse_corpus.asker(open_datasette(browse_corpus.make_corpus(path, [first, *later], clusters=False)))


def test_versions_of_an_address_are_compared(ask):
    """An article leads to each comparison with another version, the older one first, which marks what was changed."""
    assert "/versions/-/compare?a=1&amp;b=2" in ask("/versions/-/article/2").text
    assert "/versions/-/compare?a=2&amp;b=3" in ask("/versions/-/article/2").text
    page = ask("/versions/-/compare?a=1&b=2").text
    assert "<del>spring</del><ins>autumn</ins>" in page
    assert "/versions/-/article/1" in page
    assert "The texts differ below" not in page
    assert "Both texts are the same, word for word." in ask("/versions/-/compare?a=2&b=2").text


@pytest.mark.parametrize("query", ["", "?a=1", "?a=1&b=4", "?a=1&b=x", "?a=1&b=999999999999", "?a=-1&b=1"])
def test_what_is_not_there_is_not_compared(ask, query):
    """A number that is missing, none, or of no article is said to be."""
    answer = ask(f"/versions/-/compare{query}")
    assert (answer.status_code, "There is no article" in answer.text) == (404, True)


def test_a_key_leads_to_its_article(ask):
    """The lasting link of an article leads to it, and one of another document says that it is not here."""
    address = ask("/versions/-/article/3").text.partition("/versions/-/key/")[2][:32]
    answer = ask(f"/versions/-/key/{address}")
    assert (answer.status_code, answer.headers["location"]) == (302, "/versions/-/article/3")
    assert ask("/versions/-/key/" + "0" * 32).status_code == 404


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("x y z\n" * 9 + "q\n") * 400, ("x y z\n" * 8 + "r\n") * 440),
        (("x y z " * 9 + "q ") * 70 + "\nb", "b\n" + ("x y z " * 8 + "r ") * 80),
    ],
    ids=["lines", "words"],
)
def test_texts_that_repeat_themselves_are_compared_in_time(first, second):
    """Thousands of equal lines or words cost no more than a second, and what only one text has is told."""
    changes = within(2, lambda: list(word_diff(first, second)))
    told = {change.sort: "" for change in changes}
    for change in changes:
        told[change.sort] += change.text
    assert (told["only first"].count("q"), told["only second"].count("r")) == (first.count("q"), second.count("r"))


def test_what_is_not_compared_is_said():
    """Texts that differ only below the lines that are compared are not said to be the same."""
    lines = "".join(f"line {number}\n" for number in range(5000))
    assert [change.sort for change in word_diff(lines, lines + "more\n")] == ["skipped", "not compared"]
    assert [change.sort for change in word_diff(lines, lines)] == ["skipped"]
