"""The first lines of a message or a mailbox -> which of the two they begin; prose that only looks so begins none."""

from __future__ import annotations

import re

#: "From ann@example.org Mon Mar  4 08:00:00 2024": the line that mail programs put before each message of a mailbox.
#: Archives of lists write "ann at example.org", some programs a zone before or behind the year.
FROM_LINE = (
    rb"From [^\r\n]{0,200}?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb" [ \d]?\d \d\d:\d\d(?::\d\d)?(?: [+-]\d{4}| [A-Z]{1,5}){0,2} \d{4}(?: [+-]\d{4})?"
    rb"(?: remote from [!-~]{1,80})?[ \t]*\r?$"
)
_FROM_LINE = re.compile(FROM_LINE, re.MULTILINE)
_FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:[ \t]*([^\r\n]*)")
_MOST_LINES = 1_000
#: Headers that are longer tell nothing.
MOST_HEAD_BYTES = 1 << 16
_BLANK_LINE = re.compile(rb"\n\r?\n")
_GOES_ON = re.compile(rb"[A-Za-z][A-Za-z-]*:|[ \t]|>?From ")
_VERSION = re.compile(rb"\(?[^)]*\)?\s*1\.")
_MEDIA = re.compile(rb"[\w.+-]+/[\w.+-]+\s*(?:;|$)")
#: What stands before a message of Apple's Mail (.emlx).
_LENGTH = re.compile(rb"\d{1,9}[ \t]*\r?")
_ID = re.compile(rb"\s*<[^<>\s]+>")
_WAY = re.compile(rb"(?:from|by)\s\S", re.IGNORECASE)


def begins_message(line: bytes, following: bytes) -> bool:
    r"""Return whether a line of a mailbox begins a message; ``following`` is the one below it.

    >>> begins_message(b"From a@b.example Mon Mar  4 08:00:00 2024\n", b"Subject: Rabat\n")
    True
    >>> begins_message(b"From Rabat we went to Fes on Mon Mar  4 08:00:00 2024\n", b"and further.\n")
    False
    """
    if not line.startswith(b"From ") or _FROM_LINE.match(line) is None:
        return False
    return _FIELD.match(following) is not None or following.startswith(b">From ")


def mail_sort(head: bytes) -> str | None:
    r"""Return "mbox" or "eml" for what begins as a mailbox, a message or a saved page does, None for all else.

    An article may begin with "From:", "Subject:" and "Date:". A message says besides which MIME it is, or has an id
    and the time of its sending, in headers and nothing but headers down to the first blank line.

    >>> mail_sort(b"From: Ann\nSubject: Rabat\nDate: 4 March 2024\n\nThe harbour"), mail_sort(b"From Rabat\nTo: Fes")
    (None, None)
    >>> mail_sort(b"From: Ann\nMIME-Version: 1.0\nContent-Type: text/plain\n\nThe harbour")
    'eml'
    """
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    first, _, rest = head.partition(b"\n")
    if begins_message(first, rest[:1000]):
        return "mbox"
    fields = _fields(rest if first.startswith(b"From ") or _LENGTH.fullmatch(first) else head)
    is_mime = bool(_VERSION.match(fields.get(b"mime-version", b""))) and bool(
        _MEDIA.match(fields.get(b"content-type", b""))
    )
    is_sent = bool(_ID.match(fields.get(b"message-id", b""))) or bool(_WAY.match(fields.get(b"received", b"")))
    return "eml" if is_mime or (is_sent and b"from" in fields and b"date" in fields) else None


def lacks_headers(head: bytes) -> bool:
    r"""Return whether bytes begin as headers do, and go on with them as far as they are known.

    >>> lacks_headers(b"From: a@b\nTo: "), lacks_headers(b"From: a@b\n\nRabat"), lacks_headers(b"Rabat\nFes")
    (True, False, False)
    """
    if b"\n" not in head or len(head) >= MOST_HEAD_BYTES or _BLANK_LINE.search(head):
        return False
    return all(map(_GOES_ON.match, head[: head.rfind(b"\n") + 1].splitlines()))


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Return the headers at the front of bytes by their names in lower case; nothing where prose stands among them."""
    found: dict[bytes, bytes] = {}
    name = b""
    # The last line of a head may be cut off.
    for line in head.split(b"\n", _MOST_LINES)[:-1]:
        if not line.strip():
            return found
        if line[:1] in (b" ", b"\t") and name:
            found[name] += b" " + line.strip()
        elif (field := _FIELD.match(line)) is not None:
            name = field[1].lower()
            found.setdefault(name, field[2].strip())
        elif not line.startswith(b">From "):
            return {}
    return found
