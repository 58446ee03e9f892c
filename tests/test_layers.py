"""Imports inside ``curator`` point one way: from later stages to earlier ones."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: The way of the data. A module may import from its own stage and from those that stand before it.
STAGES = [
    "errors",
    "model",
    "settings",
    "sites",
    "readers",
    "page",
    "cleaners",
    "tagger",
    "templates",
    "facts",
    "article",
    "catalogue",
    "signature",
    "index",
    "cluster",
    "store",
    "engine",
    "pipeline",
    "export",
    "corpus",
    "browse",
    "cli",
    "__main__",
]


def stage_of(module: str) -> str:
    """Return the stage that a dotted module name belongs to."""
    return module.split(".")[1] if "." in module else "curator"


def imports(path: Path) -> set[str]:
    """Return the curator modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            # The spiders have two names, that of their folder and that in the wheel, so they name each other so.
            assert path.parent == ROOT / "spiders", f"{path}: relative import"
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if node.module == "curator" else {node.module or ""}
    return {name for name in found if name.startswith("curator.")}


FILES = sorted(
    path for path in (ROOT / "curator").rglob("*.py") if path.parent != ROOT / "curator" or path.stem != "__init__"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_and_earlier_stages(path):
    """A stage never reaches forward, so each arrow of the design is one function call."""
    stage = path.relative_to(ROOT / "curator").parts[0].removesuffix(".py")
    assert stage in STAGES, f"{stage} is no stage of the design"
    later = STAGES[STAGES.index(stage) + 1 :]
    assert sorted(name for name in imports(path) if stage_of(name) in later) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_is_written_in_store_only(path):
    """Only ``store``, the read-only pages of ``browse`` and the reader of foreign SQLite dumps speak to SQLite."""
    stage = path.relative_to(ROOT / "curator").parts[0]
    names = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    is_reader = path == ROOT / "curator" / "readers" / "sqlite.py"
    assert is_reader or stage in ("store", "browse") or not names & {"sqlite3", "sqlite_utils"}


@pytest.mark.parametrize("path", sorted((ROOT / "spiders").rglob("*.py")), ids=lambda path: path.name)
def test_spiders_do_not_clean(path):
    """Spiders fetch and store Raw; whatever comes after is the pipeline's."""
    assert {stage_of(name) for name in imports(path)} <= {
        "model",
        "errors",
        "settings",
        "readers",
        "pipeline",
        "corpus",
    }
