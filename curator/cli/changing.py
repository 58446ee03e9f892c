"""``curator check``, ``reclean`` and ``remove``: what keeps a corpus in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.progress import following, progress
from curator.cli.show import plain, plural, utf8

if TYPE_CHECKING:
    from curator.pipeline.changing import CleaningReport


@click.command(epilog=opt.example("curator check", "curator check --quick --db db/news.db"))
@click.option("--quick", is_flag=True, help="Read no texts: prove the file, references, sums, rules and clusters.")
@opt.db_option
@opt.workers_option
@opt.json_option
@opt.quiet_option
def check(quick: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Prove that the corpus file is whole: nothing lost, every text rebuilt, one survivor in each cluster.

    Of a file that may not be written to, all but the search index is proved.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    n_problems = 0
    out = utf8(sys.stdout)
    with Corpus(settings=settings) as corpus, progress("checking", quiet=quiet) as tell:
        unchecked = corpus.unchecked(quick=quick)
        for problem in corpus.check(quick=quick, progress=following(tell, "proved")):
            n_problems += 1
            line = json.dumps(problem._asdict()) if as_json else f"{problem.check}: {problem.where} {problem.found}"
            out.write(plain(line) + "\n")
    if unchecked and not quick:
        copy = f"`curator backup COPY.db{opt.quoted(settings)}` makes a copy that can be checked whole"
        click.echo(f"curator: {settings.db}: is read-only, so the search index was not checked; {copy}", err=True)
    if n_problems:
        mend = f"restore a copy, or make a new file of its originals: `curator merge {settings.db} --db NEW.db`"
        click.echo(f"curator: {settings.db}: {plural(n_problems, 'problem')} found; {mend}", err=True)
        sys.exit(1)
    if as_json:
        out.write(json.dumps({"problems": 0, "unchecked": unchecked}) + "\n")
    elif not quiet:
        out.write(f"{settings.db}: {_held(unchecked, quick=quick)}\n")


def _held(unchecked: Sequence[str], *, quick: bool) -> str:
    if quick:
        return f"sound as far as that can be told without reading texts; not checked: {', '.join(unchecked)}"
    return f"all {'other ' * bool(unchecked)}invariants hold"


@click.command(epilog=opt.example("curator reclean", "curator reclean --keep-kind caption", "curator reclean --whole"))
@click.option("--whole", is_flag=True, help="Clean all, also what the same rules have cleaned already.")
@opt.rule_options
@opt.db_option
@opt.workers_option
@opt.json_option
@opt.quiet_option
def reclean(whole: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Clean the stored originals again with this version's rules, and say what changed.

    Where the same rules, weights and settings have cleaned all, only the articles that people said something of since.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("cleaning again", quiet=quiet) as tell, Corpus(settings=settings) as corpus:

        def told(so_far: CleaningReport) -> None:
            tell(so_far.read, f"{so_far.read:,} read, {so_far.changed:,} changed")

        report = corpus.reclean(whole=whole, progress=told)
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
    elif not quiet:
        sys.stdout.write(_cleaned_text(report))
    if report.failed:
        sys.exit(3)


def _cleaned_text(report: CleaningReport) -> str:
    text = f"{report.read:,} cleaned again: {report.changed:,} changed, {report.failed:,} failed\n"
    if report.spared:
        text += f"{plural(report.spared, 'other')} spared: the same rules had cleaned them (--whole cleans them, too)\n"
    if report.changed:
        ids = ", ".join(map(str, report.changed_ids[:20])) + (", ..." if len(report.changed_ids) > 20 else "")
        text += (
            f"characters kept: {report.chars_before:,} before, {report.chars_after:,} now\nchanged articles: {ids}\n"
        )
    if report.heeded:
        text += f"{plural(report.heeded, 'verdict')} of people heeded\n"
    for article, start, end in report.stale_verdicts:
        text += f"verdict on article {article}, {start} to {end}, not heeded: another text stands there now\n"
    return text


@click.command(
    epilog=opt.example(
        "curator remove 17", "curator remove 3 4 5 --yes", "curator remove --where \"source like 'old/%'\""
    )
)
@click.argument("ids", type=opt.ARTICLE_ID, nargs=-1, metavar="[ID]...")
@click.option("--where", metavar="SQL", help="All for which this condition holds, as `curator export` takes it.")
@opt.yes_option
@opt.db_option
@opt.quiet_option
def remove(ids: tuple[int, ...], where: str | None, yes: bool, quiet: bool, verbose: bool) -> None:
    """Delete documents with their originals and all that was made of them; the rest is clustered anew."""
    if not ids and where is None:
        raise click.UsageError("which? give the numbers of articles, or a condition with --where")
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with Corpus(settings=settings) as corpus:
        wanted = {*ids, *(corpus.ids_where(where) if where is not None else ())}
        if not wanted:
            click.echo("curator: nothing removed: the condition holds for no article", err=True)
            return
        question = f"Delete {plural(len(wanted), 'document')} from {settings.db} for good?"
        if not yes and sys.stdin.isatty() and not click.confirm(question, err=True):
            sys.exit(1)
        with progress("removing", quiet=quiet) as tell:
            n_removed = corpus.remove(*wanted, progress=following(tell, "done"))
    if not yes and not sys.stdin.isatty():
        click.echo("curator: removed without a question, since this is no terminal (--yes says so)", err=True)
    if not quiet:
        sys.stdout.write(f"{n_removed:,} removed\n")
