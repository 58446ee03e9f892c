"""``curator backup`` and ``merge``: whole corpus files."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.progress import following, progress
from curator.cli.show import counts, counts_of, plural, program
from curator.model import STATUSES

if TYPE_CHECKING:
    from curator.pipeline.report import Tally


@click.command(epilog=opt.example("curator backup backup.db", "curator backup /mnt/nightly.db --overwrite"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace an earlier backup.")
@opt.db_option
@opt.json_option
@opt.quiet_option
def backup(file: Path, overwrite: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Copy the corpus to FILE as it is now, while others may go on writing to it.

    Structure and references of the copy are proved; `curator check --db FILE` proves every text, too.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("copying", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        n_documents = corpus.backup(file, overwrite=overwrite, progress=following(tell, "done"))
    n_bytes = file.stat().st_size
    if as_json:
        sys.stdout.write(json.dumps({"path": str(file), "documents": n_documents, "bytes": n_bytes}) + "\n")
    elif not quiet:
        copied = f"{plural(n_documents, 'document')}, {n_bytes:,} bytes"
        proved = "its structure and references are sound"
        more = f"`{program()} check --db {shlex.quote(str(file))}` also reads every text and original"
        click.echo(f"curator: {copied} in {file}; {proved}; {more}", err=True)


@click.command(epilog=opt.example("curator merge other.db", "curator merge old.db --db db/news.db --json"))
@click.argument("other", type=click.Path(path_type=Path), metavar="OTHER")
@opt.rule_options
@opt.db_option
@opt.workers_option
@opt.json_option
@opt.quiet_option
def merge(
    other: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Add all that the corpus file OTHER holds, as if its inputs had been added here; OTHER stays as it is."""
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("merging", quiet=quiet) as tell, Corpus(settings=settings) as corpus:

        def told(tally: Tally) -> None:
            so_far = counts({"read": tally.cleaned, "added": tally.added, "failed": tally.failed})
            tell(tally.cleaned, so_far, tally.share, tally.stage if tally.stage != "adding" else None)

        report = corpus.merge(other, progress=told)
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
    elif not quiet:
        seen = counts_of(report, ("added", "unchanged", "failed"))
        sys.stdout.write(f"{report.read:,} read from {other}: {seen or 'nothing'}\n")
        numbers = {"path": report.paths, "verdict": report.verdicts, "failure": report.failures}
        along = ", ".join(plural(number, noun) for noun, number in numbers.items() if number)
        for what, line in (("added", counts_of(report, STATUSES)), ("came along", along)):
            if line:
                sys.stdout.write(f"{what}: {line}\n")
    if report.failed:
        sys.exit(3)
