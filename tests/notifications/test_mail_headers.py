"""What is typed is what is read, in every header that holds somebody's text."""

import re
from dataclasses import replace
from email.header import decode_header, make_header

import aiosmtplib
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from activities import email
from activities.channel import Undeliverable
from activities.email import EmailChannel, MailServer, OutgoingMail
from domain.address import Mailbox
from tests.notifications.conftest import SENDER, Town
from tests.notifications.post_office import LOOPBACK, Mail
from tests.notifications.test_email import HEADERS
from tests.notifications.test_sending import attempt, both, to
from texts.mail import MAX_SUBJECT, MailBodies

INJECTION = (
    "a b =?utf-8?q?x=0AReply-To:_evil@x.example=0AContent-Type:_text/html=0A=0A<h1>Blocked</h1>?="
    " c d"
)
SURROGATE = "=?utf-8?q?=ED=A0=80?="
LONG = "Rédaction d'articles optimisés pour le référencement naturel de votre boutique en ligne"
PIECES = st.sampled_from(
    [
        *("=?utf-8?q?", "=?utf-8?b?", "=?iso-8859-1*fr?Q?", "=0A", "_", "?=", "=?", "?", "="),
        *(" ", "\u00a0", "\u202f", '"', "\\", "<", ">", "@", ",", ";", "(", ")", ":", "'"),
        *("a", "mot", "é", "É" * 50, "x" * 90, "例え", "e\u0301", "QQ=="),
        *("\U0001f469\u200d\U0001f467", "\U0001f3f3\ufe0f\u200d\U0001f308", "می\u200cخواهم"),
    ]
)
LINES = st.lists(PIECES, max_size=20).map("".join) | st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
)
"""Texts on one line, as the mails' own subjects are, with what a reader of mails might stumble
over."""

TEXTS = LINES.map(lambda text: re.sub(" +", " ", text).strip(" ")[:MAX_SUBJECT].strip(" "))
OFTEN = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def letter(subject: str, user_id: str = "ana") -> OutgoingMail:
    """A mail with this subject."""
    return OutgoingMail(user_id, "a-mail", lambda *_: MailBodies(subject, "a\n", "<p>a</p>\n"))


async def posted(town: Town, subject: str, sender: Mailbox = SENDER) -> Mail:
    """The mail to ana as it arrives."""
    server = MailServer(LOOPBACK, town.office.port, "none")
    await EmailChannel(town.pool, server, sender).post(letter(subject))
    return town.office.mails[-1]


def raw_header(mail: Mail, name: str) -> str:
    """A header as it came, unfolded."""
    head = mail.raw.decode("ascii").partition("\r\n\r\n")[0].replace("\r\n ", " ")
    (found,) = [line for line in head.split("\r\n") if line.startswith(f"{name}: ")]
    return found.removeprefix(f"{name}: ")


def decoded(header: str) -> str:
    """What RFC 2047 makes of a header."""
    return str(make_header(decode_header(header)))


def demand_well_formed(mail: Mail) -> None:
    """Only the product's own headers, in the lines that RFC 2047 and RFC 5322 ask for."""
    assert mail.raw.isascii()
    assert {*mail.message.keys()} == HEADERS
    head = mail.raw.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert len(line) <= (76 if b"=?" in line else 998), line
    for word in re.findall(rb"=\?[^?]*\?[bq]\?([^?]*)\?=", head):
        assert len(word) + len(b"=?utf-8?b??=") <= 75
    assert (mail.body("plain"), mail.body("html")) == ("a\n", "<p>a</p>\n")


@given(text=TEXTS)
@example(text=INJECTION)
@example(text=SURROGATE)
@example(text=LONG)
@example(text=f"{LONG} {LONG}")
@example(text=f"Nouvelle commande\u00a0: «\u00a0{LONG}\u00a0»")
@example(text="x" * MAX_SUBJECT)
@example(text="é" * MAX_SUBJECT)
@example(text="\U0001f469\u200d\U0001f467" * 50)
@example(text="a" * 64 + " =?utf-8?q?b?=")
@example(text="=?utf-8?q?a?= =?utf-8?q?b?=")
@example(text="=?utf-8?q?a\u00a0?=")
@example(text="")
@OFTEN
async def test_a_subject_is_read_as_it_was_typed(text: str, town: Town) -> None:
    await town.says("ana")
    mail = await posted(town, text)
    demand_well_formed(mail)
    assert mail.message["Subject"] == text
    assert decoded(raw_header(mail, "Subject")) == text


@given(name=TEXTS.map(lambda text: text[:100].strip(" ")))
@example(name="Orders")
@example(name="Séquestre")
@example(name='Orders, "Inc." \\ <ops@evil.example>')
@example(name="=?utf-8?q?=22_<evil@x.example>,?=")
@example(name='Déjà vu, "l\'éditeur" <ops@evil.example>')
@example(name="x" * 100)
@example(name="a \xa0")
@OFTEN
async def test_a_sender_is_read_as_they_were_named(name: str, town: Town) -> None:
    await town.says("ana")
    mail = await posted(town, "A logo", Mailbox(name=name, address="orders@marketplace.example"))
    demand_well_formed(mail)
    shown, _, address = raw_header(mail, "From").rpartition(" ")
    assert address.strip("<>") == mail.sender == "orders@marketplace.example"
    if shown.startswith("=?"):
        assert decoded(shown) == name
    (read,) = mail.message["From"].addresses
    assert read.addr_spec == mail.sender
    assert _packed(read.display_name, shown) == _packed(name, shown)


