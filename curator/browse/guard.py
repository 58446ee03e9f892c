"""An ASGI app -> the same app behind the guards of a page that shows scraped text.

Scraped text is hostile: every page forbids foreign scripts, frames and form targets. A page in another tab must not
read the corpus through a name that suddenly resolves to this machine (DNS rebinding), nor run its SQL.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from functools import cache
from importlib import resources
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

#: Datasette's own templates hold these inline scripts; a page of ours holds none.
_TEMPLATES = ("_close_open_menus.html", "_codemirror_foot.html", "table.html")

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Nothing to other sites; to ourselves the origin of a form, which a browser withholds under "no-referrer".
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

#: Addresses of Datasette that name files and threads of this machine.
_CLOSED = re.compile(rb"/-/(?:databases|threads)(?:\.json)?$")


@cache
def datasette_script_hashes() -> tuple[str, ...]:
    """Return the CSP sources of the inline scripts in Datasette's templates, read from the installed version."""
    folder = resources.files("datasette") / "templates"
    scripts: list[str] = []
    for name in _TEMPLATES:
        scripts += _SCRIPT.findall((folder / name).read_text(encoding="utf-8"))
    flag = "{{ datasette_allow_facet }}"
    filled = [script.replace(flag, value) for script in scripts for value in ("true", "false")]
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in filled}
    return tuple(sorted(f"'sha256-{digest}'" for digest in digests))


@cache
def content_security_policy(own: bool) -> bytes:
    """Return the policy of a page; ``own`` for ours, which has neither inline script nor inline style."""
    script = "'self'" if own else " ".join(["'self'", *datasette_script_hashes()])
    style = "'self'" if own else "'self' 'unsafe-inline'"
    policy = (
        f"default-src 'none'; script-src {script}; style-src {style}; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return policy.encode()


def _is_own(path: str) -> bool:
    return "/-/" in path and not path.startswith("/-/")


def without_prefix(app: App, base_url: str) -> App:
    """Return the app seeing addresses without the path that a proxy adds, whether the proxy took it off or not.

    Datasette takes it off itself, but then puts it twice before the addresses of JSON and CSV.
    """

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(base_url):
            raw = scope.get("raw_path") or scope["path"].encode()
            scope = {**scope, "path": scope["path"][len(base_url) - 1 :], "raw_path": raw[len(base_url) - 1 :]}
        await app(scope, receive, send)

    return app if base_url == "/" else stripped


def add_headers(app: App) -> App:
    """Return the app with the security headers on every answer, and without the pages that show file paths."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", content_security_policy(_is_own(scope["path"])))
                added = (*_HEADERS, policy)
                names = {name for name, _ in added}
                rest = [(name, value) for name, value in message["headers"] if bytes(name).lower() not in names]
                message = {**message, "headers": [*rest, *added]}
            await send(message)

        if _CLOSED.search(scope["path"].encode()):
            await _answer(send_guarded, 404, b"This address is closed: it would show file paths.")
        else:
            await app(scope, receive, send_guarded)

    return guarded


def allow_hosts(app: App, hosts: Collection[str]) -> App:
    """Return the app answering 421 to requests for another host, and 403 to what other sites make a browser send.

    ``hosts`` are names without port. A link on another site may still be followed: that is a navigation.
    """
    allowed = {host.lower() for host in hosts}

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope, allowed) if scope["type"] == "http" else None
        if refusal is None:
            await app(scope, receive, send)
        else:
            await _answer(send, *refusal)

    return guarded


def _refusal(scope: Scope, allowed: Collection[str]) -> tuple[int, bytes] | None:
    """Return the status and text that a request is refused with, or None where it may pass."""
    headers = {bytes(name).lower(): bytes(value).decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if _name(host) not in allowed:
        return 421, b"This corpus is not served under that name."
    reads = scope["method"] in ("GET", "HEAD")
    if headers.get(b"sec-fetch-site") == "cross-site" and not (reads and headers.get(b"sec-fetch-mode") == "navigate"):
        return 403, b"Other sites may link to the corpus, but not read it."
    if not reads and headers.get(b"origin", "").partition("://")[2] != host:
        return 403, b"Only the pages of this corpus may change it."
    return None


def _name(host: str) -> str:
    """Return a Host header without its port.

    >>> _name("LOCALHOST:8001"), _name("[::1]:8001"), _name("127.0.0.1")
    ('localhost', '[::1]', '127.0.0.1')
    """
    return re.sub(r":\d+$", "", host.strip().lower())


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
