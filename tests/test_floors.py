"""The quality of cleaning on the project's own cases does not fall."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from floors import FLOORS, figures  # noqa: E402 - bench/ is no package


def test_no_figure_falls_below_its_floor():
    """Rules and tagger together keep what must stay, and reach what must go, at least as well as before."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    reached = figures()
    assert set(floors) == set(reached)
    assert {name: value for name, value in reached.items() if value < floors[name]["floor"]} == {}


def test_negative_cases_lose_no_line():
    """Whatever else moves, a negative case comes through whole: this floor may not be lowered."""
    assert figures()["negative_lines_kept"] == 1.0
