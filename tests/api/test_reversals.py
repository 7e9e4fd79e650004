"""A transfer that was a mistake is taken back, once: its owner is told, and nothing goes below
zero."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from tests.api.assertions import code
from tests.api.test_transfers import listed, transfer
from tests.app_under_test import OPERATOR, AppUnderTest, Json, Person, somebody
from tests.contract import eur

SHORT = (402, "insufficient-funds")
NOT_REVERSIBLE = (409, "not-reversible")
NOT_FOUND = (404, "not-found")
WHY = {"reason": "The bank has called it back."}
OTHER_OPERATOR = Person("another-operator", ("operator",))


async def reverse(
    app: AppUnderTest,
    transfer_id: str,
    who: Person = OPERATOR,
    body: Json | None = None,
    **more: str,
) -> httpx.Response:
    return await app.api.post(f"/v1/transfers/{transfer_id}/reverse", who, body or WHY, **more)


async def notices(app: AppUnderTest, who: Person, query: str = "") -> Json:
    document: Json = (await app.api.get(f"/v1/notifications{query}", who)).json()
    return document


@pytest.mark.parametrize(("what", "left"), [("top-ups", 1_000), ("payouts", 1_000)])
async def test_it_goes_the_way_that_it_came(app: AppUnderTest, what: str, left: int) -> None:
    who = somebody("ana")
    await app.api.top_up(who, 1_000)
    made = await transfer(app, what, who, 300, f"ref-{who.id}")
    back = await reverse(app, made["id"])
    assert 201 == back.status_code, back.text
    assert left == await app.api.balance(who)
    said = back.json()
    assert ("reversal", made["id"], WHY["reason"], OPERATOR.id, eur(300), eur(left)) == (
        *(said[name] for name in ("kind", "reverses", "reason", "made_by", "amount", "balance")),
    )
    read = (await app.api.get(f"/v1/transfers/{made['id']}", OPERATOR)).json()
    assert made | {"reversed_by": said["id"]} == read
    assert [said, read] == await listed(app, f"reference=ref-{who.id}")
    assert said == (await app.api.get(f"/v1/transfers/{said['id']}", OPERATOR)).json()


async def test_a_top_up_goes_back_only_while_the_wallet_holds_it(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 300)
    await transfer(app, "payouts", who, 1)
    assert SHORT == code(await reverse(app, made["id"]))
    assert 299 == await app.api.balance(who)
    assert 0 == (await notices(app, who))["unread"]
    await app.api.top_up(who, 1)
    assert 201 == (await reverse(app, made["id"])).status_code
    assert 0 == await app.api.balance(who)


async def test_what_was_spent_on_an_order_does_not_come_back(app: AppUnderTest) -> None:
    in_play = await app.place_order(money=2_000)
    [made] = await listed(app, f"user_id={in_play.buyer.id}&kind=top_up")
    assert SHORT == code(await reverse(app, made["id"]))
    await in_play.act("cancel", in_play.buyer)
    assert 201 == (await reverse(app, made["id"])).status_code


async def test_a_second_time_is_refused_and_says_what_took_it_back(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 300)
    await app.api.top_up(who, 1_000)
    back = (await reverse(app, made["id"])).json()
    for operator in (OPERATOR, OTHER_OPERATOR):
        again = await reverse(app, made["id"], operator)
        assert NOT_REVERSIBLE == code(again)
        assert back["id"] == again.json()["reversed_by"]
        assert "This transfer cannot be taken back" == again.json()["title"]
    assert 1_000 == await app.api.balance(who)


async def test_under_its_key_it_is_answered_as_before(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 300)
    first, again = [await reverse(app, made["id"], key=f"back {who.id}") for _ in range(2)]
    assert (201, first.text) == (again.status_code, again.text)
    other = await reverse(app, made["id"], body={"reason": "Another."}, key=f"back {who.id}")
    assert (422, "idempotency-key-reused") == code(other)


async def test_of_many_at_once_one_takes_it_back(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 300)
    await app.api.top_up(who, 10_000)
    operators = (OPERATOR, OTHER_OPERATOR) * 4
    answers = await asyncio.gather(*(reverse(app, made["id"], one) for one in operators))
    assert [201, *[409] * 7] == sorted(one.status_code for one in answers)
    assert 10_000 == await app.api.balance(who)
    assert 1 == (await notices(app, who))["unread"]


async def test_a_payout_and_a_reversal_at_once_take_no_more_than_there_is(
    app: AppUnderTest,
) -> None:
    for _ in range(5):
        who = somebody("ana")
        made = await transfer(app, "top-ups", who, 300)
        answers = await asyncio.gather(
            reverse(app, made["id"]),
            app.api.post(f"/v1/wallets/{who.id}/payouts", OPERATOR, eur(1), key=f"out {who.id}"),
        )
        statuses = [one.status_code for one in answers]
        assert statuses in ([201, 402], [402, 201])
        assert (0 if statuses[0] == 201 else 299) == await app.api.balance(who)


async def test_a_reversal_is_not_taken_back(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 300)
    back = (await reverse(app, made["id"])).json()
    refused = await reverse(app, back["id"])
    assert NOT_REVERSIBLE == code(refused)
    assert "write it down as a new transfer" in refused.json()["detail"]
    assert 0 == await app.api.balance(who)


async def test_an_orders_posting_is_no_transfer(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    ledger = await app.api.get(f"/v1/orders/{in_play.order['id']}/ledger", in_play.buyer)
    for posting in ledger.json()["items"]:
        refused = await reverse(app, posting["id"])
        assert NOT_FOUND == code(refused)
        assert "order's actions" in refused.json()["detail"]
    for name in (in_play.order["id"], str(uuid4()), "x"):
        assert NOT_FOUND == code(await reverse(app, name))


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": 5}, {"why": "x"}])
async def test_it_needs_a_reason(app: AppUnderTest, body: Json) -> None:
    made = await transfer(app, "top-ups", somebody("ana"), 300)
    path = f"/v1/transfers/{made['id']}/reverse"
    assert (422, "invalid-request") == code(await app.api.post(path, OPERATOR, body))


SAID = {
    ("top-ups", "en"): (
        "An earlier top-up was taken back: “The bank has called it back.”",
        "An earlier top-up was taken back: €3.00",
        "€3.00 that had been paid in left your wallet again.",
    ),
    ("top-ups", "fr"): (
        "Un crédit antérieur a été repris\u00a0: «\u00a0The bank has called it back.\u00a0»",
        "Un crédit antérieur a été repris\u00a0: 3,00\u00a0€",
        "Un versement de 3,00\u00a0€ a de nouveau quitté votre portefeuille.",
    ),
    ("payouts", "en"): (
        "An earlier payout came back: “The bank has called it back.”",
        "An earlier payout came back: €3.00",
        "€3.00 that had been paid out is in your wallet again.",
    ),
    ("payouts", "fr"): (
        "Un retrait antérieur est revenu\u00a0: «\u00a0The bank has called it back.\u00a0»",
        "Un retrait antérieur est revenu\u00a0: 3,00\u00a0€",
        "Un retrait de 3,00\u00a0€ est de nouveau dans votre portefeuille.",
    ),
}


@pytest.mark.parametrize(("what", "language"), SAID, ids=lambda one: one)
async def test_its_owner_reads_of_it_in_their_language(
    app: AppUnderTest, what: str, language: str
) -> None:
    who = somebody("ana")
    await app.api.top_up(who, 1_000)
    made = await transfer(app, what, who, 300)
    back = (await reverse(app, made["id"])).json()
    entries = await app.api.get("/v1/wallet/entries", who, accept_language=language)
    [told] = (await app.api.get("/v1/notifications", who, accept_language=language)).json()["items"]
    text, title, sentence = SAID[what, language]
    assert text == entries.json()["items"][0]["text"]
    assert (title, sentence) == (told["title"], told["text"][0])
    assert ("wallet.reversed", None, back["at"]) == (told["event"], told["order_id"], told["at"])


async def test_its_notice_is_read_with_all_others(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    who = in_play.buyer
    made = await transfer(app, "top-ups", who, 300)
    await reverse(app, made["id"])
    await in_play.act("cancel", who)
    told = (await notices(app, who, "?limit=2"))["items"]
    assert ["order.cancelled", "wallet.reversed"] == [one["event"] for one in told]
    cursor = (await notices(app, who, "?limit=1"))["next_cursor"]
    part = await notices(app, who, f"?limit=1&cursor={cursor}")
    assert told[1] == part["items"][0]
    before = part["unread"]
    one = await app.api.post(f"/v1/notifications/{told[1]['id']}/read", who)
    assert (200, told[1]["id"]) == (one.status_code, one.json()["id"])
    assert one.json()["read_at"] is not None
    after = await notices(app, who, "?unread=true")
    assert (before - 1, False) == (
        after["unread"],
        told[1]["id"] in {n["id"] for n in after["items"]},
    )
    stranger = await app.api.post(f"/v1/notifications/{told[1]['id']}/read", somebody("eve"))
    assert NOT_FOUND == code(stranger)


async def test_all_up_to_one_are_read_at_once(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = [await transfer(app, "top-ups", who, amount) for amount in (1, 2, 3)]
    for one in made:
        await reverse(app, one["id"])
    told = (await notices(app, who))["items"]
    answer = await app.api.post("/v1/notifications/read", who, {"up_to": told[1]["id"]})
    assert {"unread": 1} == answer.json()
    left = await notices(app, who, "?unread=true")
    assert [told[0]["id"]] == [one["id"] for one in left["items"]]
