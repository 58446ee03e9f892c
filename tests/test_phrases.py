"""Phrases from TOML: ours, and the user's on top."""

import pytest

from curator import clean
from curator.cleaners.phrases import load_phrases
from curator.errors import PhraseError
from curator.settings import Settings

TEXT = "Mijn dossier\n\nDe nieuwe brug over de rivier is gisteren geopend, en honderden mensen liepen eroverheen.\n"


def test_own_phrases_are_cut(tmp_path):
    """A phrase from a file of the user's own is cut like one of ours."""
    own = tmp_path / "own.toml"
    own.write_text('[account]\nline = ["Mijn dossier"]\n', encoding="utf-8")
    rules = ("tagger",)
    assert clean(TEXT, settings=Settings(skip_rules=rules)).cuts == ()
    assert [cut.rule for cut in clean(TEXT, settings=Settings(skip_rules=rules, phrases=(own,))).cuts] == [
        "account-line"
    ]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[acount]\nline = ["a"]', "no rule reads acount.line; expected a name such as account.line"),
        ('[account]\nlin = ["a"]', "no rule reads account.lin; expected a name such as account.line"),
        ('[account]\nline = "a"', "must be a list of strings"),
        ('account = ["a"]', "expected a table"),
        ("[account", "cannot be read as TOML"),
    ],
)
def test_a_mistake_in_own_phrases_is_named(tmp_path, toml, said):
    """A misspelt name would do nothing in silence: it is an error that says what was expected."""
    own = tmp_path / "own.toml"
    own.write_text(toml, encoding="utf-8")
    with pytest.raises(PhraseError, match=said):
        load_phrases([own])
