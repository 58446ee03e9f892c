"""One document at a time, and several processes at it."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import curator
from curator import readers
from curator.errors import SettingsError
from curator.model import Failure, Raw
from curator.pipeline.adding import inputs_of
from curator.pipeline.cleaning import clean, load_tools, raw_of
from curator.pipeline.entries import key_of, make_entry, normal_time, prepare
from curator.pipeline.workers import work_on
from curator.settings import Settings
from curator.store.connection import connect

TEXT = "Mein Konto\n\nDie Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte.\n"


def test_public_names_are_few_and_lazy():
    """The package offers what its documents name, and importing it alone loads none of it."""
    assert curator.clean is clean
    assert curator.Corpus.__name__ == "Corpus"
    assert curator.Article.__name__ == "Article"
    with pytest.raises(AttributeError):
        curator.nothing  # noqa: B018
    code = "import sys, curator; print(curator.__version__, 'lxml' in sys.modules, 'numpy' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == f"{curator.__version__} False False\n"


def test_clean_returns_text_and_cuts():
    """The kept text has its characters unchanged, and what went is named with its reason."""
    article = clean(TEXT)
    assert article.text == "Die Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte."
    assert [(cut.kind, cut.rule) for cut in article.cuts] == [("account", "account-line")]
    skipping = clean(TEXT, settings=Settings(skip_rules=("account-line", "navigation-edge", "tagger")))
    assert skipping.cuts == ()
    assert clean(TEXT, settings=Settings(keep_kinds=("account",))).text.startswith("Mein Konto")


@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("<!DOCTYPE html><html><p>Rabat</p></html>", "text/html"),
        ("\ufeff \n<p class='a'>Rabat</p>", "text/html"),
        (b"<html><body>Rabat</body></html>", "text/html"),
        ("<!-- a --><div>Rabat</div>", "text/html"),
        ("<3 Rabat", "text/plain"),
        ("Rabat <b>und</b> Fes", "text/plain"),
        ("<Rabat> sagte er", "text/plain"),
        ("", "text/plain"),
    ],
)
def test_strings_that_begin_with_a_tag_are_html(text, media):
    """Markup is told by its beginning; prose with a bracket in it stays text."""
    assert raw_of(text).media == media


def test_bytes_are_decoded_and_strings_taken_as_they_are():
    """Bytes may be in any encoding; a string is never repaired."""
    assert clean("Die Brücke über den Fluss.".encode("utf-16")).text == "Die Brücke über den Fluss."
    assert clean("a\u2028b\ud800").page.text == "a\u2028b\ud800"
    with pytest.raises(TypeError, match="expected str or bytes"):
        clean(None)


def test_unknown_rule_is_named_with_the_nearest():
    """A misspelt rule is no silent wish."""
    with pytest.raises(SettingsError, match="did you mean account-line"):
        load_tools(Settings(skip_rules=("acount-line",)))


def test_key_tells_documents_apart():
    """Content, url and own id make a document; its path does not. No two parts run into each other."""
    raws = [
        Raw("a", b"x"),
        Raw("a", b"x", url="u"),
        Raw("a", b"x", source_id="u"),
        Raw("a", b"x", url=""),
        Raw("a", b"x1:u"),
        Raw("a", b"x", url="u", source_id="u"),
    ]
    assert len({key_of(raw) for raw in raws}) == len(raws)
    assert key_of(Raw("b", b"x", media="text/html", fetched_at="2024")) == key_of(raws[0])


def test_times_compare_as_text():
    """Whatever the zone, an earlier fetch sorts first; nonsense is no time."""
    times = ["2024-03-01", "2024-03-01T09:30:00+02:00", "2024-03-01T08:00:00Z", "2024-03-01T08:00:00.5Z"]
    assert sorted(times, key=normal_time) == times
    assert normal_time("last Tuesday") is None
    assert normal_time("0001-01-01T00:00:00+14:00") is None


def test_processes_change_neither_results_nor_order():
    """The same rows for any number of workers; failures pass through in their places."""
    raws = [Raw(str(n), f"{TEXT} Bericht {n}".encode()) for n in range(400)]
    items = [*raws[:100], Failure("gone", "read", "missing", "gone"), *raws[100:]]
    alone, together = (list(work_on(items, prepare, Settings(workers=n))) for n in (1, 3))
    assert alone == together
    assert alone[100] == items[100]
    assert list(work_on(items, prepare, Settings(workers=3), live=True)) == alone


def test_an_error_of_live_reading_comes_after_what_was_read():
    """The thread that reads hides nothing."""

    def broken():
        yield Raw("1", TEXT.encode())
        raise OSError("gone")

    results = work_on(broken(), prepare, Settings(workers=2), live=True)
    assert next(results).source == "1"
    with pytest.raises(OSError, match="gone"):
        next(results)


def test_poison_document_becomes_a_failure():
    """An exception in cleaning is a failure of the stage clean that names its sort."""
    failure = prepare(Raw("a", None), load_tools(Settings()))
    assert (failure.source, failure.stage) == ("a", "clean")
    assert failure.error.endswith("Error")


def test_entry_holds_the_record_where_there_is_one():
    """Bytes are kept as they came, once."""
    raw = Raw("d:1", b"Rabat", record=b'{"text": "Rabat"}')
    entry = make_entry(raw, clean("Rabat"))
    assert entry.content is None
    assert entry.record is not None
    assert (entry.n_bytes, entry.article.words, entry.article.chars) == (5, 1, 5)


def test_an_interrupted_run_is_taken_up_whatever_readers_do_not_use(tmp_path):
    """What a file must be read with to go on in it are the settings that readers look at, and no other."""
    source = "".join(path.read_text() for path in Path(readers.__file__).parent.glob("*.py"))
    used = {each.name for each in fields(Settings) if re.search(rf"(?:settings|limits)\.{each.name}\b", source)}
    inputs = inputs_of(connect(tmp_path / "corpus.db", create=True), Settings(), {})
    assert json.loads(inputs.options).keys() - {"clean", "version"} == used
