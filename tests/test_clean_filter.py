"""Cleaning inside other people's pipelines: a filter, a function for datasets, a step for datatrove."""

import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from patience import LIMIT_S

from curator import clean

ROOT = Path(__file__).parent.parent
BODY = "Die Stadt hat die Brücke {n} am Dienstag nach langem Streit eröffnet, wie sie am Abend mitteilte."
COMMAND = [sys.executable, "-m", "curator", "clean"]

#: Values of keys that are none of ours, as JSON can hold them and hardly any reader gives them back.
ODD = [
    "1.50",
    "12345678901234567890123456789012345678901234567890",
    "1e400",
    "-0.0",
    "0.1e-7",
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\u2028\\u0000"',
    '{"a":  [1, {"b": 2.0}] , "a": 3}',
    "null",
    '"<\\/script>"',
    "[]",
]


def run(*arguments, given="", code=0, **settings):
    """Return the lines that the command prints for an input."""
    environment = os.environ | {f"CURATOR_{name.upper()}": value for name, value in settings.items()}
    data = given.encode("utf-8", "surrogatepass")
    done = subprocess.run([*COMMAND, *arguments], input=data, capture_output=True, check=False, env=environment)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode("utf-8").removesuffix("\n").split("\n")


def line(n, more=""):
    """Return a record on a line of its own."""
    return f'{{"id": {n}, "text": "Mein Konto\\n{BODY.format(n=n)}"{more}}}'


@pytest.mark.parametrize("flag", ["--filter", "--json"])
def test_other_values_are_the_same_to_the_last_character(flag):
    """What we know nothing of is not even read as a number, let alone written as another one."""
    given = "\n".join(line(n, f', "x": {value}') for n, value in enumerate(ODD))
    found = run(flag, "-", given=given)
    for one, value in zip(found, ODD, strict=True):
        assert f'"x": {value}' in one
        assert len(one.splitlines()) == 1


def test_what_came_in_no_record_says_where_it_came_from():
    """A row of a table keeps its id, address and other columns; a filter that drops them helps nobody."""
    given = f'uid,link,body,topic\n7,https://a.example/1,"Mein Konto\n{BODY}",news\n'
    (found,) = run("--filter", "-", given=given)
    record = json.loads(found)
    assert list(record) == ["id", "source", "url", "meta", "text", "curator"]
    assert [record[key] for key in ("id", "source", "url")] == ["7", "-:1", "https://a.example/1"]
    assert (record["meta"], record["text"]) == ({"topic": "news"}, BODY)


def test_a_filtered_record_is_the_record_with_its_text_cleaned():
    """Keys keep their order; all that changes is the text, all that is added is one key."""
    given = f'{{"url": "https://a.example/1", "text": "Mein Konto\\n{BODY}", "tags": ["x"], "n": 1.0}}'
    (found,) = run("--filter", "-", given=given)
    record = json.loads(found)
    assert list(record) == ["url", "text", "tags", "n", "curator"]
    assert record["text"] == BODY
    assert [cut["kind"] for cut in record["curator"]["cuts"]] == ["account"]
    assert record["curator"]["raw_chars"] == len(BODY) + 11


def test_the_text_may_have_another_name_and_html_stays():
    """--text-field names the key that is cleaned; HTML stays as it came and gets a text beside it."""
    (found,) = run("--filter", "-", text_field="body", given=json.dumps({"body": f"Mein Konto\n{BODY}", "text": 7}))
    assert (json.loads(found)["body"], json.loads(found)["text"]) == (BODY, 7)
    html = f"<p>Mein Konto</p><p>{BODY}</p>"
    nested = f'{{"page": {{"n": 1.50, "body": "Mein Konto\\n{BODY}"}}, "m": 1.0}}'
    (line,) = run("--filter", "-", text_field="page.body", given=nested)
    assert line.startswith(f'{{"page": {{"n": 1.50, "body": "{BODY}"}}, "m": 1.0, "curator": ')
    (found,) = run("--filter", "-", given=json.dumps({"html": html}))
    assert (json.loads(found)["html"], json.loads(found)["text"]) == (html, BODY)


def test_a_record_without_a_text_keeps_its_keys():
    """Who joins by the id finds it again; what stands in the place of a text stays, only nothing becomes none."""
    lines = ['{"id": 7, "score": 1.50, "text": null}', '{"text": ["a"], "id": "b"}', '{"id": 9}', '{"id": 9}{"id": 10}']
    found = run("--filter", "-", given="\n".join(lines), code=3)
    starts = [
        '{"id": 7, "score": 1.50, "text": "", ',
        '{"text": ["a"], "id": "b", ',
        '{"id": 9, "text": "", ',
        '{"text": "", ',
    ]
    told = ['"text" is null', '"text" is a list', "the record has neither", "more stands behind the record"]
    for one, start, reason in zip(found, starts, told, strict=True):
        assert one.startswith(start + '"curator": {"title": null')
        assert json.loads(one)["curator"]["reason"].startswith(f"read: {reason}")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_lines_keep_order_and_number(workers):
    """Broken and rejected records stand in their places, whatever the number of processes."""
    lines = [line(n) for n in range(700)]
    lines[5], lines[300], lines[699] = "kaputt", '{"text": "Mein Konto"}', "[1]"
    found = [json.loads(one) for one in run("--filter", "--workers", workers, "-", given="\n".join(lines), code=3)]
    assert [record.get("id") for record in found] == [None if n in (5, 300, 699) else n for n in range(700)]
    statuses = [record["curator"]["status"] for record in found]
    assert (statuses[5], statuses[300], statuses[699], statuses.count("kept")) == ("failed", "rejected", "failed", 697)
    assert all(record["text"] == BODY.format(n=n) for n, record in enumerate(found) if n not in (5, 300, 699))


