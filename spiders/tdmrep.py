"""/.well-known/tdmrep.json -> which addresses of a site are reserved against text and data mining.

TDM Reservation Protocol, W3C community group report, 2024: a list of objects with "location", a pattern of paths as in
robots.txt, and "tdm-reservation", 1 or 0. Of several patterns that match, the longest decides (as in RFC 9309).
"""

from __future__ import annotations

import json
import re

from protego import Protego

PATH = "/.well-known/tdmrep.json"
#: Longer files are no declaration.
MAX_BYTES = 512_000
#: What would end the line of a rule.
_PATTERN = re.compile(r"/[^\s#]*")


def reservations_of(body: bytes) -> Protego:
    """Return rules that "fetch" what is not reserved; what cannot be read reserves nothing.

    >>> free = b'{"location": "/frei/*", "tdm-reservation": 0}'
    >>> rules = reservations_of(b'[{"location": "/", "tdm-reservation": 1}, %b]' % free)
    >>> rules.can_fetch("https://example.org/a", "*"), rules.can_fetch("https://example.org/frei/a", "*")
    (False, True)
    """
    try:
        found = json.loads(body[: MAX_BYTES + 1].decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = []
    entries = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    lines = [line for each in entries for line in [_line(each)] if line]
    return Protego.parse("\n".join(["User-agent: *", *lines]))


def _line(entry: dict[str, object]) -> str | None:
    location, value = entry.get("location"), entry.get("tdm-reservation")
    if not isinstance(location, str) or not _PATTERN.fullmatch(location) or str(value) not in ("0", "1"):
        return None
    return f"{'Disallow' if str(value) == '1' else 'Allow'}: {location}"
