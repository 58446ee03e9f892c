"""Many messages: mailboxes, folders of mail, archives of saved crawls."""

import os
import tracemalloc

import pytest
from reader_calls import document, read, stdin
from reader_inputs import FROM_LINE, TEXTS, mbox, message, mhtml, of_parts, tarred, wacz, warc, zipped

from curator.model import Failure
from curator.readers import read_paths, sniff

PLAIN = "Content-Type: text/plain; charset=utf-8"


def test_a_mailbox_is_its_messages():
    """Numbered; a quoted "From " is read as it was written, and other lines with the sign stay."""
    texts = ["From Rabat to Fes.\n>From Fes.\n> From", TEXTS[1], TEXTS[2]]
    given = mbox(*(message(text, f"Message-ID: <{n}@example.org>") for n, text in enumerate(texts)))
    found = read("-", stdin=stdin(given))
    assert [raw.source for raw in found] == ["-:1", "-:2", "-:3"]
    assert [raw.content.decode().strip() for raw in found] == texts
    assert [given[raw.place.start : raw.place.end].startswith(FROM_LINE) for raw in found] == [True] * 3


@pytest.mark.parametrize(
    "line",
    [
        "From anna@example.org Mon Mar  4 08:00:00 2024",
        "From - Mon Mar 04 08:00:00 2024",
        "From anna at example.org  Mon Mar  4 08:00:00 2024",
        "From 1793246528091642882@xxx Mon Mar 04 08:00:00 +0000 2024",
        "From MAILER-DAEMON Mon Mar  4 08:00 CET 2024",
        "From ???@??? Mon Mar 04 08:00:00 2024 +0100",
        "From anna Mon Mar  4 08:00:00 2024 remote from rabat",
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001",
    ],
)
def test_mailboxes_of_all_programs_are_told(line):
    """Of Thunderbird, Pipermail, Gmail, Eudora, Unix to Unix copies, Git; without an ending, too."""
    found = read("-", stdin=stdin(mbox(from_line=f"{line}\n".encode())))
    assert [raw.content.decode().strip() for raw in found] == TEXTS


def test_one_damaged_message_of_a_mailbox_costs_itself():
    """It is a failure with its number, and the rest is read."""
    damaged = of_parts((f"{PLAIN}\nContent-Transfer-Encoding: base64", b"QUJD!" + b"\n" + b"A" * 76))
    no_text = message(media="image/png")
    given = b"\n".join([mbox(message()), mbox(damaged), mbox(no_text), mbox(message(TEXTS[2]))])
    first, bad, none, last = read("-", stdin=stdin(given))
    assert [(item.source, item.error) for item in (bad, none)] == [("-:2", "damaged"), ("-:3", "no-text")]
    assert [raw.content.decode().strip() for raw in (first, last)] == [TEXTS[0], TEXTS[2]]


