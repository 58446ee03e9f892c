"""A folder -> the files in it that are read."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from curator.model import Failure
from curator.readers.inputs import InputError, os_error
from curator.readers.letterheads import MOST_HEAD_BYTES, mail_sort
from curator.readers.names import ending, is_document, is_hidden

#: How browsers and Windows, in their languages, name the folder of what belongs to a saved page: images, scripts,
#: frames, adverts (Microsoft, "Connected Files").
_PARTS = re.compile(
    r"(.+)(?:[_.]files|-Dateien|-filer|_(?:fichiers|file|archivos|arquivos|ficheiros|bestanden|pliki|dosyalar|soubory"
    r"|tiedostot|elemei|failid|fails|fajlovi|datoteke|bylos|fitxategiak|fitxers))",
    re.DOTALL,
)
_PAGE_ENDINGS = (".html", ".htm", ".xhtml")


def page_parts(folders: Iterable[str], files: Iterable[str]) -> set[str]:
    """Return those folders that hold the parts of a saved page which stands beside them.

    >>> page_parts(["a_files", "b_files", "c-Dateien", "d"], ["a.html", "c.HTM", "d.html"]) == {"a_files", "c-Dateien"}
    True
    """
    pages = {stem for stem, end in map(os.path.splitext, files) if end.lower() in _PAGE_ENDINGS}
    return {folder for folder in folders if (found := _PARTS.fullmatch(folder)) and found[1] in pages}


class Walk:
    """The files of a folder in the order of their paths: those to read, and how many of other endings there are.

    Hidden names are passed over, but for the folders of a Maildir, and so are folders with the parts of a saved page:
    ``parts``. Of files without an ending those are taken that begin as mail does. Links are followed, each folder is
    read once: a loop of links ends where it began. Only plain files are opened: a FIFO would wait forever.
    """

    def __init__(self, folder: str) -> None:
        self.found: list[str] = []
        self.failures: list[Failure] = []
        self.left_out: Counter[str] = Counter()
        self.parts: list[str] = []
        self._seen: set[tuple[int, int]] = set()
        for parent, folders, names in os.walk(folder, onerror=self._refused, followlinks=True):
            self._walk(parent, folders, names)
        self.found.sort(key=Path)
        self.failures.sort()

    def _refused(self, error: OSError) -> None:
        self._fail(str(error.filename), os_error(error))

    def _fail(self, path: str, error: InputError) -> None:
        self.failures.append(Failure(path, "read", error.error, str(error)))

    def _walk(self, parent: str, folders: list[str], names: list[str]) -> None:
        identity = Path(parent).stat()
        if (identity.st_dev, identity.st_ino) in self._seen:
            folders.clear()
            return
        self._seen.add((identity.st_dev, identity.st_ino))
        shown = sorted(name for name in folders if not is_hidden(name) or _is_maildir(Path(parent, name)))
        parts = page_parts(shown, names)
        self.parts.extend(str(Path(parent, name)) for name in shown if name in parts)
        folders[:] = [name for name in shown if name not in parts]
        for name in sorted(names):
            if is_hidden(name):
                continue
            path = str(Path(parent, name))
            if is_document(path) or (not ending(name) and _is_mail(path)):
                self._take(path)
            else:
                self.left_out[ending(name)] += 1

    def _take(self, path: str) -> None:
        try:
            mode = Path(path).stat().st_mode
        except OSError as error:
            self._fail(path, _broken_link(error))
            return
        if stat.S_ISREG(mode):
            self.found.append(path)
        else:
            message = "is a FIFO, socket or device, which a walk does not open: name it to read it"
            self._fail(path, InputError("special", message))


def _is_mail(path: str) -> bool:
    """Return whether a file is a message or a mailbox: many mail programs give theirs no ending, or a number."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
        with open(path, "rb") as file:  # noqa: PTH123 - as it is walked
            return mail_sort(file.read(MOST_HEAD_BYTES)) is not None
    except OSError:
        return False


def _is_maildir(folder: Path) -> bool:
    """Return whether a folder holds messages as the folders of a Maildir do, whose names begin with a dot."""
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _broken_link(error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("missing", "is a link to a file that is not there: mend or remove it")
    return os_error(error)
