"""Messages, saved pages and mailboxes become documents of what a reader sees in them."""

import base64
import io
import quopri

import pytest
from patience import within
from reader_calls import document, only_failure, read, stdin
from reader_inputs import FROM_LINE, TEXTS, mbox, message, mhtml, of_parts, page

from curator.page.build import build_page
from curator.readers import read_paths
from curator.readers.inputs import InputError, Options
from curator.readers.letterheads import mail_sort
from curator.readers.messages import document_of

PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
LONG = " ".join(["Die Stadt hat gestern die neue Brücke für den Verkehr freigegeben."] * 8)


def text_of(content, **options):
    """Return the content of the one document of a message as text."""
    return document(content, **options).content.decode().strip()


def test_a_message_is_one_document_with_what_its_headers_say():
    """Subject, name and time are title, author and day; who it went to stands under the headers."""
    raw = document(message(headers="Message-ID: <1@example.org>\nList-Id: News <news.example.org>"))
    assert (raw.content, raw.media, raw.source_id) == (f"{TEXTS[0]}\n".encode(), "text/plain", "1@example.org")
    assert raw.meta == {
        "title": "Neue Brücke in Rabat",
        "author": "Anna Müller",
        "published": "2024-03-04T08:00:00+01:00",
        "headers": {
            "from": "Anna Müller <anna@example.org>",
            "to": "readers@example.org",
            "list-id": "News <news.example.org>",
        },
    }


def test_a_saved_page_is_its_own_part_with_address_and_time():
    """As Chrome saves it; frames and styles are no documents, and the title is that of the page."""
    raw = document(mhtml())
    assert (raw.content.strip(), raw.media) == (page(TEXTS[1]), "text/html")
    assert (raw.url, raw.fetched_at) == ("https://example.org/a", "2024-03-01T10:00:00+00:00")
    assert (raw.source_id, raw.meta) == (None, {"headers": {"subject": "Rabat"}})


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ("X-MimeOLE: Produced By Microsoft MimeOLE V6.00", "https://example.org/old/page.html?a=1"),
        ("Content-Location: http://example.org/top", "http://example.org/top"),
    ],
)
def test_a_page_of_internet_explorer_has_its_address_in_its_part(headers, url):
    """Or in its own headers; a long address stands on two lines."""
    own = (
        'Content-Type: text/html;\n\tcharset="windows-1252"\nContent-Transfer-Encoding: quoted-printable\n'
        "Content-Location: https://example.org/old/\n page.html?a=1",
        b"<html><p>Gr=FC=DFe aus Rabat</p></html>",
    )
    raw = document(mhtml(own, ("Content-Type: image/gif", b"GIF89a"), headers=headers))
    assert (raw.url, raw.encoding) == (url, "windows-1252")


def test_the_part_that_is_named_as_the_start_is_the_page():
    """Wherever it stands."""
    frame = ("Content-Type: text/html\nContent-ID: <frame>", page("A frame."))
    own = ("Content-Type: text/html\nContent-ID: <own>", page("The page."))
    content = mhtml(frame, own).replace(b"multipart/related;", b'multipart/related; start="<own>";')
    assert document(content).content == page("The page.")


def test_a_mail_with_pictures_is_a_mail():
    """What was sent has a sender and an id, a saved page has not."""
    parts = [(HTML, page(TEXTS[0])), ("Content-Type: image/png\nContent-ID: <1>", b"\x89PNG")]
    raw = document(of_parts(*parts, media="multipart/related", headers="Message-ID: <1@a>\nSubject: Rabat"))
    assert (raw.content, raw.meta["title"], raw.meta["author"]) == (page(TEXTS[0]), "Rabat", "Ann")


def test_the_html_of_a_message_goes_before_its_text_unless_that_says_more():
    """Some mailers put into one of the two no more than that there is the other."""
    short = "This message is HTML: open it in another program."
    for plain, html, chosen in [
        (LONG, f"<p>{LONG}</p>", "text/html"),
        (short, f"<p>{LONG}</p>", "text/html"),
        (LONG, f"<style>{'p { color: red } ' * 99}</style><p>{short}</p>", "text/plain"),
    ]:
        parts = [(PLAIN, plain.encode()), (HTML, html.encode()), ("Content-Type: text/calendar", b"BEGIN:VCALENDAR")]
        raw = document(of_parts(*parts, media="multipart/alternative"))
        assert (raw.media, raw.content) == (chosen, (html if chosen == "text/html" else plain).encode())
        assert "attachments" not in raw.meta


