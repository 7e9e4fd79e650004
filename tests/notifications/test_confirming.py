"""An address is asked whether it is its owner's: the mail, the page behind its link, the button."""

import re
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from activities.channel import Undeliverable
from activities.confirmations import ConfirmationMails
from activities.email import OutgoingMail
from db import confirmation_tokens, confirmations
from db.confirmations import MOST_A_DAY
from db.sealing import Keyring
from tests.app_under_test import KEYRING, SECRETS_KEY, ApiClient, Person
from tests.notifications.conftest import Town
from tests.notifications.post_office import Mail
from tests.notifications.test_me import ANA, WISHES, me, says
from texts.confirmations import PATH
from texts.mail import MailBodies

PUBLIC = "https://orders.market.example/escrow"
LINK = re.compile(rf"{re.escape(PUBLIC)}({PATH}[\w-]+)")
ANOTHER_KEY = "YSBrZXkgb2Ygc29tZWJvZHkgZWxzZSwgMzIgYnl0ZXM="
PRESS = "<button>"
BEN = Person("ben")


def sender(town: Town, keyring: Keyring = KEYRING) -> ConfirmationMails:
    """What sends the mails that are due."""
    return ConfirmationMails(town.pool, town.channel(), keyring, PUBLIC)


async def mails(town: Town, keyring: Keyring = KEYRING) -> list[Mail]:
    """The mails that have been sent, once nothing is due."""
    while await sender(town, keyring).send_due():
        pass
    return town.office.mails


def page_in(mail: Mail) -> str:
    """Where the link of a mail leads, behind the public address; the same in both bodies."""
    found = {match for body in ("plain", "html") for match in LINK.findall(mail.body(body))}
    (page,) = found
    return str(page)


async def page_for(api: ApiClient, town: Town, **changes: Any) -> str:
    """The page that ana's mail leads to, after she has said how to be told."""
    await says(api, **changes)
    return page_in((await mails(town))[-1])


async def confirmed(api: ApiClient, who: Person = ANA) -> bool | None:
    """Whether somebody's address is."""
    found: bool | None = (await me(api, who))["email_confirmed"]
    return found


async def again(api: ApiClient, who: Person = ANA, **more: Any) -> Any:
    """Somebody asks for another mail."""
    return await api.post("/v1/me/email/confirmation", who, **more)


async def test_the_link_shows_a_page_and_its_button_confirms(api: ApiClient, town: Town) -> None:
    assert (await says(api))["email_confirmed"] is False
    (mail,) = await mails(town)
    assert mail.to == ["ana@example.org"]
    page = page_in(mail)
    for _ in range(3):  # as programs do that look at each link of a mail
        shown = await api.get(page)
        assert (shown.status_code, PRESS in shown.text) == (200, True)
        assert await confirmed(api) is False
    done = await api.post(page)
    assert (done.status_code, PRESS in done.text) == (200, False)
    assert await confirmed(api) is True
    for answer in (await api.get(page), await api.post(page)):
        assert (answer.status_code, PRESS in answer.text) == (200, False)
        assert "déjà servi" in answer.text
    assert len(await mails(town)) == 1


async def test_who_has_no_address_has_none_to_confirm(api: ApiClient) -> None:
    assert (await me(api))["email_confirmed"] is None
    assert (await says(api, email=None))["email_confirmed"] is None
    answer = await again(api)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")


@pytest.mark.parametrize(
    ("language", "subject", "sentence", "title"),
    [
        (
            "fr",
            "Veuillez confirmer votre adresse e-mail",
            "tant que personne ne la confirme, rien d’autre n’est envoyé",
            "Cette adresse est-elle la vôtre",
        ),
        (
            "en",
            "Please confirm your e-mail address",
            "as long as nobody confirms it, nothing else is sent",
            "Is this address yours?",
        ),
    ],
)
async def test_it_is_asked_in_the_persons_language(
    language: str, subject: str, sentence: str, title: str, api: ApiClient, town: Town
) -> None:
    page = await page_for(api, town, language=language)
    (mail,) = town.office.mails
    assert mail.message["Subject"] == subject
    assert mail.message["Content-Language"] == language
    for body in ("plain", "html"):
        said = " ".join(mail.body(body).split())
        assert sentence in said
        assert "orders.market.example" in said
        assert re.search(r"\d{2}:\d{2} \(Europe/Paris\)", said)
    shown = await api.get(page, Accept_Language="de")
    assert title in shown.text
    assert f'<html lang="{language}">' in shown.text


