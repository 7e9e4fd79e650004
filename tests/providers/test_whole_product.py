"""The whole product with the strict stand-in for Stripe behind it: a payer who pays twice, a key
that lacks a right, an account that is gone."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

import api.app
from embedded.stripe_stand_in.process import StandIn
from providers.stripe import StripeProvider
from tests.api import test_pay_ins, test_payouts
from tests.api.answers import Json
from tests.api.test_pay_ins import ended, held, started
from tests.api.test_payouts import account_of, asked, at_rest, come_to, handed_over
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur
from worker import paying_worker


@pytest.fixture
async def shop(
    app: AppUnderTest, fake: StandIn, provider: StripeProvider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ApiClient]:
    """The API of a marketplace that has Stripe, which tells it of everything."""
    monkeypatch.setattr(api.app, "provider_of", lambda _: provider)
    async with (
        app.with_settings(relay_pause=0.05) as opened,
        paying_worker(app.temporal, app.pool, provider),
    ):
        home = str(opened.client.base_url).rstrip("/")
        await fake.does("listening", deliver_to=f"{home}/v1/providers/stripe/events")
        yield opened
        await fake.does("listening", deliver_to=None)


async def told_of(shop: ApiClient, reference: str, count: int) -> list[str]:
    """What came of so many events that speak of this, once all of them are decided."""

    async def look() -> list[Any]:
        listed = (await shop.get("/v1/provider-events?limit=100", OPERATOR)).json()["items"]
        return [one["outcome"] for one in listed if one["reference"] == reference]

    return await eventually(look, lambda seen: len(seen) == count and None not in seen)


async def test_of_a_payer_who_pays_twice_the_second_payments_dispute_leaves_the_order_alone(
    shop: ApiClient, fake: StandIn
) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = await shop.offer(seller)
    wish = {"service_id": service["id"], "brief": "A logo, please."}
    pay_in = (await started(shop, buyer, amount=service["price"]["amount"], order=wish)).json()
    again = await fake.does(f"sessions/{pay_in['reference']}/pays_twice")
    placed = await eventually(
        lambda: test_pay_ins.found(shop, buyer, pay_in), lambda one: one["order_id"] is not None
    )
    pages = {pay_in["reference"], again["id"]}
    (second,) = pages - {placed["reference"]}
    assert await told_of(shop, second, 1) == ["theirs_only"]
    dispute = await fake.does(f"disputes/of/{second}")
    assert await told_of(shop, dispute["id"], 2) == ["theirs_only"] * 2
    await fake.does(f"disputes/{dispute['id']}/lost")
    assert await told_of(shop, dispute["id"], 3) == ["theirs_only"] * 3
    assert (await shop.order(placed["order_id"], buyer))["payment_hold"] is None
    assert (await shop.get("/v1/wallet", buyer)).json()["receivable"] == []
    # That of the one that paid for the order freezes it.
    await fake.does(f"disputes/of/{placed['reference']}")
    await eventually(
        lambda: shop.order(placed["order_id"], buyer), lambda one: one["payment_hold"] is not None
    )


async def earner(shop: ApiClient, fake: StandIn) -> tuple[Person, str]:
    """Somebody with 20.00 EUR that can be paid out to their account, and that."""
    who = somebody("seller")
    pay_in = (await started(shop, who)).json()
    await fake.does(f"sessions/{pay_in['reference']}/pays")
    await ended(shop, who, pay_in, "paid")
    assert (await account_of(shop, who)).status_code == 200
    account: Json = (await fake.every("account"))[-1]
    await fake.does(f"accounts/{account['id']}/active")
    assert (await shop.get("/v1/payout-account", who)).json()["state"] == "active"
    return who, str(account["id"])


async def test_a_key_that_lacks_a_right_is_told_to_who_operates(
    shop: ApiClient, fake: StandIn
) -> None:
    who, _ = await earner(shop, fake)
    await fake.fails(forbidden=1_000, call="GET /v1/transfers")
    payout = (await asked(shop, who)).json()
    silent = await eventually(
        lambda: test_payouts.found(shop, OPERATOR, payout), lambda one: one["silence"] is not None
    )
    assert "SEQUESTRE_STRIPE_SECRET_KEY may not do this" in silent["silence"]["because"]
    await fake.fails()
    known = await handed_over(shop, who, payout)
    assert known["silence"] is None
    shown = await eventually(
        lambda: test_payouts.found(shop, OPERATOR, payout), lambda one: one["silence"] is None
    )
    assert shown["state"] == "pending"


async def test_whose_account_was_deleted_there_is_paid_out_to_another(
    shop: ApiClient, fake: StandIn
) -> None:
    who, account = await earner(shop, fake)
    await fake.does(f"accounts/{account}/deleted")
    refused = (await asked(shop, who)).json()
    assert "No such destination" in (await come_to(shop, who, refused, "failed"))["reason"]
    assert await held(shop, who) == [eur(2_000)]
    assert (await shop.get("/v1/payout-account", who)).json()["state"] == "none"
    assert (await account_of(shop, who)).status_code == 200
    (other,) = await fake.every("account")
    await fake.does(f"accounts/{other['id']}/active")
    assert (await shop.get("/v1/payout-account", who)).json()["state"] == "active"
    payout = (await asked(shop, who, key=str(uuid4()))).json()
    await handed_over(shop, who, payout)
    assert [one["destination"] for one in await fake.every("transfer")] == [other["id"]]


async def test_a_payout_taken_back_whose_money_does_not_come_back_is_told_as_that(
    app: AppUnderTest, shop: ApiClient, fake: StandIn
) -> None:
    who, _ = await earner(shop, fake)
    payout = (await asked(shop, who)).json()
    await handed_over(shop, who, payout)
    await at_rest(app, payout)
    await fake.fails(refused=1_000, call="/reversals", refused_with="Not now.")
    path = f"/v1/payouts/{payout['id']}/cancel"
    refused = await shop.post(path, who)
    assert (refused.status_code, refused.json()["code"]) == (409, "provider-refused")
    assert "does not give it back yet" in refused.json()["detail"]
    shown = await test_payouts.found(shop, who, payout)
    assert shown["state"] == "pending"
    assert "Not now." in shown["reason"]
    await fake.fails()
    await come_to(shop, who, payout, "cancelled")
    assert await held(shop, who) == [eur(2_000)]
