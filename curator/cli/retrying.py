"""``curator retry``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from curator.cli import options as opt
from curator.cli.adding import Watch
from curator.cli.progress import progress
from curator.cli.reports import tell_failures
from curator.cli.show import plural


@click.command(
    epilog=opt.example("curator retry", "curator retry --max-seconds 600 --db db/news.db", "curator retry --forget")
)
@click.option("--forget", is_flag=True, help="Then forget the failures that stay, of files that are gone, say.")
@opt.setting_option("--max-seconds", type=float, metavar="S")
@opt.db_option
@opt.workers_option
@opt.json_option
@opt.quiet_option
def retry(forget: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Read again what failed: whole files, or the single records where a file is the same as then.

    What works by now is stored, and its failure goes; limits are those of today's settings.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("trying again", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        report = corpus.retry(forget=forget, progress=Watch(tell, settings, yes=True))
    if as_json:
        told = ("source", "stage", "error", "message")
        failures = [{name: getattr(failure, name) for name in told} for failure in report.failures]
        sys.stdout.write(json.dumps(asdict(report) | {"failures": failures}) + "\n")
    elif not quiet:
        sys.stdout.write(
            f"{plural(report.tried, 'failure')} tried again: {report.settled:,} settled, {report.left:,} left;"
            f" {plural(report.added, 'document')} added\n"
        )
        if report.forgotten:
            still = f"and still {'do' if report.forgotten != 1 else 'does'} not"
            sys.stdout.write(f"{plural(report.forgotten, 'path')} that did not exist, {still}, forgotten\n")
        if report.given_up:
            sys.stdout.write(f"{plural(report.given_up, 'failure')} forgotten\n")
        if report.elsewhere:
            sys.stdout.write(f"{report.elsewhere:,} came from no file: give those inputs again\n")
    tell_failures(report.failures)
    if report.left or (report.failures and not forget):
        sys.exit(3)