async def test_nothing_that_was_typed_stands_in_the_mail(api: ApiClient, town: Town) -> None:
    await says(api, Person("buy-pills-at-evil.example"), email="cheap-pills@example.org")
    (mail,) = await mails(town)
    said = "".join((mail.message["Subject"], mail.body("plain"), mail.body("html")))
    assert "pills" not in said
    assert b"evil" not in mail.raw


async def test_the_very_same_address_is_not_asked_again(api: ApiClient, town: Town) -> None:
    await api.post(await page_for(api, town))
    assert (await says(api, language="en", channels={"email": False}))["email_confirmed"] is True
    assert len(await mails(town)) == 1
    assert (await says(api, email="ana@elsewhere.example"))["email_confirmed"] is False
    assert [mail.to for mail in await mails(town)] == [
        ["ana@example.org"],
        ["ana@elsewhere.example"],
    ]
    assert (await says(api))["email_confirmed"] is False


async def test_a_link_ends(api: ApiClient, town: Town) -> None:
    page = await page_for(api, town)
    await town.pool.execute("UPDATE confirmations SET expires_at = now()")
    for answer in (await api.get(page), await api.post(page)):
        assert (answer.status_code, PRESS in answer.text) == (410, False)
        assert "demandez une nouvelle confirmation" in answer.text
    assert await confirmed(api) is False


@pytest.mark.parametrize("way", [[None], ["ana@elsewhere.example"], [None, "ana@example.org"]])
async def test_a_link_counts_while_the_address_stays(
    way: Sequence[str | None], api: ApiClient, town: Town
) -> None:
    page = await page_for(api, town)
    for email in way:
        await says(api, email=email)
    for answer in (await api.get(page), await api.post(page)):
        assert (answer.status_code, PRESS in answer.text) == (410, False)
        assert "ne compte plus" in answer.text
    assert not await confirmed(api)


def forged(token: str, other: str) -> dict[str, str]:
    """Tokens that nobody made, by what is wrong with each."""
    changed = "A" if token[40] != "A" else "B"
    return {
        "another signature": token[:40] + changed + token[41:],
        "another's signature": token[:21] + other[21:],
        "no signature": token[:22],
        "longer": token + "AA",
        "padded": token + "==",
        "nothing known": "A" * 64,
        "no token": "é" * 64,
        "in small letters": token.lower(),
        "spaced": token + "%20",
        "an id": "00000000-0000-0000-0000-000000000000",
    }


async def test_a_token_that_was_not_sent_is_none(api: ApiClient, town: Town) -> None:
    tokens = [
        (await page_for(api, town)).removeprefix(PATH),
        (await page_for(api, town, who=BEN, email="ben@example.org")).removeprefix(PATH),
    ]
    for wrong, token in forged(*tokens).items():
        for method in ("GET", "POST"):
            answer = await api.call(method, PATH + token, Accept_Language="fr")
            assert (answer.status_code, PRESS in answer.text) == (404, False), wrong
            assert "tel qu’il figure dans l’e-mail" in answer.text, wrong
    assert (await confirmed(api), await confirmed(api, BEN)) == (False, False)


async def test_a_token_is_made_for_one_person_and_one_address(
    api: ApiClient, town: Town, database_url: str
) -> None:
    page = await page_for(api, town)
    owner = await asyncpg.connect(database_url)
    for change in ("user_id = 'ben'", "email = 'mallory@example.org'"):
        await owner.execute(f"UPDATE confirmations SET {change}")
        assert (await api.post(page)).status_code == 404
        await owner.execute("UPDATE confirmations SET user_id = 'ana', email = 'ana@example.org'")
    await owner.close()
    assert (await api.post(page)).status_code == 200


async def test_a_key_that_is_not_the_first_any_more_has_signed_what_it_signed(
    api: ApiClient, town: Town
) -> None:
    await says(api)
    (mail,) = await mails(town, Keyring.read(f"{ANOTHER_KEY},{SECRETS_KEY}"))
    assert (await api.get(page_in(mail))).status_code == 404
    await says(api, email="ana@elsewhere.example")
    page = page_in((await mails(town))[-1])
    newer = Keyring.read(f"{ANOTHER_KEY},{SECRETS_KEY}")
    token = page.removeprefix(PATH)
    number = confirmation_tokens.id_in(token)
    assert number is not None
    async with town.pool.acquire() as connection:
        found = await confirmations.get(connection, number)
    assert found is not None
    assert confirmation_tokens.is_genuine(token, found, newer)
    assert not confirmation_tokens.is_genuine(token, found, Keyring.read(ANOTHER_KEY))


