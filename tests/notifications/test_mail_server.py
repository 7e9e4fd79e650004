"""What the channel makes of each way in which a mail server can fail."""

import asyncio
import logging
import ssl
import traceback
from contextlib import suppress

import pytest

from activities.channel import NotDelivered, Undeliverable
from activities.email import EmailChannel, MailServer, Security
from tests.app_under_test import PATIENCE_SECONDS
from tests.notifications.conftest import SENDER, Town
from tests.notifications.post_office import LOOPBACK, PASSWORD, USER, PostOffice
from tests.webhooks.conftest import NAME, Certificate, Names, certificate, names, trusted
from tests.webhooks.receiver import impolite

__all__ = ["certificate", "names", "trusted"]  # fixtures

WORDS = "<ana@example.org> is not known to mail.example.test"


def plain(error: BaseException) -> bool:
    """Whether an error says nothing of an address, wherever one might look for it."""
    return "example.org" not in "".join(traceback.format_exception(error)) + repr(error.args)


@pytest.mark.parametrize("code", ["550 5.1.1", "551 5.7.1", "553 5.1.3", "554", "500 5.5.1"])
async def test_a_recipient_who_is_refused(code: str, town: Town) -> None:
    message = await town.to_ana()
    town.office.answers = {"RCPT": f"{code} {WORDS}"}
    with pytest.raises(
        Undeliverable, match=f"^the mail server refused the recipient: {code}$"
    ) as e:
        await town.channel().send(message)
    assert plain(e.value)
    assert e.value.__context__ is None


@pytest.mark.parametrize("code", ["450 4.2.1", "451", "421 4.3.2", "452 4.2.2", "552 5.2.2", "503"])
async def test_a_recipient_for_whom_it_is_not_the_time(code: str, town: Town) -> None:
    message = await town.to_ana()
    town.office.answers = {"RCPT": f"{code} {WORDS}"}
    with pytest.raises(NotDelivered) as e:
        await town.channel().send(message)
    assert plain(e.value)
    town.office.answers = {}
    await town.channel().send(message)
    assert len(town.office.mails) == 1


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
@pytest.mark.parametrize("code", ["450 4.7.1", "550 5.7.1", "554"])
async def test_a_mail_that_is_not_taken(command: str, code: str, town: Town) -> None:
    message = await town.to_ana()
    town.office.answers = {command: f"{code} {WORDS}"}
    with pytest.raises(NotDelivered, match=f"^the mail server answered {code}$") as e:
        await town.channel().send(message)
    assert plain(e.value)


async def test_a_server_that_is_away(town: Town) -> None:
    message = await town.to_ana()
    await town.office.close()
    with pytest.raises(NotDelivered, match=r"^the mail server could not be reached$"):
        await town.channel().send(message)
    await town.office.open()
    await town.channel().send(message)
    assert len(town.office.mails) == 1


async def test_a_server_whose_name_nobody_knows(town: Town, names: Names) -> None:
    names.say("mail.example.test", [])
    message = await town.to_ana()
    with pytest.raises(NotDelivered, match=r"^the mail server could not be reached$"):
        await town.channel(host="mail.example.test").send(message)


async def test_a_server_whose_name_can_be_none(town: Town) -> None:
    message = await town.to_ana()
    with pytest.raises(NotDelivered, match=r"^the mail server could not be reached$"):
        await town.channel(host="a" * 64 + ".example.test").send(message)


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Never says anything."""
    await asyncio.Event().wait()


async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hangs up at once."""
    writer.close()


