"""Signatures: datasketch's bits, whatever the batch; shingles as the design names them; schemes never mixed."""

import re
import sys
from itertools import pairwise

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.errors import StoreError
from curator.signature import Scheme, from_bytes, from_datasketch, kernels, plain, sign, to_datasketch, to_rows
from curator.signature import shingles as shingles_module
from curator.signature.characters import character_tables, word_bytes
from curator.signature.minhash import EMPTY, hash32
from curator.signature.shingles import shingle
from curator.signature.tokens import token_hashes

NEWS = [
    "The mayor opened the new bridge over the river on Monday, two years late and well over budget.",
    "Die Bürgermeisterin eröffnete am Montag die neue Brücke über den Fluss – zwei Jahre zu spät.",
    "İstanbul'da köprü açıldı; ΟΔΟΣ ΣΤΗΝ ΑΘΗΝΑ, ὁ λόγος τοῦ Σωκράτους.",
    "افتتح رئيس البلدية الجسر الجديد فوق النهر يوم الاثنين بعد تأخير دام عامين",
    "市長は月曜日に川にかかる新しい橋を開通させた。予定より二年遅れた。",
    "นายกเทศมนตรีเปิดสะพานใหม่ข้ามแม่น้ำเมื่อวันจันทร์",
    "한강에 새 다리가 월요일에 열렸다 예정보다 이 년 늦었다",
    "Too short",
    "...!",
    "",
    " \n\t ",
    "\ud800 lone surrogate in a text of more than five tokens",
    "𝒜 𝓑 mathematical letters and 𠀀𠀁𠀂𠀃𠀄𠀅 rare Han, x2 3½ ²³ words",
]
TEXTS = st.lists(st.one_of(st.sampled_from(NEWS), st.text(max_size=60), st.text("ab东 ", max_size=40)), max_size=12)
#: The scripts that are written without spaces, as a regular expression says it.
ALONE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]"
)


def tokens(text: str) -> list[str]:
    """Return the tokens of a text by regular expressions, the slow and plain way; planes 2 and 3 are all Han."""
    return [
        token
        for run in re.findall(r"[\w\U00020000-\U0003ffff]+", text.lower())
        for token in re.findall(rf"{ALONE.pattern}|\w+?(?={ALONE.pattern}|$)", run)
    ]


def plain_shingles(text: str) -> set[tuple[str, ...]]:
    """Return the set of 5-token shingles of a text; fewer than 5 tokens are one shingle."""
    found = tokens(text)
    return {tuple(found[i : i + 5]) for i in range(max(1, len(found) - 4))} if text.strip() else set()


def hash_sets(texts: list[str]) -> list[set[int]]:
    """Return the shingle hashes of each text as sets."""
    found = shingle(texts)
    return [set(part.tolist()) for part in np.split(found.hashes, found.starts[1:-1])] if texts else []


@settings(deadline=None)  # the first call makes the tables of characters
@given(TEXTS)
def test_signatures_have_the_bits_of_datasketch(texts):
    """Given the same 32-bit shingle hashes, datasketch.MinHash holds the same 128 values."""
    found = sign(texts)
    for own, row in zip(hash_sets(texts), found.minhashes, strict=True):
        sketch = MinHash(num_perm=128, seed=1, hashfunc=int)
        sketch.update_batch(hash32(np.array(sorted(own), dtype=np.uint64)).tolist())
        assert sketch.hashvalues.tolist() == row.tolist()


