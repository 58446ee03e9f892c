"""``curator scale`` gives what ``curator add`` gives, and ``curator load`` makes a corpus file of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from scale_corpus import Dump, write_dumps

from curator.cli import main
from curator.corpus import Corpus
from curator.engine.local import LocalEngine
from curator.errors import EngineError, StoreError
from curator.index.lsh import CROWD
from curator.pipeline.scaling import EngineOptions, ScaleOptions, scale
from curator.pipeline.scaling.inputs import list_inputs
from curator.pipeline.scaling.job import run_job
from curator.settings import Settings
from curator.signature import sign
from curator.signature.shingles import shingle, split

_SETTINGS = Settings(workers=1)
_ARTICLE = [
    *("title", "lang", "published", "author", "words", "chars", "raw_chars", "ratio_cut", "review", "status"),
    *("reason", "cluster_id", "similarity", "site", "url"),
]


def rows(folder, table):
    """Return the rows of a table of a cluster run."""
    return pq.read_table(folder / table).to_pylist()


def tables_of_run(folder):
    """Return what a cluster run wrote, by keys, in an order of its own."""
    articles = rows(folder, "articles")
    key = {row["id"]: row["key"] for row in articles} | {None: None}
    pairs = [(*sorted([key[row["a"]], key[row["b"]]]), row["jaccard"]) for row in rows(folder, "pairs")]
    cuts = [(key[row["article_id"]], *(row[name] for name in _CUT)) for row in rows(folder, "cuts")]
    clusters = [
        (row["id"], row["size"], key[row["keeper_id"]], row["min_similarity"]) for row in rows(folder, "clusters")
    ]
    told = [
        (
            row["key"],
            row["text"],
            row["fetched_at"],
            key[row["duplicate_of"]],
            key[row["via"]],
            *(row[n] for n in _ARTICLE),
        )
        for row in articles
    ]
    paths = {(row["key"], path) for row in rows(folder, "documents") for path in row["paths"]}
    failures = [(row["source"], row["stage"], row["error"]) for row in rows(folder, "failures")]
    return {name: sorted(found, key=repr) for name, found in locals().items() if name in _COMPARED} | {
        "articles": sorted(told, key=repr)
    }


_CUT = ("start", "end", "kind", "rule", "why", "text")
_COMPARED = ("pairs", "cuts", "clusters", "failures", "paths")


def tables_of_corpus(path):
    """Return the same of a corpus file."""
    connection = sqlite3.connect(path)
    columns = ", ".join(f"articles.{name}" for name in _ARTICLE)
    queries = {
        "articles": f"SELECT d.key, text, d.fetched_at, k.key, v.key, {columns} FROM articles"
        " JOIN article_texts USING (id) JOIN documents d USING (id)"
        " LEFT JOIN documents k ON k.id = duplicate_of LEFT JOIN documents v ON v.id = via",
        "pairs": "SELECT min(x.key, y.key), max(x.key, y.key), jaccard FROM pairs"
        " JOIN documents x ON x.id = a JOIN documents y ON y.id = b",
        "cuts": 'SELECT key, start, "end", kind, rule, why, text FROM cuts JOIN documents d ON d.id = article_id',
        "clusters": "SELECT clusters.id, size, key, min_similarity FROM clusters JOIN documents d ON d.id = keeper_id",
        "failures": "SELECT source, stage, error FROM failures",
        "paths": "SELECT key, paths.source FROM paths JOIN documents d ON d.id = document_id",
    }
    return {name: sorted(connection.execute(query).fetchall(), key=repr) for name, query in queries.items()}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    """Give a folder of dumps with everything that is hard about them."""
    return write_dumps(tmp_path_factory.mktemp("scale") / "dumps", 600)


@pytest.fixture(scope="module")
def run(dumps):
    """Give the folder of a cluster run over the dumps."""
    scale(str(dumps), output=str(dumps.parent / "run"), settings=_SETTINGS, engine=EngineOptions(partitions=3))
    return dumps.parent / "run"


@pytest.fixture(scope="module")
def added(dumps):
    """Give a corpus file that the dumps were added to."""
    with Corpus(dumps.parent / "added.db", _SETTINGS) as corpus:
        corpus.add(dumps, learn=False)
    return dumps.parent / "added.db"


@pytest.mark.parametrize("table", ["articles", "cuts", "clusters", "failures"])
def test_a_cluster_run_gives_what_adding_gives(run, added, table):
    """Articles, cuts, clusters and failures are those of a corpus file that the same dumps were added to."""
    assert tables_of_run(run)[table] == tables_of_corpus(added)[table]


def test_paths_of_repeated_documents_are_kept(run):
    """A document that stands in two files is one, which tells the other file."""
    paths = sorted(path.rpartition("/")[2] for _, path in tables_of_run(run)["paths"])
    assert paths == ["dump2.jsonl:168", "same.jsonl:1"]


def test_ids_number_documents_in_the_order_of_their_keys(run):
    """Ids depend on the set of documents alone: dense, from 1, sorted by key, the same in every table."""
    articles = sorted((row["key"], row["id"]) for row in rows(run, "articles"))
    assert [number for _, number in articles] == list(range(1, len(articles) + 1))
    assert sorted((row["key"], row["id"]) for row in rows(run, "documents")) == articles


def test_a_run_that_resumes_ends_like_one_that_was_never_interrupted(run, dumps, tmp_path):
    """``resume`` takes the tables that were finished as they are, and refuses a run over other inputs."""
    output = str(tmp_path / "run")
    engine = _Failing(partitions=3)
    with pytest.raises(RuntimeError, match="near"):
        run_job(engine, list_inputs([str(dumps)]), output, _SETTINGS)
    engine.close()
    with pytest.raises(EngineError, match="exists: give another name, delete it, or take it up with --resume"):
        scale(str(dumps), output=output, settings=_SETTINGS)
    with pytest.raises(EngineError, match="was begun with other inputs, settings or version"):
        scale(str(dumps / "plain.txt"), output=output, settings=_SETTINGS, options=ScaleOptions(resume=True))
    before = (tmp_path / "run" / "documents" / "_SUCCESS").stat().st_mtime_ns
    scale(str(dumps), output=output, settings=_SETTINGS, options=ScaleOptions(resume=True))
    assert (tmp_path / "run" / "documents" / "_SUCCESS").stat().st_mtime_ns == before
    assert tables_of_run(tmp_path / "run") == tables_of_run(run)
    assert not (tmp_path / "run" / "_work").exists()


class _Failing(LocalEngine):
    """Local processes that are interrupted while the candidate pairs are saved."""

    def save(self, data, path):
        """Save a table, but for that of the candidates."""
        if path.endswith("near"):
            raise RuntimeError(path)
        super().save(data, path)


def test_components_found_by_stars_are_those_of_union_find(run, dumps, tmp_path):
    """Where the driver may hold no edges, large-star and small-star give the same clusters."""
    options = ScaleOptions(driver_edges=0)
    scale(str(dumps), output=str(tmp_path / "stars"), settings=_SETTINGS, options=options)
    assert tables_of_run(tmp_path / "stars")["clusters"] == tables_of_run(run)["clusters"]


def test_addresses_are_read_like_paths(run, dumps, tmp_path):
    """What is named by an address (here file://) gives the same documents, under that name."""
    address = f"file://{dumps}"
    scale(address, output=str(tmp_path / "run"), settings=_SETTINGS)
    found = {row["key"]: row["source"] for row in rows(tmp_path / "run", "articles")}
    wanted = {row["key"]: row["source"] for row in rows(run, "articles")}
    assert {key: source.removeprefix("file://") for key, source in found.items()} == wanted
    assert all(source.startswith("file://") for source in found.values())


def test_a_crowded_bucket_is_compared_with_its_smallest_digests(tmp_path):
    """Of 300 texts that share a band 128 are compared with all: the pairs are those of the rule, not all 44,850."""
    dump = Dump(3)
    texts = [record["text"] for record in dump.crowd(300)]
    (tmp_path / "crowd.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    scale(
        str(tmp_path / "crowd.jsonl"),
        output=str(tmp_path / "run"),
        settings=_SETTINGS,
        options=ScaleOptions(clean=False),
    )
    documents = {row["id"]: row["text"] for row in rows(tmp_path / "run", "articles")}
    found = {frozenset((documents[row["a"]], documents[row["b"]])) for row in rows(tmp_path / "run", "pairs")}
    assert found == pairs_by_rule(list(documents.values()))
    assert len(found) < 300 * 299 / 2


def pairs_by_rule(texts):
    """Return the pairs of Jaccard .5 and more that the written rule compares, worked out one by one."""
    signatures = sign(texts)
    bands = signatures.minhashes[:, :120].reshape(len(texts), 30, 4)
    buckets = {}
    for number, digest in enumerate(signatures.digests):
        for band in range(30):
            buckets.setdefault((band, bands[number, band].tobytes()), []).append((digest, number))
    compared = set()
    for members in buckets.values():
        ordered = [number for _, number in sorted(members)]
        compared |= {tuple(sorted((one, other))) for one in ordered[:CROWD] for other in ordered if one != other}
    shingles = [set(part.tolist()) for part in split(shingle(texts))]
    return {
        frozenset((texts[a], texts[b]))
        for a, b in compared
        if len(shingles[a] & shingles[b]) >= 0.5 * len(shingles[a] | shingles[b])
    }


def test_a_loaded_run_is_the_corpus_that_adding_makes(run, added, tmp_path):
    """``load`` makes a sound corpus file with the same rows; loading again changes nothing."""
    with Corpus(tmp_path / "loaded.db", _SETTINGS) as corpus:
        report = corpus.load(run, learn=False)
        assert (report.added, report.failed) == (len(rows(run, "documents")), 1)
        assert list(corpus.check()) == []
        again = corpus.load(run, learn=False)
        assert (again.added, again.failed) == (0, 1)
    found, wanted = tables_of_corpus(tmp_path / "loaded.db"), tables_of_corpus(added)
    assert found.pop("paths") == tables_of_run(run)["paths"]
    # Beyond 50 copies of a text, which of them have all pairs depends on the order in which they came.
    for tables in (found, wanted):
        tables["pairs"] = [pair for pair in tables["pairs"] if pair[2] < 1]
    assert found == {name: table for name, table in wanted.items() if name != "paths"}


def test_shards_hold_everything_once_and_part_no_cluster(run, tmp_path):
    """Three shards together hold every document once, with the status, cluster and survivor of the whole."""
    found = []
    for number in (1, 2, 3):
        with Corpus(tmp_path / f"shard{number}.db", _SETTINGS) as corpus:
            assert corpus.load(run, shard=(number, 3), learn=False).added > 100
            assert list(corpus.check()) == []
        found += tables_of_corpus(tmp_path / f"shard{number}.db")["articles"]
    assert sorted(found, key=repr) == tables_of_run(run)["articles"]


def test_what_is_no_finished_run_is_not_loaded(tmp_path):
    """A folder without a finished run and a shard that there is not are refused, and what is there is named."""
    with Corpus(tmp_path / "corpus.db", _SETTINGS) as corpus:
        with pytest.raises(EngineError, match="found no such folder"):
            corpus.load(tmp_path / "nowhere")
        with pytest.raises(EngineError, match="found a folder of other things"):
            corpus.load(tmp_path)
        (tmp_path / "run" / "_work" / "run").mkdir(parents=True)
        with pytest.raises(EngineError, match="curator scale --resume"):
            corpus.load(tmp_path / "run")
        with pytest.raises(ValueError, match="shard 4 of 3"):
            corpus.load(tmp_path / "run", shard=(4, 3))


def test_a_table_that_is_cut_off_is_named(run, tmp_path):
    """Copies of folders break off; nothing of that ends in a traceback."""
    shutil.copytree(run, tmp_path / "run")
    (file, *_) = sorted((tmp_path / "run" / "documents").glob("*.parquet"))
    os.truncate(file, file.stat().st_size // 2)
    done = CliRunner().invoke(main, ["load", str(tmp_path / "run"), "--db", str(tmp_path / "c.db")])
    assert (done.exit_code, f"{file}: is damaged or cut off" in done.stderr) == (1, True)


def test_signatures_of_another_scheme_are_refused(run, tmp_path):
    """A corpus made with other permutations does not take a run's documents in."""
    corpus = Corpus(tmp_path / "corpus.db", Settings(n_perm=64, bands=16))
    with corpus, pytest.raises(StoreError, match="another scheme"):
        corpus.load(run)


def test_documents_of_a_seen_corpus_are_left_out_and_their_copies_marked(dumps, added, tmp_path):
    """With half of the dumps in a corpus, a run over all leaves these out; the rest fares as if all were added."""
    half = [dumps / "dump0.jsonl", dumps / "dump1.jsonl"]
    with Corpus(tmp_path / "half.db", _SETTINGS) as corpus:
        corpus.add(*half, learn=False)
    options = ScaleOptions(seen=str(tmp_path / "half.db"))
    report = scale(str(dumps), output=str(tmp_path / "run"), settings=_SETTINGS, options=options)
    known = {row[0] for row in tables_of_corpus(tmp_path / "half.db")["articles"]}
    assert report.seen == len(known)
    wanted = {row[0]: row for row in tables_of_corpus(added)["articles"]}
    statuses = {row["key"]: (row["status"], row["cluster_id"]) for row in rows(tmp_path / "run", "articles")}
    place = 5 + _ARTICLE.index("status"), 5 + _ARTICLE.index("cluster_id")
    assert statuses == {key: tuple(row[at] for at in place) for key, row in wanted.items() if key not in known}
    ids = {row["id"]: row["key"] for row in rows(tmp_path / "run", "seen")}
    keepers = {row["duplicate_of"] for row in rows(tmp_path / "run", "articles")} - {None}
    assert known.issuperset(ids[number] for number in keepers & ids.keys())
    assert keepers & ids.keys()


def test_the_command_says_what_it_did_and_what_failed(dumps, tmp_path):
    """``curator scale`` prints counts, or one JSON object, and ends with 3 where something failed."""
    done = CliRunner().invoke(main, ["scale", str(dumps), str(tmp_path / "run"), "--json", "--workers", "1"])
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told["documents"] == len(rows(tmp_path / "run", "documents"))
    assert "is no valid JSON" in done.stderr
    loaded = CliRunner().invoke(main, ["load", str(tmp_path / "run"), "--db", str(tmp_path / "c.db"), "--json"])
    assert loaded.exit_code == 3
    assert json.loads(loaded.stdout)["added"] == told["documents"]
    again = CliRunner().invoke(main, ["scale", str(dumps), str(tmp_path / "run")])
    assert (again.exit_code, "exists: give another name" in again.output) == (1, True)


PARTS = "a folder with parts of a saved page passed over"


def told_of(*words):
    """Return the notes that a command prints, and the names and messages of what failed."""
    done = CliRunner().invoke(main, [*map(str, words), "--workers", "1"])
    assert done.exit_code == 3
    failed = [line for line in done.stderr.splitlines() if not re.search("retry|:.. making", line)]
    return sorted(line for line in done.stdout.splitlines() if line.startswith("note: ")), sorted(failed)


def test_what_is_read_is_reported_as_by_adding(tmp_path):
    """Odd tables, chosen columns, other endings, parts of pages are notes; dead links and bad files are failures."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "numbers.csv").write_text("year,sum\n2024,7\n")
    (folder / "posts.csv").write_text("nr,Inhalt\n7,Rabat senkt die Steuern.\n")
    (folder / "photo.jpg").write_bytes(b"")
    (folder / "page.html").write_text("<p>Rabat senkt die Steuern.")
    (folder / "page_files").mkdir()
    (folder / "page_files" / "ad.html").write_text("<p>Jetzt kaufen.")
    (folder / "bad.jsonl").write_text("{}\n" * 17)
    (folder / "dead.txt").symlink_to(tmp_path / "none")
    (tmp_path / "named.csv").write_text("year,sum\n2024,7\n")
    inputs = (folder, tmp_path / "named.csv", tmp_path / "none*.txt")
    notes, failed = told_of("add", *inputs, "--db", tmp_path / "c.db")
    found, also_failed = told_of("scale", *inputs, tmp_path / "run")
    assert (len(found), found) == (4, notes)
    by_address, _ = told_of("scale", f"file://{folder}", tmp_path / "named.csv", tmp_path / "address")
    assert f"note: file://{folder}: {PARTS} (file://{folder}/page_files); name one to read it" in by_address
    assert (len(failed), also_failed) == (4, failed)
    assert f"curator: {folder}/dead.txt: is a link to a file that is not there: mend or remove it" in failed
    (tmp_path / "many.jsonl").write_text("{}\n" * 25)
    _, many = told_of("scale", tmp_path / "many.jsonl", tmp_path / "many")
    assert many[-1] == f"curator: and 5 more failures; {tmp_path}/many/failures holds all"


@pytest.mark.parametrize("words", [["add", "--db", "c.db"], ["scale"]])
def test_notes_are_told_beside_json_too(words, tmp_path, monkeypatch):
    """On stderr, so that the object stays alone; no name of a file steers the terminal."""
    monkeypatch.chdir(tmp_path)
    Path("a\x1b[31m.csv").write_text("nr,Inhalt\n7,Rabat senkt die Steuern.\n")
    command = [*words, "a\x1b[31m.csv", *["run"] * (words == ["scale"]), "--json", "--workers", "1"]
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, isinstance(json.loads(done.stdout), dict), "\x1b" in done.stderr) == (0, True, False)
    assert 'a\ufffd[31m.csv: columns read by their names: "Inhalt" as the text' in done.stderr
    assert "note: " not in CliRunner().invoke(main, ["clean", "-q", "a\x1b[31m.csv"]).stderr


def test_standard_input_is_refused(tmp_path):
    """Tasks cannot read it; what to do instead is said."""
    done = CliRunner().invoke(main, ["scale", "-", str(tmp_path / "run")])
    assert (done.exit_code, "give it to `curator add -`" in done.stderr) == (1, True)


def test_a_name_that_is_no_utf8_is_read(tmp_path):
    """As in a corpus file, U+FFFD stands for what no text column holds."""
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/a\xff.txt")).write_text("Die Stadt hat eine neue Brücke.")
    scale(str(tmp_path / "in"), output=str(tmp_path / "run"), settings=_SETTINGS)
    assert [row["source"] for row in rows(tmp_path / "run", "documents")] == [f"{tmp_path}/in/a\ufffd.txt"]


@pytest.mark.parametrize("given", ["../in/a.txt", "../in", "./../b/../in/*.txt", "link/../in"])
def test_sources_hold_no_dots(given, tmp_path, monkeypatch):
    """A file is named by where it lies, from whatever folder it was named; ".." behind a link leads to its target."""
    for folder in ("in", "b", "elsewhere/in", "elsewhere/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "b" / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    for folder in ("in", "elsewhere/in"):
        (tmp_path / folder / "a.txt").write_text(f"Die Stadt hat eine neue Brücke, {folder}.")
    monkeypatch.chdir(tmp_path / "b")
    scale(given, output=str(tmp_path / "run"), settings=_SETTINGS)
    home = "elsewhere/in" if "link" in given else "in"
    assert [row["source"] for row in rows(tmp_path / "run", "documents")] == [f"{tmp_path}/{home}/a.txt"]


def test_local_processes_write_to_folders_only(dumps):
    """An address as output is refused before anything is read: local processes cannot write there."""
    with pytest.raises(EngineError, match="local processes write to folders"):
        scale(str(dumps), output="s3://bucket/out", settings=_SETTINGS)


def test_progress_is_told_the_tables_as_they_are_made(dumps, tmp_path):
    """Who asks is told each table by its name, in the order of the stages."""
    told = []
    scale(str(dumps / "plain.txt"), output=str(tmp_path / "run"), settings=_SETTINGS, progress=told.append)
    assert told[:3] == ["cleaned", "documents", "cuts"]
    assert told[-1] == "articles"


@pytest.mark.parametrize(
    "arguments", [["--conf", "executor=1"], ["--conf", "spark.x"], ["--partitions", "0"], ["--threshold", "0.4"]]
)
def test_senseless_options_are_refused(arguments, dumps, tmp_path):
    """A setting that is none of Spark's, no partitions, a threshold below that of the bands: exit code 2."""
    done = CliRunner().invoke(main, ["scale", str(dumps), str(tmp_path / "run"), *arguments])
    assert done.exit_code == 2
    assert not (tmp_path / "run").exists()
