"""``curator add``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.progress import Tell, progress
from curator.cli.reports import tell_report
from curator.cli.show import coloured, counts
from curator.errors import CuratorError
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.pipeline.report import Tally

#: New documents from which the share of those that failed or were rejected says something.
_JUDGED_FROM = 200


@click.command(epilog=opt.example("curator add dumps/ --db db/news.db", "cat pages.jsonl | curator add -"))
@opt.input_options
@opt.learn_option
@opt.rule_options
@opt.db_option
@opt.workers_option
@opt.yes_option
@opt.json_option
@opt.quiet_option
def add(
    paths: tuple[str, ...],
    format: str | None,
    encoding: str | None,
    clean: bool,
    learn: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read, clean, deduplicate and store files, folders, or - for standard input.

    Text (one document a file), HTML, JSON lines ({"id", "text" or "html", "url"?, ...}), JSON, CSV, Parquet, SQLite,
    WARC, WET, ARC and WACZ, saved pages (MHTML), messages and mailboxes, also packed (gz, bz2, xz, zst, zip, tar), are
    told by their content. Adding the same again changes nothing.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("adding", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        told = Watch(tell, settings, yes=yes)
        report = corpus.add(*paths, format=format, encoding=encoding, clean=clean, learn=learn, progress=told)
    tell_report(report, settings, as_json=as_json, quiet=quiet)
    told.warn()
    if report.failed:
        sys.exit(3)


class Watch:
    """Follows a run: tells its progress, and asks once whether to go on where too much fails or is rejected."""

    def __init__(self, tell: Tell, settings: Settings, *, yes: bool) -> None:
        self._tell = tell
        self._most = settings.max_failed_share
        self._may_ask = not yes
        self._tally: Tally | None = None

    def __call__(self, tally: Tally) -> None:
        """Tell how far the run is; raises CuratorError where the person wants no more of it."""
        self._tally = tally
        done = {"cleaned": tally.cleaned, "added": tally.added, "unchanged": tally.unchanged, "failed": tally.failed}
        if tally.stage == "adding":
            self._tell(tally.cleaned, counts(done), tally.share)
        else:
            self._tell(tally.cleaned, counts(done), tally.share, tally.stage)
        if self._may_ask and self._is_too_much(tally):
            self._may_ask = False
            if not self._tell.ask(f"{_unfit(tally)}. Go on?"):
                stopped = "stopped; what was stored before stays, and the same command takes up the rest"
                raise CuratorError(f"{stopped} (--yes goes on without a question)")

    def warn(self) -> None:
        """Say in the end, so that nobody overlooks it, that too much failed or was rejected."""
        tally = self._tally
        if tally is None or not self._is_too_much(tally):
            return
        reasons = "; ".join(f"{number:,} {reason}" for reason, number in tally.reasons.most_common(3))
        text = f"{_unfit(tally)}, more than max_failed_share, {self._most:.0%} ({reasons}): is this the right input?"
        click.secho(f"curator: WARNING: {text}", err=True, bold=True, fg="red" if coloured(sys.stderr) else None)

    def _is_too_much(self, tally: Tally) -> bool:
        return tally.judged >= _JUDGED_FROM and tally.unfit > self._most * tally.judged


def _unfit(tally: Tally) -> str:
    share = f"{tally.unfit / tally.judged:.0%}"
    return f"{tally.unfit:,} of {tally.judged:,} new documents ({share}) failed or were rejected"