@given(TEXTS, st.integers(1, 13), st.integers(1, 40))
def test_batches_change_no_signature(texts, size, chunk_chars):
    """A text has the same signature and digest alone, in any batch, and in any chunk of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles_module, "_CHUNK_CHARS", chunk_chars)
        patch.setattr("curator.signature.plain._BLOCK_SHINGLES", size)
        parts = [sign(texts[first : first + size]) for first in range(0, len(texts), size)]
    whole = sign(texts)
    assert [digest for part in parts for digest in part.digests] == list(whole.digests)
    assert [row for part in parts for row in part.minhashes.tolist()] == whole.minhashes.tolist()


DENSE = st.text("мостиМОСТ3,東京 ไทย\u03a3\u0130aB,", max_size=60)


@settings(deadline=None)
@given(st.lists(st.one_of(TEXTS.filter(bool).map("\n".join), DENSE, st.sampled_from([" ", "y" * 200])), max_size=9))
def test_compiled_loops_give_the_same_bits(texts):
    """With numba and without it, texts have the same shingles, digests and signatures."""
    assert kernels.compiled() is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "COMPILED_FROM_TEXTS", 0)
        fast, signed = shingle(texts), sign(texts)
        patch.setattr("curator.signature.shingles.kernels_for", lambda n: plain)
        patch.setattr("curator.signature.minhash.kernels_for", lambda n: plain)
        slow = shingle(texts)
        assert [part.tolist() for part in slow[:2]] == [part.tolist() for part in fast[:2]]
        assert slow.digests == fast.digests
        assert signed.minhashes.tolist() == sign(texts).minhashes.tolist()


def test_without_numba_the_loops_of_numpy_are_taken(monkeypatch):
    """Where numba is missing, however many texts there are, numpy signs them."""
    monkeypatch.setattr(kernels, "find_spec", {"numba": None}.get)
    monkeypatch.delitem(sys.modules, "curator.signature.compiled", raising=False)
    monkeypatch.setattr(kernels, "compiled", kernels.compiled.__wrapped__)
    assert kernels.kernels_for(10**6) is plain


@settings(deadline=None)
@given(DENSE)
def test_dense_texts_have_the_tokens_of_sparse_ones(text):
    """Both ways of finding tokens, by code points and by bytes, give the same hashes."""
    found = [token_hashes([text, "", text + "x"], plain, dense=dense) for dense in (False, True)]
    assert found[0][0].tolist() == found[1][0].tolist()
    assert found[0][1].tolist() == found[1][1].tolist()


@given(st.text(max_size=80), st.text(max_size=80))
def test_hashes_tell_shingles_apart_and_nothing_else(one, other):
    """Two texts share as many hashes as they share shingles of word tokens of the lower-case text."""
    sets = hash_sets([one, other])
    plain = [plain_shingles(one), plain_shingles(other)]
    assert [len(part) for part in sets] == [len(part) for part in plain]
    if tokens(one) and tokens(other):
        assert len(sets[0] & sets[1]) == len(plain[0] & plain[1])


@pytest.mark.parametrize("text", NEWS)
def test_shingles_of_many_scripts(text):
    """Every script gives one hash for each distinct shingle, as the regular expression counts them."""
    assert len(hash_sets([text])[0]) == len(plain_shingles(text))


def test_every_character_is_classed_as_the_regular_expression_does():
    """The table and the pattern of word characters agree on every letter up to the last one outside Han."""
    kinds, lower = character_tables()
    lowered = [chr(code).lower() for code in range(0x20000)]
    wrong = [
        hex(i) for i, char in enumerate(lowered) if i != 0x130 and (re.match(r"\w", char) is None) != (kinds[i] == 0)
    ]
    assert wrong == []
    unequal = [hex(i) for i, char in enumerate(lowered) if kinds[i] and i != 0x130 and lower[i] != ord(char)]
    assert unequal == []


@given(
    st.lists(
        st.one_of(
            st.sampled_from(NEWS),
            st.text(max_size=40),
            st.tuples(st.integers(0, 60), st.characters(), st.integers(0, 60)).map(
                lambda t: "Ab" * t[0] + t[1] + "cD" * t[2]
            ),
        ),
        max_size=6,
    )
)
def test_bytes_hold_the_tokens_of_the_regular_expression(texts):
    """The bytes of each text are its tokens with zeros between, whether characters change in place or are rewritten."""
    data, starts = word_bytes(texts)
    parts = [bytes(data[first:end]).split(b"\0") for first, end in pairwise(starts.tolist())]
    found = [[part.decode("utf-8", "surrogatepass") for part in some if part] for some in parts]
    assert found == [tokens(text) for text in texts]


@pytest.mark.parametrize("code", range(0, 0x30000, 0x400))
def test_every_character_is_lowered_in_place_as_the_regular_expression_does(code):
    """Each character among many of ASCII leaves the tokens that the regular expression finds."""
    texts = [f"{'Word ' * 8}{chr(each)} a{chr(each)}B" for each in range(code, code + 0x400)]
    data, starts = word_bytes(texts)
    for text, (first, end) in zip(texts, pairwise(starts.tolist()), strict=True):
        found = bytes(data[first:end]).decode("utf-8", "surrogatepass").split("\0")
        assert [part for part in found if part] == tokens(text)


def test_long_tokens_are_told_apart_by_every_byte():
    """Tokens of any length have equal hashes only when all their characters are equal."""
    texts = ["x" * n for n in range(1, 150)] + ["x" * n + "y" + "x" * (99 - n) for n in range(100)]
    assert len(set(shingle(texts).hashes.tolist())) == len(texts)


def test_digests_tell_token_sequences_apart():
    """Case, spacing and punctuation make no other text; another word, or another mark without words, does."""
    same = shingle(
        ["A new bridge: opened!", "a NEW bridge\n\nopened", "a new bridge open ed", "?!", "? !", "!?"]
    ).digests
    assert same[0] == same[1] and same[3] == same[4]
    assert len(set(same)) == 4


def test_a_blank_text_has_an_empty_signature():
    """Nothing visible gives no shingle and datasketch's empty sketch; one mark gives a shingle."""
    found = sign([" \n", "!"])
    assert (found.minhashes[0] == EMPTY).all() and not (found.minhashes[1] == EMPTY).any()
    assert to_datasketch(to_rows(found.minhashes)[0]).is_empty()