def test_texts_around_a_picture_are_one_text_and_files_are_named(tmp_path):
    """An attached text is no part of what was written; a note tells of what was passed over."""
    path = tmp_path / "a.eml"
    path.write_bytes(
        of_parts(
            (PLAIN, "Grüße".encode()),
            ("Content-Type: image/png\nContent-Disposition: inline; filename=a.png", b"\x89PNG"),
            ("Content-Type: text/plain; charset=iso-8859-1", "aus Köln".encode("latin-1")),
            ('Content-Type: text/plain\nContent-Disposition: attachment; filename="notes.txt"', b"notes"),
            ('Content-Type: application/pdf; name="=?utf-8?q?Gr=C3=BC=C3=9Fe.pdf?="', b"%PDF"),
            ("Content-Type: application/pdf; name*=utf-8''Gr%C3%BC%C3%9Fe.pdf", b"%PDF"),
            ("Content-Type: application/pgp-signature; name=signature.asc", b"-----BEGIN"),
        )
    )
    documents = read_paths([path])
    (raw,) = documents
    assert raw.content.decode() == "Grüße\n\naus Köln"
    assert raw.meta["attachments"] == ["a.png", "notes.txt", "Grüße.pdf", "Grüße.pdf"]
    assert documents.notes == ("files attached to messages were passed over; their names stand under `meta`",)


def test_a_forwarded_message_is_the_text_where_there_is_no_other():
    """Else it is a file like others; the messages of a digest are its text."""
    inner = message(TEXTS[2], "Message-ID: <2@example.org>")
    assert text_of(of_parts(("Content-Type: message/rfc822", inner))) == TEXTS[2]
    both = of_parts((PLAIN, TEXTS[0].encode()), ("Content-Type: message/rfc822", inner))
    assert text_of(both) == TEXTS[0]
    digest = of_parts(("X-Number: 1", inner), ("X-Number: 2", message(TEXTS[0])), media="multipart/digest")
    assert text_of(digest) == f"{TEXTS[2]}\n\n\n{TEXTS[0]}"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff", "\r\n\n", FROM_LINE.decode()])
def test_a_message_is_told_whatever_stands_before_it(begin, line_end, tmp_path):
    """A byte-order mark, blank lines, the first line of a mailbox; with either line end."""
    path = tmp_path / "a.eml"
    path.write_bytes(begin.encode() + message(line_end=line_end))
    (raw,) = read(path)
    assert (raw.meta["title"], raw.content.decode().strip()) == ("Neue Brücke in Rabat", TEXTS[0])


@pytest.mark.parametrize(
    "text",
    [
        "From: Ann Lee\nSubject: The harbour\nDate: 4 March 2024\n\nThe harbour was opened on Tuesday.",
        "From: Ann Lee\nTo: all readers\nThe harbour was opened on Tuesday.",
        "Subject: the harbour.\n\nIt was opened on Tuesday.",
        "From Rabat to Fes, Mon Mar  4 08:00:00 2024\n\nWe left at eight.",
        "From Rabat we came on Mon Mar  4 08:00:00 2024\nNote how late we were.\n",
        "Title: The harbour\nContent-Type: text\nMIME-Version: none\n\nIt was opened.",
        "MIME-Version: 1.0\nThe harbour was opened.\nContent-Type: text/plain\n\nIt was.",
        "Message-ID: none\nFrom: Ann\nDate: today\n\nThe harbour was opened.",
        "Received: with thanks\nFrom: Ann\nDate: today\n\nThe harbour was opened.",
        "From: Ann (Rabat)\nOrganization: Harbour Authority\nLines: 12\n\nThe harbour was opened.",
    ],
)
def test_an_article_that_only_begins_like_a_letter_stays_a_text(text):
    """As it stands, to the byte."""
    raw = document(text.encode())
    assert (raw.media, raw.content, raw.meta) == ("text/plain", text.encode(), {})


def test_a_post_without_mime_is_a_message_by_its_id_and_time():
    """As Usenet and mailing lists of the first years have it; so is one that servers passed on."""
    post = b"From: ann@example.org (Ann Lee)\nDate: Mon, 4 Mar 1996 08:00:00 GMT\n%s\n\nThe harbour.\n"
    for line in (b"Message-ID: <1@example.org>", b"Received: from a by b; Mon, 4 Mar 1996 08:00:00 GMT"):
        raw = document(post % line)
        assert (raw.content, raw.meta["author"]) == (b"The harbour.\n", "Ann Lee")


class _Lines(io.RawIOBase):
    """A pipe whose writer gives a line at a time."""

    def __init__(self, content):
        self._lines = content.splitlines(keepends=True)

    def readable(self):
        return True

    def readinto(self, buffer):
        line = self._lines.pop(0) if self._lines else b""
        buffer[: len(line)] = line
        return len(line)


