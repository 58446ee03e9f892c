"""The calls of the engine protocol mean the same in local processes and on Spark; what is missing is said clearly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from spark import require_spark

from curator.engine import open_engine
from curator.engine.groups import whole_groups
from curator.engine.spark import _explained
from curator.errors import EngineError

_ROWS = pa.schema([("key", pa.string()), ("n", pa.int64())])
_WIDE = pa.schema(
    [
        ("n", pa.int64()),
        ("text", pa.string()),
        ("data", pa.binary()),
        ("share", pa.float64()),
        ("right", pa.bool_()),
        ("cuts", pa.list_(pa.struct([("start", pa.int64()), ("kind", pa.string())]))),
    ]
)
_TOTALS = pa.schema([("key", pa.string()), ("total", pa.int64()), ("first", pa.int64())])


def count_up(item):
    """Yield the numbers below an item, under its last digit."""
    numbers = list(range(int(item)))
    yield pa.RecordBatch.from_pydict({"key": [item[-1]] * len(numbers), "n": numbers}, _ROWS)


def double(batches):
    """Yield every number twice as great."""
    for batch in batches:
        yield pa.RecordBatch.from_arrays([batch["key"], pc.multiply(batch["n"], 2)], schema=_ROWS)


def totals(batches):
    """Yield the sum of each key, and its first number: rows come sorted, all of a key together."""
    for table in whole_groups(batches, "key"):
        for key in pc.unique(table["key"]).to_pylist():
            numbers = table.filter(pc.equal(table["key"], key))["n"].to_pylist()
            assert numbers == sorted(numbers)
            yield pa.RecordBatch.from_pydict({"key": [key], "total": [sum(numbers)], "first": [numbers[0]]}, _TOTALS)


def same(batches):
    """Yield what comes in."""
    yield from batches


@pytest.fixture(params=["one process", "two processes", "spark"])
def engine(request, monkeypatch, tmp_path):
    """Give an engine of each sort."""
    if request.param == "spark":
        require_spark()
        # Spark's own Python processes must find the stages of this module.
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
        monkeypatch.setenv("PYSPARK_PYTHON", "/no/such/python")  # the setting goes before the variable
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        conf = {
            "spark.pyspark.python": str(python),
            "spark.driver.memory": "512m",
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
        }
        found = open_engine("spark", workers=1, partitions=3, master="local[1]", conf=conf)
    else:
        found = open_engine("local", workers=1 if request.param == "one process" else 2, partitions=3)
    yield found
    found.close()


def listed(table):
    """Return rows in an order of their own."""
    return sorted(table.to_pylist(), key=repr)


def test_each_call_means_the_same_on_every_engine(engine, tmp_path):
    """source, map, union, shuffle_map, save, read, exists, drop, table and collect, on rows of every type."""
    read = engine.source(["3", "13", "20000"], count_up, _ROWS)
    doubled = engine.map(read, double, _ROWS)
    summed = engine.shuffle_map(engine.union(read, doubled), ("key", "n"), totals, _TOTALS)
    thirds, ends = 3 + 78, 20_000 * 19_999 // 2
    wanted = [{"key": "0", "total": 3 * ends, "first": 0}, {"key": "3", "total": 3 * thirds, "first": 0}]
    assert listed(engine.collect(summed)) == wanted

    path = str(tmp_path / "saved")
    assert not engine.exists(path)
    engine.save(summed, path)
    assert engine.exists(f"{path}/_SUCCESS")
    some = pa.schema([("total", pa.int64())])
    assert listed(engine.collect(engine.read(path, some))) == [{"total": 3 * thirds}, {"total": 3 * ends}]
    engine.drop(path)
    assert not engine.exists(path)

    row = {
        "n": 1,
        "text": "é\u2028",
        "data": b"\0\xff",
        "share": 0.1,
        "right": True,
        "cuts": [{"start": 2, "kind": "x"}],
    }
    lacking = dict.fromkeys(_WIDE.names)
    told = engine.table(pa.Table.from_pylist([row, lacking | {"n": 2}], _WIDE))
    more = engine.table(pa.table({"n": [3]}))
    united = engine.shuffle_map(engine.union(told, more), ("n",), same, _WIDE)
    assert listed(engine.collect(united)) == listed(
        pa.Table.from_pylist([row, lacking | {"n": 2}, lacking | {"n": 3}], _WIDE)
    )

    nothing = engine.source([], count_up, _ROWS)
    assert engine.collect(engine.shuffle_map(nothing, ("key",), totals, _TOTALS)).num_rows == 0
    engine.save(nothing, str(tmp_path / "nothing"))
    assert engine.collect(engine.read(str(tmp_path / "nothing"), _ROWS)).num_rows == 0


def test_what_breaks_on_spark_is_told_in_one_line():
    """Of the pages that Spark prints the line that names the error is told, and how to go on."""
    traces = "Job aborted\n\tat org.apache.spark.X\nTraceback:\n  File a.py\nValueError: odd number\n\n\tat java.lang.Y"
    java = "An error occurred while calling o61.parquet.\n: org.apache.spark.SparkException: Job aborted\n\tat org.X\n"
    with (
        pytest.raises(EngineError, match=r"gave up making out/x: java[.]io[.]IOException: full;"),
        _explained("making out/x"),
    ):
        raise RuntimeError(java + "Caused by: java.io.IOException: full\n\tat java.lang.Y\n\t... 1 more")
    wanted = r"^Spark gave up making out/near: ValueError: odd number; .* --resume"
    with pytest.raises(EngineError, match=wanted), _explained("making out/near"):
        raise RuntimeError(traces)


def run(code, **environment):
    """Run Python code in a process of its own and return what it printed and its exit code."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr, done.returncode


