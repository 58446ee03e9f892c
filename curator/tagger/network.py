"""The tagger's network: a few dilated convolutions over the lines of a document, in numpy.

Weights are 8-bit integers with a scale per column; they are unpacked once. Several documents go through at once:
each layer is one matrix product over (n_rows, 3 * width). Each document begins a block of rows of its own, and blocks
are multiplied one by one: how a library rounds a sum depends on the row's place in the block, so a line has the same
score whichever documents it is read together with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats, Ints
from curator.tagger.windows import Spans
from curator.tagger.words import index_of

_LIMIT = np.float32(5)
#: Products this small stay on one thread in OpenBLAS (below 262,144 multiplications). Left to itself it spreads
#: a page over all cores, spins, and takes six times the CPU time when they are busy.
_BLOCK_ROWS = 16
#: A line attends to so many lines at most, spread over its document: the time does not grow with the square of that.
_N_KEYS = 1000
#: So many lines attend at once: what fits which takes 4 MB, however long a document is.
_ROWS_TOGETHER = 64 * _BLOCK_ROWS


@dataclass(frozen=True, slots=True)
class Network:
    """Unpacked weights by name, the vocabulary, the sizes of the groups of word slots, the dilations of the layers."""

    arrays: Mapping[str, Floats]
    vocabulary: NDArray[np.uint32]
    index: NDArray[np.int32]
    groups: tuple[int, ...]
    n_heads: int
    dilations: tuple[int, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]


def unpack(stored: Mapping[str, NDArray[np.generic]]) -> Network:
    """Return the network that ``stored`` holds: ``NAME`` as it is, or ``NAME.q`` times ``NAME.s``."""
    arrays: dict[str, Floats] = {}
    for name, array in stored.items():
        if name.endswith(".q"):
            scale = stored[name[:-2] + ".s"].astype(np.float32)
            arrays[name[:-2]] = array.astype(np.float32) * scale
        elif name.startswith("f."):
            arrays[name[2:]] = array.astype(np.float32)
    # The vector of the unknown word, number 0: adding it changes nothing.
    arrays["emb.weight"][0] = 0
    vocabulary = stored["vocabulary"].astype(np.uint32)
    return Network(
        arrays,
        vocabulary,
        index_of(vocabulary),
        tuple(int(size) for size in stored["groups"]),
        int(stored["n_heads"]) if "n_heads" in stored else 0,
        tuple(int(step) for step in stored["dilations"]),
        tuple(str(name) for name in stored["names"]),
        tuple(str(name) for name in stored["kinds"]),
    )


@cache
def load_network(name: str) -> Network:
    """Return the network that ships with curator under this name."""
    with resources.as_file(resources.files("curator.tagger") / f"{name}.npz") as path, np.load(path) as stored:
        return unpack({key: stored[key] for key in stored.files})


class _Rows:
    """Where the lines of documents stand in blocks of rows: each document begins a new block.

    ``of_line`` is the row of each line. ``document`` and ``place`` say for each row what stands there, also for the
    rows that fill the last block of a document up.
    """

    def __init__(self, spans: Spans) -> None:
        sizes = np.array([stop - first for first, stop in spans.bounds])
        filled = -(-sizes // _BLOCK_ROWS) * _BLOCK_ROWS
        self.first = filled.cumsum() - filled
        self.sizes = sizes
        self.n = int(filled.sum())
        self.of_line = spans.at - spans.first + self.first.take(spans.number)
        self.document = np.arange(len(sizes)).repeat(filled)
        self.place = np.arange(self.n) - self.first.take(self.document)

    def beside(self, steps: Sequence[int]) -> Ints:
        """Return for each step, row and side (before, itself, after) the row so many lines away.

        Beyond the document that is row ``n``: (n_steps, n, 3).
        """
        away = np.array(steps)[:, None, None] * np.array((-1, 0, 1))
        place = self.place[:, None] + away
        inside = (place >= 0) & (place < self.sizes.take(self.document)[:, None])
        return np.where(inside, np.arange(self.n)[:, None] + away, self.n)


def _product(values: Floats, weight: Floats) -> Floats:
    """Return values @ weight, block by block; the number of rows is a multiple of the block's."""
    blocks = values.reshape(-1, _BLOCK_ROWS, values.shape[1])
    return np.asarray((blocks @ weight).reshape(-1, weight.shape[1]))


def _dense(network: Network, name: str, values: Floats) -> Floats:
    found = _product(values, network.arrays[f"{name}.weight"])
    found += network.arrays[f"{name}.bias"]
    return found


def _lifted(values: Floats) -> Floats:
    return np.maximum(values, 0, out=values)


def _norm(network: Network, name: str, values: Floats) -> None:
    """Bring values to mean 0 and variance 1 in each line, scaled as learned."""
    width = np.float32(values.shape[1])
    values -= np.add.reduce(values, axis=1, keepdims=True) / width
    values /= np.sqrt(np.add.reduce(values * values, axis=1, keepdims=True) / width + np.float32(1e-5))
    values *= network.arrays[f"{name}.weight"]
    values += network.arrays[f"{name}.bias"]


