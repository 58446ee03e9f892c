"""What commands tell of a corpus claims what was proved, adds up, and names what to set."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs curator as a process of its own in an empty folder, with some variables set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CURATOR_")}

    def call(*words, **variables):
        command = [sys.executable, "-m", "curator", *map(str, words)]
        environment = kept | {f"CURATOR_{name}": value for name, value in variables.items()}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return call


def numbers(text):
    """Return the whole numbers in a text that are no shares."""
    return [int(number.replace(",", "")) for number in re.findall(r"\b\d[\d,]*(?!%|[\d,])\b(?!%)", text)]


def test_a_backup_claims_no_more_than_it_proved(run, tmp_path):
    """Bytes that are missing in an original are found by check, and the message says that check reads them."""
    run("add", SEEDS, "--db", "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        first = "(SELECT min(document_id) FROM raws)"
        connection.execute(
            f"UPDATE raws SET content = substr(content, 1, length(content) - 3) WHERE document_id = {first}"
        )
    done = run("backup", "b.db", "--db", "a.db")
    assert (done.returncode, "whole" in done.stderr) == (0, False)
    assert "its structure and references are sound; `" in done.stderr
    assert done.stderr.endswith("check --db b.db` also reads every text and original\n")
    assert run("check", "--db", "b.db").returncode == 1


def test_explain_says_where_every_character_went(run):
    """Text, cuts, title and blanks make up the page."""
    run("add", SEEDS, "--db", "a.db")
    for number in range(1, 6):
        lines = run("explain", number, "--db", "a.db").stdout.splitlines()
        (text,) = [line for line in lines if line.startswith("  text: ")]
        (left_out,) = [line for line in lines if line.startswith("  left out: ")]
        n_text, n_page = numbers(text)
        assert n_text + sum(numbers(left_out)) == n_page
        assert f"({1 - (n_page - numbers(left_out)[0]) / n_page:.0%})" in left_out


def test_the_summary_of_added_documents_adds_up(run):
    """Text, cuts by kind, title and blanks make up each page."""
    blocks = run("add", SEEDS, "--db", "a.db").stdout.split("\n\n")[:5]
    for block in blocks:
        head, *rest = block.splitlines()[2:]
        n_text, n_page = numbers(head)
        cuts = sum(numbers(line)[-1] for line in rest if line.startswith("  cut "))
        (besides,) = [line for line in rest if line.startswith("  besides: ")]
        assert n_text + cuts + sum(numbers(besides)) == n_page
        assert "in blank lines and spaces" in besides


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"N_PERM": "256"},
            "(n_perm is 256, but was 128 when it was made): set n_perm = 128 again (in curator.toml, or",
        ),
        (
            {"BANDS": "16"},
            "(bands is 16, but was 30 when it was made): set bands = 30 again (in curator.toml, or CURATOR",
        ),
        (
            {"N_PERM": "64", "BANDS": "8"},
            "set bands = 30, n_perm = 128 again (in curator.toml, or CURATOR_BANDS, CURATOR_N_PERM), or name another",
        ),
    ],
)
def test_settings_that_are_not_those_of_a_corpus_are_named(variables, told, run):
    """With both values and what to set; nobody is sent to look for another version of curator."""
    run("add", SEEDS, "--db", "a.db")
    done = run("add", SEEDS, "--db", "a.db", **variables)
    assert (done.returncode, told in done.stderr, "version of curator" in done.stderr) == (1, True, False)


@pytest.mark.parametrize("words", [("--careful", "--thorough"), ("--thorough", "--careful")])
@pytest.mark.parametrize("command", ["add", "clean", "reclean", "learn"])
def test_careful_and_thorough_together_are_a_mistake(command, words, run, tmp_path):
    """Neither wins in silence, whichever comes last, and nothing is done."""
    done = run(command, *([SEEDS] if command in ("add", "clean") else []), *words)
    assert (done.returncode, "--careful and --thorough are opposites: give one of them" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_flag_wins_over_the_thoroughness_of_file_and_environment(run, tmp_path):
    """As flags do of all settings."""
    (tmp_path / "curator.toml").write_text("thoroughness = -1")
    told = [
        run("clean", SEEDS, *words, "-v", **variables).stderr
        for words, variables in (((), {}), (("--thorough",), {}), (("--careful",), {"THOROUGHNESS": "1"}))
    ]
    found = [re.findall(r"thoroughness = (\S+)", text) for text in told]
    assert found == [["-1.0"], ["1.0"], ["-1.0"]]
