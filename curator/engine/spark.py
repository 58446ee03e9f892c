"""The stages on Spark: ``DataFrame.mapInArrow`` and nothing else of it, so any cluster of Spark 4 will do."""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from curator.engine.local import BATCH_ROWS
from curator.engine.protocol import ItemStage, Stage
from curator.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: What a session gets where the caller says nothing else. Rows are wide, so batches are bounded in bytes as well (from
#: Spark 4.1 on; earlier ones ignore it). Every shuffle says its number of partitions, so there is nothing to adapt.
_DEFAULTS = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    "spark.sql.execution.arrow.maxBytesPerBatch": str(64 << 20),
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.io.compression.codec": "zstd",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
}

_TYPES = {
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "binary",
    pa.bool_(): "boolean",
}


def ddl(schema: pa.Schema) -> str:
    """Return an Arrow schema as Spark spells it.

    >>> ddl(pa.schema({"id": pa.int64(), "paths": pa.list_(pa.string())}))
    '`id` bigint, `paths` array<string>'
    """
    return ", ".join(f"`{field.name}` {_type(field.type)}" for field in schema)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'`{field.name}`: {_type(field.type)}' for field in kind)}>"
    return _TYPES[kind]


def start(master: str | None, conf: Mapping[str, str]) -> SparkSession:
    """Return a Spark session; EngineError where pyspark or Java is missing, or no session comes up.

    ``spark.pyspark.python``, or else ``PYSPARK_PYTHON``, says which Python the executors run; where neither is set it
    is the one that runs this.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra that most users do without
    except ImportError as error:
        raise EngineError("Spark needs pyspark: pip install 'corpus-curator[spark]'") from error
    _require_java()
    # Of the setting pyspark takes note only where spark-submit starts the driver; of the variable always.
    python = conf.get("spark.pyspark.python") or os.environ.get("PYSPARK_PYTHON") or sys.executable
    os.environ["PYSPARK_PYTHON"] = python
    builder = SparkSession.builder.appName("curator scale")
    if master:
        builder = builder.master(master)
    for name, value in (_DEFAULTS | dict(conf)).items():
        builder = builder.config(name, value)
    # Nothing here uses pandas, which pyspark looks for all the same.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    try:
        return builder.getOrCreate()
    except Exception as error:  # whatever py4j and the JVM raise; the first line says it
        said = str(error).strip().partition("\n")[0]
        raise EngineError(
            f"no Spark session at {master or 'the default master'}: {said}; is the master's address right and running?"
        ) from error


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin")) if home else shutil.which("java")  # noqa: PTH118
    if java is None:
        where = f"there is none in JAVA_HOME, {home}" if home else "there is no java on the PATH"
        raise EngineError(f"Spark needs Java 17 or newer, and {where}: install one (Debian: default-jre-headless)")


class SparkEngine:
    """The stages on the executors of a Spark session; ``partitions`` is the number of parts after a shuffle."""

    def __init__(self, master: str | None = None, partitions: int = 8, conf: Mapping[str, str] | None = None) -> None:
        self.partitions = partitions
        self.session = start(master, conf or {})

    def close(self) -> None:
        """End the session and its executors."""
        self.session.stop()

    def source(self, items: Sequence[str], stage: ItemStage, schema: pa.Schema) -> DataFrame:
        """Return what ``stage`` gives for each item, one task an item."""
        numbers = self.session.range(0, len(items), 1, max(len(items), 1))
        return numbers.mapInArrow(partial(_items, tuple(items), stage), ddl(schema))

    def table(self, rows: pa.Table) -> DataFrame:
        """Return rows that the caller holds."""
        return self.session.createDataFrame(rows, ddl(rows.schema))

    def read(self, path: str, schema: pa.Schema) -> DataFrame:
        """Return the rows of a folder of Parquet files, of the columns that the schema names."""
        return self.session.read.schema(ddl(schema)).parquet(path)

    def map(self, data: DataFrame, stage: Stage, schema: pa.Schema) -> DataFrame:
        """Return what ``stage`` makes of each part."""
        return data.mapInArrow(stage, ddl(schema))

    def shuffle_map(self, data: DataFrame, keys: Sequence[str], stage: Stage, schema: pa.Schema) -> DataFrame:
        """Return what ``stage`` makes of parts that hold all rows of a value of ``keys[0]``, sorted by ``keys``."""
        parts = data.repartition(self.partitions, keys[0]).sortWithinPartitions(*keys)
        return parts.mapInArrow(stage, ddl(schema))

    def union(self, *data: DataFrame) -> DataFrame:
        """Return the rows of all; a column that some lack is null there."""
        return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), data)

    def save(self, data: DataFrame, path: str) -> None:
        """Write the rows as Parquet files into a new folder; the file ``_SUCCESS`` comes last."""
        self.session.sparkContext.setJobDescription(f"save {path}")  # for Spark's own pages and logs
        with _explained(f"making {path}"):
            data.write.mode("overwrite").parquet(path)

    def exists(self, path: str) -> bool:
        """Return whether there is such a file or folder."""
        return bool(self._file_system(path).exists(self._path(path)))

    def drop(self, path: str) -> None:
        """Delete a folder, if it is there."""
        self._file_system(path).delete(self._path(path), True)

    def collect(self, data: DataFrame) -> pa.Table:
        """Return all rows; they must fit into the driver's memory."""
        with _explained("collecting rows"):
            return data.toArrow()

    # The output may lie in any file system that Spark knows (s3a, gs, abfss, hdfs, file): Hadoop's own interface tells.
    def _path(self, path: str) -> object:
        return self.session._jvm.org.apache.hadoop.fs.Path(path)

    def _file_system(self, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an object of the JVM
        return self._path(path).getFileSystem(self.session._jsc.hadoopConfiguration())  # type: ignore[attr-defined]


#: The line of a message that names the error of a stage; the lines around it are Spark's own traces.
_ERROR = re.compile(r"^(?:Caused by: |: |\s*)((?:\w+\.)*\w*(?:Error|Exception)\b.*)", re.MULTILINE)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what Spark raises inside a block into an EngineError of one line."""
    try:
        yield
    except Exception as error:  # whatever py4j and the executors raise
        told = _ERROR.findall(str(error)) or [str(error).partition("\n")[0]]
        message = f"Spark gave up {what}: {told[-1].strip()}; its log tells more, and --resume takes the run up"
        raise EngineError(message) from error


def _items(items: tuple[str, ...], stage: ItemStage, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for number in batch["id"].to_pylist():
            yield from stage(items[number])
