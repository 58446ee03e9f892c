"""The tagger on HTML: hints are heard, and kinds are told from the block a line stands in."""

import numpy as np
import pytest

from curator.model import Hints, Raw
from curator.page import build_page
from curator.page.lines import split_lines
from curator.tagger import tag
from curator.tagger.decide import hear_extractor
from curator.tagger.features import base_columns, open_lines
from curator.tagger.kinds import name_kinds
from curator.tagger.structure import class_keys, hint_columns

PARAGRAPHS = [
    "When the old mill was torn down in spring, nobody in the valley expected the river to return to its former bed.",
    "It did so within a single night. Farmers woke to the sound of running water, and by noon the meadow was a lake.",
    "The county now plans to leave the river where it is. Engineers will move the road, at a cost of two million.",
    "For the children of the village the decision was a relief: they had built a raft and named it after the cow.",
]
PAGE = (
    "<html><head><title>The river came back</title></head><body><nav class='menu main-nav'><ul>"
    + "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("News", "Sport", "Culture", "Weather", "Jobs"))
    + "</ul></nav><article class='article-body'><h1>The river came back after forty years</h1>"
    + "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    + "</article><aside class='related-teasers'><h3>More from the valley</h3><ul>"
    + "".join(f"<li><a href='/{i}'>{text}</a></li>" for i, text in enumerate(("Bridge closed until May", "Ten walks")))
    + "</ul></aside><footer class='footer'><a href='/i'>Imprint</a> <a href='/p'>Privacy</a></footer></body></html>"
)


@pytest.fixture
def lines():
    """Return the lines of the page with their hints."""
    return build_page(Raw("page.html", PAGE.encode(), "text/html")).lines


def test_the_frame_of_a_page_goes_and_the_article_stays(lines):
    """Menu, teasers and footer are cut; headline and paragraphs are not."""
    gone = {found.start for found in tag(lines)}
    left = [line.text for line in lines if line.start not in gone]
    assert left == ["The river came back after forty years", *PARAGRAPHS]


def test_hints_add_features_and_text_has_none(lines):
    """Votes, links and tags are features of HTML lines only."""
    mass = np.ones(len(lines), dtype=np.float32)
    columns = hint_columns(lines, mass)
    assert columns["link_density"][0] == 1.0
    assert all(len(values) == len(lines) and np.isfinite(values).all() for values in columns.values())
    assert hint_columns(split_lines("News\nSport"), mass[:2]) == {}
    assert "link_density" not in base_columns(split_lines("News"), np.zeros(2, dtype=np.int64))[0]


def test_classes_are_read_by_word_and_apart_from_text(lines):
    """The same class words give the same keys; a line without classes still shows its tag."""
    keys = class_keys(lines)
    paragraphs = [i for i, line in enumerate(lines) if line.text in PARAGRAPHS]
    assert len({tuple(keys[i]) for i in paragraphs}) == 1
    bare = [lines[0]._replace(hints=Hints(tag="p"))]
    assert np.count_nonzero(class_keys(bare)) == 2


def test_the_extractor_has_a_vote_not_the_last_word():
    """A line that only the extractor left out is judged; one that a rule cut is not."""
    lines = split_lines("a\nb\nc\nd")
    left, n_cut = open_lines(lines, ["extract", "navigation", None, "related"])
    assert left == [0, 2]
    assert n_cut.tolist() == [0, 1, 1]


def test_the_extractor_is_heard_where_it_agrees():
    """Its word moves a doubtful line of a page on which both see the same text, and nothing where they do not."""
    scores = np.array([0.9] * 8 + [0.4, 0.6] + [0.1] * 8, dtype=np.float32)
    sizes = np.ones(18, dtype=np.float32)
    votes = np.array([1.0] * 9 + [-1.0] * 9, dtype=np.float32)
    moved = hear_extractor(scores, sizes, {"extracted": votes})
    assert moved[8] > 0.5 > moved[9]
    assert moved[0] > scores[0]
    assert hear_extractor(scores, sizes, {"extracted": -votes}).tolist() == pytest.approx(scores.tolist())
    assert hear_extractor(scores, sizes, {}) is scores


def test_a_kind_is_heard_from_the_lines_beside():
    """An unsure line between two teasers is a teaser; far from any cut and unsure, it is of no kind."""
    names = ("related", "legal", "share", "social", "advert")
    guesses = np.array([[0.2, 0.3, 0.2, 0.15, 0.15]] * 2, dtype=np.float32)
    marks = ["related", None, "related", *[None] * 5]
    gone = name_kinds(guesses, np.array([1, 6]), np.array([False, False]), marks, names)
    assert gone[0] == "related"
    flat = np.full((1, 5), 0.2, dtype=np.float32)
    assert name_kinds(flat, np.array([0]), np.array([False]), [None], names) == ["other"]
