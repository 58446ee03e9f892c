"""``curator rules``: lists the rules, and tries them on a line or a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from curator.cli import options as opt
from curator.cli.show import coloured, margin_notes, utf8
from curator.model import KINDS


@click.command(epilog=opt.example("curator rules", 'curator rules --test "À lire : Le Maroc accueille la coalition"'))
@click.option("--test", "tried", metavar="TEXT|FILE", help="Show which rules fire on a line, or on a file, and why.")
@opt.rule_options
@opt.json_option
def rules(
    tried: str | None,
    keep_kinds: tuple[str, ...],
    skip_rules: tuple[str, ...],
    thoroughness: float | None,
    phrases: tuple[Path, ...],
    sites: tuple[Path, ...],
    as_json: bool,
) -> None:
    """List the rules: what each cuts and what it spares.

    Rules that read neighbouring lines show their worth on files: a single line has no neighbours.
    """
    settings = opt.settings_of(
        keep_kinds=keep_kinds, skip_rules=skip_rules, thoroughness=thoroughness, phrases=phrases, sites=sites
    )
    from curator.pipeline.cleaning import load_tools

    out = utf8(sys.stdout)
    tools = load_tools(settings)
    if tried is None:
        out.writelines(f"{line}\n" for line in (_rules_json() if as_json else _rules_text()))
        return
    from curator.cleaners import find_cuts
    from curator.page.lines import split_lines

    text = _text_of(tried)
    cuts = find_cuts(split_lines(text), tools.phrases, tools.skip_rules)
    fired = sorted(cut for cut in cuts if cut.kind not in tools.keep_kinds)
    if as_json:
        out.writelines(json.dumps({**cut._asdict(), "text": text[cut.start : cut.end]}) + "\n" for cut in fired)
        return
    out.writelines(f"{line}\n" for line in margin_notes(text, fired, None, colour=coloured(out)))
    if not fired:
        click.echo("curator: no rule fires: every line is kept", err=True)


def _text_of(tried: str) -> str:
    path = Path(tried)
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else tried
    except OSError:  # a text too long to be the name of a file
        return tried


def _rules_json() -> Iterator[str]:
    from curator.catalogue import CATALOGUE

    yield from (json.dumps(entry._asdict()) for entry in CATALOGUE)


def _rules_text() -> Iterator[str]:
    from curator.catalogue import by_kind

    for kind, entries in by_kind().items():
        yield f"{kind}: {KINDS[kind]}" if kind else "of any kind"
        for entry in entries:
            yield f"  {entry.rule}"
            yield f"      {entry.cuts}"
            yield f"      Spares {entry.spares}."
