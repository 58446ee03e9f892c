"""The learned tagger: what it cuts, what it must leave, and that it always says the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.page.lines import split_lines
from curator.tagger import tag
from curator.tagger.characters import read_characters
from curator.tagger.decide import keep, threshold
from curator.tagger.features import base_columns, features

PAGE = """Home
News
Sport
Log in
Subscribe
The river came back after forty years
By Ann Example
When the old mill was torn down in spring, nobody in the valley expected the river to return to its former bed.
It did so within a single night. Farmers woke up to the sound of running water, and by noon the meadow was a lake.
"We had maps that showed it, of course," says the mayor, who keeps one of them on the wall of her office in town.
The county now plans to leave the river where it is. Engineers will move the road instead, at a cost of two million.
For the children of the village the decision came as a relief: they had already built a raft and named it after the cow.
More from the valley
Bridge closed until May
Ten walks for the long weekend
Share
Newsletter
Contact
Privacy policy
© 2024 Valley Post"""

POEM = """Night Ferry
The harbour folds its lights away,
one window, then one more;
a gull walks up and down the quay
and does not ask what for.
The engine hums, the ropes let go,
the town becomes a line;
what I was going to say is slow
to cross this sea of mine."""

RECIPE = """Lentil soup
250 g brown lentils
1 onion
2 carrots
1 tbsp olive oil
salt, pepper
Chop the onion and the carrots.
Fry them in the oil for five minutes.
Add the lentils and a litre of water.
Simmer for half an hour, season, serve."""


def kept(text, **options):
    """Return the lines of a text that the tagger leaves."""
    cut = {found.start for found in tag(split_lines(text), **options)}
    return [line.text for line in split_lines(text) if line.start not in cut]


def test_menus_and_footers_go_and_every_paragraph_stays():
    """A page's frame is cut, its headline and body are not."""
    left = kept(PAGE)
    assert left[0] == "The river came back after forty years"
    assert [line for line in left if len(line) > 80] == [line for line in PAGE.split("\n") if len(line) > 80]
    assert not {"Sport", "Log in", "Newsletter", "Privacy policy", "© 2024 Valley Post"} & set(left)


@pytest.mark.parametrize(
    "text", [POEM, RECIPE, "Rain fell.", "Home", ""], ids=["poem", "recipe", "line", "word", "none"]
)
def test_a_text_without_clutter_comes_through_whole(text):
    """Short lines are no clutter where there is nothing else."""
    assert kept(text) == [line.text for line in split_lines(text)]


def test_every_cut_names_kind_rule_and_reason():
    """A cut by the tagger says how sure it is and what can be seen of the line."""
    cuts = list(tag(split_lines(PAGE)))
    assert {found.rule for found in cuts} == {"tagger"}
    assert all(found.why.startswith("score ") and ", " in found.why for found in cuts)


def test_lines_cut_by_rules_are_not_cut_again():
    """The tagger judges only what the rules have left."""
    lines = split_lines(PAGE)
    marks = ["navigation" if line.text in ("Home", "News", "Sport") else None for line in lines]
    marked = {line.start for line, mark in zip(lines, marks, strict=True) if mark}
    assert {found.start for found in tag(lines, marks)} & marked == set()


def test_all_lines_cut_by_rules_leave_nothing_to_do():
    """A dump of which rules took every line has no features and no cuts."""
    lines = split_lines("Home\nLog in")
    assert list(tag(lines, ["navigation", "account"])) == []
    assert features(lines, ["navigation", "account"]).shape[0] == 0


def test_the_knob_moves_one_way():
    """Careful cuts a part of what thorough cuts."""
    careful, thorough = ({found.start for found in tag(split_lines(PAGE), knob=knob)} for knob in (-1.0, 1.0))
    assert careful <= thorough
    assert len(thorough) > 0


def test_features_are_finite_and_the_same_every_time():
    """The same lines give the same numbers, none of them infinite."""
    once, again = features(split_lines(PAGE)), features(split_lines(PAGE))
    assert once.dtype == np.float32
    assert np.isfinite(once).all()
    assert np.array_equal(once, again)


def test_words_are_told_in_scripts_without_spaces():
    """Han characters are words of their own; Arabic and Devanagari words stay whole."""
    counts = [len(read_characters([text]).word_start) for text in ("東京は雨", "هذا خبر", "यह समाचार है")]
    assert counts == [4, 2, 3]


def test_sentence_ends_of_many_scripts_close_a_line():
    """Danda, ideographic and Arabic stops end sentences like the full stop."""
    lines = split_lines("यह समाचार है।\n東京は雨です。\nهل هذا خبر؟\nThis is news.\nThis is not")
    assert list(features(lines)[:, names().index("closed")]) == [1.0, 1.0, 1.0, 1.0, 0.0]


def names():
    """Return the names of the features in order."""
    return list(base_columns(split_lines("a"), np.zeros(2, dtype=np.int64))[0])


