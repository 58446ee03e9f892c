"""Damaged, hostile and odd files, archives and folders: told clearly, and nothing else is lost."""

import gzip
import lzma
import os
import random
import socket
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from faults import SOUND, Fault, check, check_path, clear_environment
from reader_inputs import PACKINGS, TEXTS, jsonl, parquet, sqlite, tarred, warc, zipped

from curator.cli import main
from curator.readers import read_paths

#: The documents of ``jsonl()`` by the ends of their sources.
LINES = tuple((f":{n}", text) for n, text in enumerate(TEXTS, 1))
XML = b"<?xml version='1.0'?><TEI><title>Steuern</title><text><p>Rabat senkt sie.</p></text></TEI>"


def lines(member=""):
    """Return what is kept of JSON lines inside an archive."""
    return tuple((f"{member}{end}", text) for end, text in LINES)


def long_jsonl():
    """Return JSON lines that do not pack well."""
    chance = random.Random(1)
    return jsonl({"text": chance.randbytes(60).hex()} for _ in range(2_000))


def zero_gzip(n_bytes, head=b""):
    """Return gzip data of so many zeros behind a head."""
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(1 << 20)
    packed = [packer.compress(head), *(packer.compress(piece) for _ in range(n_bytes >> 20)), packer.flush()]
    return b"".join(packed)


def flipped(content, at):
    """Return bytes with one of them changed."""
    data = bytearray(content)
    data[at] ^= 0xFF
    return bytes(data)


def zstd_of_long_window(content):
    """Return zstandard data that needs 128 MB to be unpacked, as `zstd --long` makes it."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(content) + packer.flush()


def encrypted_zip():
    """Return a zip whose first member claims to be encrypted."""
    data = bytearray(zipped([("a.txt", "geheim"), ("b.txt", TEXTS[0])]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def wrong_checksum_zip():
    """Return a zip whose first member is stored with a wrong letter."""
    data = zipped([("a.txt", "Ein Text mit Fehler"), ("b.txt", TEXTS[0])], compression=zipfile.ZIP_STORED)
    return data.replace(b"Fehler", b"Fehlen", 1)


def sparse_entry():
    """Return a tar entry of a gigabyte of holes."""
    entry = tarfile.TarInfo("holes.txt")
    entry.type = tarfile.GNUTYPE_SPARSE
    entry.size = 0
    return entry


def sparse_tar():
    """Return a tar archive with a sparse member, its real size written as GNU tar does."""
    data = bytearray(tarred([sparse_entry(), ("a.txt", TEXTS[0].encode())]))
    data[483:495] = b"%011o\0" % (1 << 30)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def linked_tar():
    """Return a tar archive with links that lead out of it, a FIFO and a device."""
    entries = []
    for name, kind in (("l.txt", tarfile.SYMTYPE), ("h.txt", tarfile.LNKTYPE), ("f.txt", tarfile.FIFOTYPE)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "/etc/passwd"
        entries.append(entry)
    return tarred([*entries, ("a.txt", TEXTS[0].encode())])


def damaged_tar():
    """Return a tar archive whose second header is damaged."""
    return flipped(
        tarred([(f"{name}.txt", text.encode()) for name, text in zip("abc", TEXTS, strict=True)]), 1024 + 200
    )


def huge_header_tar():
    """Return a tar archive in which a name claims to be eight gigabytes long."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type = tarfile.GNUTYPE_LONGNAME
    entry.size = (1 << 33) - 1
    return tarred([("a.txt", TEXTS[0].encode())])[:1024] + entry.tobuf()


def nested_zip(depth):
    """Return a text in a zip in a zip, so many times."""
    content, name = TEXTS[0].encode(), "a.txt"
    for _ in range(depth):
        content, name = zipped([(name, content)]), "a.zip"
    return content


