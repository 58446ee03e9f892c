"""What processes take, read from /proc; each function raises OSError for a process that is gone."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of a process's stat from the third on: the second, its name, may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, its own and those spent for it by the system."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def megabytes(pid: int | str, file: str, name: str) -> float:
    """Return a figure of a process's memory: VmRSS or VmHWM of ``status``, Pss of ``smaps_rollup``."""
    found = Path(f"/proc/{pid}/{file}").read_text().partition(f"{name}:")[2].split()
    if not found:
        raise OSError(f"process {pid} has ended: it tells no {name}")
    return int(found[0]) / 1024