async def test_the_page_is_nobody_elses_business(api: ApiClient, town: Town) -> None:
    page = await page_for(api, town)
    for answer in (await api.get(page), await api.post(page), await api.get(f"{PATH}x")):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "ana" not in answer.text


# --- asking again ------------------------------------------------------------------------------


async def test_another_link_can_be_asked_for(api: ApiClient, town: Town) -> None:
    first = await page_for(api, town)
    answer = await again(api)
    assert (answer.status_code, answer.json()["email_confirmed"]) == (202, False)
    second = page_in((await mails(town))[-1])
    assert first != second
    assert (await api.post(second)).status_code == 200
    assert await confirmed(api) is True
    assert (await again(api)).json()["email_confirmed"] is True
    assert len(await mails(town)) == 2


async def test_the_same_request_asks_once(api: ApiClient, town: Town) -> None:
    await says(api)
    answers = [await again(api, key="again") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len(await mails(town)) == 2


async def test_nobody_is_asked_again_and_again(api: ApiClient, town: Town) -> None:
    await says(api)
    for _ in range(MOST_A_DAY - 1):
        assert (await again(api)).status_code == 202
    for refused in (
        await again(api),
        await again(api, key="another-way"),
        await api.call("PUT", "/v1/me", ANA, {**WISHES, "email": "ana@elsewhere.example"}),
    ):
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (429, "rate-limited")
        assert 0 < int(refused.headers["Retry-After"]) <= 86_400
        assert "Nothing changed" in problem["detail"]
    assert (await me(api))["email"] == "ana@example.org"
    # Somebody else is not refused for it; their mail waits for its turn.
    other = await api.call("PUT", "/v1/me", BEN, {**WISHES, "email": "Ana+1@example.org"})
    assert (other.status_code, other.json()["email_confirmed"]) == (200, False)
    assert (await says(api, language="en"))["language"] == "en"
    assert len(await mails(town)) == MOST_A_DAY


# --- the mail server ---------------------------------------------------------------------------


async def test_a_mail_server_that_is_away_is_asked_again(api: ApiClient, town: Town) -> None:
    await says(api)
    town.office.answers["RCPT"] = "450 4.2.1 later"
    assert await mails(town) == []
    assert "450 4.2.1" in await last_error(town)
    del town.office.answers["RCPT"]
    await town.pool.execute("UPDATE confirmations SET next_attempt = now()")
    (mail,) = await mails(town)
    assert (await api.post(page_in(mail))).status_code == 200


async def test_an_address_that_the_server_refuses_is_not_tried_again(
    api: ApiClient, town: Town
) -> None:
    await says(api)
    town.office.unknown = {"ana@example.org"}
    await mails(town)
    assert "550 5.1.1" in await last_error(town)
    assert await town.pool.fetchval("SELECT next_attempt FROM confirmations") is None


async def last_error(town: Town) -> str:
    """Why the mail was not taken."""
    return str(await town.pool.fetchval("SELECT last_error FROM confirmations"))


async def test_an_address_that_is_another_one_by_now_is_not_asked(town: Town) -> None:
    await town.says("ana", "ana@elsewhere.example", is_confirmed=False)
    letter = OutgoingMail("ana", "a-confirmation", lambda *_: MailBodies("?", "?", "?"))
    with pytest.raises(Undeliverable, match="another address"):
        await town.channel().post_unconfirmed(letter, "ana@example.org")
    assert town.office.mails == []


async def test_who_wants_no_mails_is_asked_all_the_same(api: ApiClient, town: Town) -> None:
    await says(api, channels={"email": False})
    assert len(await mails(town)) == 1


# --- everything else ---------------------------------------------------------------------------


async def test_a_mail_that_is_on_its_way_is_not_sent_to_an_unconfirmed_address(
    town: Town,
) -> None:
    message = await town.to_ana()
    await town.says("ana", "ana@elsewhere.example", is_confirmed=False)
    with pytest.raises(Undeliverable, match="not confirmed"):
        await town.channel().send(message)
    assert town.office.mails == []


async def test_the_inbox_goes_on(api: ApiClient, town: Town) -> None:
    await says(api)
    step = await town.write()
    assert await town.deliveries(step) == []
    told = (await api.get("/v1/notifications", ANA)).json()["items"]
    assert step.seq in [one["seq"] for one in told]
