"""Near-duplicates beside the peers: the same texts in one run, each tool in a process of its own.

    python bench/dedup.py [--texts 20000] [--jsonl FILE --field text]

The texts are made up (bench/synthetic.py), or come from a JSONL file. Truth is every pair with a Jaccard of word
5-grams of .5 or more, found by counting shared shingles of all texts. Columns: texts to clusters per CPU-second, the
same against the first peer, recall and precision of pairs (Jaccard >= .7), recall of pairs from .5 to .7, peak
memory that the tool added. A peer that is not installed is named and left out (rensa, datatrove, text-dedup).
"""

from __future__ import annotations

import argparse
import gc
import json
import lzma
import multiprocessing
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH
from processes import megabytes
from synthetic import texts as made_up_texts

from curator.cluster import KeepRule, Member, Signed, add_documents, make_batch, make_clusters
from curator.index import Index, MemorySegments
from curator.signature import kernels, to_rows

THRESHOLD = 0.7
WORD = re.compile(r"\w+")
Pairs = set[tuple[int, int]]


def shingles(text: str) -> set[str]:
    """Return the 5-word shingles of a text, as the peers take them."""
    words = WORD.findall(text.lower())
    return {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def truth(texts: list[str]) -> dict[tuple[int, int], float]:
    """Return every pair of Jaccard .5 or more, by counting the shingles that texts share."""
    sets = [{hash(shingle) for shingle in shingles(text)} for text in texts]
    holders: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(sets):
        for shingle in found:
            holders[shingle].append(number)
    found_pairs = {}
    for number, own in enumerate(sets):
        shared = Counter(other for shingle in own for other in holders[shingle] if other > number)
        for other, n in shared.items():
            jaccard = n / (len(own) + len(sets[other]) - n)
            if jaccard >= 0.5:
                found_pairs[number, other] = jaccard
    return found_pairs


def union_find(n: int, pairs: Iterable[tuple[int, int]]) -> int:
    """Return the number of clusters that pairs make of n texts."""
    parents = list(range(n))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for a, b in pairs:
        parents[root(a)] = root(b)
    return len({root(node) for node in range(n)})


class Memory:
    """Documents in memory; the number of a text is its id."""

    def __init__(self, texts: list[str]) -> None:
        self._texts, self.digests, self._minhashes = texts, [], []

    def add(self, digests, minhashes) -> None:
        """Add the signatures of the next texts, as a corpus file keeps them."""
        self.digests.extend(digests)
        self._minhashes.extend(to_rows(minhashes))

    def signatures(self, ids):
        """Return the signature rows of ids."""
        return {number: Signed(self.digests[number], self._minhashes[number]) for number in ids}

    def texts(self, ids):
        """Return the texts of ids."""
        return {number: self._texts[number] for number in ids}


def curator(texts: list[str]) -> Pairs:
    """Run curator: batches of 1,000, every pair verified, clusters at the end."""
    index, documents, pairs = Index(MemorySegments()), Memory(texts), []
    for first in range(0, len(texts), 1000):
        batch = texts[first : first + 1000]
        signed = make_batch(range(first, first + len(batch)), batch)
        pairs += add_documents(index, signed, documents).pairs
        documents.add(signed.digests, signed.minhashes)
    digests = documents.digests
    members = [Member(i, f"{i:08}", digests[i], None, len(text)) for i, text in enumerate(texts)]
    make_clusters(members, pairs, KeepRule(THRESHOLD))
    return {(pair.a, pair.b) for pair in pairs}


def curator_with_numpy(texts: list[str]) -> Pairs:
    """Run curator without compiled loops."""
    kernels.COMPILED_FROM_TEXTS = len(texts) + 1
    return curator(texts)


def datasketch(texts: list[str], params: tuple[int, int] | None = None) -> Pairs:
    """Run datasketch: MinHash.bulk and MinHashLSH; pairs as its bands give them."""
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128, params=params)
    pairs: Pairs = set()
    sketches = MinHash.generator(([s.encode() for s in shingles(text)] for text in texts), num_perm=128)
    for number, sketch in enumerate(sketches):
        pairs |= {(other, number) for other in lsh.query(sketch)}
        lsh.insert(number, sketch, check_duplication=False)
    union_find(len(texts), pairs)
    return pairs


def datasketch_25x5(texts: list[str]) -> Pairs:
    """Run datasketch with bands that find what the default ones miss."""
    return datasketch(texts, (25, 5))


def rensa(texts: list[str]) -> Pairs:
    """Run rensa (Rust): RMinHash and RMinHashLSH of 32 bands."""
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=128, num_bands=32)
    pairs: Pairs = set()
    for number, text in enumerate(texts):
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update(list(shingles(text)))
        pairs |= {(other, number) for other in lsh.query(sketch)}
        lsh.insert(number, sketch)
    union_find(len(texts), pairs)
    return pairs