def test_the_threshold_follows_what_can_be_expected():
    """A clear document is cut at even odds; one that is clean, short, in doubt or without a frame keeps more."""
    mixed = np.array([0.99] * 20 + [0.01] * 40)
    assert threshold(mixed, np.ones(60)) == 0.5
    assert threshold(np.array([0.99] * 59 + [0.2]), np.ones(60)) == 0.25
    assert threshold(mixed[15:25], np.ones(10)) == 0.05
    assert threshold(mixed[15:25], np.ones(10), frame=0.01) == 0.005
    assert threshold(mixed, np.ones(60), frame=0.01) == 0.1
    assert keep(np.full(5, 0.2), np.ones(5)).all()


@pytest.mark.parametrize(("score", "times", "cut_before", "stays"), [
    (0.3, 0, 0, True), (0.05, 0, 0, False), (0.3, 1, 0, False), (0.3, 0, 1, False),
])  # fmt: skip
def test_an_isolated_doubt_inside_the_text_is_spared(score, times, cut_before, stays):
    """A doubtful line between sure ones stays, unless it is repeated, beside a rule's cut, or almost surely clutter."""
    scores = np.array([0.99] * 10 + [score] + [0.99] * 9 + [0.01] * 40, dtype=np.float32)
    columns = {name: np.zeros(60, dtype=np.float32) for name in names()}
    columns["times"][10], columns["cut_before"][10] = times, cut_before
    columns["cut_before"][30:50] = 1.0
    left = keep(scores, np.ones(60, dtype=np.float32), columns)
    assert left[10] == stays
    assert left.sum() == 19 + stays


PARAGRAPH = "The paper sends more of them than ever, and its readers open most of them before they have had breakfast."


@pytest.mark.parametrize(("lines", "stays"), [
    ([PARAGRAPH, "Newsletter", PARAGRAPH], True),
    ([PARAGRAPH, "お問い合わせ", PARAGRAPH], True),
    ([PARAGRAPH, "Newsletter:", PARAGRAPH], False),
    ([PARAGRAPH, "more in the newsletter", PARAGRAPH], False),
    ([PARAGRAPH, "What the editors of the newsletter say about it", PARAGRAPH], False),
    ([PARAGRAPH, "Newsletter", "Jane Doe"], False),
    ([PARAGRAPH, "Newsletter", PARAGRAPH, "Newsletter", PARAGRAPH], False),
])  # fmt: skip
def test_a_crosshead_between_paragraphs_that_stay_is_spared(lines, stays):
    """A few words that stand once, without signs and right between two paragraphs, are no button."""
    columns, _, _ = base_columns(split_lines("\n".join(lines)), np.zeros(len(lines) + 1, dtype=np.int64))
    scores = np.array([0.99 if line == PARAGRAPH else 0.001 for line in lines], dtype=np.float32)
    assert keep(scores, np.ones(len(lines), dtype=np.float32), columns)[1] == stays


@pytest.mark.parametrize(("lines", "cut_at", "stays"), [
    (["These are its letters:", "• Sport", "• Offers", PARAGRAPH], None, True),
    (["These are its letters.", "• Sport", "• Offers", PARAGRAPH], None, False),
    (["These are its letters:", "• Sport", "• Offers", "Jane Doe"], None, False),
    (["These are its letters:", "Sport", "• Offers", PARAGRAPH], None, False),
    (["These are its letters:", "• Sport", "• Offers", PARAGRAPH], 3, False),
])  # fmt: skip
def test_a_list_that_a_line_with_a_colon_introduces_is_spared(lines, cut_at, stays):
    """Items between such a line and a paragraph, none of them cut by a rule, are no menu."""
    n_cut = np.zeros(len(lines) + 2, dtype=np.int64)
    if cut_at is not None:
        n_cut[cut_at] = 1
    columns, _, _ = base_columns(split_lines("\n".join([PARAGRAPH, *lines])), n_cut)
    kept = {PARAGRAPH, lines[0]}
    scores = np.array([0.99 if line in kept else 0.001 for line in [PARAGRAPH, *lines]], dtype=np.float32)
    left = keep(scores, np.ones(len(lines) + 1, dtype=np.float32), columns)
    assert left[2:4].tolist() == [stays, stays]


@pytest.mark.parametrize(("n_cut", "stays"), [(0, True), (6, False)])
def test_prose_within_a_dump_without_a_frame_stays(n_cut, stays):
    """Where rules cut next to nothing, a paragraph amid paragraphs is no clutter whatever its words."""
    text = [f"On day {i} the council of {name} met and spoke of roads for hours." for i, name in enumerate("ABCDEFGH")]
    cut_lines = np.array([n_cut] + [0] * len(text), dtype=np.int64)
    columns, _, _ = base_columns(split_lines("\n".join(text)), cut_lines)
    scores = np.array([0.99] * 3 + [0.001] + [0.99] * 4, dtype=np.float32)
    assert keep(scores, np.ones(len(text), dtype=np.float32), columns)[3] == stays


