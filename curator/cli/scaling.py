"""``curator scale`` and ``curator load``: a whole corpus at once, on this machine or on a cluster, and back."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.clustering import keep_option, window_option
from curator.cli.progress import progress
from curator.cli.reports import report_lines, tell_failures, tell_notes
from curator.cli.show import counts, plain, plural, program, utf8
from curator.model import STATUSES

if TYPE_CHECKING:
    from curator.pipeline.report import Tally


def _conf(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    parts = [value.partition("=") for value in values]
    for name, equals, _ in parts:
        if not equals or not name.startswith("spark."):
            raise click.BadParameter(f"{name!r} is no setting of Spark: expected spark.NAME=VALUE")
    return {name: value for name, _, value in parts}


def _shard(context: click.Context, option: click.Parameter, value: str) -> tuple[int, int]:
    number, slash, count = value.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is no shard: expected N/COUNT, such as 1/8")
    return int(number), int(count)


def _tell(table: str) -> None:
    click.echo(f"curator: {time.strftime('%H:%M:%S')} making {table}", err=True)


@click.command(
    epilog=opt.example(
        "curator scale dumps/ out/",
        "curator scale dumps/ out/ --engine spark --master spark://host:7077",
        "curator scale s3://bucket/dumps s3a://bucket/out --engine spark --master yarn --archive curator-env.tar.gz",
    )
)
@opt.input_options
@click.argument("output", metavar="OUTPUT")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", help="Where the work is done.")
@click.option("--master", metavar="URL", help="The Spark master: spark://HOST:PORT, yarn, k8s://..., local[N].")
@click.option("--archive", metavar="FILE", help="A packed environment that executors run (make spark-package).")
@click.option("--conf", multiple=True, callback=_conf, metavar="NAME=VALUE", help="A setting of Spark.")
@click.option(
    "--partitions", type=click.IntRange(1, 1_000_000), metavar="N",
    help="Parts after a shuffle.  [default: one for each 32 MB of input]",
)  # fmt: skip
@opt.setting_option("--threshold", type=float, metavar="T")
@keep_option
@window_option
@click.option(
    "--seen", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="A corpus file: what it holds is left out, copies of it are marked.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Take up an interrupted run after the last table that it finished.")
@click.option("--keep-work", is_flag=True, help="Leave what only the run needs in OUTPUT/_work.")
@opt.rule_options
@opt.workers_option
@opt.json_option
@opt.quiet_option
def scale(
    paths: tuple[str, ...],
    output: str,
    format: str | None,
    encoding: str | None,
    clean: bool,
    engine: str,
    master: str | None,
    archive: str | None,
    conf: dict[str, str],
    partitions: int | None,
    keep: tuple[str, ...],
    window_days: int | None,
    seen: Path | None,
    resume: bool,
    keep_work: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Clean and deduplicate PATHs at once into the Parquet tables of the new folder OUTPUT, here or on Spark.

    The tables hold what a corpus file holds: documents, articles, cuts, pairs, clusters, failures. `curator load`
    makes a corpus file of them.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator import engine as _  # noqa: F401 - says what is missing before anything else does
    from curator.cluster import KeepRule
    from curator.pipeline import scaling
    from curator.pipeline.clustering import RuleChange

    if archive:
        conf = {"spark.archives": f"{archive}#environment", "spark.pyspark.python": "./environment/bin/python"} | conf
    rule = RuleChange(settings.threshold, keep, window_days).applied(KeepRule())
    read = scaling.ReadOptions(format, encoding)
    report = scaling.scale(
        *paths,
        output=output,
        settings=settings,
        options=scaling.ScaleOptions(
            read, clean, rule, str(seen.absolute()) if seen else None, resume=resume, keep_work=keep_work
        ),
        engine=scaling.EngineOptions(engine, master, partitions or 0, conf),
        progress=None if quiet else _tell,
    )
    out = utf8(sys.stdout)
    if as_json:
        out.write(json.dumps(report.counts()) + "\n")
        tell_notes(() if quiet else report.notes)
    elif not quiet:
        told = report.counts()
        statuses = {name: told[name] for name in (*STATUSES, "seen", "failed")}
        out.write(f"{plural(report.documents, 'document')}: {counts(statuses)}\n")
        out.write(f"{report.pairs:,} pairs, {report.clusters:,} clusters, {report.cuts:,} cuts\n")
        out.writelines(f"note: {plain(note)}\n" for note in report.notes)
        out.write(f"next: {program()} load {shlex.quote(output)}\n")
    tell_failures(report.failures, report.failed, f"{output}/failures")
    if report.failed:
        sys.exit(3)


@click.command(
    epilog=opt.example("curator load out/ --db db/news.db", "curator load out/ --shard 1/8 --db db/news-1.db")
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--shard", default="1/1", callback=_shard, metavar="N/COUNT", help="Load one of several parts; clusters stay whole."
)
@opt.learn_option
@opt.db_option
@opt.json_option
@opt.quiet_option
def load(folder: Path, shard: tuple[int, int], learn: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Store what `curator scale` wrote into FOLDER in a corpus file, new or not; loading again changes nothing."""
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("loading", quiet=quiet) as tell, Corpus(settings=settings) as corpus:

        def told(tally: Tally) -> None:
            tell(tally.cleaned, counts({"loaded": tally.added, "unchanged": tally.unchanged}))

        report = corpus.load(folder, shard=shard, learn=learn, progress=told)
    out = utf8(sys.stdout)
    if as_json:
        out.write(json.dumps(report.counts()) + "\n")
    elif not quiet:
        out.writelines(f"{line}\n" for line in report_lines(report, settings))
    tell_failures(report.failures, report.failed)
    if report.failed:
        sys.exit(3)
