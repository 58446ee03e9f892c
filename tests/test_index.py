"""The index: all pairs that share a band, however it grew; block by block; without what it forgot."""

import itertools
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.index import BLOCK_BYTES, Index, Listed, MemorySegments, Segment, lsh
from curator.index.entries import MAX_ID, band_addresses
from curator.index.lsh import CROWD
from curator.index.merging import is_note
from curator.index.runs import MERGED_RUNS
from curator.signature import Scheme
from curator.store.connection import connect
from curator.store.duplicates import SegmentRows

SCHEME = Scheme()
_SECTIONS = range(SCHEME.bands + 1)


def signatures(n: int, seed: int = 0, n_values: int = 5) -> np.ndarray:
    """Return signatures with so few different values that bands are shared now and then."""
    return np.random.default_rng(seed).integers(0, n_values, (n, 128), dtype=np.uint32)


def digests(n: int) -> list[bytes]:
    """Return n distinct digests."""
    return [blake2b(b"%d" % number, digest_size=16).digest() for number in range(n)]


def sharing_a_band(minhashes: np.ndarray, ids: range | list[int] | None = None) -> set[tuple[int, int]]:
    """Return the pairs that share a band, by comparing all with all."""
    addresses = band_addresses(minhashes, SCHEME)
    ids = list(ids if ids is not None else range(len(minhashes)))
    return {
        (min(ids[a], ids[b]), max(ids[a], ids[b]))
        for a, b in itertools.combinations(range(len(ids)), 2)
        if (addresses[a] == addresses[b]).any()
    }


def grow(store: MemorySegments, minhashes: np.ndarray, batches: list[list[int]]) -> tuple[Index, set[tuple[int, int]]]:
    """Return an index that the rows of these batches were added to, and all candidate pairs on the way."""
    index, pairs = Index(store), set()
    names = digests(len(minhashes))
    for ids in batches:
        pairs |= {tuple(pair) for pair in index.candidates(ids, minhashes[ids]).pairs.tolist()}
        index.add(ids, [names[number] for number in ids], ids, minhashes[ids])
    return index, pairs


def listed(minhashes: np.ndarray, ids: list[int] | range) -> Listed:
    """Return the batch of these documents, all of them banded."""
    names = digests(len(minhashes))
    return Listed(ids, [names[number] for number in ids], ids, minhashes[list(ids)])


def split(order: list[int], sizes: list[int]) -> list[list[int]]:
    """Return the order cut into batches of these sizes, over and over."""
    batches, rest = [], list(order)
    for size in itertools.cycle(sizes):
        if not rest:
            return batches
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


def entries(store: MemorySegments, index: Index) -> list[int]:
    """Return all entries of the bands, sorted."""
    found, opened = (
        [sorted(entry for run in each._runs._runs for entry in run.section(number).tolist()) for number in _SECTIONS]
        for each in (index, Index(store))
    )
    assert found == opened
    return sorted(itertools.chain.from_iterable(found))


@settings(deadline=None)
@given(st.permutations(range(40)), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 3))
def test_candidates_are_the_pairs_that_share_a_band_in_any_order_and_batches(order, sizes, seed):
    """Every pair that shares a band is proposed once both are there, and no other; the entries are the same."""
    minhashes = signatures(40, seed)
    store, one_shot = MemorySegments(), MemorySegments()
    index, pairs = grow(store, minhashes, split(order, sizes))
    once, same = grow(one_shot, minhashes, [list(range(40))])
    assert pairs == same == sharing_a_band(minhashes)
    assert entries(store, index) == entries(one_shot, once)


def sizes_are(monkeypatch, unfiltered: int, whole: int) -> None:
    """Let segments have filters beyond, and be held in memory up to, these numbers of entries."""
    monkeypatch.setattr("curator.index.runs.UNFILTERED_ENTRIES", unfiltered)
    monkeypatch.setattr("curator.index.runs.WHOLE_ENTRIES", whole)


@pytest.mark.parametrize(("unfiltered", "whole"), [(10**9, 10**9), (100, 10**9), (100, 100), (10**9, 0)])
def test_small_and_large_segments_answer_alike(monkeypatch, unfiltered, whole):
    """Segments read by block, through their filters, or in memory give the same candidates."""
    sizes_are(monkeypatch, unfiltered, whole)
    minhashes = signatures(600, n_values=6)
    store = MemorySegments()
    index, pairs = grow(store, minhashes, split(list(range(600)), [25]))
    assert pairs == sharing_a_band(minhashes)
    again = Index(store)
    wanted = minhashes[100:140]
    expected = {pair for pair in sharing_a_band(minhashes) if set(pair) & set(range(100, 140))}
    for opened in (index, again):
        assert {tuple(pair) for pair in opened.candidates(range(100, 140), wanted).pairs.tolist()} == expected


