"""Any bytes become text, with the name of the encoding and a record of every repair."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.model import Raw, Repair
from curator.page import build_page
from curator.page.mojibake import repair
from curator.readers.decode import decode

POLISH = "Wczoraj w Łodzi odbyło się spotkanie. Mężczyzna próbował uciec, a sąd go skazał."
GERMAN = "Die Bürger in Köln sagten: „Wir gehen nicht.“ Straße, café à Genève."
RUSSIAN = "Вчера в Москве состоялась встреча министров. Они обсуждали вопросы торговли и безопасности."
TURKISH = "Dün İstanbul'da büyük bir toplantı yapıldı. Şehirdeki öğrenciler çağrıda bulundu, güneşliydi."
CHINESE = "昨天在北京举行了部长会议，讨论了该地区的贸易和安全问题。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (TURKISH, "cp1254"),
        (CHINESE, "gb18030"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
    ],
)
def test_text_without_a_declaration_is_read_in_its_encoding(text, encoding):
    """The name of the encoding is recorded."""
    assert decode(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
def test_a_byte_order_mark_decides_and_is_no_text(mark):
    """Offsets count from behind it."""
    name = {3: "utf-8", 2: "utf-16", 4: "utf-32"}[len(mark)]
    order = {codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF32_LE: "utf-32-le"}
    assert decode(mark + "Grüße".encode(order.get(mark, "utf-8")), "latin-1") == ("Grüße", name)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("ISO-8859-1", "cp1252"),
        ("windows-1251", "cp1251"),
        ("no-such-thing", "utf-8"),
        ("base64", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_a_declared_encoding_is_read_as_browsers_read_it(declared, encoding):
    """Latin-1 is Windows-1252 on the web; an unknown name is passed over."""
    assert decode("“Ж” ok".encode("cp1251") if encoding == "cp1251" else b"ok", declared).encoding == encoding


def test_html_names_its_charset():
    """Also where the bytes are all ASCII."""
    html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset={}"></head><p>{}</html>'
    japanese = html.format("iso-2022-jp", "東京").encode("iso2022_jp")
    assert decode(japanese, is_html=True) == (html.format("iso-2022-jp", "東京"), "iso2022_jp")
    greek = html.format("iso-8859-7", "Αθήνα ώρα").encode("iso8859-7")
    assert decode(greek, is_html=True) == (html.format("iso-8859-7", "Αθήνα ώρα"), "iso8859-7")


def test_utf8_wins_over_a_wrong_meta_element():
    """Many pages were converted and still name their old charset."""
    html = '<meta charset="iso-8859-1"><p>Grüße</p>'
    assert decode(html.encode(), is_html=True) == (html, "utf-8")


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "x"]), st.booleans())
def test_no_bytes_are_refused(content, declared, is_html):
    """Whatever the bytes are, text comes out, the same each time."""
    assert decode(content, declared, is_html=is_html) == decode(content, declared, is_html=is_html)


def test_mojibake_is_repaired_and_recorded():
    """Putting the originals back gives the decoded text."""
    text, repairs = repair("Die BÃ¼rger in KÃ¶ln sagten: â€žNeinâ€œ")
    assert text == "Die Bürger in Köln sagten: „Nein“"
    assert [(text[r.start : r.end], r.original) for r in repairs] == [
        ("ü", "Ã¼"),
        ("ö", "Ã¶"),
        ("„", "â€ž"),
        ("“", "â€œ"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        POLISH,
        RUSSIAN,
        "Aus „für“ wird „fÃ¼r“, aus „Köln“ wird „KÃ¶ln“, sagt die Bürgerin über Überschriften.",
        "SÃO PAULO – Ã noite",
        "L’ÉTÉ À “PARÍS”",
    ],
)
def test_what_is_not_proven_to_be_mojibake_stays(text):
    """An article that quotes mojibake keeps its quotes, capitals keep their accents."""
    assert repair(text) == (text, ())


def test_a_record_is_never_repaired_a_file_is():
    """Offsets into a JSON value count the characters that the user has."""
    raw = Raw("a.txt", "fÃ¼r KÃ¶ln".encode())
    page = build_page(raw)
    assert (page.text, page.repairs) == ("für Köln", (Repair(1, 2, "Ã¼"), Repair(5, 6, "Ã¶")))
    record = build_page(Raw("a.jsonl:1", raw.content, record=b"{}"))
    assert (record.text, record.repairs) == ("fÃ¼r KÃ¶ln", ())


def test_text_comes_exactly_as_given():
    """Line breaks, white space and lone surrogates of a record are kept."""
    given_text = "\ufeffA\r\nb\u2028c \ud800\x00"
    page = build_page(Raw("a.jsonl:1", given_text.encode("utf-8", "surrogatepass"), record=b"{}"))
    assert page.text == given_text
