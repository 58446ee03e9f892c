"""Settings: where they come from, and what is said of wrong ones."""

from dataclasses import fields
from pathlib import Path

import pytest

from curator.errors import SettingsError
from curator.settings import Settings, help_of, load_settings
from curator.signature import Scheme


def test_later_sources_win(tmp_path):
    """Defaults < file < variables < flags, each setting by itself."""
    file = tmp_path / "curator.toml"
    file.write_text('db = "file.db"\nworkers = 3\nthreshold = 1\nphrases = ["own.toml"]\n')
    environ = {"CURATOR_WORKERS": "4", "CURATOR_KEEP_KINDS": "caption, bio", "HOME": "x"}
    settings = load_settings({"workers": 5, "threshold": None}, file, environ)
    assert settings.db == tmp_path / "file.db"
    assert settings.phrases == (tmp_path / "own.toml",)
    assert (settings.workers, settings.threshold, settings.keep_kinds) == (5, 1.0, ("caption", "bio"))
    assert load_settings({}, file, environ).workers == 4
    assert load_settings({}, None, {}) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("worker = 3", "unknown setting 'worker'; did you mean workers?"),
        ('workers = "3"', "workers is '3', expected a whole number"),
        ("workers = true", "workers is True, expected a whole number"),
        ("keep_kinds = 'bio'", "keep_kinds is 'bio', expected a list of names"),
        ("keep_kinds = ['captions']", "did you mean caption?"),
        ("phrases = [1]", "expected a list of paths"),
        ("threshold = 0.3", "threshold is 0.3, expected 0.5 to 1.0"),
        ("bands = 64", "bands x rows is 256, expected at most n_perm, 128"),
        ("workers = ", "cannot be read as TOML"),
    ],
)
def test_wrong_file_is_named_with_what_was_expected(text, message, tmp_path):
    """The message holds the file, what was found and what was expected."""
    file = tmp_path / "curator.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, file, {})
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("CURATOR_WORKERS", "many", "CURATOR_WORKERS: is 'many', expected a whole number"),
        ("CURATOR_THRESHOLD", "", "CURATOR_THRESHOLD: is '', expected a number"),
        ("CURATOR_DBS", "x", "CURATOR_DBS: unknown setting; did you mean db?"),
    ],
)
def test_wrong_variable_is_named(variable, text, message):
    """The message begins with the variable."""
    with pytest.raises(SettingsError) as caught:
        load_settings({}, None, {variable: text})
    assert str(caught.value) == message


def test_every_setting_has_a_help_text():
    """Options and documents take their words from here."""
    assert all(help_of(each.name).endswith(".") for each in fields(Settings))


def test_defaults_are_those_of_the_stages():
    """The signature scheme states the same numbers."""
    settings, scheme = Settings(), Scheme()
    assert (settings.n_perm, settings.bands, settings.rows, settings.seed) == (
        scheme.n_perm, scheme.bands, scheme.rows, scheme.seed
    )  # fmt: skip
    assert settings.db == Path("db/curator.db")
