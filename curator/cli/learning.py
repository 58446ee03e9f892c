"""``curator learn``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from curator.cli import options as opt
from curator.cli.progress import following, progress
from curator.settings import help_of


def _share(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise click.BadParameter(f"{value} is no share: more than 0, at most 1")
    return value


@click.command(epilog=opt.example("curator learn", "curator learn --articles 10 --share 0.5"))
@click.option("--articles", type=click.IntRange(min=2), metavar="N", help=help_of("template_articles"))
@click.option("--share", type=float, callback=_share, metavar="S", help=help_of("template_share"))
@opt.choice_options
@opt.db_option
@opt.json_option
@opt.quiet_option
def learn(
    articles: int | None,
    share: float | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Learn what each site repeats from article to article, and cut it from the articles.

    Only sites whose pages changed are looked at; what is given here becomes the corpus's and has all sites learned.
    """
    settings = opt.settings_in_force(verbose=verbose)
    from curator.corpus import Corpus

    with progress("learning", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        report = corpus.learn(articles=articles, share=share, progress=following(tell, "done"))
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
    elif not quiet:
        sys.stdout.write(f"{report.told()}\n")
