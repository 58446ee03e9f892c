"""``curator dedup``: which articles are copies of which, by a rule that can change."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.progress import following, progress
from curator.cli.show import utf8

if TYPE_CHECKING:
    from curator.cluster.contained import Contained
    from curator.pipeline.clustering import ClusterReport


def _threshold(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is None or 0.5 <= value <= 1.0:
        return value
    if not 0.2 <= value < 0.5:
        raise click.BadParameter(f"{value} is outside .2 to 1")
    if not context.params.get("rescan"):
        raise click.BadParameter(
            f"pairs less alike than .5 are not stored; with --rescan all texts are read again to find those of {value}"
        )
    return value


def _order(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        name, colon, sites = value.partition(":")
        if value not in ("earliest", "longest") and not (name == "site" and colon and sites.strip(", ")):
            raise click.BadParameter(f"{value!r} is none of earliest, longest and site:a.example,b.example")
    if len({value.partition(":")[0] for value in values}) < len(values):
        raise click.BadParameter("each of earliest, longest and site: can be given once")
    return values


#: Options of the rule of clusters, which ``curator scale`` shares.
keep_option = click.option(
    "--keep", multiple=True, callback=_order, metavar="RULE",
    help="What a survivor is chosen by, the first that decides: earliest, longest, site:a.example,b.example.",
)  # fmt: skip
window_option = click.option(
    "--window-days", type=click.IntRange(0), metavar="N", help="Articles further apart are no duplicates; 0: any are."
)


@click.command(
    epilog=opt.example(
        "curator dedup --threshold 0.8",
        "curator dedup --keep site:a.example,b.example --keep longest --window-days 30",
        "curator dedup --contained",
    )
)
@click.option(
    "--threshold", type=float, callback=_threshold, metavar="T", help="Similarity of near-duplicates, .5 or more."
)
@click.option("--rescan", is_flag=True, is_eager=True, help="Read all texts again, for a threshold of .2 to .5.")
@keep_option
@window_option
@click.option("--contained", is_flag=True, help="Mark articles whose text a longer one contains.")
@click.option("--drop-contained", is_flag=True, help="Mark them, and reject them.")
@click.option("--restore-contained", is_flag=True, help="Take back what --drop-contained rejected.")
@opt.db_option
@opt.json_option
@opt.quiet_option
def dedup(
    threshold: float | None,
    rescan: bool,
    keep: tuple[str, ...],
    window_days: int | None,
    contained: bool,
    drop_contained: bool,
    restore_contained: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Cluster anew from the stored pairs, without reading the corpus again; later adding follows the same rule."""
    if restore_contained and (contained or drop_contained):
        raise click.UsageError("--restore-contained takes back what --drop-contained did: give one of them")
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    out = utf8(sys.stdout)
    counts: dict[str, object] = {}
    marks: list[Contained] = []
    with progress("clustering", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        told = following(tell, "done")
        if restore_contained:
            counts["restored"] = corpus.restore_contained()
        report = corpus.dedup(threshold=threshold, keep=keep, window_days=window_days, rescan=rescan, progress=told)
        if contained or drop_contained:
            marks = corpus.mark_contained(progress=told)
            counts["contained"] = [mark._asdict() for mark in marks]
        if drop_contained:
            counts["dropped"] = corpus.drop_contained(progress=told)
    if as_json:
        out.write(json.dumps(asdict(report) | counts) + "\n")
    elif not quiet:
        out.writelines(f"{line}\n" for line in (*_told(report), *_marked(marks), *_moved(counts)))


def _told(report: ClusterReport) -> Iterator[str]:
    yield (
        f"{report.pairs:,} pairs of {report.threshold} or more make {report.clusters:,} clusters:"
        f" {report.kept:,} kept, {report.duplicate:,} duplicates; {report.changed:,} articles changed"
    )
    sites = f"site {', '.join(report.sites)}"
    order = [sites if name == "site" else name for name in report.keep if name != "site" or report.sites]
    window = f"; within {report.window_days} days" if report.window_days else ""
    yield f"kept of each cluster: by {', then '.join([*order, 'the smallest key'])}{window}"
    if report.threshold < 0.5:
        yield (
            f"the scan finds {report.recall:.1%} of the pairs as weak as {report.threshold}; of articles that are added"
            " later fewer such pairs are found, until the next --rescan"
        )


def _marked(marks: list[Contained]) -> Iterator[str]:
    if marks:
        yield f"{len(marks):,} articles are contained in longer ones:"
    for mark in marks[:20]:
        yield f"  {mark.id} in {mark.container}: {mark.containment:.0%} of its word sequences"
    if len(marks) > 20:
        yield f"  ... and {len(marks) - 20:,} more: table contained"


def _moved(counts: dict[str, object]) -> Iterator[str]:
    names = {"restored": "taken back", "dropped": "rejected; --restore-contained takes them back"}
    for name, what in names.items():
        if name in counts:
            yield f"{counts[name]:,} {what}"
