"""Headers of messages: names, subjects, times, and what breaks parsers."""

import pytest
from patience import within
from reader_calls import document, read, stdin
from reader_inputs import message

from curator.readers.headers import decoded_header, parse_headers, sender, written_at


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?q?_aus_Rabat?=", "Grüße aus Rabat"),
        (b"=?UTF-8?B?R3LD?= =?UTF-8?B?vMOfZQ==?=", "Grüße"),
        (b"=?iso-8859-1?Q?Gr=FC=DFe?= aus =?x-none?q?Rabat?=", "Grüße aus Rabat"),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?A?= Rabat", "=?utf-8?b?A?= Rabat"),
        ("Grüße".encode(), "Grüße"),
        ("Мост ".encode() + b"=?utf-8?q?=D0=9C?=", "Мост М"),
        ("Grüße aus Köln".encode("cp1252"), "Grüße aus Köln"),
        (b"=?utf-8?q?" * 100_000, None),
    ],
)
def test_a_subject_is_what_people_read(given, title):
    """Encoded words in any number and charset, bytes as they stand; damage costs no more than its word."""
    found = within(0.5, lambda: decoded_header(parse_headers(b"Subject: " + given + b"\n"), "subject"))
    assert title is None or found == title


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Ann Lee <ann@example.org>", "Ann Lee"),
        ('"Lee, Ann" <ann@example.org>', "Lee, Ann"),
        ("Lee, Ann <ann@example.org>", "Lee, Ann"),
        ("=?utf-8?q?M=C3=BCller=2C_Anna?= <ann@example.org>", "Müller, Anna"),
        ('"=?utf-8?q?Anna_M=C3=BCller?=" <ann@example.org>', "Anna Müller"),
        ("ann at example.org (Ann Lee)", "Ann Lee"),
        ("ann@example.org", None),
        ('"ann@example.org" <ann@example.org>', None),
        ("<[", None),
        ("", None),
        ("(" * 100_000, None),
    ],
)
def test_an_author_is_the_name_of_the_sender(given, name):
    """An address is no name."""
    assert sender(parse_headers(f"From: {given}\n".encode())) == name


@pytest.mark.parametrize(
    "given", ["", "gestern", "Mon, 99 Mar 2024 08:00:00", "Mon, 4 Mar 2024 08:00:00 +9999", "1" * 9_999]
)
def test_a_time_that_is_none_is_left_out(given):
    """The message is read all the same."""
    assert written_at(parse_headers(f"Date: {given}\n".encode())) is None


def test_headers_that_the_standard_parser_breaks_on_cost_themselves():
    """CPython issues 105802, 148518 and 151857; a line that is no header costs none below it."""
    odd = 'Message-ID: <[a]>\nTo: "\nCc: (c):\nContent-Disposition: inline; name*\nno header\nReply-To: a@b'
    raw = document(message(headers=odd), format="eml")
    assert (raw.source_id, raw.meta["headers"]["reply-to"]) == ("[a]", "a@b")


def test_headers_without_end_are_a_failure():
    """A file of them alone is damaged, or no message."""
    content = message(headers="X-A: b\n" * 30_000)
    (found,) = read("-", stdin=stdin(content), max_header_bytes=100_000)
    assert (found.error, "max_header_bytes" in found.message) == ("headers", True)
