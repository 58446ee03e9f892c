"""What each table and column of a corpus file holds: the one home of these facts.

Read by Datasette's metadata (``curator.browse.metadata``) and by the page of tables in the docs; a test compares
the names with the live schema, both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Table(NamedTuple):
    """A table's purpose, and what each of its columns holds, in the order of the schema."""

    purpose: str
    columns: Mapping[str, str]


_OFFSETS = "in code points of the page text"

TABLES: Mapping[str, Table] = {
    "articles": Table(
        "One row for every document: what it became. Narrow on purpose; its text is in article_texts.",
        {
            "id": "The document's id",
            "title": "Headline, empty where the dump does not hold it",
            "site": "Domain that the article comes from",
            "url": "Address of the page",
            "lang": "Language code of the text, such as de; empty where it cannot be told",
            "published": "Day of publication, never guessed",
            "month": "Month of publication, such as 2024-05",
            "author": "Author as the page names them",
            "words": "Words of the text that was kept",
            "chars": "Characters of the text that was kept",
            "raw_chars": "Characters of the page before anything was cut",
            "ratio_cut": "Share of the page's characters that was cut, 0 to 1",
            "review": "Why a person should look at it; empty for most",
            "status": "kept, duplicate, rejected, or superseded by a later version of the same address",
            "reason": "Why it is not kept",
            "cluster_id": "Cluster of near-duplicates that it belongs to",
            "duplicate_of": "Survivor of that cluster, where this article is not the survivor itself",
            "similarity": "Jaccard similarity with the survivor, or with the member under via, 0 to 1",
            "via": "Member of the cluster that it resembles, where it is too unlike the survivor itself",
        },
    ),
    "article_texts": Table(
        "The text of each article: its body without the title.",
        {
            "id": "The article's id",
            "title_start": f"Where the title begins, {_OFFSETS}",
            "title_end": f"Where the title ends, {_OFFSETS}",
            "text": "Kept lines, joined by line feeds, their characters unchanged",
        },
    ),
    "article_search": Table(
        "Title and text of each article side by side: what the full-text index reads.",
        {"id": "The article's id", "title": "Headline", "text": "Text of the article"},
    ),
    "articles_fts": Table(
        "Full-text index over title and text; accents do not count.",
        {"title": "Headline", "text": "Text of the article"},
    ),
    "cuts": Table(
        "Every stretch of a page that was removed, with the rule that removed it and its reason.",
        {
            "id": "Number of the cut, made of its article and its start",
            "article_id": "Article that goes without it",
            "start": f"Where it begins, {_OFFSETS}",
            "end": f"Where it ends, {_OFFSETS}",
            "kind": "Kind of clutter, such as related or consent",
            "rule": "Rule that cut it",
            "why": "The rule's reason",
            "text": "What was removed",
        },
    ),
    "site_rules": Table(
        "How often each rule cut on each site.",
        {
            "site": "Domain, or an empty text for articles without a site",
            "kind": "Kind of clutter",
            "rule": "Rule that cut",
            "n_cuts": "Number of cuts",
            "cut_chars": "Characters that they took",
        },
    ),
    "sites": Table(
        "Sites with the counts of their articles.",
        {
            "domain": "Name of the site, such as example.com",
            "n_articles": "Articles of the site, whatever their status",
            "n_kept": "Articles that were kept",
            "n_duplicate": "Near-duplicates of another article",
            "n_rejected": "Documents that left no article",
            "n_superseded": "Older versions of an address",
            "raw_chars": "Characters of the site's pages",
            "cut_chars": "Characters of them that were cut",
        },
    ),
    "site_lines": Table(
        "Learned templates: lines that recur on the distinct articles of a site.",
        {
            "site": "Domain",
            "line_hash": "Hash of the folded line",
            "text": "The line as it stands in the page with the smallest key",
            "n_articles": "Distinct articles that it stands on",
        },
    ),
    "page_lines": Table(
        "What templates are learned from: each page's lines, as they were kept before templates.",
        {
            "document_id": "Document",
            "site": "Domain that it is learned for",
            "title": "Headline before templates",
            "title_start": f"Where that begins, {_OFFSETS}",
            "title_end": f"Where it ends, {_OFFSETS}",
            "headline": "Hash of the headline, 0 for none",
            "shown": "1 where the headline was found by its shape, so it may be a line of the template",
            "lines": "Hashes of the lines, 8 bytes each, in order; then of those that the tagger cut, lowest bits 3",
            "sketch": "16 bits of each value of the MinHash signature, to tell copies",
            "marks": "Tells which template lines were cut from it; 0 for none",
        },
    ),
    "unsettled_addresses": Table(
        "Addresses whose versions are still to be settled after an upgrade; empty after `curator add`.",
        {"address": "Address"},
    ),
    "uncleaned_documents": Table(
        "Documents that people said something of, or that were fetched anew, since they were cleaned.",
        {"document_id": "Document", "n_changes": "How often that was"},
    ),
    "unlearned_documents": Table(
        "Documents whose lines `curator learn` has not noted yet; empty after `curator add`.",
        {"document_id": "Document"},
    ),
    "unlearned_sites": Table(
        "Sites whose pages changed since their template was learned; empty after `curator add`.",
        {"site": "Domain", "n_changes": "Pages that came, left or were fetched anew"},
    ),
    "clusters": Table(
        "Groups of articles that say the same, with the one that survives.",
        {
            "id": "Derived from the smallest key among the members",
            "size": "Number of members",
            "keeper_id": "The survivor",
            "min_similarity": "Similarity of the member that is least like the survivor",
        },
    ),
    "pairs": Table(
        "Every verified pair of articles with a Jaccard similarity of 0.5 or more.",
        {
            "a": "Article with the smaller id",
            "b": "Article with the larger id",
            "jaccard": "Shingles that both have, as a share of all that either has",
            "containment_a": "Share of a's shingles that b has, too",
            "containment_b": "Share of b's shingles that a has, too",
        },
    ),
    "contained": Table(
        "Articles whose text a longer article contains, as `curator dedup --contained` found them.",
        {
            "article_id": "The shorter article",
            "container_id": "The longer one",
            "containment": "Share of the shorter one's shingles that the longer one has, too",
            "containment_container": "Share of the longer one's shingles that the shorter one has, too",
        },
    ),
    "documents": Table(
        "Everything that was read: one row for each document, as it came.",
        {
            "id": "Number of the document",
            "key": "Hash of content, address and own id: what makes the document itself",
            "source": "File or stream that it was read from",
            "source_id": "The record's own id, if it has one",
            "url": "Address that came with it",
            "site": "Domain that it comes from",
            "fetched_at": "When it was fetched",
            "media": "text/plain or text/html",
            "encoding": "Encoding that its bytes were decoded with",
            "n_bytes": "Size of its content",
            "run_id": "Run that added it",
            "member": "Name of the file inside an archive",
            "position": "Where it begins in its file or member, decompressed: bytes, or rows of a table",
            "fields": "Keys of its record that stand for text, id and so on, as JSON, where they were mapped",
            "meta": "What came with it outside any record, such as the headers of a response, as JSON",
            "address": "What tells versions of a page: that address as it is usually written, where it came otherwise",
        },
    ),
    "paths": Table(
        "Further places where the content of a document was met.",
        {"document_id": "Document", "source": "Path of the other copy"},
    ),
    "raws": Table(
        "The original bytes of each document, compressed.",
        {
            "document_id": "Document",
            "content": "Its bytes exactly as they came, compressed",
            "record": "Bytes of the record around it, compressed",
        },
    ),
    "pages": Table(
        "The decoded text of each document, compressed: what offsets point into.",
        {
            "document_id": "Document",
            "text": "Page text, compressed; behind a byte 1, by Zstandard with the bytes of `raws` as raw dictionary",
            "repairs": "Repaired stretches with what stood there, as JSON",
        },
    ),
    "signatures": Table(
        "MinHash signature of each article's text.",
        {
            "article_id": "Article",
            "digest": "Hash of the text; equal for exact duplicates",
            "minhash": "Values of the signature, as bytes",
        },
    ),
    "segments": Table(
        "The duplicate index: sorted runs of band hashes, merged as they grow.",
        {
            "id": "Number of the segment",
            "level": "How often its entries were merged",
            "n_blocks": "Number of its blocks",
            "head": "First entry of each block, as bytes",
        },
    ),
    "segment_blocks": Table(
        "The entries of the duplicate index, in blocks.",
        {"id": "Number of the block", "data": "Its entries, as bytes"},
    ),
    "runs": Table(
        "Commands that changed the corpus.",
        {
            "id": "Number of the run",
            "command": "Command that ran",
            "version": "Version of curator",
            "settings": "Settings that it ran with, as JSON",
            "started": "When it began, in UTC",
            "finished": "When it ended; empty while it runs and after a crash",
            "counts": "What it did, as JSON",
            "inputs": "Paths and addresses that it was given, as JSON",
            "cleaner": "Tells apart by which rules, weights and settings it cleaned; empty where that is not known",
            "cleaned_to": "Greatest id when it left all documents as these clean them",
        },
    ),
    "failures": Table(
        "Inputs that could not be read or cleaned, each once.",
        {
            "id": "Number of the failure",
            "run_id": "Run that met it first",
            "source": "File or record that failed",
            "stage": "Stage of the pipeline: read, fetch, clean, store",
            "error": "Kind of error",
            "message": "What was found, and what to do",
            "path": "The file, from the root of the disk; empty where there is none",
            "name": "The file as it was given, with which source begins",
            "options": "How it was read, as JSON",
            "file": "Size, time of change and beginning of the file then",
            "behind": "Where in the file the document before it stood: member, start, end, number, as JSON",
        },
    ),
    "unfinished_inputs": Table(
        "Files that a run was reading when it was ended: the same command goes on behind these documents.",
        {
            "path": "The file, from the root of the disk",
            "run_id": "Run that read it",
            "options": "How it was read, as JSON",
            "file": "Size, time of change and beginning of the file then",
            "member": "Name in the archive of the last document that is stored",
            "start": "Where that document begins, as in documents.position",
            "end": "Where it ends",
            "number": "Its ordinal there",
        },
    ),
    "crawls": Table(
        "Crawls: the unfinished one and the last finished one of each target.",
        {
            "id": "Number of the crawl",
            "spider": "Spider: news, sitemap, feed or list",
            "target": "Addresses and filters, as JSON: the same again goes on with this crawl",
            "started": "When it began, in UTC",
            "finished": "When it was complete; empty while addresses wait",
            "seeded": "1 where all start addresses are in its queue",
            "warc_bytes": "Bytes of its WARC file that belong to addresses which are done",
        },
    ),
    "crawl_urls": Table(
        "Every address that a crawl met, with what became of it: its queue and its seen list.",
        {
            "id": "Number of the address",
            "crawl_id": "Crawl",
            "url": "Address, without fragment and tracking parameters",
            "parent": "Address that it was found at",
            "kind": "What it is taken for: robots, start, sitemap, feed, article, page, section",
            "rank": "Which are fetched first: the smaller",
            "depth": "Links from the start address",
            "site": "Host",
            "pattern": "Address with its numbers and tokens left out, which a trap repeats",
            "lastmod": "When it changed, by the sitemap or feed that names it",
            "via": "Redirects that led to it, as JSON",
            "state": "queued, fetched, unchanged, skipped or failed",
            "reason": "Why it was skipped, or what it turned out to be",
        },
    ),
    "fetches": Table(
        "The last good answer for each address: what to ask with whether it has changed.",
        {
            "url": "Address",
            "status": "Status of the answer",
            "etag": "ETag header",
            "modified": "Last-Modified header, or the answer's Date",
            "lastmod": "When it changed, by the sitemap or feed that names it",
            "fetched_at": "When it was fetched, in UTC",
            "key": "Key of the document that it became, if any",
        },
    ),
    "feedback": Table(
        "Verdicts of people on cuts and lines, given in the browser.",
        {
            "id": "Number of the verdict",
            "article_id": "Article that it is about",
            "start": f"Where the stretch begins, {_OFFSETS}",
            "end": f"Where it ends, {_OFFSETS}",
            "verdict": "wrong cut, or clutter that was missed",
            "kind": "Kind of clutter that it is",
            "note": "Remark of the person",
            "created": "When it was given, in UTC",
            "text": "What stood there when it was given",
        },
    ),
    "properties": Table(
        "Facts about the file itself, such as the settings of its duplicate index.",
        {"name": "Name of the property", "value": "Its value"},
    ),
}


def tables() -> tuple[str, ...]:
    """Return the names of the tables and views, the ones that people read first."""
    return tuple(TABLES)


def describe_table(table: str) -> str:
    """Return what a table holds."""
    return TABLES[table].purpose


def columns(table: str) -> Mapping[str, str]:
    """Return what each column of a table holds, in the order of the schema."""
    return TABLES[table].columns
