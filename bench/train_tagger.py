"""Train the line tagger, or measure it by cross-validation over sites.

    nice python bench/train_tagger.py ../shared/bench --out curator/tagger/text.npz
    nice python bench/train_tagger.py ../shared/bench --html --out curator/tagger/html.npz
    nice python bench/train_tagger.py ../shared/bench --cv            # table of every style and group

Needs the extra ``train``, the programs lynx and w3m, and ../shared/bench. Deterministic: one thread, seeded.
Rules run first, as they do in curator: after a change of rules, one run of this command fits the tagger to them.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tagger_examples import KIND_NAMES, MAX_LINES, Example, build, build_pages
from tagger_score import print_table, table
from tagger_teacher import taught
from torch import nn
from torch.nn import functional

from curator.tagger.decide import hear_extractor, keep
from curator.tagger.structure import GROUPS as CLASS_GROUPS
from curator.tagger.words import GROUPS, look_up

DILATIONS = (1, 2, 4, 8, 16)
WIDTH, EMBEDDING = 64, 12
#: Heads of attention over the lines of a dump, and the width of a query, a key and a value. Pages gain nothing by it.
HEADS_TEXT, HEADS_HTML, HEAD_WIDTH = 2, 0, 16
N_VOCABULARY, N_SITES_LEAST = 6000, 4
LEARNING_RATE = 2e-3
#: How much news count in the loss: more on dumps, of which a tenth are invented and are no news for the most part.
NEWS_TEXT, NEWS_HTML = 4.0, 3.0
#: Shares of values and of words left out while learning: more words on dumps, where little else tells lines apart.
DROPOUT_TEXT, DROPOUT_HTML = (0.2, 0.3), (0.15, 0.2)
#: Documents up to this length are drawn in every epoch: they cost little, and teach to leave short texts alone.
SHORT_LINES = 60
#: Documents a batch holds: as many as have this many lines together, padding counted.
BATCH_LINES = 6000
KIND_LOSS = 0.2


def vocabulary_of(examples: Sequence[Example]) -> NDArray[np.uint32]:
    """Return the sorted hashes of words that tell most: seen on enough sites, with odds far from the mean."""
    sites: dict[str, int] = {}
    keys, site, share = [], [], []
    for one in examples:
        use = one.weight > 0
        if one.document.style not in ("full", "recall", "page") or one.sort.endswith("-bare") or not use.any():
            continue
        table_ = one.keys[use]
        known = table_ > 0
        main = np.broadcast_to(one.target[use][:, None], table_.shape)[known]
        words, index = np.unique(table_[known], return_inverse=True)
        keys.append(words)
        site.append(np.full(len(words), sites.setdefault(one.document.site, len(sites))))
        share.append(np.bincount(index, weights=main) / np.bincount(index))
    words, index = np.unique(np.concatenate(keys), return_inverse=True)
    pairs = np.unique(index.astype(np.int64) * len(sites) + np.concatenate(site))
    n_sites = np.bincount(pairs // len(sites), minlength=len(words))
    n = np.bincount(index)
    main = np.bincount(index, weights=np.concatenate(share))
    mean = main.sum() / n.sum()
    ratio = (main + 2 * mean) / (n + 2)
    odds = np.abs(np.log(ratio / (1 - ratio)) - np.log(mean / (1 - mean)))
    worth = odds * np.sqrt(n_sites) * (n_sites >= N_SITES_LEAST)
    best = np.argsort(-worth, kind="stable")[:N_VOCABULARY]
    return np.sort(words[best[worth[best] > 0]])


class Tagger(nn.Module):
    """The network of curator/tagger/network.py in torch."""

    def __init__(self, n_features: int, n_words: int, groups: Sequence[int], n_heads: int, dropout: float) -> None:
        """Set the layers up with random weights; the embeddings start near 0, so an unseen word says nothing."""
        super().__init__()
        self.groups = list(groups)
        self.n_heads = n_heads
        self.emb = nn.Embedding(n_words + 1, EMBEDDING, padding_idx=0)
        nn.init.normal_(self.emb.weight, 0, 0.05)
        self.emb.weight.data[0] = 0
        self.inp = nn.Linear(n_features + len(self.groups) * EMBEDDING, WIDTH)
        self.convs = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, 3, dilation=step, padding=step) for step in DILATIONS])
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in DILATIONS])
        self.doc = nn.Linear(2 * WIDTH, WIDTH)
        if n_heads:
            self.query, self.key, self.value = (nn.Linear(WIDTH, n_heads * HEAD_WIDTH) for _ in range(3))
            self.told = nn.Linear(n_heads * HEAD_WIDTH, WIDTH)
            self.told_norm = nn.LayerNorm(WIDTH)
        self.mid = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, 1)
        self.kind = nn.Linear(WIDTH, len(KIND_NAMES))
        self.drop = nn.Dropout(dropout)

    def _embedded(self, numbers: torch.Tensor) -> torch.Tensor:
        parts = []
        for group in numbers.split(self.groups, -1):
            n_known = (group > 0).sum(-1, keepdim=True).clamp(min=1)
            parts.append(self.emb(group).sum(-2) / n_known.sqrt())
        return torch.cat(parts, -1)

    def _attended(self, state: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        parts = (
            part(state).unflatten(-1, (self.n_heads, HEAD_WIDTH)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        found = functional.scaled_dot_product_attention(*parts, attn_mask=mask[:, None, None, :] > 0)
        return self.told(found.transpose(1, 2).flatten(2))

    def forward(
        self, columns: torch.Tensor, numbers: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits (batch, lines) and kind logits (batch, lines, kinds); mask is 0 on padding."""
        seen = mask[..., None]
        state = functional.relu(self.inp(torch.cat([columns, self._embedded(numbers)], -1))) * seen
        state = self.drop(state)
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            heard = functional.relu(conv(state.transpose(1, 2)).transpose(1, 2))
            state = norm(state + self.drop(heard)) * seen
            if i == len(DILATIONS) // 2:
                mean = state.sum(1) / seen.sum(1).clamp(min=1)
                top = (state - 1e4 * (1 - seen)).amax(1)
                state = (state + functional.relu(self.doc(torch.cat([mean, top], -1)))[:, None, :]) * seen
                if self.n_heads:
                    state = self.told_norm(state + self.drop(self._attended(state, mask))) * seen
        top = self.drop(functional.relu(self.mid(state)))
        return self.out(top).squeeze(-1), self.kind(top)