DAMAGED = "is damaged or cut off"
FAULTS = [
    Fault("text-cut-off", "a.txt.gz", gzip.compress(random.Random(1).randbytes(90_000).hex().encode())[:-9], (),
          (("", "truncated", "the gzip data is cut off; half a text is not taken: fetch the file again"),)),
    Fault("old-packing", "a.txt.Z", b"\x1f\x9d\x90abc", (), (("", "binary", "data packed with compress (.Z)"),)),
    *(
        Fault(f"cut-off-{ending}", f"a.jsonl.{ending}", pack(jsonl()) + pack(long_jsonl())[:30], LINES,
              (("", "truncated", " data is cut off; what came before was read: fetch the file again"),))
        for ending, pack in PACKINGS.items()
    ),
    *(
        Fault(f"packed-{ending}", f"a.jsonl.{ending}", pack(jsonl()), LINES)
        for ending, pack in PACKINGS.items()
    ),
    *(
        Fault(f"packed-{ending}-under-another-name", "a.txt", pack(jsonl()), LINES)
        for ending, pack in PACKINGS.items()
    ),
    Fault("two-gzip-members", "a.jsonl.gz", gzip.compress(jsonl()[:70]) + gzip.compress(jsonl()[70:]), LINES),
    Fault("zeros-behind-gzip", "a.jsonl.gz", gzip.compress(jsonl()) + bytes(1_000), LINES),
    Fault("two-zstd-frames", "a.jsonl.zst", zstandard.compress(jsonl()[:70]) + zstandard.compress(jsonl()[70:]), LINES),
    Fault(
        "rubbish-behind-gzip", "a.jsonl.gz", gzip.compress(jsonl()) + b"rubbish", LINES,
        (("", "truncated", f"the gzip data {DAMAGED}"),),
    ),
    Fault(
        "gzip-of-nothing", "a.txt.gz", gzip.compress(b""), (), (("", "empty", "the file is empty"),),
    ),
    Fault(
        "gzip-bomb", "a.jsonl.gz", lambda: zero_gzip(400_000_000, jsonl()), LINES,
        (("", "unpacked-ratio", "500 times its size, as only bombs do; what came before was read; if it is genuine, "
          "raise max_unpacked_ratio in curator.toml"),),
    ),
    Fault(
        "gzip-bomb-in-gzip", "a.jsonl.gz", lambda: gzip.compress(zero_gzip(400_000_000, jsonl())), LINES,
        (("", "unpacked-ratio", "max_unpacked_ratio"),),
    ),
    Fault(
        "zip-bomb", "a.zip", lambda: zipped([("a.jsonl", jsonl()), ("b.jsonl", bytes(200_000_000)), ("c.txt", "c")]),
        lines("!a.jsonl"), (("", "unpacked-ratio", "max_unpacked_ratio"),),
    ),
    Fault(
        "zip-of-one-huge-text", "a.zip", lambda: zipped([("b.txt", bytes(60_000_000)), ("c.jsonl", jsonl())]),
        lines("!c.jsonl"), (("!b.txt", "too-large", "raise max_document_bytes"),),
    ),
    Fault(
        "more-than-may-be-unpacked", "a.jsonl.gz", lambda: gzip.compress(long_jsonl()), (),
        (("", "unpacked-size", "unpacks to more than 1,000 bytes; what came before was read; if it is genuine, raise "
          "max_unpacked_bytes"),), limits="max_unpacked_bytes = 1000",
    ),
    Fault(
        "zstd-window", "a.txt.zst", lambda: zstd_of_long_window(jsonl()), (),
        (("", "window", "raise it in curator.toml (zstd --long=31 needs 2147483648)"),),
        limits="max_window_bytes = 1_000_000",
    ),
    Fault(
        "xz-window", "a.txt.xz", lzma.compress(b"Text", preset=6), (),
        (("", "window", "needs more memory than max_window_bytes allows: raise it in curator.toml"),),
        limits="max_window_bytes = 100_000",
    ),
    Fault("plain-zip", "a.zip", zipped([("b/a.txt", TEXTS[0]), ("c.jsonl", jsonl())]),
          (("!b/a.txt", TEXTS[0]), *lines("!c.jsonl"))),
    Fault("jsonl-gz-in-zip-in-tar-gz", "a.tar.gz",
          tarred([("in.zip", zipped([("c.jsonl.gz", gzip.compress(jsonl()))]))], "w:gz"), lines("!in.zip!c.jsonl.gz")),
    Fault("a-member-without-a-name-in-a-zip", "a.zip",
          zipped([("nameless", TEXTS[0]), ("b.txt", TEXTS[1])]).replace(b"nameless", b"\0ameless"),
          (("!b.txt", TEXTS[1]),), notes=("members of other endings were left out (no ending 1)",)),
    Fault("paths-that-lead-out-of-a-zip", "a.zip", zipped([("../../out.txt", TEXTS[0]), ("/etc/abs.txt", TEXTS[1])]),
          (("!../../out.txt", TEXTS[0]), ("!/etc/abs.txt", TEXTS[1]))),
    Fault("paths-that-lead-out-of-a-tar", "a.tar",
          tarred([("../../out.txt", TEXTS[0].encode()), ("/etc/abs.txt", TEXTS[1].encode())]),
          (("!../../out.txt", TEXTS[0]), ("!/etc/abs.txt", TEXTS[1]))),
    Fault("links-and-devices-in-a-tar", "a.tar", linked_tar, (("!a.txt", TEXTS[0]),)),
    Fault("same-name-twice-in-a-zip", "a.tar", tarred([("a.txt", TEXTS[0].encode()), ("a.txt", TEXTS[1].encode())]),
          (("!a.txt", TEXTS[0]), ("!a.txt#2", TEXTS[1]))),
    Fault("encrypted-member", "a.zip", encrypted_zip, (("!b.txt", TEXTS[0]),),
          (("!a.txt", "encrypted", "is encrypted: unpack the archive with its password first"),)),
    Fault("wrong-checksum-in-a-zip", "a.zip", wrong_checksum_zip, (("!b.txt", TEXTS[0]),),
          (("!a.txt", "truncated", f"the zip member {DAMAGED}"),)),
    Fault("cut-off-zip", "a.zip", zipped([("a.txt", TEXTS[0])])[:-30], (),
          (("", "damaged", "the zip archive is damaged"),)),
    Fault("zip-in-the-deflate64-of-windows", "a.zip",
          zipped([("a.txt", TEXTS[0] * 9), ("b.txt", TEXTS[0])]).replace(
              struct.pack("<HHH", 20, 0, 8), struct.pack("<HHH", 20, 0, 9)),
          (), (("!a.txt", "damaged", "cannot be opened"), ("!b.txt", "damaged", "cannot be opened"))),
    Fault("zip-without-documents", "a.zip", zipped([("a.png", "x"), ("README.md", "x")]), (),
          (("", "no-documents", "the archive holds no documents"),)),
    Fault("other-files-in-a-zip", "a.zip", zipped([("a.txt", TEXTS[0]), ("b.png", "x"), ("c.png", "x"), ("d", "x")]),
          (("!a.txt", TEXTS[0]),), notes=("members of other endings were left out (.png 2, no ending 1)",)),
    Fault("hidden-files-in-a-zip", "a.zip", zipped([("a.txt", TEXTS[0]), ("__MACOSX/._a.txt", "x"), (".b/c.txt", "x")]),
          (("!a.txt", TEXTS[0]),)),
    Fault("office-document", "a.txt", zipped([("[Content_Types].xml", "<x/>"), ("word/document.xml", "<x/>")]), (),
          (("", "binary", "an office document or e-book, expected text: convert it"),)),
    Fault("too-many-members-in-a-zip", "a.zip", zipped([(f"{n}.txt", f"Text {n}") for n in range(9)]), (),
          (("", "members", "more than 5 members; what came before was read; raise max_members"),),
          limits="max_members = 5"),
    Fault("too-many-members-in-a-tar", "a.tar", tarred([(f"{n}.txt", b"Text %d" % n) for n in range(9)]),
          tuple((f"!{n}.txt", f"Text {n}") for n in range(5)), (("", "members", "raise max_members"),),
          limits="max_members = 5"),
    Fault("zip-in-zip-in-zip", "a.zip", nested_zip(7), (),
          ((6 * "!a.zip", "containers", "more than 6 containers stand inside each other: unpack it, or "
            "raise max_containers"),)),
    Fault("six-containers", "a.zip", nested_zip(6), ((5 * "!a.zip" + "!a.txt", TEXTS[0]),)),
    Fault("sparse-member", "a.tar", sparse_tar, (("!a.txt", TEXTS[0]),),
          (("!holes.txt", "sparse", "the tar member is sparse, full of holes"),)),
    Fault("damaged-header-in-a-tar", "a.tar", damaged_tar, (("!a.txt", TEXTS[0]), ("!c.txt", TEXTS[2])),
          (("", "damaged", "damaged blocks in the tar archive: 2 (bad checksum)"),)),
    Fault("cut-off-tar", "a.tar", tarred([("a.txt", TEXTS[0].encode()), ("b.txt", b"b" * 5_000)])[:4_000],
          (("!a.txt", TEXTS[0]),), (("!b.txt", "truncated", f"the tar member {DAMAGED}"),
           ("", "truncated", f"the tar archive {DAMAGED}"))),
    Fault("two-tars-in-one", "a.tar", tarred([("a.txt", TEXTS[0].encode())]) + tarred([("b.txt", TEXTS[1].encode())]),
          (("!a.txt", TEXTS[0]), ("!b.txt", TEXTS[1]))),
    Fault("name-of-eight-gigabytes", "a.tar", huge_header_tar, (("!a.txt", TEXTS[0]),),
          (("", "damaged", "claims 8,589,934,591 bytes for a name"),)),
    Fault("cut-off-tar-gz", "a.tar.gz",
          tarred([("a.txt", TEXTS[0].encode()), ("b.jsonl", long_jsonl()[:9_000])], "w:gz")[:-3_000],
          (("!a.txt", TEXTS[0]),),
          (("!b.jsonl", "truncated", "the gzip data is"), ("", "truncated", "the gzip data is"))),
    Fault("a-parquet-table-in-a-zip", "a.zip", zipped([("a.parquet", parquet())]), lines("!a.parquet")),
    Fault("an-sqlite-table-in-a-zip", "a.zip", zipped([("a.sqlite", sqlite())]), lines("!a.sqlite!posts")),
    Fault("warc-gz-in-a-tar", "a.tar", tarred([("a.warc.gz", warc())]),
          tuple((f"!a.warc.gz:{n}", " ".join(text.split())) for n, text in enumerate(TEXTS, 2)),
          notes=("1 of 4 records",)),
    Fault("larger-than-a-document-may-be", "a.txt", b"Text " * 1_000, (),
          (("", "too-large", "is larger than the limit of 1,000 bytes for one document: split it, or raise "
            "max_document_bytes in curator.toml"),), limits="max_document_bytes = 1000"),
    *(
        Fault(f"{name}-by-its-first-bytes", "a.txt", content, (), (("", "binary", f"holds {words}"),))
        for name, content, words in (
            ("pdf", b"%PDF-1.7\n", "a PDF"),
            ("png", b"\x89PNG\r\n\x1a\n", "a PNG image"),
            ("rtf", b"{\\rtf1 Text}", "an RTF document"),
            ("doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old office document"),
            ("seven-zip", b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
            ("film", b"RIFF\x10\0\0\0AVI LIST", "an image, sound or film"),
        )
    ),
    Fault("xml-of-another-kind", "a.xml", XML, (("", XML.decode()),), notes=("begins with <TEI>, so it is XML",)),
    Fault("xml-called-text", "a.txt", XML, (("", XML.decode()),), notes=("taken as plain text, tags and all",)),
    Fault("piece-of-html", "a", b"<div><p>Rabat</p></div>", (("", "<div><p>Rabat</p></div>"),), notes=("with <div>",)),
    Fault("xml-as-html", "a.xml", XML, (("", "Rabat senkt sie."),), flags=("--format", "html")),
    Fault("xml-as-text", "a.xml", XML, (("", XML.decode()),), flags=("--format", "text")),
    Fault("tag-in-prose", "a.txt", b"<b>Rabat</b> und Fes", (("", "<b>Rabat</b> und Fes"),)),
    Fault("sitemap", "a.txt", b"<?xml version='1.0'?><urlset><url><loc>http://a/</loc></url></urlset>", (),
          (("", "sitemap", "lists addresses and holds no documents: give it to `curator crawl`"),)),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_file_keeps_what_is_sound_and_tells_what_is_not(fault, tmp_path, monkeypatch):
    """The message names what was found and what to do, the exit code is 3, and all other documents are there."""
    clear_environment(monkeypatch, tmp_path)
    check(fault, tmp_path)


def folder_of(root, **files):
    """Return a folder of texts by their names."""
    folder = root / "dumps"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_a_folder_with_pipes_sockets_and_dead_links_is_read_to_its_end(tmp_path, monkeypatch):
    """What is no file is named and never opened: a FIFO without a writer would wait forever."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path, a=TEXTS[0], z=TEXTS[1])
    os.mkfifo(folder / "fifo.txt")
    (folder / "dead.txt").symlink_to("nowhere.txt")
    (folder / "self.txt").symlink_to("self.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("dumps/socket.txt")
        fault = Fault(
            "", "", b"", (("/a.txt", TEXTS[0]), ("/z.txt", TEXTS[1])),
            (
                ("/dead.txt", "missing", "is a link to a file that is not there"),
                ("/fifo.txt", "special", "is a FIFO, socket or device, which a walk does not open: name it"),
                ("/self.txt", "unreadable", "cannot be read: Too many levels of symbolic links"),
                ("/socket.txt", "special", "is a FIFO, socket or device"),
            ),
        )  # fmt: skip
        check_path(fault, tmp_path, "dumps")


def test_a_loop_of_links_is_walked_once(tmp_path, monkeypatch):
    """A folder that links to the one it lies in gives its documents once, and a linked folder is read."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path, a=TEXTS[0])
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "b").mkdir()
    (folder / "b" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "b" / "b.txt").write_text(TEXTS[1])
    check_path(Fault("", "", b"", (("/a.txt", TEXTS[0]), ("/b/b.txt", TEXTS[1]))), tmp_path, "dumps")


def test_a_folder_of_mixed_things_is_read_and_what_is_left_out_is_said(tmp_path, monkeypatch):
    """Tables without a text, files of other endings and hidden ones end in notes, not in failures."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path, a=TEXTS[0])
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(jsonl()))
    (folder / "numbers.csv").write_text("year,sum\n2024,7\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "README.md").write_text("# Notes")
    (folder / ".hidden.txt").write_text("hidden")
    fault = Fault(
        "", "", b"", (("/a.txt", TEXTS[0]), *((f"/b.jsonl.gz{end}", text) for end, text in LINES)),
        notes=("numbers.csv: passed over: no column holds a text", "other endings were left out (.md 1, .jpg 1)"),
    )  # fmt: skip
    check_path(fault, tmp_path, "dumps")


def test_folders_with_the_parts_of_saved_pages_are_passed_over_and_said(tmp_path, monkeypatch):
    """Frames and adverts are no articles. A folder without its page is read, and so is one that is named."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path)
    for name in ("a.html", "a_files/ad.html", "a_files/in/frame.html", "b/Über uns.HTM", "b/Über uns-Dateien/x.htm",
                 "c_files/d.html", "e.txt", "e_files/f.txt"):  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"<p>{TEXTS[0]}</p><p>{name}</p>")
    documents = read_paths([folder])
    names = [raw.source.removeprefix(f"{folder}/") for raw in documents]
    assert names == ["a.html", "b/Über uns.HTM", "c_files/d.html", "e.txt", "e_files/f.txt"]
    told = (
        f"{folder}: 2 folders with parts of saved pages passed over ({folder}/a_files and others); name one to read it"
    )
    assert told in documents.notes
    assert len(list(read_paths([folder / "a_files"]))) == 2
    one = read_paths([folder := folder / "b"])
    assert len(list(one)) == 1
    part = f"{folder}/Über uns-Dateien"
    assert one.notes == (f"{folder}: a folder with parts of a saved page passed over ({part}); name one to read it",)


