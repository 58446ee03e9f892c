"""A whole corpus at once, in local processes or on a cluster: inputs -> Parquet tables of what a corpus file holds.

Every stage is a function of ``documents``, ``duplicates``, ``components`` or ``clusters`` that calls the functions of
the way that ``Corpus.add`` goes: the same cleaning, signatures, verification and clusters. Only how rows find each
other differs: by shuffles in place of the index.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from curator.engine import open_engine
from curator.errors import EngineError
from curator.pipeline.scaling.inputs import ReadOptions, input_bytes, list_inputs
from curator.pipeline.scaling.job import Progress, ScaleOptions, ScaleReport, run_job
from curator.pipeline.workers import count_workers
from curator.settings import Settings
from curator.store.backup import require_corpus

__all__ = ["EngineOptions", "ReadOptions", "ScaleOptions", "ScaleReport", "scale"]

#: Input bytes for each part of a shuffle: some 10,000 documents, whose rows fit into a worker's memory many times over.
_PART_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Where a run works: ``name`` is "local" or "spark".

    ``master`` is the address of a Spark master ("spark://host:7077", "yarn", "local[4]"; None leaves it to
    spark-submit), ``conf`` holds settings of Spark. ``partitions`` is the number of parts after a shuffle; 0 takes one
    for each 32 MB of input, and two for each worker process at least.
    """

    name: str = "local"
    master: str | None = None
    partitions: int = 0
    conf: Mapping[str, str] = field(default_factory=dict)


def scale(
    *inputs: str,
    output: str,
    settings: Settings | None = None,
    options: ScaleOptions | None = None,
    engine: EngineOptions | None = None,
    progress: Progress | None = None,
) -> ScaleReport:
    """Clean and deduplicate inputs into Parquet tables under ``output``, and return the counts.

    Inputs that do not exist are counted as failed and are no rows of a table. Raises MissingError where none exists,
    EngineError where the output exists, or where what the engine needs is missing, StoreError where
    ``options.seen`` is no corpus. ``progress`` is told the name of each table as it is begun.
    """
    settings, engine = settings or Settings(), engine or EngineOptions()
    workers = count_workers(settings)
    if options is not None and options.seen is not None:
        require_corpus(Path(options.seen))
    listing = list_inputs(inputs)
    partitions = engine.partitions or max(2 * workers, -(-input_bytes(listing) // _PART_BYTES))
    opened = open_engine(engine.name, workers=workers, partitions=partitions, master=engine.master, conf=engine.conf)
    try:
        return run_job(opened, listing, output, settings, options, progress).with_missing(listing.missing)
    except OSError as error:
        if error.errno != errno.ENOSPC and "No space left" not in str(error):
            raise
        full = "the disk is full, that of the output or that of temporary files (TMPDIR)"
        raise EngineError(f"{output}: {full}; make room and take the run up with --resume") from error
    finally:
        opened.close()
