"""The command line: what goes to which stream, exit codes, and that no input ends in a traceback."""

import gzip
import json
import sqlite3

import click
import pytest
from cli_calls import SEEDS, TEXT, in_folder

from curator import readers
from curator.cli import main, options

COMMANDS = sorted(main.commands)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs curator in an empty folder and returns its result."""
    return in_folder(tmp_path, monkeypatch)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(name, run):
    """--help of each command shows how to call it."""
    text = run(name, "--help").stdout
    assert "Examples:" in text
    assert f"curator {name}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name):
    """No option is left to guessing."""
    options = [each for each in main.commands[name].params if isinstance(each, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_formats_that_can_be_asked_for_are_those_of_the_readers():
    """The list for the help text is a copy, since readers take long to load."""
    assert options.FORMATS == readers.FORMATS


def test_add_reports_and_adding_again_says_nothing_is_new(run):
    """The report tells each of a handful of dumps, what was cut by kind, and the next command."""
    first = run("add", SEEDS).stdout
    assert "5 added: 5 kept" in first
    assert "Marokko – Königreich und USA stimmen sich in Sicherheitsfragen ab." in first
    assert "next: " in first
    assert "nothing new: db/curator.db holds all of it already" in run("add", SEEDS).stdout


def test_next_command_can_be_typed_as_it_is_printed(run, tmp_path):
    """The name of a corpus with a space in it stands in quotes, as a shell wants it."""
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("add", "a.txt", "--db", "my corpus.db").stdout.endswith("browse --db 'my corpus.db'\n")


def test_explain_takes_the_name_of_what_was_read(run, tmp_path):
    """A record is told by file and line, by its own id or its address; a name that several have lists them."""
    lines = [
        json.dumps({"id": n, "url": f"https://a.example/{n[-1]}", "text": f"{TEXT} {n}"}) for n in ("a1", "b1", "b2")
    ]
    (tmp_path / "dump.jsonl").write_text("\n".join(lines))
    run("add", "dump.jsonl")
    by_number = run("explain", "3").stdout
    assert [run("explain", name).stdout for name in ("dump.jsonl:3", "b2", "https://a.example/2")] == [by_number] * 3
    told = run("explain", "https://a.example/1", code=1).stderr
    assert "2 articles are called https://a.example/1: 1, 2; name one of them" in told
    told = run("explain", "dump.jsonl", code=1).stderr
    assert "3 articles were read from dump.jsonl: 1, 2, 3; name one of them" in told
    (tmp_path / "it's.jsonl").write_text(lines[0].replace("a1", "c1"))
    run("add", "it's.jsonl")
    assert run("explain", "it's.jsonl").stdout == run("explain", "4").stdout


def test_stats_names_every_site_or_says_how_many_it_left_out(run, tmp_path):
    """A person sees the 20 largest sites and how many more there are; a program gets all of them."""
    lines = [json.dumps({"id": n, "url": f"https://s{n}.example/", "text": f"{TEXT} {n}"}) for n in range(23)]
    (tmp_path / "dump.jsonl").write_text("\n".join(lines))
    run("add", "dump.jsonl")
    shown = run("stats").stdout
    assert "and 3 more sites; --json gives all\n" in shown
    assert shown.count(".example ") == 20
    assert len(json.loads(run("stats", "--json").stdout)["sites"]) == 23


def test_a_wrong_key_of_the_text_is_told_once_with_the_keys_that_there_are(run, tmp_path):
    """Each record is a failure that can be tried again, whatever other keys it has; another file is told apart."""
    records = [{"id": n, "content": TEXT} | ({"lead": "Fes"} if n % 2 else {}) for n in range(25)]
    (tmp_path / "dump.jsonl").write_text("\n".join(map(json.dumps, records)))
    (tmp_path / "few.jsonl").write_text(json.dumps(records[0]))
    told = run("add", "dump.jsonl", "few.jsonl", "--text-field", "body", code=3).stderr.splitlines()
    dump, few = [line for line in told if "neither" in line]
    why = "the record has neither \"body\" nor \"html\" (found: 'content', 'id')"
    assert dump.startswith(f"curator: dump.jsonl:1: {why}")
    assert dump.endswith("; name its key: --text-field content (and 19 other records of this file)")
    assert few.startswith(f"curator: few.jsonl:1: {why}")
    assert few.endswith("--text-field content")
    assert "curator: and 5 more failures; the table failures of the corpus holds all" in told
    with sqlite3.connect(tmp_path / "db" / "curator.db") as connection:
        assert connection.execute("SELECT count(*) FROM failures").fetchall() == [(26,)]


def test_add_json_is_one_flat_object(run):
    """--json prints exactly one object: counts, and characters cut by kind."""
    result = run("add", "--json", SEEDS)
    counts = json.loads(result.stdout)
    assert list(counts) == [
        "read", "added", "unchanged", "kept", "duplicate", "rejected", "superseded", "failed", "cut_chars"
    ]  # fmt: skip
    assert (counts["read"], counts["kept"], counts["failed"]) == (5, 5, 0)
    assert counts["cut_chars"]["ticker"] == sum(len(cut["text"]) for cut in cuts_of(run, "ticker"))
    assert result.stdout.count("\n") == 1


def cuts_of(run, kind):
    """Return the cuts of a kind that clean makes in the seeds."""
    records = map(json.loads, run("clean", "--json", SEEDS).stdout.splitlines())
    return [cut for record in records for cut in record["cuts"] if cut["kind"] == kind]


def test_single_failures_exit_3_and_lose_nothing_else(run, tmp_path):
    """A missing file is one clear line on stderr; the others are added."""
    (tmp_path / "a.txt").write_text(TEXT)
    result = run("add", "--json", "gone.txt", "a.txt", code=3)
    assert "curator: gone.txt: there is no such file" in result.stderr
    counts = json.loads(result.stdout)
    assert (counts["added"], counts["failed"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["stats", "--db", "none.db"], 1, "no such corpus file; `curator add"),
        (["explain", "99"], 1, "there is no article 99"),
        (["explain", "gone.txt"], 1, "nothing was read from gone.txt"),
        (["remove", "99", "--yes"], 1, "there is no article 99"),
        (["add", "a.txt", "--skip-rule", "related-ecco"], 2, "did you mean related-echo?"),
        (["add", "a.txt", "--keep-kind", "captions"], 2, "captions"),
        (["add", "a.txt", "--phrases", "none.toml"], 2, "'none.toml' does not exist"),
        (["add", "a.txt", "--phrases", "a.txt"], 2, "a.txt: cannot be read as TOML phrases"),
        (["add", "a.txt", "--phrases", "."], 2, "'.' is a directory"),
        (["add", "a.txt", "--sites", "."], 2, "holds no site rules; expected files that end in .toml"),
        (["clean", "a.txt", "--encoding", "utf8000"], 2, "'utf8000' is unknown: expected a name such as utf-8"),
        (["explain", "9" * 20], 2, "is not in the range"),
        (["remove", "9" * 20], 2, "is not in the range"),
        (["stats", "--db", "."], 1, ".: is a folder; give the name of a file"),
        (["export", "-o", "."], 1, ".: is a folder; give the name of a file"),
        (["add", "a.txt", "--workers", "-1"], 2, "workers is -1, expected 0 to 1024"),
        (["add", "a.txt", "--db", "a.txt"], 1, "is no SQLite file"),
        (["add", "a.txt", "--db", "a.txt/c.db"], 1, "cannot be made: a.txt is no folder"),
        (["add", ""], 2, "a path is empty: expected a file, a folder or -"),
        (["remove", "x", "--yes"], 2, "'x' is not a valid number of an article"),
        (["backup", "db/curator.db"], 1, "is this very corpus; name another file"),
        (["rules", "--test", "binary"], 3, "binary: holds binary data"),
        (["load", "a.txt"], 1, "expected what `curator scale` wrote, found a file"),
        (["scale", "a.txt", "out", "--seen", "a.txt"], 1, "a.txt: is no corpus file of curator"),
        (["scale", "none://a.org/b", "out"], 1, "none://a.org/b: cannot be looked into"),
        (["crawl", "http://[::1"], 2, "'http://[::1' is no address of the web"),
        (["crawl", "a.org", "--since", "2026-02-01", "--until", "2026-01-01"], 2, "is after until"),
        (["crawl", "a.org", "--path", "news"], 2, "'news' is no beginning of a path: expected one such as /news/"),
        (["crawl", "a.org", "--lang", "German"], 2, "'German' is no code of a language: expected one such as de"),
        (["crawl", "a.org", "--allow-host", "http://b"], 2, "'http://b' is no host: expected one such as localhost"),
        (["crawl", "a.org", "--warc", "none/x.warc"], 2, "there is no folder none; make it"),
        (["dedup", "--threshold", ".4"], 2, "--rescan"),
        (["dedup", "--threshold", ".1", "--rescan"], 2, "outside .2 to 1"),
        (["dedup", "--keep", "site:"], 2, "none of earliest, longest"),
        (["dedup", "--keep", "longest", "--keep", "longest"], 2, "given once"),
        (["dedup", "--contained", "--restore-contained"], 2, "give one of them"),
        (["add"], 2, "Missing argument"),
        (["clean", "a.txt", "--with-page"], 2, "--json"),
        (["export", "-o", "none/out.jsonl"], 1, "there is no folder none"),
    ],
)
def test_mistakes_end_in_one_clear_line(words, code, message, run, tmp_path):
    """What is wrong is named with what to do next, on stderr, without a traceback."""
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "binary").write_bytes(bytes(100))
    if words[0] not in ("stats", "add", "clean"):
        run("add", "a.txt", "-q")
    result = run(*words, code=code)
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_settings_come_from_file_environment_and_flags(run, tmp_path, monkeypatch):
    """curator.toml < CURATOR_* < flags."""
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "curator.toml").write_text('db = "file.db"\nkeep_kinds = ["account", "navigation"]\n')
    run("add", "a.txt", "-q")
    assert (tmp_path / "file.db").exists()
    assert run("clean", "a.txt").stdout.startswith("Mein Konto")
    monkeypatch.setenv("CURATOR_DB", "env.db")
    run("add", "a.txt", "-q")
    assert (tmp_path / "env.db").exists()
    run("add", "a.txt", "-q", "--db", "flag.db")
    assert (tmp_path / "flag.db").exists()


def test_hostile_text_does_not_steer_the_terminal(run, tmp_path):
    """Escape sequences and characters that turn the direction of writing are shown as substitutes."""
    (tmp_path / "a.txt").write_text("Die \x1b[31m Stadt\u202e hat die Brücke eröffnet, wie sie am Dienstag mitteilte.")
    run("add", "a.txt")
    for words in (["explain", "1"], ["search", "Stadt"]):
        shown = run(*words).stdout
        assert "\x1b" not in shown and "\u202e" not in shown
        assert "\ufffd[31m" in shown


def test_explain_tells_cuts_and_cluster(run, tmp_path):
    """What was cut and why, and which article survives its cluster."""
    about = {"text": TEXT, "date": "2024-03-05T08:00:00", "title": "Die Brücke"}
    urls = ("https://a.example/1", "https://b.example/1")
    (tmp_path / "d.jsonl").write_text(
        "\n".join(json.dumps({"id": n, "url": url} | about) for n, url in enumerate(urls))
    )
    run("add", "d.jsonl", "-q")
    shown = run("explain", "1").stdout + run("explain", "2").stdout
    assert shown.count("a.example 2024-03-05  Die Brücke") == shown.count("b.example 2024-03-05  Die Brücke") == 2
    assert "account-line: link to the reader's account" in shown
    assert shown.count("survives") == 2
    record = json.loads(run("explain", "2", "--json").stdout)
    assert {member["id"] for member in record["cluster"]} == {1, 2}


def test_what_has_nothing_to_review_says_so(run, tmp_path):
    """Of a corpus without shared lines and duplicates a sentence is told, not the head of an empty table."""
    (tmp_path / "a.txt").write_text(TEXT)
    run("add", "a.txt")
    told = run("stats", "--lines", "3", "--weakest", "3").stdout
    assert told == "no line of three words and more stands in two kept articles\nthere are no duplicates\n"


def test_one_is_not_told_as_many(run, tmp_path):
    """One verdict that is heeded, and that comes along with a merge."""
    (tmp_path / "a.txt").write_text("Mein Konto\n\nDie Stadt hat gestern eine neue Brücke über den Fluss eröffnet.\n")
    for name in ("a.db", "b.db"):
        run("add", "a.txt", "--db", name)
    run("feedback", "1", "--wrong", "Mein Konto", "--db", "b.db")
    assert run("reclean", "--db", "b.db").stdout.endswith("\n1 verdict of people heeded\n")
    assert "came along: 1 verdict\n" in run("merge", "b.db", "--db", "a.db").stdout


def test_search_highlights_and_never_fails(run, tmp_path):
    """Words are found without their accents; a query of punctuation finds nothing and says so."""
    (tmp_path / "a.txt").write_text(TEXT)
    run("add", "a.txt", "-q")
    assert "[Brücke]" in run("search", "BRUCKE").stdout
    assert json.loads(run("search", "--json", "brucke").stdout)["id"] == 1
    for query in ("AH-64E", "L'expertise", "50%", '"', "NEAR("):
        assert "nothing found" in run("search", query).stderr
    assert "the query holds no word" in run("search", '"').stderr


def test_export_writes_whole_files_only(run, tmp_path):
    """What was added comes out as JSON lines, kept articles unless others are asked for."""
    (tmp_path / "d.jsonl").write_text("\n".join(json.dumps({"id": n, "text": TEXT, "n": n}) for n in (1, 2)))
    run("add", "d.jsonl", "-q")
    records = list(map(json.loads, run("export").stdout.splitlines()))
    assert [record["status"] for record in records] == ["kept"]
    run("export", "-o", "all.jsonl", "--status", "kept", "--status", "duplicate", "--with-cuts")
    records = list(map(json.loads, (tmp_path / "all.jsonl").read_text().splitlines()))
    assert [(record["source_id"], record["meta"]) for record in records] == [("1", {"n": 1}), ("2", {"n": 2})]
    assert records[0]["cuts"][0]["kind"] == "account"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.jsonl", "all.jsonl.manifest.json", "d.jsonl", "db"]


def test_check_fails_on_a_damaged_file(run, tmp_path):
    """A sound file passes; one that lost a text exits 1 and says what is wrong."""
    run("add", SEEDS, "-q")
    assert "all invariants hold" in run("check").stdout
    import sqlite3

    with sqlite3.connect("db/curator.db") as connection:
        connection.execute("DELETE FROM article_texts WHERE id = 2")
    assert "articles: 2 has no text" in run("check", code=1).stdout


def test_rules_lists_and_tries_rules(run, tmp_path):
    """Each rule says what it cuts and spares; --test shows which one fires on a line or a file."""
    listed = run("rules").stdout
    assert "account-line" in listed and "Spares" in listed
    assert "account-line: link to the reader's account" in run("rules", "--test", "Mein Konto").stdout
    assert "no rule fires" in run("rules", "--test", "Die Stadt hat gestern eine Brücke eröffnet.").stderr
    (tmp_path / "a.txt").write_text(TEXT)
    assert json.loads(run("rules", "--json", "--test", "a.txt").stdout.splitlines()[0])["rule"] == "account-line"
    # A file is read as `clean` reads it, whatever its name, encoding and packing.
    (tmp_path / "b.txt").write_bytes(
        gzip.compress("<html><body><p>Mi cuenta</p><p>Añadir a mis artículos".encode("cp1252"))
    )
    assert "account │ Mi cuenta" in run("rules", "--test", "b.txt").stdout
    assert "there is no such" not in run("rules", "--test", "x" * 5_000).stderr


def test_reclean_and_dedup_and_remove_report(run):
    """What changed is told in numbers."""
    run("add", SEEDS, "-q")
    assert "0 changed" in run("reclean", "--workers", "1").stdout
    assert json.loads(run("reclean", "--keep-kind", "ticker", "--json", "--workers", "1").stdout)["changed"] == 1
    assert "make 0 clusters: 5 kept" in run("dedup").stdout
    result = run("remove", "1", "2")
    assert "2 removed" in result.stdout
    assert "--yes" in result.stderr
    assert "all invariants hold" in run("check").stdout


def test_a_mistaken_import_is_removed_by_a_condition(run, tmp_path):
    """What an import added goes; what was there before stays, also where the import met it again."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"url": "https://a.example/1", "text": TEXT}) + "\n")
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "b.jsonl").write_text(
        (tmp_path / "a.jsonl").read_text() + json.dumps({"url": "https://a.example/1", "text": "Etwas anderes."}) + "\n"
    )
    run("add", "a.jsonl", "-q")
    before = run("export", "--status", "all").stdout
    run("add", "wrong", "-q")
    assert run("export", "--status", "all").stdout != before
    assert "1 removed" in run("remove", "--where", "source like 'wrong/%'", "--yes").stdout
    assert run("export", "--status", "all").stdout == before
    assert "holds for no article" in run("remove", "--where", "source like 'wrong/%'").stderr
    assert "all invariants hold" in run("check").stdout
    assert "give the numbers of articles, or a condition" in run("remove", code=2).stderr
    wrong = run("remove", "--where", "language = 'de'", code=2).stderr
    assert "no such column: language (there are id, " in wrong
    assert " lang, published, " in wrong


def test_verbose_tells_the_settings_in_force(run, tmp_path):
    """Of every command that has the option, one setting a line."""
    (tmp_path / "a.txt").write_text(TEXT)
    for words in (["add", "a.txt"], ["clean", "a.txt"], ["check"], ["dedup"], ["learn"], ["reclean"], ["remove", "1"]):
        assert "curator: keep_kinds = (none)\n" in run(*words, "--verbose").stderr


def test_commands_are_listed_with_their_whole_first_sentence(run):
    """No ellipsis hides what one does."""
    assert "..." not in run("--help").stdout.replace("[ARGS]...", "")