@pytest.mark.parametrize(("n_cut", "lines", "stays"), [
    (0, [f"{hour} h : concours de chant, salle {hour}" for hour in range(9, 19)], True),
    (9, [f"{hour} h : concours de chant, salle {hour}" for hour in range(9, 19)], False),
    (0, [f"Concours de chant {name}" for name in "ABCDEFGHIJ"], False),
])  # fmt: skip
def test_a_run_of_data_below_the_text_stays_in_a_dump_without_a_frame(n_cut, lines, stays):
    """A programme, prices and results are no clutter where nothing else is."""
    cut_lines = np.array([n_cut] + [0] * (len(lines) + 1), dtype=np.int64)
    columns, _, _ = base_columns(split_lines("\n".join([PARAGRAPH, *lines])), cut_lines)
    scores = np.array([0.99] + [0.001] * len(lines), dtype=np.float32)
    kept = keep(scores, np.ones(len(lines) + 1, dtype=np.float32), columns)
    assert kept[2:].tolist() == [stays] * (len(lines) - 1)


COMMENTS = [f"I think {name} should have a word with them about it, they never listen lol." for name in "ABCDEFGHIJKL"]


@pytest.mark.parametrize(("n_above", "end", "score", "goes"), [
    (6, COMMENTS, 0.04, True),
    (6, COMMENTS[:2], 0.001, False),
    (6, COMMENTS, 0.2, False),
    (2, COMMENTS, 0.04, False),
    (6, [f"- {line}" for line in COMMENTS], 0.04, False),
    (6, [f"| {hour}:15 | {hour}:45 |" for hour in range(10, 22)], 0.04, False),
])  # fmt: skip
def test_an_end_that_is_clutter_as_a_whole_goes(n_above, end, score, goes):
    """Lines that would each be spared go together where many of them end the dump, unless they are data or items."""
    lines = [*[f"{PARAGRAPH} ({number})" for number in range(n_above)], *end]
    columns, _, _ = base_columns(split_lines("\n".join(lines)), np.zeros(len(lines) + 1, dtype=np.int64))
    scores = np.array([0.99] * n_above + [score] * len(end), dtype=np.float32)
    kept = keep(scores, np.ones(len(lines), dtype=np.float32), columns)
    assert kept[:n_above].all()
    assert kept[n_above:].tolist() == [not goes] * len(end)


@pytest.mark.parametrize(("menu", "below", "goes"), [
    (["Verein", "Unser Vorstand", "Hütten", "Touren"], PARAGRAPH, True),
    (["Verein", "Wir sind gern draußen im Freien", "Unser Vorstand", "Hütten", "Touren"], PARAGRAPH, True),
    (["Verein", "Unser Vorstand", "Hütten"], PARAGRAPH, False),
    (["Verein", "Unser Vorstand", "Hütten", "Touren"], "Klettern", False),
])  # fmt: skip
def test_a_menu_at_the_very_top_of_which_no_rule_knows_a_word_goes(menu, below, goes):
    """Below even odds, even in a dump without a frame; a list that no prose follows is the text."""
    lines = [*menu, *[f"{below} ({name})" for name in ("Nord", "Ost", "West")]]
    columns, _, _ = base_columns(split_lines("\n".join(lines)), np.zeros(len(lines) + 1, dtype=np.int64))
    scores = np.array([0.3] * len(menu) + [0.99] * 3, dtype=np.float32)
    kept = keep(scores, np.ones(len(lines), dtype=np.float32), columns)
    assert (
        [line for line, stays in zip(menu, kept, strict=False) if stays and len(line) < 20] == []
        if goes
        else kept.all()
    )


@pytest.mark.parametrize(("first", "stays"), [
    ("What readers open before breakfast", True),
    ("What readers open before breakfast…", False),
    ("Subscribe to our daily digest", False),
    ("Breakfast", False),
])  # fmt: skip
def test_a_first_line_on_the_topic_of_the_text_is_its_headline(first, stays):
    """Whatever its score, a first line of some words stays where the paragraph below speaks of the same."""
    lines = [first, *[PARAGRAPH] * 3, *["Share this page"] * 40]
    columns, _, _ = base_columns(split_lines("\n".join(lines)), np.zeros(len(lines) + 1, dtype=np.int64))
    scores = np.array([0.99 if line == PARAGRAPH else 0.001 for line in lines], dtype=np.float32)
    assert keep(scores, np.ones(len(lines), dtype=np.float32), columns)[0] == stays


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_judged(text):
    """Whatever comes, cuts are whole lines and some line stays."""
    lines = split_lines(text)
    cuts = list(tag(lines))
    spans = {(line.start, line.end) for line in lines}
    assert {(found.start, found.end) for found in cuts} <= spans
    assert len(cuts) < max(len(lines), 1)


@pytest.mark.parametrize("text", ["x" * 400_000, "x " * 200_000, "x\n" * 20_000, "." * 400_000, "\u4e00" * 400_000])
def test_hostile_text_takes_linear_time(text):
    """A long run of one character is read in numpy passes, not character by character squared."""
    assert list(tag(split_lines(text))) == [] or "\n" in text
