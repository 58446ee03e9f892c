"""Options that several commands share, each defined once; their help comes from the settings."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import Any

import click

from curator.model import KINDS
from curator.settings import DEFAULT_DB, Settings, help_of, load_settings

Command = Callable[..., Any]

#: What an input can be declared to be; ``curator.readers.FORMATS``, which is not imported to print help.
FORMATS = ("text", "html", "jsonl", "json", "csv", "parquet", "warc", "sqlite")


def stack(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that gives a command all of these options, in this order."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


def _own_files(flag: str, name: str, *, folders: bool = False) -> Callable[[Command], Command]:
    kind = click.Path(path_type=Path, exists=True, dir_okay=folders)
    return click.option(flag, name, multiple=True, type=kind, metavar="PATH", help=help_of(name))


_THOROUGHNESS = {"careful": -1.0, "thorough": 1.0}


def _thoroughness(context: click.Context, option: click.Parameter, value: bool) -> None:
    """Give the command ``thoroughness`` as these two flags say, None where neither was given."""
    given: float | None = context.params.get("thoroughness")
    if value and given is not None:
        raise click.UsageError("--careful and --thorough are opposites: give one of them")
    context.params["thoroughness"] = _THOROUGHNESS[str(option.name)] if value else given


db_option = click.option(
    "--db", type=click.Path(path_type=Path), metavar="FILE", help=f"{help_of('db')}  [default: {DEFAULT_DB}]"
)
#: The number of an article; SQLite holds none that is larger.
ARTICLE_ID = click.IntRange(1, 2**63 - 1)
ARTICLE_ID.name = "number of an article"  # as messages have it
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
workers_option = click.option("--workers", type=int, metavar="N", help=help_of("workers"))
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
quiet_option = stack(
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    click.option("-v", "--verbose", is_flag=True, help="Also say which settings are in force."),
)
choice_options = stack(
    click.option(
        "--keep-kind", "keep_kinds", multiple=True, type=click.Choice(list(KINDS)), metavar="KIND",
        help=help_of("keep_kinds"),
    ),
    click.option("--skip-rule", "skip_rules", multiple=True, metavar="RULE", help=help_of("skip_rules")),
    click.option(
        "--careful", is_flag=True, expose_value=False, callback=_thoroughness,
        help="Let the tagger cut only what is surely clutter.",
    ),
    click.option(
        "--thorough", is_flag=True, expose_value=False, callback=_thoroughness,
        help="Let the tagger cut what is rather clutter.",
    ),
)  # fmt: skip
rule_options = stack(
    choice_options,
    _own_files("--phrases", "phrases"),
    _own_files("--sites", "sites", folders=True),
)  # fmt: skip


def _encoding(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    from curator.readers import is_encoding

    if value is not None and not is_encoding(value):
        raise click.BadParameter(f"{value!r} is unknown: expected a name such as utf-8, cp1252 or shift_jis")
    return value


#: Where a context keeps the flags that become settings without a parameter of the command.
_SETTINGS = "curator.settings"


def _as_setting(context: click.Context, option: click.Parameter, value: str | None) -> None:
    context.meta.setdefault(_SETTINGS, {})[option.name] = value


def _field(flag: str) -> Callable[[Command], Command]:
    name = flag.removeprefix("--").replace("-", "_")
    return click.option(flag, metavar="NAME", expose_value=False, callback=_as_setting, help=help_of(name))


field_options = stack(
    _field("--text-field"),
    _field("--html-field"),
    _field("--id-field"),
    _field("--url-field"),
    _field("--date-field"),
)


def _paths(context: click.Context, argument: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if "" in values:  # a variable of the shell that is not set, say
        raise click.BadParameter("a path is empty: expected a file, a folder or -")
    return values


input_options = stack(
    click.argument("paths", nargs=-1, required=True, metavar="PATH...", callback=_paths),
    click.option("--format", type=click.Choice(FORMATS), help="What the input is, where its content misleads."),
    click.option(
        "--encoding", metavar="NAME", callback=_encoding, help="Encoding of the input, where it does not tell or lies."
    ),
    field_options,
    click.option("--no-clean", "clean", is_flag=True, default=True, flag_value=False, help="Take texts as they are."),
)


def settings_of(*, verbose: bool = False, **flags: Any) -> Settings:  # noqa: ANN401 - flags are of their settings' types
    """Return the settings in force, flags on top of file and environment; ``verbose`` also tells them."""
    context = click.get_current_context(silent=True)
    flags |= context.meta.get(_SETTINGS, {}) if context else {}
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    settings = load_settings(given)
    if verbose:
        for each in fields(settings):
            click.echo(f"curator: {each.name} = {_shown(getattr(settings, each.name))}", err=True)
    return settings


def _shown(value: object) -> str:
    return (", ".join(map(str, value)) or "(none)") if isinstance(value, tuple) else str(value)


def example(*lines: str) -> str:
    """Return the epilog of a command's help that shows how to call it."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def quoted(settings: Settings) -> str:
    """Return ``--db FILE`` as it must be typed to reach the same corpus, empty for the default."""
    return "" if settings.db == DEFAULT_DB else f" --db {shlex.quote(str(settings.db))}"


def listed(names: Sequence[str]) -> str:
    """Return names in a row, as prose has them."""
    return ", ".join(names)
