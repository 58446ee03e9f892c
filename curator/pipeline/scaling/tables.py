"""The columns of what a cluster run moves and writes, and rows <-> records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from curator.article import kept_text
from curator.model import Cut, Failure
from curator.pipeline.scaling.inputs import NOTED
from curator.store.rows import ArticleRow, Entry, TextRow, cut_values, pack_page, pack_text, shown, unpack, unpack_text
from curator.store.seen import SeenRow

#: Where a run keeps what only it needs, beside its tables; names with an underscore are no data to Spark.
WORK = "_work"

#: Rows of a batch that a stage gives: wide ones hold pages, narrow ones numbers.
WIDE_ROWS = 512
NARROW_ROWS = 1 << 15

_INT, _TEXT, _REAL, _BYTES = pa.int64(), pa.string(), pa.float64(), pa.binary()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


#: A document as it was read, pickled; ``part`` is the first 16 bits of its key.
RAWS = _schema(part=_INT, key=_TEXT, source=_TEXT, raw=_BYTES)

_SPAN = {"start": _INT, "end": _INT, "kind": _TEXT, "rule": _TEXT, "why": _TEXT}
_TYPES = {str: _TEXT, int: _INT, float: _REAL, bytes: _BYTES}


def _columns(record: type) -> dict[str, pa.DataType]:
    """Return the columns of those fields of a record that are single values."""
    kinds = {name: {*get_args(hint), hint} & _TYPES.keys() for name, hint in get_type_hints(record).items()}
    return {name: _TYPES[kind] for name, found in kinds.items() for kind in found}


#: What is stored of a document, of its article (whose site and url are not always the document's) and of its text.
_ORIGINAL = _columns(Entry)
_ARTICLE = {f"article_{name}" if name in _ORIGINAL else name: kind for name, kind in _columns(ArticleRow).items()}
_TITLE = {"title_start": _INT, "title_end": _INT}
_MORE = {"paths": pa.list_(_TEXT), "spans": pa.list_(pa.struct(list(_SPAN.items())))}
_FAILED = {"stage": _TEXT, "error": _TEXT, "message": _TEXT}

#: What cleaning made of a document, or why it failed. ``rank`` numbers the documents of a part in the order of keys.
CLEANED = _schema(part=_INT, rank=_INT, text=_TEXT, **_ORIGINAL, **_ARTICLE, **_TITLE, **_MORE, **_FAILED)
#: A document with all that a corpus file stores of it; the texts of article and cuts follow from page and spans.
DOCUMENTS = _schema(id=_INT, **_ORIGINAL, **_ARTICLE, **_TITLE, **_MORE)
FAILURES = _schema(source=_TEXT, **_FAILED)
COUNTS = _schema(part=_INT, documents=_INT)

#: A document of a corpus that is left out of the run, ``id`` that of the corpus.
SEEN = _schema(part=_INT, **_columns(SeenRow))
SEEN_IDS = _schema(id=_INT, key=_TEXT, article_id=_INT)

#: Which of several versions of a url a document is.
VERSIONS = _schema(url=_TEXT, id=_INT, fetched_at=_TEXT, published=_TEXT, key=_TEXT, status=_TEXT)
SUPERSEDED = _schema(id=_INT, newest=_INT)

#: ``part`` is the first 16 bits of the digest.
SIGNATURES = _schema(part=_INT, id=_INT, digest=_BYTES, minhash=_BYTES)
#: Documents that take part, by digest. ``first`` is the smallest id of the digest; that document's row alone has a
#: signature, the ids of the first few (``curator.cluster.grow.SPEAKERS``), which have all pairs, and a rank: the place
#: of the digest among those of its part. The others have rank -1.
TEXTS = _schema(
    part=_INT, rank=_INT, id=_INT, first=_INT, speaks=pa.bool_(), digest=_BYTES, minhash=_BYTES,
    speakers=pa.list_(_INT),
)  # fmt: skip
#: The bands of distinct texts, which are numbered in the order of their digests.
BANDS = _schema(bucket=_INT, number=_INT)
#: Sketches and pairs on their way to each other. ``block`` is where they meet; a row with ``other`` 0 tells what is
#: known of a text, one with another number is a pair.
SKETCHES = _schema(block=_INT, number=_INT, other=_INT, id=_INT, minhash=_BYTES)
#: The same for shingles, by documents: ``words`` is the text, or else ``shingles`` its distinct shingle hashes.
SHINGLES = _schema(
    block=_INT, number=_INT, other=_INT, words=_TEXT, shingles=_BYTES, speakers=pa.list_(_INT)
)  # fmt: skip
PAIRS = _schema(a=_INT, b=_INT, jaccard=_REAL, containment_a=_REAL, containment_b=_REAL)

LABELS = _schema(id=_INT, component=_INT)
_MEMBER = {"key": _TEXT, "digest": _BYTES, "published": _TEXT, "chars": _INT, "site": _TEXT}
#: Members of components and the pairs between them, in one table.
LINKED = _schema(component=_INT, id=_INT, **_MEMBER, b=_INT, jaccard=_REAL, containment_a=_REAL, containment_b=_REAL)
#: What became of each member of a cluster; the keeper's row tells of the cluster.
MARKS = _schema(
    id=_INT, marked=_TEXT, cluster_id=_TEXT, duplicate_of=_INT, similarity=_REAL, via=_INT, size=_INT,
    min_similarity=_REAL,
)  # fmt: skip
CLUSTERS = _schema(id=_TEXT, size=_INT, keeper_id=_INT, min_similarity=_REAL)

ARTICLES = _schema(
    id=_INT, key=_TEXT, source=_TEXT, source_id=_TEXT, url=_TEXT, site=_TEXT, title=_TEXT, text=_TEXT, lang=_TEXT,
    published=_TEXT, author=_TEXT, words=_INT, chars=_INT, raw_chars=_INT, ratio_cut=_REAL, review=_TEXT,
    fetched_at=_TEXT, status=_TEXT, reason=_TEXT, cluster_id=_TEXT, duplicate_of=_INT, similarity=_REAL, via=_INT,
    superseded_by=_INT,
)  # fmt: skip
CUTS = _schema(article_id=_INT, **_SPAN, text=_TEXT)
RUN = _schema(version=_TEXT, settings=_TEXT, scheme=_TEXT, rule=_TEXT, counts=_TEXT)

Row = Mapping[str, Any]

#: What stands in the place of a document that a corpus holds already, and the rank of its row.
SEEN_BEFORE = Failure("", "seen", "seen", "the corpus holds it already")
SEEN_RANK = -2
FAILED_RANK = -1
#: Of what is to be said of the reading (``curator.pipeline.scaling.inputs.NOTED``).
NOTED_RANK = -3
_RANKS = {SEEN_BEFORE.stage: SEEN_RANK, NOTED: NOTED_RANK}


def batches(rows: Iterable[Row], schema: pa.Schema, n: int = WIDE_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield rows as batches of n; keys that a row lacks are null."""
    stream = iter(rows)
    while some := list(islice(stream, n)):
        yield pa.RecordBatch.from_pylist(some, schema)