def test_a_pattern_in_quotes_is_expanded_where_no_file_has_that_name(tmp_path, monkeypatch):
    """As a shell would do it; a pattern that nothing matches is a failure."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path, a=TEXTS[0], b=TEXTS[1])
    (folder / "c[1].txt").write_text(TEXTS[2])
    called = CliRunner().invoke(main, ["clean", "--json", "--no-clean", "dumps/[ab].txt", "dumps/c[1].txt", "no/*.txt"])
    assert called.exit_code == 3
    assert [text in called.stdout for text in ("dumps/a.txt", "dumps/b.txt", "dumps/c[1].txt")] == [True] * 3
    assert called.stderr == "curator: no/*.txt: no file or folder matches the pattern: check it\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    """The other folders are read."""
    clear_environment(monkeypatch, tmp_path)
    folder = folder_of(tmp_path, a=TEXTS[0])
    (folder / "locked").mkdir(mode=0)
    check_path(Fault("", "", b"", (("/a.txt", TEXTS[0]),), (("/locked", "permission", "run as its owner"),)),
               tmp_path, "dumps")  # fmt: skip


@pytest.mark.parametrize(
    ("content", "n_documents"),
    [
        (zipped([("a.txt", SOUND), ("b.jsonl.xz", lzma.compress(jsonl()))]), 4),
        (tarred([("a.txt", SOUND.encode())], "w:bz2"), 1),
        (parquet(), 3),
        (sqlite(), 3),
        (warc(), 3),
        (gzip.compress(zipped([("a.txt", SOUND)])), 1),
    ],
    ids=["zip", "tar.bz2", "parquet", "sqlite", "warc.gz", "zip.gz"],
)
def test_every_format_comes_through_a_pipe(content, n_documents, tmp_path, monkeypatch):
    """Also those that are read from their end: they are kept aside meanwhile, and nothing is left of that."""
    clear_environment(monkeypatch, tmp_path)
    called = CliRunner().invoke(main, ["clean", "--json", "--workers", "1", "-"], input=content)
    assert (called.exit_code, called.stdout.count("\n")) == (0, n_documents), called.output
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_that_is_too_long_to_keep_aside_is_told(tmp_path, monkeypatch):
    """The limit has a name."""
    clear_environment(monkeypatch, tmp_path)
    Path("curator.toml").write_text("max_spool_bytes = 100")
    called = CliRunner().invoke(main, ["clean", "-"], input=zipped([("a.txt", SOUND), ("b.txt", SOUND)]))
    assert called.exit_code == 3
    assert "more than 100 bytes, of a format that is read from its end" in called.stderr
    assert "raise max_spool_bytes" in called.stderr


def test_a_named_pipe_that_is_given_is_read(tmp_path, monkeypatch):
    """As the shell gives one for <(zcat a.gz)."""
    clear_environment(monkeypatch, tmp_path)
    read_end, write_end = os.pipe()
    os.write(write_end, gzip.compress(jsonl()))
    os.close(write_end)
    called = CliRunner().invoke(main, ["clean", "--json", "--workers", "1", f"/dev/fd/{read_end}"])
    os.close(read_end)
    assert (called.exit_code, called.stdout.count("\n")) == (0, 3), called.output