def test_stored_signatures_never_change():
    """What version 1 of the scheme made of this text is stored in corpus files, so it stays."""
    found = sign(["The mayor opened the new bridge over the river on Monday."])
    assert found.digests[0].hex() == "ead183127e0903a2888ce2a5026d3105"
    assert found.minhashes[0, :4].tolist() == [1120380258, 2413626, 671362774, 658235969]


def test_rows_go_to_datasketch_and_back():
    """A stored row is a MinHash of datasketch, which estimates as its own do, and comes back unchanged."""
    signatures = sign([*NEWS[:2], NEWS[0] + " Nobody knows why."])
    rows = to_rows(signatures.minhashes)
    sketches = [to_datasketch(row) for row in rows]
    assert [from_datasketch(sketch) for sketch in sketches] == rows
    assert sketches[0].jaccard(sketches[1]) == 0.0 and sketches[0].jaccard(sketches[2]) > 0.6
    grown = MinHash(num_perm=128, hashfunc=int)
    grown.update_batch(hash32(shingle([NEWS[0]]).hashes).tolist())
    assert grown == sketches[0]


def test_sketches_of_another_scheme_are_refused():
    """Legacy sketches, other seeds and sizes cannot become rows."""
    for sketch in (MinHash(scheme="legacy"), MinHash(seed=2), MinHash(num_perm=64)):
        with pytest.raises(ValueError, match="expected a MinHash"):
            from_datasketch(sketch)


def test_rows_of_another_size_are_refused():
    """A row that is no 512 bytes is damage, and says so."""
    with pytest.raises(StoreError, match="512 bytes"):
        from_bytes([b"\0" * 511])


def test_a_corpus_of_another_scheme_is_refused():
    """The stored scheme must be this one in every field; the message names what differs."""
    Scheme().require(Scheme().to_json())
    with pytest.raises(StoreError, match="bands is 30, but was 25 when it was made, rows is 4, but was 5"):
        Scheme().require(Scheme(bands=25, rows=5).to_json())
    with pytest.raises(StoreError, match="version None instead of 1"):
        Scheme().require('{"name": "affine32"}')
    for damaged in ("", "{", "[1]"):
        with pytest.raises(StoreError):
            Scheme().require(damaged)


def test_bands_must_fit_the_permutations():
    """A scheme that needs more values than a signature has is the caller's mistake."""
    with pytest.raises(ValueError, match="do not fit"):
        Scheme(bands=43, rows=3)


@pytest.mark.parametrize("char", ["a", " ", "東", "Σ", "_", "\ud800"])
def test_hostile_texts_cost_linear_time(char):
    """400,000 of one character are signed like any text."""
    assert sign([char * 400_000, "and five words come after"]).minhashes.shape == (2, 128)