class CountingSegments(MemorySegments):
    """Segments in memory that count the blocks that are read."""

    n_blocks_read = 0

    def read(self, segment: int, first: int, count: int) -> bytes:
        """Return blocks of a segment, and count them."""
        self.n_blocks_read += count
        return super().read(segment, first, count)


def test_a_small_batch_reads_few_blocks_of_a_large_index(monkeypatch):
    """One new document costs about a block for each band, not the segment; many load the filters once."""
    sizes_are(monkeypatch, 1000, 1000)
    minhashes = signatures(5000, n_values=2**32)
    store = CountingSegments()
    grow(store, minhashes, [list(range(5000))])
    opened = Index(store)
    assert store.segments()[0].n_blocks > 300
    opened.candidates([5000], signatures(1, 7, 2**32))
    assert store.n_blocks_read <= 2 * SCHEME.bands
    opened.candidates(range(5000, 5100), signatures(100, 8, 2**32))
    store.n_blocks_read = 0
    opened.candidates(range(5000, 5100), signatures(100, 9, 2**32))
    # 3,000 bands looked up, of which 0.6 % pass the filters though they are not there.
    assert store.n_blocks_read < 60


def test_blocks_have_the_size_that_storage_was_promised(monkeypatch):
    """All blocks but the last are full, and the segment says how many there are."""
    sizes_are(monkeypatch, 1000, 1000)
    store = MemorySegments()
    grow(store, signatures(300, n_values=99), split(list(range(300)), [30]))
    for segment in store.segments():
        sizes = [len(store.read(segment.id, number, 1)) for number in range(segment.n_blocks)]
        assert set(sizes[:-1]) <= {BLOCK_BYTES} and 0 < sizes[-1] <= BLOCK_BYTES
        assert store.read(segment.id, segment.n_blocks, 1) == b""


def test_segments_merge_eight_by_eight():
    """Never do eight segments of a level stand; ids only grow; nothing is lost or doubled."""
    store, minhashes = MemorySegments(), signatures(200)
    seen: list[int] = []
    index = Index(store)
    for number in range(200):
        index.add([number], digests(200)[number : number + 1], [number], minhashes[number : number + 1])
        levels = [segment.level for segment in store.segments()]
        assert max(map(levels.count, levels)) < MERGED_RUNS
        newest = max(segment.id for segment in store.segments())
        assert newest > max(seen, default=0)
        seen.append(newest)
    found = entries(store, index)
    assert len(found) == len(set(found)) == 200 * (SCHEME.bands + 1)


def staged_from(monkeypatch, entries: int) -> None:
    """Let merges of more than these entries go on over many batches, and begin with as many runs as small ones."""
    monkeypatch.setattr("curator.index.runs.STAGED_ENTRIES", entries)
    monkeypatch.setattr("curator.index.runs.STAGED_RUNS", MERGED_RUNS)


def staged_merges(store: MemorySegments) -> list:
    """Return the notes of the merges that go on."""
    return [segment for segment in store.segments() if is_note(segment)]


@pytest.mark.parametrize(("unfiltered", "whole"), [(10**9, 10**9), (600, 10**9), (600, 2000), (10**9, 0)])
def test_large_merges_go_on_over_batches_and_answer_alike(monkeypatch, unfiltered, whole):
    """While a merge goes on, and when another process takes it up, candidates and entries are the same as ever."""
    sizes_are(monkeypatch, unfiltered, whole)
    staged_from(monkeypatch, 1000)
    minhashes, names, store = signatures(700, n_values=6), digests(700), MemorySegments()
    index, pairs, n_staged = Index(store), set(), 0
    for number, ids in enumerate(split(list(range(700)), [2, 7, 3])):
        pairs |= {tuple(pair) for pair in index.candidates(ids, minhashes[ids]).pairs.tolist()}
        index.add(ids, [names[each] for each in ids], ids, minhashes[ids])
        n_staged += bool(staged_merges(store))
        if number % 9 == 0:
            index = Index(store)
        if number % 20 == 0:
            assert len(entries(store, index)) == (ids[-1] + 1) * (SCHEME.bands + 1)
    assert n_staged > 50
    assert pairs == sharing_a_band(minhashes)
    assert staged_merges(store)
    index.renew([listed(minhashes, range(100))])
    assert index.n_entries == 100 * (SCHEME.bands + 1) and len(store.segments()) == 1


