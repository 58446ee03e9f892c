"""What is told once of a page: the same as line by line."""

from hypothesis import given, settings
from hypothesis import strategies as st

from curator.cleaners.batch import Batch
from curator.cleaners.page_lines import PageLines, on_page
from curator.cleaners.phrases import load_phrases
from curator.cleaners.scan import Scan, edges, pieces, small
from curator.page.fold import fold, fold_all
from curator.page.lines import split_all, split_lines

PHRASES = load_phrases()

phrase = st.sampled_from(sorted({phrase for name in PHRASES.sets for phrase in PHRASES.of(name)}))
line = st.one_of(phrase, st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30))
lines = st.lists(st.lists(line, max_size=3).map(" ".join), max_size=12)


@given(lines)
@settings(deadline=None)
def test_lines_open_with_the_phrases_that_each_opens_with(texts):
    """Looking all keys up together finds for each line the names that it finds alone."""
    keys = [fold(text) for text in texts]
    found = PHRASES.opened(keys)
    for at, key in enumerate(keys):
        assert {name for name, places in found.items() if at in places} == set(PHRASES.opening(key))
    assert all(places == sorted(set(places)) for places in found.values())


@given(lines, st.lists(st.text(alphabet="ab c", min_size=1, max_size=6), min_size=1, max_size=3).map(tuple))
@settings(deadline=None)
def test_a_scan_misses_no_line_that_holds_a_piece(texts, wanted):
    """Searching lines together finds those in which a piece stands, and others only by a chance of one in 2,000."""
    found = Scan([*texts, "xyz", "abcabc"]).may_hold((("xyzz",), wanted))
    holding = {at for at, text in enumerate([*texts, "xyz", "abcabc"]) if any(piece in text for piece in wanted)}
    assert holding <= set(found[1])
    assert found[1] == sorted(found[1])
    assert len(texts) not in found[0]


@given(lines)
@settings(deadline=None)
def test_lines_fold_together_as_alone(texts):
    """Lines folded in one go have the keys that each has by itself."""
    assert fold_all(texts) == [fold(text) for text in texts]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=4))
@settings(deadline=None)
def test_texts_are_split_together_as_alone(texts):
    """Texts split in one go have the lines that each has by itself."""
    assert split_all(texts) == [split_lines(text) for text in texts]


def test_numbers_fold_to_one_sign():
    """Digits of any script, grouped or not, are one number; a sign between spaces is none."""
    texts = ["1.204,50 € · 5 ' 6", "١٢٣:٤", "2’000 ##1", "3.. 4 –  5", "😀 1.2 ok", "a1b 22"]
    assert fold_all(texts) == ["# € # ' #", "#", "# ###", "# # #", "# ok", "a#b #"]
    assert fold_all(texts) == [fold(text) for text in texts]


def test_every_phrase_holds_a_piece():
    """A line that holds a phrase holds one of its pieces, whatever the list of phrases."""
    for name in PHRASES.sets:
        found = pieces(PHRASES.of(name)) if len(PHRASES.of(name)) < 100 else ()
        assert all(any(piece in one for piece in found) for one in PHRASES.of(name) if found), name


def test_small_letters_keep_their_places():
    """One character becomes one, and what a pattern takes for a letter in any case becomes that letter."""
    text = "BİLD Foto ΣΑΣ ſtraße K \ud800 😀"
    assert len(small(text)) == len(text)
    assert small(text)[:4] == "bild"
    assert small("Kſ") == "ks"


def with_numbers(batch):
    """Return the lines of a batch that have a number."""
    return batch.numbered.tolist()


def test_a_page_knows_its_lines_by_column():
    """Columns hold what the lines hold, also those of an empty page."""
    page = on_page(split_lines("• Home\nAbout 12"), PHRASES)
    assert (page.text, page.bare, page.key) == (("• Home", "About 12"), ("Home", "About 12"), ("home", "about #"))
    assert (page.where(with_numbers), page.bulleted) == ([1], [True, False])
    assert on_page((), PHRASES).key == ()


def test_a_page_knows_its_lines_among_those_of_others():
    """Indexes count from the first line of the page, whatever is read together with it."""
    pages = [split_lines(text) for text in ("Home 1", "", "Log in\n2 |\nAbout 3")]
    page = PageLines(Batch(pages, PHRASES), 2)
    assert page.where(with_numbers) == [1, 2]
    assert page.opened_by(["account.line"]) == {0}
    assert page.text[2] == "About 3"
    assert [page.place_of(*span) for span in ((11, 18), (11, 17), (12, 18))] == [2, None, None]


def test_words_and_beginnings_of_phrases_are_counted_by_line():
    """Each line has its own words, an empty one too, and phrases count that begin at a word, the shortest as well."""
    scan = Scan(["site map of a site", "", "mapsite", "ab c"])
    assert scan.count(scan.word_starts).tolist() == [5, 1, 1, 2]
    assert scan.n_beginning(frozenset({"site map", "map", "a", "c"})).tolist() == [4, 0, 0, 2]
    assert Scan([]).n_beginning(frozenset({"a"})).tolist() == []


def test_lines_of_names_are_told_by_their_edges():
    """What begins and ends as names do may be a line of them; a space or a number may stand inside a name."""
    lines = ["facebookx", "fact", "x #", "f book", "", "trip to the x"]
    found = Scan(lines).edged(edges(["facebook", "x"], between=" #")).tolist()
    assert found == [True, False, True, True, False, False]


def test_every_character_folds_together_as_alone():
    """Whatever a character becomes, beside letters, digits and marks, it becomes in many lines at once, too."""
    chars = [chr(code) for code in range(1, 0x11000) if len(f"a{chr(code)}b".splitlines()) == 1]
    texts = [f"{char}A{char} 1{char}2{char}\u0301" for char in chars]
    assert fold_all(texts) == [fold(text) for text in texts]
