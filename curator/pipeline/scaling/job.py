"""The stages of a cluster run joined: what is read, shuffled and saved, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

import curator
from curator.cluster import KeepRule
from curator.engine import Batches, Engine, Stage
from curator.errors import EngineError
from curator.model import Failure
from curator.pipeline.corpus_rules import asked_scheme
from curator.pipeline.scaling import clusters, components, documents, duplicates, seen, tables
from curator.pipeline.scaling.documents import Ids
from curator.pipeline.scaling.inputs import Listing, ReadOptions
from curator.settings import Settings

D = TypeVar("D")
Progress = Callable[[str], None]

#: Failures, and notes, that a report names; all failures are in the table.
_TOLD = 20


@dataclass(frozen=True, slots=True)
class ScaleOptions:
    """How inputs are read, which clusters are made, and what is done with an output that is there.

    ``seen`` is a corpus file, to be read where the tasks run: documents that it holds are left out, and its articles
    take part in clusters.
    ``driver_edges`` is the number of linking pairs up to which one process finds the components. ``resume`` takes an
    interrupted run up after the last table that was saved; ``keep_work`` leaves the tables that only the run needs.
    """

    read: ReadOptions = field(default_factory=ReadOptions)
    clean: bool = True
    rule: KeepRule = field(default_factory=KeepRule)
    seen: str | None = None
    driver_edges: int = components.DRIVER_EDGES
    resume: bool = False
    keep_work: bool = False


@dataclass(frozen=True, slots=True)
class ScaleReport:
    """The counts of a run: distinct documents and what became of them, pairs, clusters and cuts.

    ``seen`` documents were left out, because the corpus that the run was given holds them. ``failures`` are the first
    of those that ``failed``, inputs that were named and do not exist before the others, which go by source; ``notes``
    what a person should know of the reading that is no failure.
    """

    documents: int
    kept: int = 0
    duplicate: int = 0
    rejected: int = 0
    superseded: int = 0
    seen: int = 0
    failed: int = 0
    pairs: int = 0
    clusters: int = 0
    cuts: int = 0
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    def with_missing(self, missing: Sequence[Failure]) -> ScaleReport:
        """Return this report with these inputs, which were named and do not exist, among what failed."""
        return replace(self, failed=self.failed + len(missing), failures=(*missing, *self.failures)[:_TOLD])

    def counts(self) -> dict[str, int]:
        """Return the counts as one flat object for JSON."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in told.items() if name not in ("failures", "notes")}


def run_job(
    engine: Engine[D],
    inputs: Listing,
    output: str,
    settings: Settings,
    options: ScaleOptions | None = None,
    progress: Progress | None = None,
) -> ScaleReport:
    """Clean and deduplicate inputs into Parquet tables under ``output``, and return the counts.

    Tables: documents, articles, cuts, pairs, clusters, failures, run (docs/scale.md). Ids number the documents in the
    order of their keys from 1, so they depend on the documents alone. Raises EngineError where the output exists and
    is not to be resumed, or was begun from other inputs or with other settings. ``progress`` is told the name of each
    table as it is begun.
    """
    job = _Job(engine, output.rstrip("/"), settings, options or ScaleOptions(), progress)
    return job.run(inputs)