def test_a_huge_message_of_a_mailbox_is_a_failure_and_never_held():
    """Its length is told of; those behind it are read."""
    given = stdin(mbox(message(), message("word \n" * 200_000), message(TEXTS[2])))
    assert len(read("-", stdin=stdin(mbox()))) == 3  # so that what is loaded does not count
    tracemalloc.start()
    first, bad, last = read("-", stdin=given, max_document_bytes=20_000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 700_000
    assert (bad.source, bad.error) == ("-:2", "too-large")
    assert [raw.content.decode().strip() for raw in (first, last)] == [TEXTS[0], TEXTS[2]]


def test_what_stands_before_the_first_message_is_a_failure(tmp_path):
    """Only where the file is named as a mailbox; a note on a text says how to read it so."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"My mail\n\n" + mbox())
    documents = read_paths([path])
    assert [raw.content for raw in documents] == [path.read_bytes()]
    assert documents.notes[0].endswith("begin 3 documents; --format mbox reads them one by one")
    bad, *found = read(path, format="mbox")
    assert (bad.source, bad.error, len(found)) == (f"{path}:1", "damaged", 3)


def test_messages_that_were_deleted_are_no_documents(tmp_path):
    """Thunderbird keeps them in the file until it is compacted; servers keep notes of theirs in a first message."""
    path = tmp_path / "Inbox"
    gone = message(headers="X-Mozilla-Status: 0009")
    kept = message(TEXTS[2], "X-Mozilla-Status: 0001")
    own = (
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nThis text is part of the format.\n"
    )
    path.write_bytes(mbox(own, gone, kept))
    documents = read_paths([path])
    (raw,) = documents
    assert (raw.source, raw.content.decode().strip()) == (f"{path}:3", TEXTS[2])
    assert documents.notes == (f"{path}: 2 messages that were deleted in the mail program were passed over",)


def test_the_same_message_has_the_same_identity_in_a_mailbox_and_in_a_file():
    """So that a second export of it changes nothing; other messages of the same text have another id."""
    alone = document(message())
    (boxed, other) = read("-", stdin=stdin(mbox(message(), message(headers="Message-ID: <2@example.org>"))))
    assert (boxed.content.strip(), boxed.source_id) == (alone.content.strip(), alone.source_id)
    assert other.source_id == "2@example.org"


def test_folders_of_mail_are_walked(tmp_path):
    """A Maildir with its hidden folders, mailboxes of Thunderbird, an export of Apple's Mail, messages with numbers."""
    plain = b"Subject: Rabat\n\nThe harbour.\n"
    files = {
        "Maildir/cur/1709542800.M1P2.host:2,S": message(),
        "Maildir/new/1709542801.123_1.host": plain,
        "Maildir/tmp/1709542802.M1P2.host": plain,
        "Maildir/.Sent/cur/1709542803.M1P2.host,U=1:2,": message(),
        "Maildir/.Sent/new/.keep": b"",
        "Maildir/dovecot.index": b"\0" * 99,
        "Profile/Inbox": mbox(),
        "Profile/Inbox.msf": b"// <!-- <mdb:mork:z v=1.4/> -->",
        "Profile/Empty": b"",
        "Enron/1.": message(),
        "MH/inbox/17": message(),
        "MH/inbox/18": b"No message.\n",
        "News.mbox/mbox": mbox(),
        "News.mbox/table_of_contents": b"\0" * 99,
        "new/1709542803.png": b"\x89PNG",
        ".cache/a.eml": plain,
        "a.eml": plain,
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = read(tmp_path)
    assert [item for item in found if isinstance(item, Failure)] == []
    assert [raw.source.removeprefix(f"{tmp_path}/") for raw in found] == [
        "Enron/1.",
        "MH/inbox/17",
        "Maildir/.Sent/cur/1709542803.M1P2.host,U=1:2,",
        "Maildir/cur/1709542800.M1P2.host:2,S",
        "Maildir/new/1709542801.123_1.host",
        *[f"News.mbox/mbox:{n}" for n in (1, 2, 3)],
        *[f"Profile/Inbox:{n}" for n in (1, 2, 3)],
        "a.eml",
    ]
    assert read(tmp_path / "Maildir" / "new")[0].meta["title"] == "Rabat"


def test_mail_in_archives_is_read(tmp_path):
    """Messages, mailboxes, saved pages and the files of a Maildir."""
    members = [
        ("a.eml", message()),
        ("b.mbox", mbox()),
        ("c.mht", mhtml()),
        ("Maildir/cur/1709542800.M1P2.host:2,S", message()),
        ("photo.png", b"\x89PNG"),
    ]
    for name, content in (("a.zip", zipped(members)), ("a.tar.gz", tarred(members, "w:gz"))):
        path = tmp_path / name
        path.write_bytes(content)
        found = [raw.source.removeprefix(f"{path}!") for raw in read(path)]
        assert found == ["a.eml", "b.mbox:1", "b.mbox:2", "b.mbox:3", "c.mht", "Maildir/cur/1709542800.M1P2.host:2,S"]


def test_a_wacz_file_is_the_pages_of_its_crawl(tmp_path):
    """Its lists of pages, indexes and logs are no documents; also in a collection of such files."""
    many = zipped([("datapackage.json", "{}"), ("pages.jsonl", b'{"text": "a"}'), ("one.wacz", wacz())])
    for name, content, within in (
        ("a.wacz", wacz(), ""),
        ("b.zip", wacz(), ""),
        ("c.wacz", many, "one.wacz!"),
        ("d.wacz", zipped([("webarchive.yaml", "a: b"), ("archive/data.warc", warc(gzipped=False))]), ""),
    ):
        (tmp_path / name).write_bytes(content)
        found = read(tmp_path / name)
        assert [raw.url for raw in found] == [f"https://example.org/{n}" for n in (1, 2, 3)]
        assert found[0].source.startswith(f"{tmp_path / name}!{within}archive/data.warc")
    assert len(read(tmp_path)) == 12


def test_a_zip_archive_with_a_data_package_is_no_wacz_file():
    """Tables have a description of that name, too."""
    given = zipped([("datapackage.json", '{"text": "a"}'), ("data/a.jsonl", b'{"text": "b"}\n')])
    assert [raw.content for raw in read("-", stdin=stdin(given))] == [b"a", b"b"]


def test_a_mailbox_of_outlook_is_named_as_what_it_is():
    """Nothing here reads it."""
    assert sniff.magic_sort(b"!BDN\x00\x00") == "a mailbox of Outlook (.pst)"
