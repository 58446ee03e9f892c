"""Write the reference pages of docs/ from the code: rules, commands, settings and tables have one home each.

python docs/generate.py          writes docs/rules.md, docs/commands.md, docs/settings.md and docs/tables.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import click

from curator.catalogue import by_kind
from curator.cli import main
from curator.model import KINDS
from curator.settings import Settings
from curator.store.descriptions import columns, describe_table, tables

DOCS = Path(__file__).parent
_NOTE = "<!-- Written by docs/generate.py from the code: change it there. -->\n"


def rules_page() -> str:
    """Return the page of kinds and rules."""
    lines = [
        _NOTE,
        "# Rules\n",
        "Every cut names a kind and a rule. `curator rules` prints this list; `curator rules --test`",
    ]
    lines += ["tries a line or a file against it.\n", "| kind | is |", "|---|---|"]
    lines += [f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items()]
    for kind, entries in by_kind().items():
        lines += [f"\n## {kind or 'of any kind'}\n", "| rule | reads | what it does | spares |", "|---|---|---|---|"]
        lines += [f"| `{rule}` | {reads} | {cuts} | {spares} |" for rule, _, reads, cuts, spares in entries]
    return "\n".join(lines) + "\n"


def commands(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group with the words that call it."""
    if isinstance(group, click.Group):
        for name in sorted(group.commands):
            yield from commands(group.commands[name], f"{path} {name}")
    else:
        yield path, group


def commands_page() -> str:
    """Return the page of commands: the help of each, as it prints."""
    lines = [_NOTE, "# Commands"]
    for path, command in commands(main, "curator"):
        settings = main.context_settings | {"terminal_width": 100}
        help_text = command.get_help(click.Context(command, info_name=path, **settings))
        lines += [f"\n## {path}\n", "```", help_text, "```"]
    return "\n".join(lines) + "\n"


def tables_page() -> str:
    """Return the page of tables and columns."""
    lines = [_NOTE, "# Tables\n", "One SQLite file holds the corpus. `db/schema.sql` is the whole schema."]
    for table in tables():
        lines += [f"\n## {table}\n", describe_table(table) + "\n", "| column | holds |", "|---|---|"]
        lines += [f"| `{name}` | {holds} |" for name, holds in columns(table).items()]
    return "\n".join(lines) + "\n"


#: How the page of settings begins.
_SETTINGS = """# Settings

Every setting has a default. `curator.toml` in the folder where the command is called changes it, a variable
`CURATOR_NAME` changes that, and a flag changes that again. `-v` prints what is in force. An unknown name, or a value
that cannot be, is an error before any work is done. Paths in `curator.toml` count from its folder.

```toml
db = "/data/news.db"
keep_kinds = ["caption"]
thoroughness = -0.5          # half as careful as --careful
contact = "https://example.com/corpus"
```

```sh
CURATOR_DB=/data/news.db CURATOR_KEEP_KINDS=caption,bio curator add dumps/
```

A corpus keeps the settings by which it finds duplicates and templates (`threshold`, `n_perm`, `bands`, `rows`, `seed`,
`template_articles`, `template_share`) from its first `curator add` on. `curator dedup --threshold` and `curator learn
--articles --share` change what can be changed later.

| setting | default | from .. to | is |
|---|---|---|---|
"""


def settings_page() -> str:
    """Return the page of settings."""
    return f"{_NOTE}\n{_SETTINGS}" + "".join(f"{_setting_row(each)}\n" for each in fields(Settings))


def _setting_row(setting: Field[Any]) -> str:
    default = setting.default
    if isinstance(default, int):
        shown = f"{default:,}"
    else:
        shown = ", ".join(default) if isinstance(default, tuple) else f"{default}"
    limits = [f"{setting.metadata[name]:,}" for name in ("least", "most") if name in setting.metadata]
    return f"| `{setting.name}` | {shown} | {' .. '.join(limits)} | {setting.metadata['help']} |"


PAGES = {"rules.md": rules_page, "commands.md": commands_page, "settings.md": settings_page, "tables.md": tables_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (DOCS / file).write_text(page(), encoding="utf-8")
