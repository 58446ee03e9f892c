"""Calls of the readers as their tests make them, on paths or on bytes as standard input."""

import io
import json

from curator.model import Failure, Raw
from curator.readers import read_paths
from curator.settings import Settings


def read(*paths, format=None, encoding=None, stdin=None, resume=None, **limits):
    """Return everything that the paths hold."""
    settings = Settings(**limits)
    return list(read_paths(paths, format=format, encoding=encoding, settings=settings, stdin=stdin, resume=resume))


def only_failure(*paths, **options):
    """Return the one failure that reading the paths gives."""
    (found,) = read(*paths, **options)
    assert isinstance(found, Failure)
    return found


def document(content, **options):
    """Return the one document that bytes on standard input hold."""
    (found,) = read("-", stdin=stdin(content), **options)
    assert isinstance(found, Raw), found
    return found


def stdin(content):
    """Return bytes as standard input."""
    return io.BufferedReader(io.BytesIO(content))


def jsonl(*records):
    """Return records as JSON lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)