def groups_of(one: Example) -> tuple[int, ...]:
    """Return the sizes of the groups of word slots: those of class words follow where the lines are HTML."""
    return (*GROUPS, *CLASS_GROUPS) if one.keys.shape[1] > sum(GROUPS) else GROUPS


@dataclass
class Fitted:
    """A trained network with what its inputs are scaled by."""

    network: Tagger
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    vocabulary: NDArray[np.uint32]
    names: tuple[str, ...]


def batches(examples: Sequence[Example], rng: np.random.Generator) -> list[list[Example]]:
    """Return the examples in batches of like length, in random order."""
    jitter = [len(one.left) * (1 + 0.2 * rng.random()) for one in examples]
    found: list[list[Example]] = []
    batch: list[Example] = []
    longest = 0
    for i in np.argsort(jitter, kind="stable"):
        one = examples[i]
        if batch and max(longest, len(one.left)) * (len(batch) + 1) > BATCH_LINES:
            found.append(batch)
            batch, longest = [], 0
        batch.append(one)
        longest = max(longest, len(one.left))
    found.append(batch)
    order = rng.permutation(len(found))
    return [found[i] for i in order]


def tensors(batch: Sequence[Example], fitted: Fitted) -> dict[str, torch.Tensor]:
    """Return a batch padded to its longest document."""
    shape = (len(batch), max(len(one.left) for one in batch))
    columns = np.zeros((*shape, len(fitted.mean)), dtype=np.float32)
    numbers = np.zeros((*shape, sum(fitted.network.groups)), dtype=np.int64)
    mask, target, weight = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    kind = np.full(shape, -1, dtype=np.int64)
    for row, one in enumerate(batch):
        n = len(one.left)
        columns[row, :n] = np.clip((one.columns.astype(np.float32) - fitted.mean) / fitted.spread, -5, 5)
        numbers[row, :n] = look_up(one.keys, fitted.vocabulary)
        mask[row, :n], target[row, :n], weight[row, :n], kind[row, :n] = 1, one.target, one.weight, one.kind
    arrays = {"columns": columns, "numbers": numbers, "mask": mask, "target": target, "weight": weight, "kind": kind}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def importance(one: Example) -> float:
    """Return how much a document counts in the loss."""
    if one.sort.startswith(("kinds", "hand")):
        return 2.0
    if one.document.group.startswith("news"):
        return NEWS_HTML if one.sort.startswith("page") else NEWS_TEXT
    return 1.0