def columns(schema: pa.Schema, **values: object) -> pa.RecordBatch:
    """Return a batch of whole columns (arrays or sequences), in the order of the schema."""
    arrays = [pa.array(values[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def row_of(entry: Entry, part: int, rank: int, paths: Sequence[str]) -> Row:
    """Return the row of ``CLEANED`` of a cleaned document; text columns hold U+FFFD for lone surrogates."""
    values = {name: getattr(entry, name) for name in _ORIGINAL} | {"page": pack_text(entry.page_text)}
    values |= zip((*_ARTICLE, *_TITLE), (*entry.article, *entry.text[:2]), strict=True)
    told = {name: shown(value) if isinstance(value, str) else value for name, value in values.items()}
    spans = [dict(zip(Cut._fields, cut, strict=False)) for cut in entry.cuts]
    text = shown(entry.text.text)
    return told | {"part": part, "rank": rank, "text": text, "paths": [shown(path) for path in paths], "spans": spans}


def failure_row(failure: Failure, part: int) -> Row:
    """Return the row of ``CLEANED`` of a failure, or of what has been seen."""
    return {
        "part": part,
        "rank": _RANKS.get(failure.stage, FAILED_RANK),
        **{name: shown(getattr(failure, name)) for name in FAILURES.names},
    }


def entry_of(row: Row) -> Entry:
    """Return what a corpus file stores of a row of ``DOCUMENTS``."""
    article = ArticleRow(*(row[name] for name in _ARTICLE))
    page = unpack_text(row["page"])
    cuts = tuple(Cut(**span) for span in row["spans"])
    spans = [(cut.start, cut.end) for cut in cuts]
    title = (row["title_start"], row["title_end"])
    if title[0] is not None:
        spans = sorted([*spans, title])
    return Entry(
        **{name: row[name] for name in _ORIGINAL} | {"page": pack_page(page, unpack(row["record"] or row["content"]))},
        article=article,
        text=TextRow(*title, kept_text(page, spans)),
        cuts=cut_values(cuts, page),
    )


def run_row(version: str, settings: str, scheme: str, rule: str, counts: str | None = None) -> pa.Table:
    """Return the one row that tells what a run was; all but the version are JSON."""
    row = {"version": version, "settings": settings, "scheme": scheme, "rule": rule, "counts": counts}
    return pa.Table.from_pylist([row], RUN)
