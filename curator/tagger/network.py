"""The tagger's network: a few dilated convolutions over the lines of a document, in numpy.

Weights are 8-bit integers with a scale per column; they are unpacked once. A document goes through as a whole:
each layer is one matrix product over (n_lines, 3 * width).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats, Ints

_LIMIT = 5.0
_BLOCK_ROWS = 16


@dataclass(frozen=True, slots=True)
class Network:
    """Unpacked weights by name, the vocabulary, the sizes of the groups of word slots, the dilations of the layers."""

    arrays: Mapping[str, Floats]
    vocabulary: NDArray[np.uint32]
    groups: tuple[int, ...]
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
    return Network(
        arrays,
        stored["vocabulary"].astype(np.uint32),
        tuple(int(size) for size in stored["groups"]),
        tuple(int(step) for step in stored["dilations"]),
        tuple(str(name) for name in stored["names"]),
        tuple(str(name) for name in stored["kinds"]),
    )


@cache
def load_network(name: str) -> Network:
    """Return the network that ships with curator under this name."""
    with resources.as_file(resources.files("curator.tagger") / f"{name}.npz") as path, np.load(path) as stored:
        return unpack({key: stored[key] for key in stored.files})


def _product(values: Floats, weight: Floats) -> Floats:
    """Return values @ weight, sixteen rows at a time.

    Products this small stay on one thread in OpenBLAS (below 262,144 multiplications). Left to itself it spreads
    a page over all cores, spins, and takes six times the CPU time when they are busy.
    """
    n, width = values.shape
    blocks = np.zeros((-(-n // _BLOCK_ROWS), _BLOCK_ROWS, width), dtype=np.float32)
    blocks.reshape(-1, width)[:n] = values
    return np.asarray((blocks @ weight).reshape(-1, weight.shape[1])[:n])


def _dense(network: Network, name: str, values: Floats) -> Floats:
    return _product(values, network.arrays[f"{name}.weight"]) + network.arrays[f"{name}.bias"]


def _normed(network: Network, name: str, values: Floats) -> Floats:
    """Return values with mean 0 and variance 1 in each line, scaled as learned."""
    width = np.float32(values.shape[1])
    centred = values - np.add.reduce(values, axis=1, keepdims=True) / width
    spread = np.sqrt(np.add.reduce(centred * centred, axis=1, keepdims=True) / width + np.float32(1e-5))
    centred /= spread
    centred *= network.arrays[f"{name}.weight"]
    centred += network.arrays[f"{name}.bias"]
    return np.asarray(centred, dtype=np.float32)


def _embedded(network: Network, numbers: Ints) -> Floats:
    """Return a vector for each group of slots, side by side: the sum of its words over the root of their number."""
    vectors = network.arrays["emb.weight"]
    parts = []
    low = 0
    for size in network.groups:
        group = numbers[:, low : low + size]
        n_known = np.maximum((group > 0).sum(axis=1, keepdims=True), 1).astype(np.float32)
        total = np.zeros((len(group), vectors.shape[1]), dtype=np.float32)
        for slot in group.T:
            known = np.flatnonzero(slot)
            total[known] += vectors[slot[known]]
        parts.append(total / np.sqrt(n_known))
        low += size
    return np.concatenate(parts, axis=1)


def _convolved(network: Network, name: str, values: Floats, step: int) -> Floats:
    n = len(values)
    padded = np.zeros((n + 2 * step, values.shape[1]), dtype=np.float32)
    padded[step : step + n] = values
    wide = np.concatenate((padded[:n], padded[step : step + n], padded[2 * step :]), axis=1)
    return _dense(network, name, wide)


def run(network: Network, columns: Floats, numbers: Ints) -> tuple[Floats, Floats]:
    """Return for each line the logit of being main text, and the logits of the kinds of clutter.

    ``columns`` are the features (n_lines, n_features), ``numbers`` the vocabulary numbers (n_lines, N_COLUMNS).
    """
    scaled = (columns - network.arrays["mean"]) / network.arrays["spread"]
    inputs = np.concatenate((np.clip(scaled, -_LIMIT, _LIMIT), _embedded(network, numbers)), axis=1)
    state = np.maximum(_dense(network, "inp", inputs), 0)
    for i, step in enumerate(network.dilations):
        heard = np.maximum(_convolved(network, f"convs.{i}", state, step), 0)
        state = _normed(network, f"norms.{i}", state + heard)
        if i == len(network.dilations) // 2:
            summary = np.concatenate((state.mean(axis=0), state.max(axis=0)))
            state = state + np.maximum(_dense(network, "doc", summary[None]), 0)
    top = np.maximum(_dense(network, "mid", state), 0)
    return _dense(network, "out", top)[:, 0], _dense(network, "kind", top)