@pytest.mark.parametrize("content", [message(), mhtml(), mbox(), b"Title: a\nThe harbour was opened.\n"])
def test_a_message_is_told_from_a_pipe_that_gives_a_line_at_a_time(content):
    """It takes all its headers to tell one; a text is no other for it."""
    found = read("-", stdin=io.BufferedReader(_Lines(content)))
    assert [raw.content for raw in found] == [raw.content for raw in read("-", stdin=stdin(content))]


def test_a_message_of_apples_mail_ends_where_its_length_says(tmp_path):
    """Behind it stand notes of the program."""
    content = message()
    path = tmp_path / "1.emlx"
    path.write_bytes(f"{len(content)}  \n".encode() + content + b"<?xml version='1.0'?>\n<plist><dict/></plist>\n")
    assert [raw.content.decode() for raw in read(tmp_path)] == [f"{TEXTS[0]}\n"]
    assert text_of(path.read_bytes()) == TEXTS[0]


def test_a_message_with_the_line_ends_of_old_macintosh_computers_is_read(tmp_path):
    """By its ending: nothing else of that time is told by its lines."""
    path = tmp_path / "a.eml"
    path.write_bytes(message(line_end="\r"))
    (raw,) = read(path)
    assert (raw.content.decode().strip(), raw.source_id) == (TEXTS[0], "1@example.org")


def test_a_format_that_is_named_overrules_what_is_told():
    """A message without the headers that tell it, and one that is wanted as it stands."""
    post = b"Subject: Rabat\n\nThe harbour.\n"
    assert document(post, format="eml").meta["title"] == "Rabat"
    assert document(message(), format="text").content == message()
    assert document(mhtml(headers="Message-ID: <1@a>"), format="mhtml").fetched_at == "2024-03-01T10:00:00+00:00"


def test_a_file_that_is_no_message_says_so(tmp_path):
    """Its ending promises one."""
    path = tmp_path / "a.eml"
    path.write_bytes(b"\nThe harbour was opened on Tuesday.\n")
    failure = only_failure(path)
    assert (failure.error, "--format text" in failure.message) == ("header", True)


@pytest.mark.parametrize(
    ("coding", "coded", "text"),
    [
        ("base64", base64.encodebytes(LONG.encode()), LONG),
        ("BASE64", base64.b64encode(LONG.encode()).rstrip(b"="), LONG),
        ("base64", base64.encodebytes(LONG.encode()) + b"___\nLeave us: here\n", f"{LONG}\n___\nLeave us: here"),
        ("base64", b"The text itself, in no coding.\n", "The text itself, in no coding."),
        ("base64", base64.b64encode(b"Eins ab").rstrip(b"=") + b"=\n" + base64.b64encode(b"zwei cd"), "Eins abzwei cd"),
        ("quoted-printable", quopri.encodestring(LONG.encode()), LONG),
        ("quoted-printable", b"100=% sure=3D=\n=ZZ", "100=% sure==ZZ"),
        ("8-bit", LONG.encode(), LONG),
    ],
)  # fmt: skip
def test_a_text_comes_out_of_its_coding(coding, coded, text):
    """Also where a mailer left padding out, named a coding that it did not use, or put lines behind."""
    assert text_of(of_parts((f"{PLAIN}\nContent-Transfer-Encoding: {coding}", coded))) == text


def test_damaged_base64_is_a_failure_unless_the_other_text_is_sound():
    """Half a text would look whole."""
    coded = bytearray(base64.encodebytes(LONG.encode()))
    coded[100] = ord("!")
    parts = [(PLAIN, TEXTS[0].encode()), (f"{HTML}\nContent-Transfer-Encoding: base64", bytes(coded))]
    assert text_of(of_parts(*parts, media="multipart/alternative")) == TEXTS[0]
    failure = only_failure("-", stdin=stdin(of_parts(parts[1])))
    assert (failure.error, "line 2 of" in failure.message) == ("damaged", True)