def test_what_is_rolled_back_was_never_there(monkeypatch, tmp_path):
    """In a file, with every third batch tried in vain first, while merges go on: the same candidates and entries."""
    staged_from(monkeypatch, 1000)
    minhashes, names, pairs = signatures(400, n_values=6), digests(400), set()
    connection = connect(tmp_path / "index.db", create=True)
    index = Index(SegmentRows(connection))
    for number, ids in enumerate(split(list(range(400)), [4, 1, 6])):
        for ends in ("ROLLBACK", "COMMIT") if number % 3 == 0 else ("COMMIT",):
            connection.execute("BEGIN")
            found = index.candidates(ids, minhashes[ids]).pairs.tolist()
            index.add(ids, [names[each] for each in ids], ids, minhashes[ids])
            connection.execute(ends)
            if ends == "ROLLBACK":
                index = Index(SegmentRows(connection))
        pairs |= {tuple(pair) for pair in found}
    assert pairs == sharing_a_band(minhashes)
    once, _ = grow(MemorySegments(), minhashes, [list(range(400))])
    assert entries(SegmentRows(connection), index) == sorted(entries(once._store, once))
    (n_blocks,) = connection.execute("SELECT count(*) FROM segment_blocks").fetchone()
    assert n_blocks < 4 * index.n_entries * 8 / BLOCK_BYTES + 40
    connection.close()


def test_a_batch_pays_for_few_sections_of_a_large_merge(monkeypatch):
    """With each batch a merge moves little more than the batch added, and gives back the blocks it has moved."""
    staged_from(monkeypatch, 60_000)
    minhashes, names, store = signatures(20_000, n_values=2**32), digests(20_000), MemorySegments()
    index, moved = Index(store), []
    for first in range(0, 20_000, 50):
        before = {segment.id for segment in store.segments()}
        ids = range(first, first + 50)
        index.add(ids, names[first : first + 50], ids, minhashes[first : first + 50])
        new = [segment for segment in store.segments() if segment.id not in before]
        moved.append(sum(segment.n_blocks for segment in new if segment.level == 2) * BLOCK_BYTES / 8)
        assert store.n_bytes < 9 * index.n_entries + 20_000 * len(store.segments())
    added = 50 * (SCHEME.bands + 1)
    assert max(moved) < 4 * added
    assert sum(moved) > 5 * added