def loss_of(network: Tagger, batch: Sequence[Example], data: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the loss: cross entropy per line, by the root of its tokens, and one minus the soft token F1."""
    logits, kinds = network(data["columns"], data["numbers"], data["mask"])
    target, weight = data["target"], data["weight"]
    root = weight.sqrt()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    loss = (entropy * root).sum(1) / root.sum(1).clamp(min=1)
    kept = torch.sigmoid(logits) * weight
    f1 = 2 * (kept * target).sum(1) / (kept.sum(1) + (weight * target).sum(1)).clamp(min=1)
    # A few snippets say nothing about the F1 of the whole document.
    whole = torch.tensor([float(not one.document.group.startswith("snippets")) for one in batch])
    loss = loss + (1 - f1) * whole * ((weight * target).sum(1) > 0)
    share = torch.tensor([importance(one) for one in batch])
    total = (share * loss).sum() / share.sum()
    if (data["kind"] >= 0).any():
        known = functional.cross_entropy(kinds.flatten(0, 1), data["kind"].flatten(), ignore_index=-1)
        total = total + KIND_LOSS * known
    return total


def drawn(examples: Sequence[Example], rng: np.random.Generator) -> list[Example]:
    """Return the examples of one epoch: what is short, news or HTML, part of the web dumps and of altered copies."""
    groups = {"web-other": 0.35, "web-article": 0.45}
    sorts = {"thin": 0.5, "shape": 0.5, "html": 0.5, "near": 0.5}
    found = []
    for one in examples:
        sort = one.sort.split("-")[0]
        whole = sort == "page" or (sort != "near" and len(one.left) <= SHORT_LINES)
        share = 1.0 if whole else groups.get(one.document.group, 1.0) * sorts.get(sort, 1.0)
        if rng.random() < share:
            found.append(one)
    return found


def fit(examples: Sequence[Example], epochs: int, seed: int) -> Fitted:
    """Return a network trained on the examples; its weights are a running mean over the last steps."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    usable = [one for one in examples if len(one.left) <= MAX_LINES and one.weight.sum() > 0]
    sample = np.concatenate([one.columns for one in usable[::5]]).astype(np.float32)
    vocabulary = vocabulary_of(usable)
    groups = groups_of(usable[0])
    is_text = groups == GROUPS
    dropout, word_dropout = DROPOUT_TEXT if is_text else DROPOUT_HTML
    network = Tagger(sample.shape[1], len(vocabulary), groups, HEADS_TEXT if is_text else HEADS_HTML, dropout)
    fitted = Fitted(network, sample.mean(0), sample.std(0) + 1e-3, vocabulary, usable[0].names)
    mean = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    n_steps = len(batches(drawn(usable, rng), rng)) * epochs
    step = 0
    began = time.monotonic()
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for batch in batches(drawn(usable, rng), rng):
            data = tensors(batch, fitted)
            data["numbers"] *= torch.rand(data["numbers"].shape) > word_dropout
            rate = LEARNING_RATE * min(1, step / 100) * 0.5 * (1 + np.cos(np.pi * min(1, step / n_steps))) + 1e-5
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(network, batch, data)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            total += loss.item()
            for name, value in network.state_dict().items():
                mean[name].mul_(0.99).add_(value, alpha=0.01)
        took = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {total / n_steps * epochs:.4f}, {took:.0f} s", file=sys.stderr, flush=True)
    network.load_state_dict(mean)
    network.eval()
    return fitted


def scores(fitted: Fitted, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    """Return the probability of main text for each open line of each example."""
    found = []
    with torch.no_grad():
        for one in examples:
            data = tensors([one], fitted)
            logits, _ = fitted.network(data["columns"], data["numbers"], data["mask"])
            found.append(torch.sigmoid(logits)[0].numpy())
    return found


def _packed(name: str, array: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
    """Return a matrix as 8-bit integers with a scale per column, anything smaller as 16-bit floats."""
    if array.ndim < 2 or array.size < 2000:
        return {f"f.{name}": array.astype(np.float32)}
    scale = np.maximum(np.abs(array).max(axis=0), 1e-8) / 127
    return {f"{name}.q": np.round(array / scale).astype(np.int8), f"{name}.s": scale.astype(np.float32)}


def pack(fitted: Fitted) -> dict[str, NDArray[np.generic]]:
    """Return the arrays that curator.tagger.network unpacks."""
    stored: dict[str, NDArray[np.generic]] = {
        "vocabulary": fitted.vocabulary,
        "groups": np.array(fitted.network.groups),
        "dilations": np.array(DILATIONS),
        "names": np.array(fitted.names),
        "kinds": np.array(KIND_NAMES),
        "n_heads": np.array(fitted.network.n_heads),
        "f.mean": fitted.mean,
        "f.spread": fitted.spread,
    }
    for name, value in fitted.network.state_dict().items():
        array = value.numpy()
        if name.startswith("convs") and array.ndim == 3:
            array = array.transpose(2, 1, 0).reshape(-1, array.shape[0])
        elif name.endswith("weight") and array.ndim == 2 and name != "emb.weight":
            array = array.T
        stored |= _packed(name, np.ascontiguousarray(array))
    return stored


def cross_validate(
    examples: Sequence[Example], epochs: int, folds: Sequence[int], seed: int
) -> list[tuple[Example, NDArray[np.float32]]]:
    """Return every example of the folds with the scores of a network that has not seen its site."""
    found = []
    for fold in folds:
        fitted = fit([one for one in examples if one.document.fold != fold], epochs, seed)
        held_out = [one for one in examples if one.document.fold == fold]
        found += list(zip(held_out, scores(fitted, held_out), strict=True))
    return found


def kept_lines(one: Example, score: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which lines of the whole document stay: neither cut by rules nor by the tagger."""
    stays = np.zeros(len(one.document.lines), dtype=bool)
    size = np.maximum(np.array([len(one.document.lines[i].text) for i in one.left]) / 6, 1)
    columns = dict(zip(one.names, one.columns.T.astype(np.float32), strict=True))
    stays[np.array(one.left)[keep(hear_extractor(score, size, columns), size, columns)]] = True
    return stays


def main() -> None:
    """Train and write the weights, or print the cross-validated table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, help="write the weights here (.npz)")
    parser.add_argument("--cv", action="store_true", help="measure by cross-validation over sites")
    parser.add_argument("--html", action="store_true", help="train on HTML pages and their hints, not on dumps")
    parser.add_argument("--folds", default="0,1,2,3,4")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="keep the examples here (pickle) and use them again")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.cache and args.cache.exists():
        examples = pickle.loads(args.cache.read_bytes())
    else:
        examples = build_pages(args.data) if args.html else taught(build(args.data), args.data)
        if args.cache:
            args.cache.write_bytes(pickle.dumps(examples, 5))
    if args.cv:
        found = cross_validate(examples, args.epochs, [int(fold) for fold in args.folds.split(",")], args.seed)
        heard = [(one, score) for one, score in found if not one.sort.endswith("-bare")]
        print_table(table([(one.document, kept_lines(one, score)) for one, score in heard]))
    if args.out:
        np.savez_compressed(args.out, **pack(fit(examples, args.epochs, args.seed)))
        print(f"{args.out}: {args.out.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
