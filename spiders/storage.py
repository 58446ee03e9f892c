"""The spider process's end of the channel to the process that stores what is fetched."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection as Channel
from multiprocessing.process import BaseProcess
from pathlib import Path

from curator.pipeline.fetching import Closing, CrawlSpec, Opened, Seeds, Stored, Visit
from curator.settings import load_settings

#: Fetching pauses while more than this waits to be cleaned and written.
MAX_UNSTORED_BYTES = 200_000_000


class Storage:
    """Sends visits and hears what is on disk; sending and hearing have a thread each, so fetching never waits."""

    def __init__(self, channel: Channel, spec: CrawlSpec, process: BaseProcess | None = None) -> None:
        self.spec = spec
        self._channel = channel
        self._process = process
        self._outgoing: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send, daemon=True)
        self._is_closing = False
        channel.send(spec)
        self.opened: Opened = channel.recv()

    @classmethod
    def inherited(cls, descriptor: int) -> Storage:
        """Return the storage of a process that started this one and left the channel open under a number."""
        channel = Channel(descriptor)
        return cls(channel, channel.recv())

    @classmethod
    def started(cls, spec: CrawlSpec, db: str) -> Storage:
        """Return the storage of a process that is started now: `scrapy crawl` was called by itself."""
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=store, args=(theirs, db), name="curator-store")
        process.start()
        theirs.close()
        return cls(ours, spec, process)

    def listen(self, on_stored: Callable[[int], None]) -> None:
        """Start the threads; ``on_stored`` is called in one of them with the number of messages on disk."""
        self._sender.start()
        threading.Thread(target=self._hear, args=(on_stored,), daemon=True).start()

    def send(self, message: Visit | Seeds) -> None:
        """Hand a message over; it is on disk when ``on_stored`` says so."""
        self._outgoing.put(message)

    def close(self, closing: Closing) -> None:
        """Send the last word and wait until all is sent, and until a process that was started here has ended."""
        self._is_closing = True
        self._outgoing.put(closing)
        self._sender.join()
        if self._process is not None:
            self._process.join()

    def _send(self) -> None:
        while True:
            message = self._outgoing.get()
            try:
                self._channel.send(message)
            except OSError:
                return  # the hearing thread ends the process
            if isinstance(message, Closing):
                return

    def _hear(self, on_stored: Callable[[int], None]) -> None:
        while True:
            try:
                message = self._channel.recv()
            except (EOFError, OSError):
                break
            if isinstance(message, Stored):
                on_stored(message.n_messages)
        if not self._is_closing:
            os._exit(1)  # nothing that is fetched now could be stored


def store(channel: Channel, db: str) -> None:
    """Store what comes over a channel and print the report: the process that `scrapy crawl` starts."""
    from curator.corpus import Corpus  # noqa: PLC0415 - the spiders' own process has no use for it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches both; the spider ends politely
    with Corpus(settings=load_settings({"db": Path(db)} if db else None)) as corpus:
        report = corpus.store_crawl(channel)
    sys.stdout.write(json.dumps(report.as_json()) + "\n")
