"""What is built is documented, and what the README shows is what happens."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from patience import LIMIT_S

from curator.cleaners import RULES
from curator.model import KINDS
from curator.store.descriptions import tables

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Pages whose commands are run, each in a folder with the seeds, and how many it shows at least.
RUN = {"README.md": 7, "docs/questions.md": 7}
#: Pages whose examples in Python are run, each after those before it.
RUN_PYTHON = {"README.md": 1, "docs/python.md": 6}

sys.path.insert(0, str(ROOT / "docs"))
from generate import PAGES  # noqa: E402 - docs/ is no package

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
#: Commands that set up an environment or serve until stopped: their own tests run them.
NOT_HERE = ("make ", ".venv/")


def shown(page):
    """Yield (command, lines that the page shows below it) for all of its console blocks, in order."""
    for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if not command.startswith(NOT_HERE):
                yield command, output.splitlines()


def agrees(expected, printed):
    """Return whether printed lines are the expected ones, where "..." stands for any lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the seeds and a `curator` command, as in a checkout."""
    folder = tmp_path
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    command = folder / "bin" / "curator"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m curator "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize(("page", "least"), RUN.items())
def test_commands_print_what_pages_show(page, least, folder):
    """Every console block is run, one after the other in one folder, and prints what stands below it."""
    environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "COLUMNS": "100", "NO_COLOR": "1"}
    call = partial(
        subprocess.run, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )
    if page != "README.md":
        call("curator add seeds", check=True)
    ran = 0
    for command, expected in shown(page):
        done = call(command, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert agrees(expected, done.stdout.splitlines()), f"{command} printed:\n{done.stdout}"
        ran += 1
    assert ran >= least


@pytest.mark.parametrize(("page", "count"), RUN_PYTHON.items())
def test_examples_in_python_run(page, count, folder, monkeypatch):
    """The examples run as they stand, and their comments are true."""
    monkeypatch.chdir(folder)
    sources = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(sources) == count
    for source in sources:
        names = {}
        exec(compile(source, page, "exec"), names)
        for expression, value in re.findall(r"^(article\S+)  # (.+)$", source, re.MULTILINE):
            assert eval(expression, names) == eval(value)


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_up_to_date(name):
    """docs/generate.py writes the reference pages from the code; nobody edits them by hand."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run: python docs/generate.py"


def test_rules_kinds_and_tables_are_documented():
    """Each rule, kind and table stands in its reference page."""
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [rule.id for rule in RULES if f"`{rule.id}`" not in rules] == []
    assert [kind for kind in KINDS if f"`{kind}`" not in rules] == []
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert [table for table in tables() if f"## {table}\n" not in page] == []


def test_links_between_documents_lead_somewhere():
    """Every relative link in README and docs names a file that is there."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
