"""Spec -> a running spider process and the channel to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Channel
from types import FrameType

from curator.pipeline.fetching import CrawlSpec

#: The spiders' settings, under the name that they are installed with.
_SETTINGS = "curator_spiders.settings"
#: How long an ended spider process may take to go.
_GRACE_S = 10.0


@contextmanager
def spider_process(spec: CrawlSpec, *, log_level: str = "ERROR") -> Iterator[Channel]:
    """Give the channel to a spider process that crawls by a spec; it ends with the block.

    Ctrl-C (in the main thread) is passed on to it once, so that it ends politely; a second one interrupts.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = _start(spec, theirs, log_level)
    channel = Channel(ours.detach())
    try:
        channel.send(spec)
        with _polite_interrupt(process):
            yield channel
    finally:
        channel.close()
        _end(process)


def _start(spec: CrawlSpec, channel: socket.socket, log_level: str) -> subprocess.Popen[bytes]:
    settings = {
        "CURATOR_CHANNEL": str(channel.fileno()),
        "CURATOR_ALLOW_HOSTS": ",".join(spec.allow_hosts),
        "LOG_LEVEL": log_level,
    }
    command = [sys.executable, "-P", "-m", "scrapy", "crawl", spec.spider]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    return subprocess.Popen(  # noqa: S603 - our own spiders
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"SCRAPY_SETTINGS_MODULE": _SETTINGS},
        pass_fds=[channel.fileno()],
        start_new_session=True,  # a terminal's Ctrl-C reaches this process only
    )


@contextmanager
def _polite_interrupt(process: subprocess.Popen[bytes]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, previous)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
