"""Rules that yield: what they would cut goes where the tagger agrees, under their name."""

import numpy as np

from curator import clean
from curator.catalogue import CATALOGUE
from curator.cleaners import PROPOSING, RULES
from curator.settings import Settings
from curator.tagger.features import PROPOSED, open_lines, told_by_rules

ALONE = Settings(skip_rules=("tagger",))
LETTERS = {
    "A": "A-0 System, A+, ABAP, ABC, ACC, Accent, Action!, ActionScript, Actor, Ada, Adenine, AdvPL, Agda, Agora",
    "B": "B, Babbage, Ballerina, Bash, BASIC, Batch file, BCPL, BeanShell, Bertrand, BETA, BLISS, Blockly, Boo",
    "C": "C, Caml, Cayenne, CDuce, Cecil, Ceylon, Chapel, Chef, Clean, Clojure, COBOL, Cobra, Coffee, Cool, Coq",
}
INDEX = "\n\n".join(
    [
        "List of programming languages",
        "This is an index to notable programming languages, in current or historical use. Dialects of one language "
        "have a page of their own, and so have the tools that go with them.",
        *(f"{letter}\n\n" + "\n".join(f"- {name}" for name in names.split(", ")) for letter, names in LETTERS.items()),
    ]
)
MENU = "Home\nPolitik\nWirtschaft\nSport\nKultur\nWissen\nReisen\nMeinung\nVideo\nPodcasts\nNewsletter\nAbo\nImpressum"
STORY = (
    "Neue Brücke über den Fluss eröffnet\n\n"
    "Die Stadt hat gestern nach drei Jahren Bauzeit die neue Brücke eröffnet. Tausende kamen, um sie zu sehen, und "
    "die Bürgermeisterin lobte die Arbeiter, die auch im Winter weitergebaut hatten.\n\n"
    "Die alte Brücke war im Jahr 2019 gesperrt worden, weil Risse in den Pfeilern gefunden wurden. Sie wird nun "
    "abgerissen, wie ein Sprecher des Bauamtes am Abend mitteilte."
)


def menu_cuts(text, settings=None):
    """Return the cuts of the rule for menus."""
    return [cut for cut in clean(text, settings=settings).cuts if cut.rule == "navigation-menu"]


def test_an_index_is_no_menu_if_the_tagger_says_so():
    """The rule for menus alone would empty a page that is a list; with the tagger most of the list stays."""
    alone, together = menu_cuts(INDEX, ALONE), menu_cuts(INDEX)
    assert len(alone) > 35
    assert len(together) < len(alone) / 2
    assert set(together) <= set(alone)


def test_a_menu_goes_under_the_name_of_its_rule():
    """Where the tagger agrees, the cut is the rule's, with its kind and its reason, as if it had been asked alone."""
    page = f"{MENU}\n\n{STORY}"
    assert len(menu_cuts(page)) == 7
    assert clean(page).cuts == clean(page, settings=ALONE).cuts
    assert "Politik" not in clean(page).text
    assert clean(page).text.count("Brücke") == STORY.count("Brücke") - 1


def test_what_is_proposed_stays_open():
    """The tagger sees lines that are only proposed, and those that rules have cut it does not."""
    marks = [None, PROPOSED, "related", "extract"]
    left, n_cut = open_lines([None] * 4, marks)
    assert (left, n_cut.tolist()) == ([0, 1, 3], [0, 0, 1, 0])
    assert told_by_rules(marks, left)[0].tolist() == [0, 1, 0]


def test_the_list_of_rules_says_which_yield():
    """Whoever reads what a rule spares learns that the tagger may keep what it would cut."""
    assert {rule.id for rule in RULES} > PROPOSING
    assert {entry.rule for entry in CATALOGUE if "the tagger takes for text" in entry.spares} == PROPOSING


def test_a_line_is_told_what_rules_cut_above_and_below():
    """After "3 comments" come comments: the tagger hears how many such lines were cut, and how far above the last."""
    marks = [None, "comments", None, None, "comments", None]
    left, _ = open_lines([None] * 6, marks)
    above, below, since = told_by_rules(marks, left)[1:4]
    assert np.expm1(above).round().tolist() == [0, 1, 1, 2]
    assert np.expm1(below).round().tolist() == [2, 1, 1, 0]
    assert since.tolist() == [0, 1, 0.5, 1]
    assert not told_by_rules(None, left).any()