def test_the_same_text_as_python_gives():
    """The command, whichever way it prints, and the function agree."""
    text = f"Mein Konto\nTeilen | Drucken\n{BODY}\nNewsletter abonnieren"
    given = json.dumps({"text": text})
    filtered, whole = (json.loads(run(flag, "-", given=given)[0]) for flag in ("--filter", "--json"))
    assert filtered["text"] == whole["text"] == clean(text).text
    assert filtered["curator"]["cuts"] == whole["cuts"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_document_does_not_wait_for_the_next(workers):
    """From a pipe that stays open each document comes out by itself, soon after it went in."""
    # With this variable Python would flush by itself.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    running = subprocess.Popen(
        [*COMMAND, "--filter", "--workers", workers, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    try:
        for n in range(4):
            running.stdin.write(f"{line(n)}\n".encode())
            running.stdin.flush()
            assert select.select([running.stdout], [], [], LIMIT_S)[0], "nothing came out"
            assert json.loads(running.stdout.readline())["id"] == n
            time.sleep(0.1)
        assert running.poll() is None
        running.stdin.close()
        assert running.wait(LIMIT_S) == 0
    finally:
        running.kill()


def test_it_ends_quietly_when_nobody_reads(tmp_path):
    """`| head -1` gets its line; the command says nothing of it and leaves no process behind."""
    dump = tmp_path / "dump.jsonl"
    dump.write_text("\n".join(line(n) for n in range(3_000)))
    command = f'"{sys.executable}" -m curator clean --filter --workers 2 - < "{dump}" | head -1'
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, check=False, timeout=LIMIT_S
    )
    assert json.loads(done.stdout)["id"] == 0
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_does_not_go_together_is_said():
    """--filter prints records, so it takes no other way of printing beside it."""
    for flag in ("--json", "--explain"):
        done = subprocess.run([*COMMAND, "--filter", flag, "-"], input=b"", capture_output=True, check=False)
        assert done.returncode == 2, flag


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with a dump, as the page on pipelines assumes it."""
    lines = [line(n, ', "url": "https://a.example/x"') for n in range(100)] + [
        '{"id": 100, "text": "Mein Konto", "url": null}'
    ]
    (tmp_path / "dump.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    return tmp_path


PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_on_pipelines_runs(folder):
    """Python, datasets and datatrove: the documented code runs as it stands and gives clean texts."""
    import datasets

    datasets.disable_progress_bars()
    python, mapped, trove = BLOCKS
    names = {}
    exec(compile(python, "pipelines.md", "exec"), names)
    for expression, value in re.findall(r"^(article\S+)  # (.+)$", python, re.MULTILINE):
        assert eval(expression, names) == eval(value)
    names = {"__name__": "__main__"}
    # datasets keeps its cache where the environment said when it was first imported.
    exec(compile(mapped.replace('split="train"', 'split="train", cache_dir="cache"'), "pipelines.md", "exec"), names)
    assert names["kept"]["text"][:] == [BODY.format(n=n) for n in range(100)]
    exec(compile(trove, "pipelines.md", "exec"), {})
    found = [json.loads(one) for one in (folder / "cleaned" / "00000.jsonl").read_text().splitlines()]
    assert [record["text"] for record in found] == [BODY.format(n=n) for n in range(100)]
    assert found[0]["metadata"]["curator"]["lang"] == "de"


def test_the_command_on_the_page_runs(folder):
    """The console block does what it says."""
    (command,) = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
    (folder / "curator").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m curator "$@"\n')
    (folder / "curator").chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(command, shell=True, check=True, env=environment)
    assert len((folder / "clean.jsonl").read_text().splitlines()) == 101


def test_a_step_counts_what_it_drops():
    """Rejected documents are dropped and counted, or let through where that is asked; order is kept."""
    from datatrove.data import Document

    from curator.pipeline.datatrove import CleanText

    def documents():
        texts = [f"Mein Konto\n{BODY.format(n=n)}" for n in range(150)]
        texts[70] = "Mein Konto"
        return [Document(text=text, id=str(n), metadata={"mine": n}) for n, text in enumerate(texts)]

    step = CleanText()
    found = list(step.run(documents()))
    assert [document.metadata["mine"] for document in found] == [n for n in range(150) if n != 70]
    assert (step.stats["total"].total, step.stats["rejected"].total, step.stats["forwarded"].total) == (150, 1, 149)
    through = list(CleanText(keep_rejected=True).run(documents()))
    assert (len(through), through[70].text, through[70].metadata["curator"]["status"]) == (150, "", "rejected")
