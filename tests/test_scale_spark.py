"""Cluster runs on a real standalone Spark master with two workers: the tables of the local engine, whatever dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from scale_corpus import write_dumps
from spark import SparkCluster, require_spark
from test_scale import tables_of_run

from curator.pipeline.scaling import EngineOptions, ScaleOptions, scale
from curator.settings import Settings

#: Seconds that a run may take on a busy machine before the test gives up.
_LIMIT_S = 600
#: Short runs are over before compiled code pays.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_SMALL = (
    "spark.executor.memory=512m",
    "spark.driver.memory=512m",
    f"spark.executor.extraJavaOptions={_QUICK}",
    f"spark.driver.extraJavaOptions={_QUICK}",
    "spark.sql.codegen.wholeStage=false",
    "spark.ui.enabled=false",
)


@pytest.fixture
def processes():
    """Give a list of processes, which end with the test."""
    started = []
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(tmp_path):
    """Give a standalone master with two workers."""
    require_spark()
    (tmp_path / "cluster").mkdir()
    cluster = SparkCluster(tmp_path / "cluster")
    yield cluster
    cluster.stop()


def start(folder, output, master, *more):
    """Start ``curator scale`` on a cluster as a process of its own."""
    command = [sys.executable, "-m", "curator", "scale", str(folder), str(output), "--engine", "spark", "--quiet"]
    options = [part for conf in _SMALL for part in ("--conf", conf)]
    environment = {name: value for name, value in os.environ.items() if name != "PYSPARK_PYTHON"}
    return subprocess.Popen(
        [*command, "--master", master, "--partitions", "4", *options, *more],
        env=environment | {"SPARK_LOCAL_IP": "127.0.0.1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_twenty_thousand_documents_and_a_killed_executor_give_the_local_tables(cluster, processes, tmp_path):
    """Two workers, of which one loses its executor in the middle, give every row that local processes give.

    Among the documents are 600 that share a bucket and 70 copies of one text.
    """
    dumps = write_dumps(tmp_path / "dumps", 20_000, n_crowd=600)
    running = start(dumps, tmp_path / "spark", cluster.master, "--no-clean")
    processes.append(running)
    wait_for(tmp_path / "spark" / "_work" / "cleaned", running)
    killed = cluster.kill_executor()
    scale(
        str(dumps),
        output=str(tmp_path / "local"),
        settings=Settings(workers=1),
        options=ScaleOptions(clean=False),
        engine=EngineOptions(partitions=3),
    )
    _, told = running.communicate(timeout=_LIMIT_S)
    assert running.returncode == 3, told  # one record is damaged
    assert killed not in cluster.executors()
    found, wanted = tables_of_run(tmp_path / "spark"), tables_of_run(tmp_path / "local")
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in wanted.items()}
    assert found == wanted
    assert len(wanted["articles"]) > 20_000


def wait_for(path, running):
    """Return when there is a file or folder, while a process runs."""
    end = time.monotonic() + _LIMIT_S
    while not path.exists():
        assert running.poll() is None, running.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.05)
