"""``curator export``: what leaves a corpus."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from curator.cli import options as opt
from curator.cli.progress import following, progress
from curator.cli.show import utf8
from curator.model import STATUSES


def _shards(flag: str, what: str) -> Callable[[opt.Command], opt.Command]:
    return click.option(flag, type=click.IntRange(1, 100_000), metavar="N", help=what)


@click.command(
    epilog=opt.example(
        "curator export > kept.jsonl",
        "curator export -o german.parquet --where \"lang = 'de' and published >= '2024'\" --with-cuts",
        "curator export -o notes/ --format markdown --status all",
        "curator export -o small.db --where \"site = 'example.com'\"",
    )
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Write here, whole or not at all."
)
@click.option(
    "--format",
    metavar="NAME",
    help="jsonl, csv, text (each also with .gz or .zst), parquet, markdown or sqlite  [default: by the name of PATH]",
)
@click.option("--where", metavar="SQL", help="Only articles for which this condition over their columns holds.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice([*STATUSES, "all"]), help="Only these.  [default: kept]"
)
@click.option("--kept", is_flag=True, help="Only kept articles, the same as --status kept.")
@click.option("--with-cuts", is_flag=True, help="Also write what was cut.")
@click.option("--with-raw", is_flag=True, help="Also write the page text and the original bytes (JSON lines, Parquet).")
@_shards("--shards", "Write N files, articles spread by their keys.")
@_shards("--shard-rows", "Write files of N articles each.")
@_shards("--shard-mb", "Write files of about N million bytes each.")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte-order mark, by which Excel knows UTF-8.")
@click.option("--line-end", type=click.Choice(["crlf", "lf"]), default="crlf", help="How rows of CSV end.")
@click.option("--overwrite", is_flag=True, help="Replace what an earlier export wrote at PATH.")
@click.option(
    "--labels", "as_labels", is_flag=True, help="Write the lines that people judged in the browser, to train on."
)
@opt.db_option
@opt.quiet_option
def export(
    output: Path | None,
    format: str | None,
    where: str | None,
    statuses: tuple[str, ...],
    kept: bool,
    with_cuts: bool,
    with_raw: bool,
    shards: int | None,
    shard_rows: int | None,
    shard_mb: int | None,
    bom: bool,
    line_end: str,
    overwrite: bool,
    as_labels: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Write articles to standard output, a file or a folder: JSON lines, CSV, text, Parquet, Markdown, SQLite."""
    if as_labels and (statuses or kept or where or with_cuts or with_raw or format or shards or shard_rows or shard_mb):
        raise click.UsageError("--labels writes lines, not articles: give it with -o and --overwrite alone")
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus
    from curator.export import Form

    form = Form(format, shards or 0, shard_rows or 0, shard_mb or 0, bom, line_end, overwrite)
    # A bar among the articles on one terminal would spoil them.
    with (
        progress("exporting", quiet=quiet or (output is None and sys.stdout.isatty())) as tell,
        Corpus(settings=settings) as corpus,
    ):
        if as_labels:
            n_written = corpus.export_labels(output or utf8(sys.stdout), overwrite=overwrite)
        else:
            status = () if "all" in statuses else (*statuses, *["kept"] * (kept or not statuses))
            n_written = corpus.export(
                output or utf8(sys.stdout),
                status=status,
                where=where,
                with_cuts=with_cuts,
                with_raw=with_raw,
                form=form,
                progress=following(tell, "exported"),
            )
    if output is not None and not quiet:
        click.echo(f"curator: {n_written:,} {'lines' if as_labels else 'articles'} written to {output}", err=True)
