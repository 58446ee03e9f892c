"""What an export looks like, told by flags or by the name of the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from curator.errors import OutputError, SettingsError
from curator.settings import expected

#: Formats of an export with the endings that stand for them; Markdown is a folder and has none.
FORMATS = {
    "jsonl": (".jsonl", ".ndjson"),
    "csv": (".csv",),
    "text": (".txt",),
    "parquet": (".parquet",),
    "markdown": (),
    "sqlite": (".db", ".sqlite", ".sqlite3"),
}
COMPRESSIONS = (".gz", ".zst")
#: Every name that ``--format`` takes.
NAMES = tuple(
    name + end for name in FORMATS for end in (("", *COMPRESSIONS) if name in ("jsonl", "csv", "text") else ("",))
)

LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}


@dataclass(frozen=True, slots=True)
class Form:
    """What an export looks like; SettingsError for an unknown name, or shards of two sorts.

    ``format`` is one of ``NAMES``, or None to go by the output's name. A folder of files is written with ``shards``
    (so many, by key), ``shard_rows`` (so many articles in each) or ``shard_mb`` (about so many million bytes in
    each). ``bom`` and ``line_end`` are for CSV. ``overwrite`` replaces an earlier output.
    """

    format: str | None = None
    shards: int = 0
    shard_rows: int = 0
    shard_mb: int = 0
    bom: bool = False
    line_end: str = "crlf"
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in NAMES:
            raise SettingsError(f"--format: {self.format!r} is unknown; {expected(self.format, list(NAMES))}")
        if self.line_end not in LINE_ENDS:
            raise SettingsError(f"--line-end: {self.line_end!r} is unknown; {expected(self.line_end, LINE_ENDS)}")
        if sum(n > 0 for n in (self.shards, self.shard_rows, self.shard_mb)) > 1:
            raise SettingsError("shards are cut by --shards, --shard-rows or --shard-mb: give one of them")

    @property
    def sharded(self) -> bool:
        """Whether the output is a folder of files with some articles each."""
        return bool(self.shards or self.shard_rows or self.shard_mb)

    @property
    def kind(self) -> str:
        """Name of the format without compression."""
        return (self.format or "jsonl").partition(".")[0]

    @property
    def ending(self) -> str:
        """Ending of a file of this format."""
        name, dot, packed = (self.format or "jsonl").partition(".")
        return (FORMATS[name] or (".md",))[0] + dot + packed

    def of_folder(self, output: Path) -> bool:
        """Return whether the output is a folder: shards, or a file for each article."""
        one_each = self.kind == "markdown" or (self.kind == "text" and format_of(output) is None)
        return self.sharded or one_each


def format_of(output: Path) -> str | None:
    """Return the format that a name stands for, or None.

    >>> format_of(Path("kept.jsonl.gz")), format_of(Path("a.b/kept.PARQUET")), format_of(Path("kept"))
    ('jsonl.gz', 'parquet', None)
    """
    name = output.name.lower()
    packed = next((end for end in COMPRESSIONS if name.endswith(end)), "")
    stem = name.removesuffix(packed)
    kind = next((kind for kind, endings in FORMATS.items() if stem.endswith(endings or "\0")), None)
    return None if kind is None or kind + packed not in NAMES else kind + packed


def settled(form: Form, output: Path | None) -> Form:
    """Return the form with a format: the given one, or else that of the output's name; a stream gets JSON lines.

    Raises OutputError where the name does not tell, or tells another format.
    """
    if output is None:
        return _for_stream(form)
    told = format_of(output)
    if form.format is None and told is None and output.is_dir():
        raise OutputError(
            f"{output}: is a folder; give the name of a file in it, or say with --format what to fill it with"
        )
    if form.format is None and told is None:
        raise OutputError(f"{output}: the name tells no format; give --format, one of {', '.join(NAMES)}")
    chosen = replace(form, format=form.format or told)
    if told is not None and told != chosen.format and not chosen.of_folder(output):
        raise OutputError(f"{output}: is named as {told}, but --format says {form.format}; let them agree")
    return chosen


def _for_stream(form: Form) -> Form:
    if form.kind in ("parquet", "markdown", "sqlite") or form.sharded or (form.format or "").endswith(COMPRESSIONS):
        what = "shards" if form.sharded else f"{form.format}"
        raise OutputError(f"{what} cannot go to standard output; give a file or folder with -o")
    return replace(form, format=form.format or "jsonl")
