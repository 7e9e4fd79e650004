"""What a mail says and to whom, as a real mail server gets it."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from activities import email
from activities.channel import Channel, Undeliverable
from tests.db.market import cancellation
from tests.notifications.conftest import SENDER, Town
from tests.notifications.post_office import Mail
from tests.notifications.steps import KINDS
from texts.letterhead import Letterhead
from texts.mail import MailBodies

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
}
HOSTILE = 'A logo\r\nBcc: mallory@example.com\r\n\r\n<b>Free</b> & "more"\u2028X-Evil: 1'


async def sent(town: Town, event: str = "order.revision_refused", **changes: Any) -> Mail:
    """The mail to the buyer about a step of this kind."""
    await town.channel().send(await town.to_ana(event, **changes))
    return town.office.mails[-1]


def test_it_is_a_channel(town: Town) -> None:
    channel: Channel = town.channel()
    assert channel is not None


async def test_the_envelope_and_the_headers(town: Town) -> None:
    mail = await sent(town)
    assert (mail.sender, mail.to) == (SENDER.address, ["ana@example.org"])
    headers = mail.message
    assert set(headers.keys()) == HEADERS
    assert headers["From"] == "Séquestre <orders@marketplace.example>"
    assert headers["To"] == "ana@example.org"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "en"
    age = datetime.now(UTC) - parsedate_to_datetime(headers["Date"])
    assert timedelta() <= age < timedelta(minutes=1)
    assert headers["Subject"]
    assert len(headers.get_all("Subject", [])) == 1


async def test_two_bodies_say_the_same(town: Town) -> None:
    mail = await sent(town, title="A blue fish")
    assert mail.message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in mail.message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    plain, html = mail.body("plain"), mail.body("html")
    for body in (plain, html):
        assert "A blue fish" in body
        assert re.search(r"€\d+\.00", body)
    assert "<p>" in html
    assert "<p>" not in plain


async def test_it_is_ascii_on_the_wire_in_short_lines(town: Town) -> None:
    mail = await sent(town, title="É" * 190, reason="Trop bleu 💙. " * 300)
    assert mail.raw.isascii()
    assert max(len(line) for line in mail.raw.splitlines()) <= 998
    assert "É" * 190 in mail.body("plain")


async def test_in_the_language_that_they_read_now(town: Town) -> None:
    message = await town.to_ana()
    await town.channel().send(message)
    await town.says("ana", language="fr")
    await town.channel().send(message)
    english, french = town.office.mails
    assert [mail.message["Content-Language"] for mail in town.office.mails] == ["en", "fr"]
    assert english.body("plain") != french.body("plain")
    assert 'lang="fr"' in french.body("html")


async def test_the_deadline_in_their_zone_and_in_utc(town: Town) -> None:
    message = await town.to_ana()
    await town.says("ana", time_zone="America/St_Johns")
    await town.channel().send(message)
    assert message.order.deadline is not None
    at = message.order.deadline.at
    for subtype in ("plain", "html"):
        body = town.office.mails[-1].body(subtype)
        assert f"{at.astimezone(ZoneInfo('America/St_Johns')):%H:%M}" in body
        assert "(America/St_Johns)" in body
        assert f"{at:%H:%M}" in body
        assert "UTC" in body


async def test_the_order_as_it_was_after_the_step(town: Town) -> None:
    await town.says("ana")
    step = await town.write()
    assert (await town.market.record(cancellation(step.order))).status == "recorded"
    message = await town.message(step)
    await town.channel().send(message)
    assert message.order.deadline is not None
    assert f"{message.order.deadline.at:%H:%M}" in town.office.mails[-1].body("plain")


async def test_each_event_can_be_mailed(town: Town) -> None:
    channel = town.channel()
    for who in ("ana", "ben"):
        await town.says(who)
    await town.says("the-mediator", roles=("mediator",))
    await town.says("olga", roles=("operator",))
    for event, kind in KINDS.items():
        step = await town.write(event)
        found = await town.deliveries(step)
        told = [one for one in found if one.channel == "email"]
        assert sorted(str(one.role) for one in told) == sorted(kind.told), event
        town.office.mails.clear()
        for one in told:
            assert one.user_id is not None
            await channel.send(await town.message(step, one.user_id))
        to = [mail.to[0] for mail in town.office.mails]
        assert to == [f"{one.user_id}@example.org" for one in told]


async def test_a_title_that_means_harm(town: Town) -> None:
    mail = await sent(town, title=HOSTILE)
    assert set(mail.message.keys()) == HEADERS
    assert mail.to == ["ana@example.org"]
    assert "<b>Free" not in mail.body("html")
    assert "&lt;b&gt;Free" in mail.body("html")


async def test_a_subject_that_means_harm(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    harm = "".join(
        f"{end}X-Evil: 1" for end in "\r\n\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\udcff"
    )
    monkeypatch.setattr(email, "mail", lambda *_: MailBodies(f"A logo\r\n\r\n{harm}", "a", "b"))
    mail = await sent(town)
    assert set(mail.message.keys()) == HEADERS
    assert re.fullmatch(r"A logo( X-Evil: 1)+", mail.message["Subject"])
    assert mail.body("plain").strip() == "a"


async def test_lines_that_begin_with_a_dot(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a\n.\n..\n.b\nQUIT\n"
    monkeypatch.setattr(email, "mail", lambda *_: MailBodies("A logo", text, "<p>a</p>\n"))
    assert (await sent(town)).body("plain") == text


async def test_a_mail_that_comes_twice_can_be_known(town: Town) -> None:
    for who in ("ana", "ben"):
        await town.says(who)
    step = await town.write()
    for who in ("ana", "ana", "ben"):
        await town.channel().send(await town.message(step, who))
    numbers = [mail.message["Message-ID"] for mail in town.office.mails]
    assert numbers[0] == numbers[1] != numbers[2]
    event = f"evt_{UUID(step.order.id).hex}_{step.seq}"
    for number in numbers:
        assert re.fullmatch(rf"<{event}-[0-9a-f]{{16}}@marketplace\.example>", number)
    assert "ana" not in numbers[0]


async def test_a_long_domain_of_ours(town: Town) -> None:
    sender = SENDER.model_copy(update={"address": f"orders@{'a' * 60}.{'b' * 60}.example"})
    channel = email.EmailChannel(
        town.pool, email.MailServer("127.0.0.1", town.office.port, "none"), sender
    )
    await channel.send(await town.to_ana())
    headers = town.office.mails[-1].message
    assert headers["Message-ID"].endswith(f"@{sender.domain}>")
    assert " " not in headers["Message-ID"]


async def test_the_address_as_it_is_now(town: Town) -> None:
    message = await town.to_ana()
    await town.says("ana", "ana@new.example")
    await town.channel().send(message)
    (mail,) = town.office.mails
    assert (mail.to, mail.message["To"]) == (["ana@new.example"], "ana@new.example")


async def test_who_no_longer_wants_mails(town: Town) -> None:
    message = await town.to_ana()
    await town.says("ana", by_email=False)
    with pytest.raises(Undeliverable, match=r"^mails have been switched off$"):
        await town.channel().send(message)
    await town.pool.execute("UPDATE people SET email = NULL, by_email = true")
    with pytest.raises(Undeliverable, match=r"^there is no address any more$"):
        await town.channel().send(message)
    assert town.office.mails == []


async def test_an_address_that_nobody_checked(town: Town) -> None:
    message = await town.to_ana()
    for address in ("ana@example.org\r\nRCPT TO:<mallory@example.com>", "ana", "", "Ana <a@b.org>"):
        await town.pool.execute("UPDATE people SET email = $1", address)
        await town.pool.execute("UPDATE confirmed_addresses SET email = $1", address)
        with pytest.raises(Undeliverable, match=r"^the address cannot be used$"):
            await town.channel().send(message)
    assert town.office.mails == []


async def test_nothing_leaves_to_who_gave_no_address(town: Town) -> None:
    await town.says("ana", by_email=False)
    step = await town.write()
    assert await town.deliveries(step) == []


async def test_it_goes_out_in_the_marketplaces_name(town: Town) -> None:
    shop = Letterhead("Atelier", "See you soon", "https://shop.example/orders/{order_id}")
    message = await town.to_ana()
    await town.channel(letterhead=shop).send(message)
    mail = town.office.mails[-1]
    link = f"https://shop.example/orders/{message.order_id}"
    for kind in ("plain", "html"):
        assert link in mail.body(kind)
        assert "See you soon" in mail.body(kind)
        assert "Séquestre" not in mail.body(kind)