async def busy(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Has no time."""
    writer.write(b"421 4.3.2 ana@example.org: too busy\r\n")
    await writer.drain()


async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speaks another protocol."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read()


async def chatty(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greets without an end."""
    while True:
        writer.write(b"220-welcome\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes everything but never says so."""
    writer.write(b"220 hello\r\n")
    while line := await reader.readline():
        if line.startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
        else:
            writer.write(b"250 OK\r\n")


async def _send_to(url: str, town: Town, seconds: float, security: Security = "none") -> None:
    port = int(url.rpartition(":")[2].partition("/")[0])
    server = MailServer(LOOPBACK, port, security)
    channel = EmailChannel(town.pool, server, SENDER, timeout_seconds=seconds)
    await channel.send(await town.to_ana())


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_server_that_hangs(security: Security, town: Town) -> None:
    async with impolite(silent) as url:
        with pytest.raises(NotDelivered, match=r"^the mail server did not answer within 0.3 s$"):
            await _send_to(url, town, 0.3, security)


@pytest.mark.parametrize("talk", [chatty, late])
async def test_a_server_without_an_end(talk: "type[object]", town: Town) -> None:
    async with impolite(talk) as url:  # type: ignore[arg-type]
        with pytest.raises(NotDelivered, match=r"^the mail server did not answer within 0.5 s$"):
            await _send_to(url, town, 0.5)


@pytest.mark.parametrize("talk", [rude, busy, web])
async def test_a_server_that_is_none(talk: "type[object]", town: Town) -> None:
    async with impolite(talk) as url:  # type: ignore[arg-type]
        with pytest.raises(NotDelivered) as e:
            await _send_to(url, town, PATIENCE_SECONDS)
    assert plain(e.value)


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_goodbye_that_fails_does_not_send_again(hangs: bool, town: Town) -> None:
    taken: list[bytes] = []

    async def no_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.startswith(b"QUIT"):
                await asyncio.sleep(3600 if hangs else 0)
                return
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                taken.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"250 OK\r\n")

    async with impolite(no_goodbye) as url:
        await _send_to(url, town, PATIENCE_SECONDS)
    assert len(taken) == 1


async def test_no_address_is_logged(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message = await town.to_ana()
    for answers in ({"RCPT": f"550 {WORDS}"}, {"DATA": f"450 {WORDS}"}, {}):
        town.office.answers = dict(answers)
        with suppress(NotDelivered, Undeliverable):
            await town.channel().send(message)
    ours = [one for one in caplog.records if not one.name.startswith("mail")]  # the server's own
    assert not [one for one in ours if "example.org" in one.getMessage()]


@pytest.fixture
def guarded(certificate: Certificate, office: PostOffice) -> PostOffice:
    """A mail server that wants to be spoken to encrypted, and to know who it is that speaks."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.chain)
    office.tls, office.logins = tls, True
    return office


async def guard(office: PostOffice, names: Names, security: Security) -> None:
    """Opens a guarded office again, under its name."""
    names.say(NAME, [LOOPBACK])
    await office.close()
    office.implicit = security == "tls"
    await office.open()


def known(town: Town, security: Security, password: str = PASSWORD) -> EmailChannel:
    """The channel with a name and a password."""
    server = MailServer(NAME, town.office.port, security, USER, password)
    return EmailChannel(town.pool, server, SENDER, timeout_seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_encrypted_and_logged_in(
    security: Security, guarded: PostOffice, trusted: Certificate, names: Names, town: Town
) -> None:
    await guard(guarded, names, security)
    await known(town, security).send(await town.to_ana())
    assert len(guarded.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_that_is_wrong(
    security: Security, guarded: PostOffice, trusted: Certificate, names: Names, town: Town
) -> None:
    await guard(guarded, names, security)
    with pytest.raises(NotDelivered, match=r"^the mail server answered 535") as e:
        await known(town, security, "wrong").send(await town.to_ana())
    assert "wrong" not in str(e.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_trusts(
    security: Security, guarded: PostOffice, names: Names, town: Town
) -> None:
    await guard(guarded, names, security)
    with pytest.raises(NotDelivered, match="certificate is not valid"):
        await known(town, security).send(await town.to_ana())
    assert guarded.mails == []


async def test_a_server_that_does_not_encrypt(town: Town) -> None:
    message = await town.to_ana()
    with pytest.raises(NotDelivered, match="does not do what was asked"):
        await town.channel(security="starttls").send(message)
    with pytest.raises(NotDelivered):
        await town.channel(security="tls").send(message)
    assert town.office.mails == []


def test_a_password_is_not_shown() -> None:
    assert PASSWORD not in repr(MailServer(NAME, 25, "tls", USER, PASSWORD))