def _packed(name: str, shown: str) -> str:
    """A name without its spaces where it is encoded: between two words of a name the standard
    library reads a space that RFC 2047 (§6.2) tells it to leave out, and of several kinds of space
    at the end it reads one."""
    return "".join(name.split()) if shown.startswith("=?") else name


async def test_words_do_not_run_together(town: Town) -> None:
    await town.says("ana", language="fr")
    await town.channel().send(await town.message(await town.write(title=f"{LONG}, {LONG}")))
    mail = town.office.mails[-1]
    assert f"«\u00a0{LONG}, {LONG}\u00a0»" in mail.message["Subject"]
    assert f"«\u00a0{LONG}, {LONG}\u00a0»" in decoded(raw_header(mail, "Subject"))


@pytest.mark.parametrize("title", [INJECTION, SURROGATE, "=?utf-8?b?4oCu?=", "=?x?y?z?="])
async def test_a_title_that_looks_like_a_header_word_is_a_title(title: str, town: Town) -> None:
    step = await both(town, title=title)
    assert (await attempt(town, step)).delivered == 2
    assert to(town) == ["ana@example.org", "ben@example.org"]
    for mail in town.office.mails:
        assert {*mail.message.keys()} == HEADERS
        assert mail.message.get_content_type() == "multipart/alternative"
        assert f"“{title}”" in mail.message["Subject"]
        assert title in mail.body("plain")


@pytest.mark.parametrize(
    "address", ["!#$%&'*+/=?^_`{|}~-@example.org", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"]
)
async def test_an_odd_address_is_written_as_it_is(address: str, town: Town) -> None:
    await town.says("ana", address)
    mail = await posted(town, "A logo")
    demand_well_formed(mail)
    assert mail.to == [address]
    assert raw_header(mail, "To") == address
    assert mail.message["To"].addresses[0].addr_spec == address


async def test_an_address_of_old_that_looks_like_a_header_word(town: Town) -> None:
    step = await both(town)
    await town.says("ana", "=?utf-8?q?x?=@example.org")
    told = await attempt(town, step)
    assert (told.delivered, told.failed, told.pending) == (1, 1, 0)
    assert told.problems == ("e-mail to the buyer: the address cannot be used",)
    assert to(town) == ["ben@example.org"]


@given(lines=st.lists(LINES, min_size=1, max_size=10))
@example(lines=[INJECTION, SURROGATE, ".", "From me", "--==", "x" * 2_000, "trailing "])
@OFTEN
async def test_a_body_is_read_as_it_was_typed(lines: list[str], town: Town) -> None:
    body = "".join(f"{line}\n" for line in lines)
    await town.says("ana")
    bodies = MailBodies("A logo", body, body)
    await town.channel().post(OutgoingMail("ana", "a-mail", lambda *_: bodies))
    mail = town.office.mails[-1]
    assert {*mail.message.keys()} == HEADERS
    assert (mail.body("plain"), mail.body("html")) == (body, body)


OURS = "e-mail to the buyer: an error of our own (UnicodeEncodeError)"


async def test_a_mail_that_cannot_be_written_is_not_the_server_s_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(bodies: MailBodies, role: str) -> MailBodies:
        return replace(bodies, text="half a character: \ud800") if role == "buyer" else bodies

    bodies = MailBodies("A logo", "a", "b")
    monkeypatch.setattr(email, "gathered_notices", lambda steps, *_: steps[-1].reader.role)
    monkeypatch.setattr(email, "gathered_mail", lambda role, *_: said(bodies, role))
    step = await both(town)
    told = await attempt(town, step)
    assert (told.delivered, told.pending) == (1, 1)
    assert told.problems == (OURS,)
    assert to(town) == ["ben@example.org"]


async def test_an_error_of_our_own_on_the_way_is_not_the_server_s_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over = aiosmtplib.SMTP.sendmail

    async def sendmail(smtp: aiosmtplib.SMTP, sender: str, to: list[str], mail: bytes) -> object:
        if to == ["ana@example.org"]:
            "\ud800".encode()
        return await handed_over(smtp, sender, to, mail)

    monkeypatch.setattr(aiosmtplib.SMTP, "sendmail", sendmail)
    told = await attempt(town, await both(town))
    assert (told.delivered, told.pending) == (1, 1)
    assert told.problems == (OURS,)


async def test_what_is_for_nobody_is_told_so(town: Town) -> None:
    await town.says("ana")

    def for_nobody(*_: object) -> MailBodies:
        raise Undeliverable("it is for nobody")

    with pytest.raises(Undeliverable, match=r"^it is for nobody$"):
        await town.channel().post(OutgoingMail("ana", "a-mail", for_nobody))