def test_segments_of_the_first_corpus_files_are_read():
    """A segment whose head is of the first make, with a filter of another make behind it, has the same entries."""
    minhashes, store = signatures(300, n_values=6), MemorySegments()
    index, pairs = grow(store, minhashes, [list(range(300))])
    (segment,) = store.segments()
    head = np.frombuffer(segment.head, dtype="<u8")
    old = MemorySegments()
    data = store.read(segment.id, 0, segment.n_blocks) + b"filter" * 400
    old.write(7, [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)])
    old.add(Segment(7, 1, len(data) // BLOCK_BYTES + 1, np.concatenate([[2400], head[4:]]).astype("<u8").tobytes()))
    opened = Index(old)
    assert entries(old, opened) == entries(store, index)
    found = opened.candidates(range(300), minhashes).pairs.tolist()
    assert {tuple(pair) for pair in found} == pairs
    opened.add([300], digests(301)[300:], [300], minhashes[:1])
    assert list(opened.copies(digests(301)[299:]).values()) == [[299], [300]]


@settings(deadline=None)
@given(st.sets(st.integers(0, 39)), st.booleans())
def test_what_is_forgotten_is_never_proposed(gone, reopened):
    """Candidates and copies leave forgotten ids out, at once, after reopening, and after it was written anew."""
    minhashes, store = signatures(40), MemorySegments()
    index, _ = grow(store, minhashes, split(list(range(40)), [6]))
    index.forget(sorted(gone))
    index = Index(store) if reopened else index
    new = minhashes[:5]
    left = [number for number in range(40) if number not in gone]
    expected = sharing_a_band(np.concatenate([minhashes[left], new]), [*left, *range(100, 105)])
    expected = {pair for pair in expected if pair[1] >= 100}
    for _ in range(2):
        assert {tuple(pair) for pair in index.candidates(range(100, 105), new).pairs.tolist()} == expected
        assert index.copies(digests(40)) == {digests(40)[number]: [number] for number in left}
        index.renew([listed(minhashes, left)])
    assert store.forgotten().size == 0
    assert index.n_entries == Index(store).n_entries == len(left) * (SCHEME.bands + 1)


def test_an_index_is_bloated_by_what_left_and_by_former_texts(monkeypatch):
    """A third of entries that cannot be those of its documents, and not less, asks for a new one."""
    monkeypatch.setattr(lsh, "LEAST_BLOATED", 0)
    minhashes, store = signatures(60), MemorySegments()
    index, _ = grow(store, minhashes, [list(range(40))])
    index.forget(range(13))
    assert (index.is_bloated(27), Index(store).is_bloated(26)) == (False, True)
    index.renew([listed(minhashes, range(40))])
    # Twenty documents are changed: they leave and come back with other signatures.
    changed = range(20, 40)
    index.forget(changed)
    index.add(changed, digests(60)[40:], changed, minhashes[40:])
    assert (index.is_bloated(40), index.is_bloated(41)) == (False, False)
    index.forget([1])
    index.add([1], digests(1), [1], minhashes[:1])
    assert index.is_bloated(40)
    monkeypatch.setattr(lsh, "LEAST_BLOATED", 2000)
    assert not index.is_bloated(40)


def test_a_document_that_comes_back_is_found_again():
    """Adding a forgotten id lifts it from the forgotten ones, and no later merge drops it."""
    minhashes, store = signatures(30), MemorySegments()
    index, _ = grow(store, minhashes, [list(range(30))])
    index.forget([3])
    index.add([3], digests(30)[3:4], [3], minhashes[3:4])
    for number in range(30, 37):  # eight runs are merged into one
        index.add([number], digests(37)[number : number + 1], [number], minhashes[:1])
    assert list(index.copies(digests(30)[3:4]).values()) == [[3]]
    assert index.n_entries == 37 * (SCHEME.bands + 1) and len(store.segments()) == 2


def test_a_crowded_band_is_named_instead_of_its_pairs():
    """Up to 128 documents with one band key are pairs all; beyond, the address is named, and says who stands there."""
    minhashes = signatures(300, n_values=2**32)
    minhashes[:, :4] = 7
    index, pairs = grow(MemorySegments(), minhashes, [list(range(CROWD))])
    assert len(pairs) == CROWD * (CROWD - 1) // 2
    found, crowds = index.candidates([200, 201], minhashes[200:202])
    assert found.tolist() == [] and crowds.tolist() == [int(band_addresses(minhashes, SCHEME)[0, 0])]
    assert index.standing_at(crowds[0]).tolist() == list(range(CROWD))
    index.forget(range(5))
    assert index.standing_at(crowds[0]).tolist() == list(range(5, CROWD))
    assert len(index.candidates([200], minhashes[200:201]).pairs) == CROWD - 5
    assert index.crowded(np.repeat(crowds, 5)).tolist() == []
    assert index.crowded(np.repeat(crowds, 6)).tolist() == crowds.tolist()


def test_copies_are_found_by_digest_with_and_without_limit():
    """The smallest ids of a digest come first, from whatever segment they are in."""
    store = MemorySegments()
    index = Index(store)
    name, other = b"a" * 16, b"b" * 16
    none = np.zeros((0, 128), dtype=np.uint32)
    for ids in ([9, 4], [1, 12], [7]):
        index.add(ids, [name] * len(ids), [], none)
    assert index.copies([other, name]) == {name: [1, 4, 7, 9, 12]}
    assert index.copies([name], limit=2) == {name: [1, 4]}
    assert index.copies([]) == {}


@pytest.mark.parametrize("wrong", [-1, MAX_ID + 1])
def test_ids_must_fit_an_entry(wrong):
    """An id that 28 bits cannot hold is refused before anything is written."""
    store = MemorySegments()
    with pytest.raises(ValueError, match="document ids"):
        Index(store).add([wrong], [b"a" * 16], [], np.zeros((0, 128), dtype=np.uint32))
    assert store.segments() == []


def test_bands_find_what_the_scheme_says():
    """Of 2,000 pairs of Jaccard .5 and .7 the bands find the share that ``Scheme.recall`` gives."""
    generator = np.random.default_rng(5)
    for jaccard in (0.5, 0.7):
        one = generator.integers(0, 2**32, (2000, 128), dtype=np.uint32)
        other = np.where(generator.random((2000, 128)) < jaccard, one, ~one)
        shared = (band_addresses(one, SCHEME) == band_addresses(other, SCHEME)).any(axis=1).mean()
        assert shared == pytest.approx(SCHEME.recall(jaccard), abs=0.03 if jaccard < 0.7 else 0.003)