_WITHOUT = "import sys; sys.modules.update(dict.fromkeys({names})); from curator.cli import main; main({arguments})"


@pytest.mark.parametrize(
    ("names", "arguments", "wanted"),
    [
        (["pyarrow"], ["scale", "seeds", "{out}"], "Parquet needs pyarrow: pip install 'corpus-curator[parquet]'"),
        (["pyarrow"], ["load", "seeds", "--db", "{out}"], "Parquet needs pyarrow: pip install"),
        (
            ["pyspark"],
            ["scale", "seeds", "{out}", "--engine", "spark"],
            "Spark needs pyspark: pip install 'corpus-curator[spark]'",
        ),
    ],
)
def test_a_missing_extra_is_named(names, arguments, wanted, tmp_path):
    """Without pyarrow or pyspark the commands say what to install and write nothing."""
    told = [argument.format(out=tmp_path / "out") for argument in arguments]
    output, code = run(_WITHOUT.format(names=names, arguments=told))
    assert (wanted in output, code) == (True, 1), output
    assert not (tmp_path / "out" / "articles").exists()


def test_missing_java_is_said_before_spark_starts(tmp_path):
    """Without Java on the PATH or in JAVA_HOME the message names it, and the package to install."""
    code = _WITHOUT.format(names=[], arguments=["scale", "seeds", str(tmp_path / "out"), "--engine", "spark"])
    output, exit_code = run(code, PATH=str(tmp_path), JAVA_HOME="")
    assert ("there is no java on the PATH" in output, exit_code) == (True, 1), output
    output, _ = run(code, JAVA_HOME=str(tmp_path))
    assert f"there is none in JAVA_HOME, {tmp_path}" in output


def test_the_core_works_without_the_extras(tmp_path):
    """Adding, checking and the help of every command import neither pyarrow nor pyspark."""
    for arguments in (["add", "seeds", "--db", str(tmp_path / "c.db")], ["check", "--db", str(tmp_path / "c.db")]):
        output, code = run(_WITHOUT.format(names=["pyarrow", "pyspark"], arguments=arguments))
        assert code == 0, output
    output, code = run(_WITHOUT.format(names=["pyarrow", "pyspark"], arguments=["scale", "--help"]))
    assert (code, "--master URL" in output) == (0, True)