class _Job(Generic[D]):
    """One run: the engine, where its tables lie, and the stages in their order."""

    def __init__(
        self, engine: Engine[D], output: str, settings: Settings, options: ScaleOptions, progress: Progress | None
    ) -> None:
        self._progress = progress
        self._engine, self._output, self._settings, self._options = engine, output, settings, options
        self._first, self._n_documents = documents.first_ids(tables.COUNTS.empty_table()), 0
        self._scheme = asked_scheme(settings)

    def run(self, inputs: Listing) -> ScaleReport:
        """Run all stages and return the counts."""
        self._begin(inputs)
        self._clean(inputs)
        self._save("documents", lambda: self._of_cleaned(documents.number_documents, tables.DOCUMENTS))
        self._save("cuts", lambda: self._of_cleaned(clusters.cuts_of, tables.CUTS, ("page", "spans")))
        self._save("failures", self._failed)
        if self._options.seen is not None:
            self._save("seen", lambda: self._of_seen(seen.as_table, tables.SEEN_IDS))
        self._save(f"{tables.WORK}/superseded", self._supersede)
        self._save(f"{tables.WORK}/texts", self._sign)
        self._save(f"{tables.WORK}/near", self._propose)
        self._save("pairs", self._verify)
        self._save(f"{tables.WORK}/marks", self._cluster)
        self._save(
            "clusters", lambda: self._map(self._work("marks", tables.MARKS), clusters.clusters_of, tables.CLUSTERS)
        )
        self._save("articles", self._finish)
        return self._end(inputs)

    def _begin(self, inputs: Listing) -> None:
        told = tables.run_row(curator.__version__, self._told(inputs.tasks), self._scheme.to_json(), self._rule())
        path = f"{self._output}/{tables.WORK}/run"
        if not self._engine.exists(self._output):
            self._engine.save(self._engine.table(told), path)
            return
        if not self._options.resume:
            raise EngineError(f"{self._output} exists: give another name, delete it, or take it up with --resume")
        if not self._engine.exists(f"{path}/_SUCCESS"):
            raise EngineError(f"{self._output} holds no unfinished run that could be taken up: give another name")
        if self._engine.collect(self._engine.read(path, tables.RUN)).to_pylist() != told.to_pylist():
            raise EngineError(f"{self._output} was begun with other inputs, settings or version: give another name")

    def _told(self, inputs: Sequence[str]) -> str:
        read, clean = self._options.read, self._options.clean
        told = asdict(self._settings) | {"inputs": list(inputs), "read": read._asdict(), "clean": clean}
        told["seen"] = self._options.seen
        return json.dumps(told, default=str, sort_keys=True)

    def _rule(self) -> str:
        return json.dumps(asdict(self._options.rule), sort_keys=True)

    def _save(self, name: str, make: Callable[[], D]) -> None:
        """Save what ``make`` returns under a name, unless an earlier run did."""
        path = f"{self._output}/{name}"
        if not self._engine.exists(f"{path}/_SUCCESS"):
            if self._progress is not None:
                self._progress(name.removeprefix(f"{tables.WORK}/"))
            self._engine.drop(path)
            self._engine.save(make(), path)

    def _read(self, name: str, schema: pa.Schema, columns: Sequence[str] | None = None) -> D:
        """Return what was saved under a name, all columns or some."""
        some = pa.schema([schema.field(column) for column in columns]) if columns else schema
        return self._engine.read(f"{self._output}/{name}", some)

    def _work(self, name: str, schema: pa.Schema, columns: Sequence[str] | None = None) -> D:
        return self._read(f"{tables.WORK}/{name}", schema, columns)

    def _map(self, data: D, stage: Stage, schema: pa.Schema) -> D:
        return self._engine.map(data, stage, schema)

    def _of_cleaned(
        self,
        stage: Callable[..., Batches],
        schema: pa.Schema,
        columns: Sequence[str] | None = None,
    ) -> D:
        """Return what a stage makes of numbered documents, of which it reads some columns or all."""
        read = self._work("cleaned", tables.CLEANED, ("part", "rank", *columns) if columns else None)
        return self._engine.map(read, partial(stage, self._first), schema)

    def _of_seen(self, stage: Callable[..., Batches], schema: pa.Schema) -> D:
        """Return what a stage makes of the documents of the corpus that was seen."""
        return self._engine.map(self._work("seen", tables.SEEN), partial(stage, self._n_documents), schema)

    def _with_seen(self, data: D, stage: Callable[..., Batches], schema: pa.Schema) -> D:
        """Return rows together with those of the corpus that was seen, if there is one."""
        return data if self._options.seen is None else self._engine.union(data, self._of_seen(stage, schema))

    def _clean(self, inputs: Listing) -> None:
        """Save the cleaned documents, and learn the first id of each part."""
        if (corpus := self._options.seen) is not None:
            stretches = seen.ranges(corpus, self._scheme)
            self._save(f"{tables.WORK}/seen", lambda: self._engine.source(stretches, seen.read_seen, tables.SEEN))
        self._save(f"{tables.WORK}/cleaned", lambda: self._cleaned(inputs))
        self._first, self._n_documents = self._numbers("cleaned", tables.CLEANED)

    def _numbers(self, name: str, schema: pa.Schema) -> tuple[Ids, int]:
        """Return the first number of each part of ranked rows, and how many rows have one."""
        counts = self._map(self._work(name, schema, ("part", "rank")), documents.count_parts, tables.COUNTS)
        found = self._engine.collect(counts)
        return documents.first_ids(found), int(pc.sum(found["documents"]).as_py() or 0)

    def _cleaned(self, inputs: Listing) -> D:
        read = partial(documents.read_documents, self._options.read, self._settings)
        raws = self._engine.source(inputs.tasks, read, tables.RAWS)
        if inputs.failures:
            unread = pa.Table.from_pylist([documents.raw_row(failure) for failure in inputs.failures], tables.RAWS)
            raws = self._engine.union(raws, self._engine.table(unread))
        if self._options.seen is not None:
            known = self._work("seen", tables.SEEN, ("part", "key"))
            raws = self._engine.union(raws, self._map(known, seen.as_raws, tables.RAWS))
        stage = partial(documents.clean_documents, self._settings, self._options.clean)
        return self._engine.shuffle_map(raws, ("part", "key", "source"), stage, tables.CLEANED)

    def _failed(self) -> D:
        rows = self._work("cleaned", tables.CLEANED, ("rank", *tables.FAILURES.names))
        return self._map(rows, documents.failures, tables.FAILURES)

    def _supersede(self) -> D:
        names = [name for name in tables.VERSIONS.names if name != "id"]
        versions = self._of_cleaned(documents.with_url, tables.VERSIONS, names)
        versions = self._with_seen(versions, seen.as_versions, tables.VERSIONS)
        return self._engine.shuffle_map(versions, ("url",), documents.supersede, tables.SUPERSEDED)

    def _sign(self) -> D:
        stage = partial(duplicates.sign_documents, self._scheme)
        signed = self._of_cleaned(stage, tables.SIGNATURES, ("status", "text"))
        signed = self._with_seen(signed, seen.as_signatures, tables.SIGNATURES)
        marked = self._engine.union(signed, self._work("superseded", tables.SUPERSEDED))
        current = self._engine.shuffle_map(marked, ("id",), duplicates.leave_out, tables.SIGNATURES)
        return self._engine.shuffle_map(current, ("part", "digest", "id"), duplicates.group_copies, tables.TEXTS)

    def _propose(self) -> D:
        """Return the pairs of distinct texts that share a band and whose signatures agree enough."""
        engine = self._engine
        first, _ = self._numbers("texts", tables.TEXTS)
        texts = self._work("texts", tables.TEXTS, ("part", "rank", "id", "minhash"))
        sketches = engine.map(texts, partial(duplicates.sketches_of, first), tables.SKETCHES)
        bands = engine.map(sketches, partial(duplicates.band, self._scheme), tables.BANDS)
        proposed = engine.shuffle_map(bands, ("bucket", "number"), duplicates.propose, tables.SKETCHES)
        both = engine.union(sketches, proposed)
        handed = engine.shuffle_map(both, ("block",), duplicates.hand_sketches, tables.SKETCHES)
        compare = partial(duplicates.compare_sketches, self._scheme, self._options.rule.floor)
        return engine.shuffle_map(handed, ("block",), compare, tables.SHINGLES)

    def _verify(self) -> D:
        """Return the pairs whose shingle sets are similar enough, and those of copies."""
        engine = self._engine
        words = self._of_cleaned(duplicates.words_of, tables.SHINGLES, ("status", "text"))
        texts = self._work("texts", tables.TEXTS, ("rank", "id", "speakers"))
        words = self._with_seen(words, seen.as_words, tables.SHINGLES)
        told = engine.union(words, engine.map(texts, duplicates.speakers_of, tables.SHINGLES))
        near = engine.union(told, self._work("near", tables.SHINGLES))
        handed = engine.shuffle_map(near, ("block",), duplicates.hand_shingles, tables.SHINGLES)
        decide = partial(duplicates.verify, self._options.rule.floor)
        pairs = engine.shuffle_map(handed, ("block",), decide, tables.PAIRS)
        copies = self._work("texts", tables.TEXTS, ("id", "first", "speaks", "speakers"))
        return engine.union(pairs, self._map(copies, duplicates.pair_copies, tables.PAIRS))

    def _cluster(self) -> D:
        """Return what became of the members of clusters."""
        engine, rule = self._engine, self._options.rule
        edges = self._map(
            self._read("pairs", tables.PAIRS), partial(components.edges_of, rule.threshold), tables.LABELS
        )
        labels = components.label(engine, edges, f"{self._output}/{tables.WORK}/stars", self._options.driver_edges)
        pairs = self._map(
            self._read("pairs", tables.PAIRS), partial(clusters.pairs_by_first, rule.threshold), tables.LINKED
        )
        names = [name for name in clusters.FACTS if name != "id"]
        facts = self._of_cleaned(clusters.facts_of, tables.LINKED, names)
        facts = self._with_seen(facts, seen.as_facts, tables.LINKED)
        everything = engine.union(facts, pairs, labels, self._work("texts", tables.TEXTS, ("id", "digest")))
        linked = engine.shuffle_map(everything, ("id",), clusters.gather, tables.LINKED)
        return engine.shuffle_map(linked, ("component",), partial(clusters.cluster, rule), tables.MARKS)

    def _finish(self) -> D:
        names = [name for name in clusters.ARTICLE_COLUMNS if name != "id"]
        articles = self._of_cleaned(clusters.articles_of, clusters.UNDECIDED, names)
        everything = self._engine.union(
            articles, self._work("marks", tables.MARKS), self._work("superseded", tables.SUPERSEDED)
        )
        return self._engine.shuffle_map(everything, ("id",), clusters.finish, tables.ARTICLES)

    def _end(self, inputs: Listing) -> ScaleReport:
        statuses = self._engine.collect(
            self._map(self._read("articles", tables.ARTICLES, ("status",)), _count, _STATUSES)
        )
        counts = dict.fromkeys(("kept", "duplicate", "rejected", "superseded"), 0)
        for row in statuses.to_pylist():
            counts[row["status"]] += row["n"]
        sizes = {told: self._n_rows(name, schema) for told, (name, schema) in _COUNTED.items()}
        told: dict[str, Any] = {
            "documents": sum(counts.values()),
            "seen": self._n_ranked(tables.SEEN_RANK),
            **counts,
            **sizes,
        }
        run = tables.run_row(
            curator.__version__, self._told(()), self._scheme.to_json(), self._rule(), json.dumps(told, sort_keys=True)
        )
        failures, notes = self._first_told(tables.FAILED_RANK), self._notes(inputs)
        self._engine.drop(f"{self._output}/run")
        self._engine.save(self._engine.table(run), f"{self._output}/run")
        if not self._options.keep_work:
            self._engine.drop(f"{self._output}/{tables.WORK}")
        return ScaleReport(**told, failures=failures, notes=notes)

    def _notes(self, inputs: Listing) -> tuple[str, ...]:
        """Return what is to be said of the inputs: of the folders, then what readers noted, the first of it."""
        noted = self._first_told(tables.NOTED_RANK)
        n_more = self._n_ranked(tables.NOTED_RANK) - len(noted)
        more = [f"and {n_more:,} more note{'s' * (n_more != 1)} on the inputs"] if n_more else []
        return (*inputs.notes, *(note.message for note in noted), *more)

    def _n_ranked(self, rank: int) -> int:
        """Return how many rows of the cleaned documents have a rank that stands for none."""
        ranks = self._work("cleaned", tables.CLEANED, ("rank",))
        counts = self._engine.collect(self._map(ranks, partial(documents.count_ranked, rank), tables.COUNTS))
        return int(pc.sum(counts["documents"]).as_py() or 0)

    def _first_told(self, rank: int) -> tuple[Failure, ...]:
        """Return the first of the failures, or notes, by source."""
        rows = self._work("cleaned", tables.CLEANED, ("rank", *tables.FAILURES.names))
        found = self._engine.collect(self._map(rows, partial(documents.first_told, rank, _TOLD), tables.FAILURES))
        return tuple(sorted(Failure(**row) for row in found.to_pylist())[:_TOLD])

    def _n_rows(self, name: str, schema: pa.Schema) -> int:
        counts = self._map(self._read(name, schema, schema.names[:1]), components.count_rows, tables.COUNTS)
        return int(pc.sum(self._engine.collect(counts)["documents"]).as_py() or 0)


#: What the report counts beside statuses: the rows of these tables.
_COUNTED = {
    "failed": ("failures", tables.FAILURES),
    "pairs": ("pairs", tables.PAIRS),
    "clusters": ("clusters", tables.CLUSTERS),
    "cuts": ("cuts", tables.CUTS),
}
_STATUSES = pa.schema([("status", pa.string()), ("n", pa.int64())])


def _count(batches: Batches) -> Batches:
    """Yield the statuses of articles with their numbers, of each batch."""
    for batch in batches:
        found = pc.value_counts(batch["status"])
        yield pa.RecordBatch.from_arrays([found.field("values"), found.field("counts")], schema=_STATUSES)
