"""A corpus with rows of every sort, a server over it, and real headless Chromium to look at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from patience import LIMIT_S, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing() -> str | None:
    """Return why no browser can be started here, or None where one can."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: pip install 'corpus-curator[test]'"
    return None if CHROMIUM else "no Chromium on the path: apt-get install chromium"


@contextlib.contextmanager
def chromium() -> Iterator:
    """Yield a running browser; skip the test where there is none, and fail it in CI."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"the pages cannot be looked at: {reason}")
    if reason:
        pytest.skip(f"THE PAGES WERE NOT LOOKED AT: {reason}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS, timeout=LIMIT_S * 1000)
        for name in ("new_page", "new_context"):
            setattr(browser, name, _patient(getattr(browser, name)))
        yield browser
        browser.close()


def _patient(make: Callable) -> Callable:
    """Return what makes pages or contexts, from now on such as wait until what they wait for is there."""

    def made(*arguments: object, **options: object) -> object:
        page_or_context = make(*arguments, **options)
        page_or_context.set_default_timeout(LIMIT_S * 1000)
        return page_or_context

    return made


@contextlib.contextmanager
def running(app) -> Iterator[str]:
    """Serve an ASGI app on a free port of this machine; yield its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started or not thread.is_alive())
    assert server.started
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
