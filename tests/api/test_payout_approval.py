"""A large payout waits for a second person, in one piece or in several."""

import asyncio
from typing import Any
from uuid import uuid4

from db import payouts
from db.pool import connection
from domain.payments import PayoutState
from tests.api.answers import Json
from tests.api.test_pay_ins import held, tell
from tests.api.test_payouts import (
    FAILED,
    asked,
    at_rest,
    come_to,
    earner,
    found,
    handed_over,
    times,
    wrong,
)
from tests.app_under_test import (
    OPERATOR,
    PATIENCE_SECONDS,
    ApiClient,
    AppUnderTest,
    Person,
    somebody,
)
from tests.contract import eur
from tests.providers.paper_payouts import APPROVED_ABOVE, PaperPayouts, said_of_payout


async def test_a_large_one_waits_for_a_second_person(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    small = await asked(payout_shop, seller, APPROVED_ABOVE)
    assert small.json()["state"] == "pending"
    payout = (await asked(payout_shop, seller, APPROVED_ABOVE + 1)).json()
    assert payout["state"] == "requested"
    assert await held(payout_shop, seller) == [eur(20_000 - 2 * APPROVED_ABOVE - 1)]
    path = f"/v1/payouts/{payout['id']}/approve"
    themself = Person(seller.id, ("user", "finance"))
    for who in (seller, themself):
        refused = await payout_shop.post(path, who)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    await at_rest(app, payout)
    assert times(payer, payout) == 0
    approved = await payout_shop.post(path, fiona)
    assert (approved.status_code, approved.json()["approved_by"]) == (200, fiona.id)
    await handed_over(payout_shop, seller, payout)
    assert (await found(payout_shop, seller, payout))["approved_by"] is None
    again = await payout_shop.post(path, fiona)
    assert (again.status_code, again.json()["code"]) == (409, "payout-not-allowed")
    journal = f"/v1/operator-journal?subject_id={payout['id']}"
    noted = (await payout_shop.get(journal, OPERATOR)).json()["items"]
    assert [(one["by"], one["deed"], one["user_id"]) for one in noted] == [
        (fiona.id, "approve_payout", seller.id)
    ]
    assert await wrong(app, seller, payout) == []


async def test_a_second_person_refuses_with_a_reason_that_its_owner_reads(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    payout = (await asked(payout_shop, seller, 9_000)).json()
    path, why = f"/v1/payouts/{payout['id']}/refuse", {"reason": "Send us an invoice first."}
    assert (await payout_shop.post(path, somebody("other"), why)).status_code == 403
    refused = await payout_shop.post(path, fiona, why)
    assert (refused.status_code, refused.json()["state"]) == (200, "cancelled")
    assert (await payout_shop.post(path, fiona, why)).status_code == 409
    assert (await found(payout_shop, seller, payout))["reason"] == why["reason"]
    inbox = (await payout_shop.get("/v1/notifications", seller)).json()["items"]
    assert why["reason"] in " ".join(inbox[0]["text"])
    assert inbox[0]["title"].startswith("A payout did not go through")
    assert not any("had been paid out" in one for one in inbox[0]["text"])
    assert await held(payout_shop, seller) == [eur(20_000)]
    journal = f"/v1/operator-journal?subject_id={payout['id']}"
    noted = (await payout_shop.get(journal, OPERATOR)).json()["items"]
    assert [(one["deed"], one["reason"]) for one in noted] == [("refuse_payout", why["reason"])]
    await at_rest(app, payout)
    assert times(payer, payout) == 0
    assert await wrong(app, seller, payout) == []


async def test_who_asked_takes_back_what_waits_for_approval(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    payout = (await asked(payout_shop, seller, 9_000)).json()
    cancelled = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    late = await payout_shop.post(f"/v1/payouts/{payout['id']}/approve", fiona)
    assert (late.status_code, late.json()["payout_state"]) == (409, "cancelled")
    assert await held(payout_shop, seller) == [eur(20_000)]
    await at_rest(app, payout)
    assert (await payout_shop.get("/v1/notifications", seller)).json()["items"] == []
    assert times(payer, payout) == 0


async def approve(shop: ApiClient, payout: Json) -> Json:
    """A payout that a second person lets go."""
    answer = await shop.post(f"/v1/payouts/{payout['id']}/approve", somebody("f", "finance"))
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    document: Json = answer.json()
    return document


async def states(shop: ApiClient, who: Person, *amounts: int) -> list[str]:
    """What becomes of payouts of so many cents that somebody asks for one after the other."""
    return [(await asked(shop, who, amount)).json()["state"] for amount in amounts]


async def test_one_that_is_large_says_that_it_is_by_itself(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    small = (await asked(payout_shop, seller, 1_000)).json()
    large = (await asked(payout_shop, seller, APPROVED_ABOVE + 1)).json()
    assert small["approval"] is None
    assert large["approval"] == {"above": eur(APPROVED_ABOVE), "others": None}


async def test_in_parts_it_waits_from_the_one_on_with_which_it_is_too_much(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    first = (await asked(payout_shop, seller, 3_000)).json()
    exactly = (await asked(payout_shop, seller, APPROVED_ABOVE - 3_000)).json()
    more = (await asked(payout_shop, seller, 1)).json()
    assert [one["state"] for one in (first, exactly, more)] == ["pending", "pending", "requested"]
    others = {"amount": eur(APPROVED_ABOVE), "count": 2, "since": first["created_at"]}
    assert more["approval"] == {"above": eur(APPROVED_ABOVE), "others": others}
    assert await held(payout_shop, seller) == [eur(20_000 - APPROVED_ABOVE - 1)]
    await approve(payout_shop, more)
    await handed_over(payout_shop, seller, more)
    assert (await found(payout_shop, seller, more))["approval"] == more["approval"]
    assert await wrong(app, seller, first, exactly, more) == []


async def test_what_a_person_looks_at_uses_up_nothing_of_what_goes_out_unseen(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    large = (await asked(payout_shop, seller, APPROVED_ABOVE + 1)).json()
    assert await states(payout_shop, seller, 2_000) == ["pending"]
    await approve(payout_shop, large)
    rest = APPROVED_ABOVE - 2_000
    assert await states(payout_shop, seller, rest, 1) == ["pending", "requested"]


async def test_what_came_back_can_be_asked_for_again(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    payout = (await asked(payout_shop, seller, APPROVED_ABOVE)).json()
    assert await states(payout_shop, seller, APPROVED_ABOVE) == ["requested"]
    await handed_over(payout_shop, seller, payout)
    payer.goes_on(payout, PayoutState.FAILED, "closed")
    await tell(payout_shop, said_of_payout(FAILED, payout))
    await come_to(payout_shop, seller, payout, "failed")
    assert await states(payout_shop, seller, APPROVED_ABOVE, 1) == ["pending", "requested"]


async def test_what_is_taken_back_can_be_asked_for_again(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    payout = (await asked(payout_shop, seller, APPROVED_ABOVE)).json()
    await handed_over(payout_shop, seller, payout)
    taken = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert taken.json()["state"] == "cancelled"
    assert await states(payout_shop, seller, APPROVED_ABOVE, 1) == ["pending", "requested"]


async def test_each_currency_and_each_person_is_looked_at_by_itself(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, another = [await earner(payout_shop, payer, 20_000) for _ in range(2)]
    await payout_shop.top_up(seller, 20_000, "USD")
    for who, money in ((seller, "EUR"), (seller, "USD"), (another, "EUR")):
        answers = [
            await payout_shop.post(
                "/v1/payouts", who, {"amount": amount, "currency": money}, key=str(uuid4())
            )
            for amount in (APPROVED_ABOVE, 1)
        ]
        assert [one.json()["state"] for one in answers] == ["pending", "requested"]


async def test_a_key_is_answered_as_before_whatever_went_out_since(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, key = await earner(payout_shop, payer, 20_000), str(uuid4())
    first = await asked(payout_shop, seller, 3_000, key)
    assert await states(payout_shop, seller, 2_000) == ["pending"]
    again = await asked(payout_shop, seller, 3_000, key)
    assert (first.json()["state"], again.text) == ("pending", first.text)


async def test_of_two_that_wait_for_the_same_wallet_the_second_sees_the_first(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    async with connection(app.pool) as holding:
        async with holding.transaction():
            await payouts.lock_wallet(holding, seller.id, "EUR")
            asking = asyncio.gather(*(asked(payout_shop, seller, 3_000) for _ in range(2)))
            await until_so_many_wait(app, 2)
        answers = [one.json() for one in await asking]
    assert sorted(one["state"] for one in answers) == ["pending", "requested"]
    assert await wrong(app, seller, *answers) == []


async def until_so_many_wait(app: AppUnderTest, many: int) -> None:
    """Returns once so many sessions of this database wait for others."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pg_blocking_pids(pid) <> '{}'"
    )
    async with asyncio.timeout(PATIENCE_SECONDS), connection(app.pool) as looking:
        while await looking.fetchval(query) < many:
            await asyncio.sleep(0.001)


async def test_of_many_at_once_no_more_goes_out_than_may(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    asking = (asked(payout_shop, seller, 1_500) for _ in range(8))
    answers: list[Any] = [one.json() for one in await asyncio.gather(*asking)]
    waits = [one for one in answers if one["state"] == "requested"]
    assert (len(answers) - len(waits), len(waits)) == (3, 5)
    assert {one["approval"]["others"]["count"] for one in waits} == {3}
    assert await wrong(app, seller, *answers) == []