def _embed(network: Network, numbers: Ints, out: Floats) -> None:
    """Fill in a vector for each group of slots, side by side: the sum of its words over the root of their number."""
    slots = np.ascontiguousarray(numbers.T)
    vectors = network.arrays["emb.weight"].take(slots, axis=0)
    known = (slots > 0).astype(np.float32)
    width = vectors.shape[2]
    low = 0
    for i, size in enumerate(network.groups):
        n_known = np.maximum(np.add.reduce(known[low : low + size]), 1)
        total = np.add.reduce(vectors[low : low + size])
        np.divide(total, np.sqrt(n_known)[:, None], out=out[:, i * width : (i + 1) * width])
        low += size


def _summaries(state: Floats, rows: _Rows) -> Floats:
    """Return mean and maximum over each document, each in the first row of a block."""
    width = state.shape[1]
    found = np.zeros((len(rows.sizes), _BLOCK_ROWS, 2 * width), dtype=np.float32)
    for i, (first, size) in enumerate(zip(rows.first.tolist(), rows.sizes.tolist(), strict=True)):
        lines = state[first : first + size]
        np.divide(np.add.reduce(lines), np.float32(size), out=found[i, 0, :width])
        np.maximum.reduce(lines, out=found[i, 0, width:])
    return found.reshape(-1, 2 * width)


def _attend(network: Network, state: Floats, rows: _Rows) -> Floats:
    """Return what each line hears from all lines of its document, by how well its query fits their keys."""
    queries, keys, values = (_dense(network, name, state) for name in ("query", "key", "value"))
    width = queries.shape[1] // network.n_heads
    queries /= np.float32(math.sqrt(width))
    heard = np.empty_like(values)
    for first, size in zip(rows.first.tolist(), rows.sizes.tolist(), strict=True):
        stop = first + -(-size // _BLOCK_ROWS) * _BLOCK_ROWS
        lines = slice(first, first + size, -(-size // _N_KEYS))
        for low in range(0, queries.shape[1], width):
            head = slice(low, low + width)
            for top in range(first, stop, _ROWS_TOGETHER):
                some = slice(top, min(top + _ROWS_TOGETHER, stop))
                heard[some, head] = _heard(queries[some, head], keys[lines, head], values[lines, head])
    return _dense(network, "told", heard)


def _heard(queries: Floats, keys: Floats, values: Floats) -> Floats:
    """Return the mean of the values for each query, weighed by how well it fits their keys."""
    fit = queries.reshape(-1, _BLOCK_ROWS, queries.shape[1]) @ keys.T
    fit -= np.maximum.reduce(fit, axis=2, keepdims=True)
    np.exp(fit, out=fit)
    mean = np.matmul(fit, values)
    mean /= np.add.reduce(fit, axis=2, keepdims=True)
    found: Floats = mean.reshape(-1, values.shape[1])
    return found


def run(network: Network, columns: Floats, numbers: Ints, spans: Spans) -> tuple[Floats, Floats]:
    """Return for each line the logit of being main text, and the logits of the kinds of clutter.

    ``columns`` are the features (n_lines, n_features), ``numbers`` the vocabulary numbers (n_lines, N_COLUMNS).
    """
    rows = _Rows(spans)
    n_features = columns.shape[1]
    found = np.empty((len(columns), network.arrays["inp.weight"].shape[0]), dtype=np.float32)
    scaled = found[:, :n_features]
    np.subtract(columns, network.arrays["mean"], out=scaled)
    scaled /= network.arrays["spread"]
    np.minimum(np.maximum(scaled, -_LIMIT, out=scaled), _LIMIT, out=scaled)  # half the time of np.clip
    _embed(network, numbers, found[:, n_features:])
    inputs = np.zeros((rows.n, found.shape[1]), dtype=np.float32)
    inputs[rows.of_line] = found
    first = _dense(network, "inp", inputs)
    # One row more: what stands beyond a document.
    bounded = np.zeros((rows.n + 1, first.shape[1]), dtype=np.float32)
    state = np.maximum(first, 0, out=bounded[:-1])
    for i, beside in enumerate(rows.beside(network.dilations)):
        wide = bounded.take(beside.ravel(), axis=0).reshape(rows.n, -1)
        heard = _lifted(_dense(network, f"convs.{i}", wide))
        state += heard
        _norm(network, f"norms.{i}", state)
        if i == len(network.dilations) // 2:
            told = _lifted(_dense(network, "doc", _summaries(state, rows)))[::_BLOCK_ROWS]
            state += told.take(rows.document, axis=0)
            if network.n_heads:
                state += _attend(network, state, rows)
                _norm(network, "told_norm", state)
    top = _lifted(_dense(network, "mid", state))
    return _dense(network, "out", top)[rows.of_line, 0], _dense(network, "kind", top)[rows.of_line]
