"""A real standalone Spark cluster on loopback for tests: a master and workers, as processes of their own.

Without Java or pyspark its tests are skipped with the reason, except in CI, where they fail: there Spark must be.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from patience import LIMIT_S

_START_S = LIMIT_S


def missing() -> str | None:
    """Return what Spark needs and this machine has not, or None."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed: pip install 'corpus-curator[spark]'"
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        return "there is no Java: apt-get install default-jre-headless"
    return None


def require_spark() -> None:
    """Skip a test where Spark cannot run, and fail it in CI."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"Spark must be tested in CI, but {reason}")
    if reason:
        pytest.skip(f"NOT TESTED ON SPARK: {reason}")


def _free_port() -> int:
    """Return a port that is free, below those that the system gives to whoever asks for any."""
    for port in random.Random(time.time_ns()).sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("of a hundred ports none is free")


class SparkCluster:
    """A standalone master with workers of one core each, on 127.0.0.1; its files lie in a folder that is given."""

    def __init__(self, folder: Path, n_workers: int = 2) -> None:
        home = Path(importlib.util.find_spec("pyspark").origin).parent
        self._folder, self._class = folder, home / "bin" / "spark-class"
        local = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_HOME": str(home)}
        self._env = os.environ | local | {"SPARK_DAEMON_MEMORY": "256m"}
        port, self._web_port = _free_port(), _free_port()
        self.master = f"spark://127.0.0.1:{port}"
        at = ["--host", "127.0.0.1"]
        self._processes = [self._start("master.Master", *at, "--port", port, "--webui-port", self._web_port)]
        self._wait_for(0)
        for number in range(n_workers):
            room = ["--cores", 1, "--memory", "1g", "--work-dir", folder / f"worker{number}"]
            self._processes.append(self._start("worker.Worker", *at, *room, "--webui-port", 0, self.master))
        self._wait_for(n_workers)

    def _start(self, name: str, *arguments: object) -> subprocess.Popen:
        command = [str(self._class), f"org.apache.spark.deploy.{name}", *map(str, arguments)]
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, env=self._env, stdout=log, stderr=log, start_new_session=True)

    def _wait_for(self, n_workers: int) -> None:
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._web_port}/json/", timeout=60) as answer:
                    if json.load(answer)["aliveworkers"] >= n_workers:
                        return
            except OSError:
                pass  # it does not listen yet
            time.sleep(0.2)
        logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self._folder.glob("*.log"))
        self.stop()
        pytest.fail(f"the Spark master did not come up with {n_workers} workers in {_START_S} s:\n{logs}")

    def executors(self) -> list[int]:
        """Return the process ids of the executors that our workers have started."""
        workers = {process.pid for process in self._processes[1:]}
        return [pid for pid, parent, command in _processes() if parent in workers and "ExecutorBackend" in command]

    def kill_executor(self) -> int:
        """End one executor with SIGKILL as soon as there is one, and return its process id."""
        end = time.monotonic() + _START_S
        while not (found := self.executors()):
            assert time.monotonic() < end, "no executor came up"
            time.sleep(0.05)
        os.kill(found[0], signal.SIGKILL)
        return found[0]

    def stop(self) -> None:
        """End workers and master, and what they started."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _processes() -> list[tuple[int, int, str]]:
    """Return (pid, parent, command line) of all processes."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has ended meanwhile
            found.append((int(folder.name), int(fields[1]), command))
    return found
