"""A mail is of the site that its list or its sender is, so newsletters have templates."""

import random
from datetime import date, timedelta

import pytest
from reader_calls import document, stdin
from reader_inputs import TEXTS, mbox, message
from template_site import BOX, CLAIM, ONE, body, headline, lines_of, page

from curator.corpus import Corpus
from curator.model import Raw
from curator.page.build import build_page, said_of
from curator.page.mail import site_of_mail


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({"list-id": '"Kurier, der" <Brief.Kurier.example>', "from": "Ann <ann@gmail.com>"}, "brief.kurier.example"),
        ({"list-id": "brief.kurier.example"}, "brief.kurier.example"),
        ({"list-id": "Freunde der Elbe", "from": "Kurier <brief@www.kurier.example>"}, "kurier.example"),
        ({"from": '"Lee, Ann <old@gmail.com>" <brief@kurier.example>'}, "kurier.example"),
        ({"from": "Lee, Ann <brief@kurier.example>"}, "kurier.example"),
        ({"from": "brief@post.kurier.example (Der Kurier)"}, "post.kurier.example"),
        ({"list-id": "<4c7b.list-id.mcsv.net>", "from": "Kurier <brief@kurier.example>"}, "kurier.example"),
        ({"list-id": "<4c7b.list-id.mcsv.net>", "from": "Ann <ann@web.de>"}, "4c7b.list-id.mcsv.net"),
        ({"list-id": "<7000.xt.local>", "from": "Kurier <brief@kurier.example>"}, "kurier.example"),
        ({"list-id": "Wandern <wandern.googlegroups.com>", "from": "ann@gmail.com"}, "wandern.googlegroups.com"),
        ({"from": "Live <brief@live.kurier.example>"}, "live.kurier.example"),
    ],
)
def test_the_site_of_a_mail_is_its_list_or_its_sender(headers, site):
    """The list goes before the sender, unless a sending service only numbered it."""
    assert site_of_mail(headers) == site


@pytest.mark.parametrize(
    "sender",
    [
        "Ann <ann@gmail.com>",
        "ann@GMAIL.com",
        "Ann <ann@yahoo.co.jp>",
        "Ann <ann@mail.hotmail.fr>",
        "Ann <ann@outlook.com>",
        "Ann <ann@t-online.de>",
        "Kurier <bounce@mail1.mcsv.net>",
        "Ann",
        "root@localhost",
        "ann at example.org",
        "<@>",
        "",
        17,
        None,
    ],
)
def test_mail_of_many_people_is_of_no_site(sender):
    """Nor is what a service sends for anybody, or a header without a host."""
    assert site_of_mail({"from": sender}) is None


def test_html_of_a_mail_knows_its_own_site_better():
    """As does a record that has an address."""
    head = b"<html><head><link rel=canonical href=https://www.kurier.example/brief/1></head><body><p>Rabat</p></body>"
    raw = Raw("a", head, "text/html", meta={"headers": {"from": "Ann <ann@versand.example>"}})
    assert build_page(raw).meta.site == "kurier.example"
    assert said_of(Raw("a", b"", meta={"headers": "none"})).site is None


def newsletters(sender, n=16, seed=21):
    """Return a mailbox of n letters of one sender, each with the same letterhead and footer."""
    chance = random.Random(seed)
    letters = []
    for number in range(n):
        text = "\n\n".join([CLAIM, page(headline(chance), body(chance), claim="Bis morgen, eure Redaktion vom Deich")])
        day = date(2024, 3, 1) + timedelta(number)
        letter = message(text, f"Message-ID: <{number}@kurier.example>").decode()
        letter = letter.replace("=?utf-8?q?Anna_M=C3=BCller?= <anna@example.org>", sender)
        letters.append(letter.replace("Mon, 04 Mar 2024", f"{day:%a, %d %b %Y}").encode())
    return mbox(*letters)


def added(path, mailbox):
    """Return the texts of a corpus of a mailbox, which is proved whole."""
    with Corpus(path, ONE) as corpus:
        assert corpus.add("-", stdin=stdin(mailbox)).kept == 16
        assert list(corpus.check()) == []
        return [(article.site, article.text) for article in corpus.articles()]


def test_letterhead_and_footer_of_a_newsletter_are_learned(tmp_path):
    """The lines that each letter repeats go, at its top and at its end, and all its paragraphs stay."""
    path = tmp_path / "corpus.db"
    found = added(path, newsletters("Elbkurier <brief@kurier.example>"))
    closing = "Bis morgen, eure Redaktion vom Deich"
    assert lines_of(path, "kurier.example") == {CLAIM: 16, closing: 16, BOX: 16}
    assert {(site, text.count("hervorgeht.")) for site, text in found} == {("kurier.example", 21)}
    assert not any(line in text for _, text in found for line in (CLAIM, closing, BOX))


def test_mail_of_people_who_share_a_host_teaches_nothing(tmp_path):
    """What they write to each other is no page of a site."""
    path = tmp_path / "corpus.db"
    found = added(path, newsletters("Ann <ann@gmail.com>"))
    assert {(site, BOX in text) for site, text in found} == {(None, True)}
    assert lines_of(path, "gmail.com") == {}


def test_mail_that_was_added_without_a_site_gets_one_when_it_is_cleaned_again(tmp_path):
    """Headers were stored all along; templates are learned of it then."""
    path = tmp_path / "corpus.db"
    raw = document(message(TEXTS[0], "List-Id: <brief.kurier.example>"))
    assert raw.meta["headers"]["list-id"] == "<brief.kurier.example>"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws([raw])
        with corpus._open(write=True) as connection:
            connection.execute("UPDATE articles SET site = NULL")
        assert corpus.reclean(whole=True).changed == 1
        assert [article.site for article in corpus.articles()] == ["brief.kurier.example"]
        assert list(corpus.check()) == []
