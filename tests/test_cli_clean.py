"""The command clean: one document or several, as text, as JSON lines or explained."""

import json

import pytest
from cli_calls import TEXT, in_folder

KEYS = (
    "id source url site title text lang published author status reason raw_chars title_span cuts meta".split()  # noqa: SIM905
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs curator in an empty folder and returns its result."""
    return in_folder(tmp_path, monkeypatch)


def test_clean_prints_the_text_only(run, tmp_path):
    """One document: title and text; several: each under its name."""
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text("Der Rat hat die Steuer gesenkt, wie der Sprecher am Abend sagte.")
    alone = run("clean", "a.txt").stdout
    assert alone == "Die Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte.\n"
    both = run("clean", "a.txt", "b.txt").stdout
    assert both == f"==> a.txt <==\n{alone}\n==> b.txt <==\n{(tmp_path / 'b.txt').read_text()}\n"


def test_clean_json_has_every_key_in_input_order(run):
    """One line per document with all keys, its own id as given, other keys under meta, failures in their place."""
    lines = [
        {"id": 7, "text": TEXT, "url": "https://example.org/a", "topic": "bridge"},
        {"id": "x"},
        {"id": "2", "text": "Mein Konto"},
    ]
    result = run("clean", "--json", "-", stdin="\n".join(map(json.dumps, lines)), code=3)
    records = [json.loads(line) for line in result.stdout.split("\n")[:-1]]
    assert [list(record) for record in records] == [KEYS] * 3
    assert [record["id"] for record in records] == [7, None, "2"]
    assert [record["status"] for record in records] == ["kept", "failed", "rejected"]
    assert (records[0]["meta"], records[0]["site"]) == ({"topic": "bridge"}, "example.org")
    cut = records[0]["cuts"][0]
    assert TEXT[cut["start"] : cut["end"]] == cut["text"] == "Mein Konto"
    assert records[1]["text"] == "" and records[1]["cuts"] == [] and records[1]["reason"]


def test_clean_json_lines_are_split_by_line_feeds_only(run):
    """Line separators of Unicode and lone surrogates stand escaped, so splitlines finds one line per document."""
    given = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\ud800h"
    result = run("clean", "--json", "--with-page", "-", stdin=json.dumps({"text": given}))
    assert len(result.stdout.splitlines()) == 1
    assert json.loads(result.stdout)["page"] == given


def test_clean_explain_marks_each_cut_line(run, tmp_path):
    """The raw text with kind, rule and reason at every line that is cut; colours only on a terminal."""
    (tmp_path / "a.txt").write_text(TEXT)
    lines = run("clean", "--explain", "a.txt").stdout.splitlines()
    assert lines[0].split() == [
        "account",
        "│",
        "Mein",
        "Konto",
        "←",
        "account-line:",
        "link",
        "to",
        "the",
        "reader's",
        "account",
    ]
    assert lines[2].split("│ ")[1].startswith("Die Stadt")
    assert "\x1b" not in "".join(lines)


def test_no_clean_takes_texts_as_they_are(run, tmp_path):
    """Nothing is cut, no title is taken out."""
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("clean", "--no-clean", "a.txt").stdout == TEXT


def test_careful_and_thorough_move_the_tagger(run):
    """On a dump with menus that no rule knows, the careful tagger cuts less than the thorough one, rules the same."""
    menu = "Harbour life\nTide table shop\nOur quays at a glance\nBook a berth\nBoat hire\nGift cards\nWho we are\n"
    body = "The harbour authority has opened the new quay after two years of work, and the first ships moored there.\n"
    body += "The mayor said that the quay would bring two hundred jobs to the town, most of them in the workshops.\n"
    text = menu + "Town opens new quay\n" + body + menu.upper()

    def cut(*flags):
        cuts = json.loads(run("clean", "-", "--format", "text", "--json", *flags, stdin=text).stdout)["cuts"]
        return {(each["start"], each["rule"] == "tagger") for each in cuts}

    assert cut("--careful") < cut("--thorough")