def test_a_message_that_is_cut_off_in_its_text_is_a_failure():
    """Cut off in what is attached, it has its text; HTML with its end is whole, and another text may be."""
    cut = {"closes": False}
    attached = ("Content-Type: application/pdf", b"%PDF")
    assert text_of(of_parts((PLAIN, TEXTS[0].encode()), attached, **cut)) == TEXTS[0]
    assert document(of_parts((HTML, page(TEXTS[0])), **cut)).content.strip() == page(TEXTS[0])
    for content in (of_parts((PLAIN, TEXTS[0].encode()), **cut), of_parts((HTML, b"<p>Rabat"), **cut), of_parts()[:-9]):
        assert only_failure("-", stdin=stdin(content)).error == "truncated"
    inner = b"--in\n\n" + TEXTS[0].encode() + b"\n"
    assert text_of(of_parts(("Content-Type: multipart/mixed; boundary=in", inner))) == TEXTS[0]


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", "Grüße – aus Köln".encode("cp1252"), "Grüße – aus Köln"),
        ("utf-8", "Grüße aus Köln, Größe".encode() + b" \xff", "Grüße aus Köln, Größe \ufffd"),
        ("utf-8", "Grüße aus Köln".encode("cp1252"), "Grüße aus Köln"),
        ("x-unknown", "Grüße aus Köln".encode("cp1252"), "Grüße aus Köln"),
        ("hex", "Grüße aus Köln".encode(), "Grüße aus Köln"),
        ("us-ascii", "Grüße aus Köln".encode(), "Grüße aus Köln"),
        ("koi8-r", "Мост открыт".encode("koi8-r"), "Мост открыт"),
        ("iso-2022-jp", "橋が開通した".encode("iso-2022-jp"), "橋が開通した"),
    ],
)
def test_a_charset_is_what_the_part_says_where_the_bytes_agree(charset, body, text):
    """What lies, or is unknown, costs no text."""
    content = of_parts((f"Content-Type: text/plain; charset={charset}", body))
    assert build_page(document(content)).text.strip() == text


def test_the_charset_of_a_mail_goes_before_that_of_its_html():
    """Programs that pass mail on write it anew, and leave the markup as it was."""
    body = "<meta charset=utf-8><p>Im Hafen von Rabat liegt eine Brücke</p>".encode("cp1252")
    content = of_parts(("Content-Type: text/html; charset=windows-1252", body))
    assert build_page(document(content)).text == "Im Hafen von Rabat liegt eine Brücke"


def test_a_page_in_utf16_is_read_by_its_mark():
    """Internet Explorer calls its charset "unicode"."""
    own = ('Content-Type: text/html; charset="unicode"\nContent-Transfer-Encoding: base64', TEXTS[0].encode("utf-16"))
    content = mhtml((own[0], base64.encodebytes(own[1])), headers="X-MimeOLE: Produced By Microsoft MimeOLE")
    assert build_page(document(content)).text == TEXTS[0]


def test_flowed_lines_are_joined_as_the_standard_says():
    """Not before a quote or a signature; a blank more at the front of a line was put there for safety."""
    flowed = b"The harbour \nwas opened.\n> quoted \nOn Tuesday \n\n From Rabat.\n-- \nAnn"
    content = of_parts(("Content-Type: text/plain; format=flowed", flowed))
    assert text_of(content) == "The harbour was opened.\n> quoted On Tuesday \n\nFrom Rabat.\n-- \nAnn"
    content = of_parts(("Content-Type: text/plain; format=Flowed; DelSp=yes", b"Rab \nat"))
    assert text_of(content) == "Rabat"


@pytest.mark.parametrize(
    ("media", "error"),
    [("application/pdf", "no-text"), ("multipart/encrypted", "encrypted"), ("application/pkcs7-mime", "encrypted")],
)
def test_a_message_without_text_says_what_it_is(media, error):
    """It is a failure, and no empty article."""
    if media.startswith("multipart/"):
        content = of_parts(("Content-Type: application/octet-stream", b"a"), media=media)
    else:
        content = message(media=media)
    assert only_failure("-", stdin=stdin(content)).error == error


def test_parts_inside_parts_take_linear_time():
    """Thirty are more than anybody sends; the parser of Python tests each line for each of them."""
    body = b"The harbour was opened.\n" * 100_000
    content = body
    for n in range(25):
        content = (
            f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n".encode() + content + f"\n--b{n}--\n".encode()
        )
    without_text = b"MIME-Version: 1.0\n" + content.replace(b"--b0\n", b"--b0\nContent-Type: a/b\n\n", 1)

    def read():
        with pytest.raises(InputError, match="without a part of text"):
            document_of(without_text, Options())

    within(2, read)
    for n in range(25, 40):
        content = f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n".encode() + content
    with pytest.raises(InputError, match="more than 30"):
        document_of(b"MIME-Version: 1.0\n" + content, Options())


@pytest.mark.parametrize(
    "piece", [b"--=_a b\n", b"<style>", b"<!--", b"<", b"=?a?q?", b">From ", b"From ", b"a: b\n", b" \n", b"&"]
)
def test_hostile_messages_take_linear_time(piece):
    """Whatever stands again and again in them."""
    text = piece * (400_000 // len(piece))
    contents = (
        of_parts((PLAIN, LONG.encode()), (HTML, text), media="multipart/alternative"),
        of_parts((text.decode(), LONG.encode())),
        mbox(message(headers=text.decode())),
        FROM_LINE + text,
    )

    def read():
        for content in contents:
            list(read_paths(["-"], stdin=stdin(content)))
            mail_sort(content[: 1 << 16])

    within(5, read)
