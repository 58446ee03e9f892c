"""Settings -> a name for all that cleaning goes by, which tells whether a document would be cleaned as it was."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import curator
from curator.settings import Settings

#: Stages whose code, phrases and weights decide what becomes of a document by itself.
_STAGES = (
    *("model.py", "sites", "readers", "page", "cleaners", "tagger", "templates.py", "facts", "article.py"),
    *("catalogue.py", "store/rows.py", "pipeline/cleaning.py", "pipeline/entries.py", "pipeline/changing.py"),
)
_ENDINGS = (".py", ".toml", ".npz")
#: Packages whose versions decide it, too.
_PACKAGES = (
    *("beautifulsoup4", "charset-normalizer", "ftfy", "lxml", "lxml_html_clean", "numpy", "py3langid"),
    *("soupsieve", "trafilatura"),
)
#: Settings that decide nothing of it; one that is missing here only costs time.
_NOT_OF_CLEANING = (
    *("db", "workers", "batch_rows", "threshold", "n_perm", "bands", "rows", "seed", "max_failed_share", "contact"),
    *("template_articles", "template_share"),
)


def cleaner_of(settings: Settings) -> str:
    """Return 32 hex digits that are others where settings, rules, weights, or what they build on, are others.

    >>> cleaner_of(Settings()) == cleaner_of(Settings(workers=3))
    True
    >>> cleaner_of(Settings()) == cleaner_of(Settings(keep_kinds=("caption",)))
    False
    """
    told = {name: value for name, value in asdict(settings).items() if name not in _NOT_OF_CLEANING}
    named = json.dumps(told, default=str, sort_keys=True).encode()
    return blake2b(_ours() + files_id(settings) + named, digest_size=16).hexdigest()


def files_id(settings: Settings) -> bytes:
    """Return a hash of what stands in the user's own files of phrases and site rules, as they are now."""
    digest = blake2b(digest_size=32)
    for path in (*settings.phrases, *settings.sites):
        for part in _contents(Path(path)):
            digest.update(b"%d:" % len(part) + part)
    return digest.digest()


@cache
def _ours() -> bytes:
    """Return a hash of this version's rules and weights, and of the versions of what they build on."""
    folder = Path(curator.__file__).parent
    names = (curator.__version__, str(sys.version_info[:2]), *map(_version, _PACKAGES))
    digest = blake2b(json.dumps(names).encode(), digest_size=32)
    for stage in _STAGES:
        for part in _contents(folder / stage):
            digest.update(b"%d:" % len(part) + part)
    return digest.digest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # installed in some other way
        return ""


def _contents(path: Path) -> Iterator[bytes]:
    """Yield names and bytes of the files at a path, in the order of their names."""
    inside = (file for file in path.rglob("*") if file.suffix in _ENDINGS)
    for file in sorted(inside) if path.is_dir() else [path]:  # one that is named may end in anything
        with suppress(OSError):  # whoever reads its rules says what is wrong with it
            content = file.read_bytes()
            yield from (file.name.encode("utf-8", "surrogateescape"), content)