def datatrove(texts: list[str]) -> Pairs:
    """Run datatrove's signatures (14 buckets of 8, its default), its words cut by our pattern; bands in a dict."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature

    signer = MinhashDedupSignature(output_folder="/nonexistent", config=MinhashConfig())
    signer.word_tokenizer.word_tokenize = WORD.findall
    buckets: dict[tuple, list[int]] = defaultdict(list)
    pairs: Pairs = set()
    for number, text in enumerate(texts):
        found = signer.get_shingles(text.lower())
        for band, key in enumerate(signer.get_signature(found) if len(found) else ()):
            mates = buckets[band, tuple(key)]
            pairs |= {(other, number) for other in mates}
            mates.append(number)
    union_find(len(texts), pairs)
    return pairs


def text_dedup(texts: list[str]) -> Pairs:
    """Run text-dedup's signatures (SHA-1, 64 bits, its defaults; 128 permutations); its bands for .7 in a dict."""
    from text_dedup import minhash

    prime, most = np.uint64((1 << 61) - 1), np.uint32((1 << 32) - 1)
    bands, rows = minhash.optimal_param(THRESHOLD, 128, 0.5, 0.5)
    drawn = [minhash.RNG.randint(least, prime, size=(128,), dtype=np.uint64) for least in (1, 0)]
    options = {
        "num_perm": 128, "ngram_size": 5, "min_length": 5, "permutations": tuple(drawn), "dtype": np.uint64,
        "hashranges": [(band * rows, (band + 1) * rows) for band in range(bands)], "hash_func": minhash.sha1_hash,
        "max_hash": most, "modulo_prime": prime,
    }  # fmt: skip
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    pairs: Pairs = set()
    for number, text in enumerate(texts):
        signature = minhash.embed_func(text, number, **options)[minhash.SIGNATURE_COLUMN]
        for key in enumerate(signature):
            pairs |= {(other, number) for other in buckets[key]}
            buckets[key].append(number)
    union_find(len(texts), pairs)
    return pairs


TOOLS: dict[str, Callable[[list[str]], Pairs]] = {
    "datasketch": datasketch,
    "datasketch 25x5": datasketch_25x5,
    "rensa": rensa,
    "datatrove": datatrove,
    "text-dedup": text_dedup,
    "curator": curator,
    "curator, numpy": curator_with_numpy,
}


def load(args: argparse.Namespace) -> list[str]:
    """Return the texts to compare."""
    if args.jsonl is None:
        return list(made_up_texts(args.texts))
    opened = lzma.open if args.jsonl.suffix == ".xz" else open
    with opened(args.jsonl, "rt", encoding="utf-8") as lines:
        return [text for text in (json.loads(line)[args.field] for line in islice(lines, args.texts)) if text]


def peak_megabytes() -> float:
    """Return the peak of this process's memory; getrusage would give the parent's peak to a young child (Linux)."""
    return megabytes("self", "status", "VmHWM")


def run(name: str, args: argparse.Namespace) -> tuple[Pairs, float, float]:
    """Return the pairs a tool finds, its CPU seconds, and the megabytes it added to the peak."""
    texts = load(args)
    TOOLS[name](texts[:1000])
    # What is alive by now, the modules of all tools among it, is no tool's garbage to search.
    gc.collect()
    gc.freeze()
    before = peak_megabytes()
    start = time.process_time()
    pairs = TOOLS[name](texts)
    used = time.process_time() - start
    return pairs, used, peak_megabytes() - before


def share(part: set, whole: set) -> float:
    """Return how much of a set is in another one; 1 for an empty set."""
    return len(part & whole) / len(part) if part else 1.0


def main() -> None:
    """Print one row for each tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--jsonl", type=Path)
    parser.add_argument("--field", default="text")
    args = parser.parse_args()
    texts = load(args)
    true = truth(texts)
    similar = {pair for pair, jaccard in true.items() if jaccard >= THRESHOLD}
    words = sum(len(WORD.findall(text)) for text in texts) / len(texts)
    print(f"{len(texts)} texts of {words:.0f} words, {len(true)} pairs >= .5, {len(similar)} >= {THRESHOLD}")
    print(f"{'tool':16} {'texts/s':>8} {'times':>6} {'recall':>7} {'precision':>9} {'.5-.7':>6} {'MB':>6}")
    first = None
    for name in TOOLS:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                pairs, seconds, added_mb = pool.submit(run, name, args).result()
            except ImportError as error:
                print(f"{name:16} left out: {error}")
                continue
        first = first or seconds
        judged = {pair for pair in pairs if not name.startswith("curator") or true.get(pair, 0) >= THRESHOLD}
        wrong = {pair for pair in pairs if pair not in true} if name.startswith("curator") else judged - similar
        precision = 1 - len(wrong) / max(1, len(pairs))
        recall, lower = share(similar, pairs), share(true.keys() - similar, pairs)
        speed = len(texts) / seconds
        row = f"{speed:8.0f} {first / seconds:6.1f} {recall:7.4f} {precision:9.4f} {lower:6.3f} {added_mb:6.0f}"
        print(f"{name:16} {row}", flush=True)


if __name__ == "__main__":
    main()
