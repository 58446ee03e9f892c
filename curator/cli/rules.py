"""``curator rules``: lists the rules, and tries them on a line or a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.show import coloured, margin_notes, plain, utf8
from curator.model import KINDS, Cut, Failure, Page, Raw
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.pipeline.cleaning import Tools


@click.command(epilog=opt.example("curator rules", 'curator rules --test "À lire : Le Maroc accueille la coalition"'))
@click.option("--test", "tried", metavar="TEXT|FILE", help="Show which rules fire on a line, or on a file, and why.")
@opt.rule_options
@opt.json_option
def rules(tried: str | None, as_json: bool) -> None:
    """List the rules: what each cuts and what it spares.

    Rules that read neighbouring lines show their worth on files: a single line has no neighbours.
    """
    settings = opt.settings_in_force()
    from curator.pipeline.cleaning import load_tools

    out = utf8(sys.stdout)
    tools = load_tools(settings)
    if tried is None:
        out.writelines(f"{line}\n" for line in (_rules_json() if as_json else _rules_text()))
        return
    n_fired = n_failed = 0
    for source, page, fired in _tried(tried, settings, tools):
        if page is None:
            n_failed += 1
            continue
        n_fired += len(fired)
        if as_json:
            texts = ({**cut._asdict(), "text": page.text[cut.start : cut.end], "source": source} for cut in fired)
            out.writelines(json.dumps(each) + "\n" for each in texts)
        else:
            out.writelines(f"{line}\n" for line in margin_notes(page.text, fired, None, colour=coloured(out)))
    if n_failed:
        sys.exit(3)
    if not n_fired and not as_json:
        click.echo("curator: no rule fires: every line is kept", err=True)


def _tried(tried: str, settings: Settings, tools: Tools) -> Iterator[tuple[str, Page | None, list[Cut]]]:
    """Yield the pages of a file, or of a text that names none, with what the rules would cut; None for a failure."""
    from curator.cleaners import find_cuts
    from curator.page import build_page
    from curator.readers import read_paths

    text = tried.encode("utf-8", "surrogatepass")
    for item in read_paths([tried], settings=settings) if _is_file(tried) else [Raw("-", text, record=text)]:
        if isinstance(item, Failure):
            click.echo(f"curator: {plain(item.source)}: {plain(item.message)}", err=True)
            yield item.source, None, []
            continue
        page = build_page(item, tools.sites, tools.max_html_depth)
        cuts = find_cuts(page.lines, tools.phrases, tools.skip_rules)
        yield item.source, page, sorted(cut for cut in cuts if cut.kind not in tools.keep_kinds)


def _is_file(tried: str) -> bool:
    try:
        return Path(tried).is_file()
    except (OSError, ValueError):  # a text too long to be the name of a file, or with a NUL
        return False


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
