"""A payment that its payer's bank disputes, from what the provider says to what people see."""

from typing import Any
from uuid import uuid4

import pytest

from db import audit
from domain.payments import ProviderEventKind
from tests.api.answers import Json
from tests.api.test_pay_ins import PAID, ended, found, held, outcome_of, started, tell
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur
from tests.providers.paper import PaperProvider, said

OPENED = ProviderEventKind.DISPUTE_OPENED
WON, LOST = ProviderEventKind.DISPUTE_WON, ProviderEventKind.DISPUTE_LOST
UNTIL = "2031-01-02T10:00:00Z"


async def paid_order(shop: ApiClient, **of_service: Any) -> tuple[OrderInPlay, Json]:
    """An order that was placed by its payment, and that."""
    buyer, seller = somebody("buyer"), somebody("seller")
    service = await shop.offer(seller, **of_service)
    wish = {"service_id": service["id"], "brief": "A logo, please."}
    pay_in = (await started(shop, buyer, amount=service["price"]["amount"], order=wish)).json()
    await tell(shop, said(PAID, pay_in))
    placed = await eventually(
        lambda: found(shop, buyer, pay_in), lambda one: one["order_id"] is not None
    )
    in_play = OrderInPlay(shop, buyer, seller, service)
    in_play.order = await shop.order(placed["order_id"], buyer)
    return in_play, pay_in


async def disputes(shop: ApiClient, kind: ProviderEventKind, pay_in: Json, **more: Any) -> Json:
    """The provider says this of a dispute of the payment."""
    event = said(kind, pay_in, reference=f"dispute-{pay_in['id']}", **more)
    assert (await tell(shop, event)).status_code == 200
    return event


async def becomes(in_play: OrderInPlay, **expected: bool) -> Json:
    """The order, once it is frozen or not any more, or has ended."""
    (name, is_there) = next(iter(expected.items()))
    return await eventually(in_play.now, lambda one: (one[name] is not None) is is_there)


async def receivable(shop: ApiClient, who: Person) -> list[Json]:
    """What somebody owes, as they see it."""
    owed: list[Json] = (await shop.get("/v1/wallet", who)).json()["receivable"]
    return owed


async def test_it_is_frozen_everybody_is_told_and_it_goes_on_when_it_is_won(
    shop: ApiClient,
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    before = await in_play.now()
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
    frozen = await becomes(in_play, payment_hold=True)
    assert frozen["payment_hold"]["amount"] == pay_in["amount"]
    assert (frozen["payment_hold"]["evidence_until"], frozen["deadline"]) == (UNTIL, None)
    assert (frozen["state"], frozen["actions"]) == ("delivered", [])
    refused = await shop.act(frozen, "complete", in_play.buyer)
    assert (refused.status_code, refused.json()["code"]) == (409, "action-not-allowed")
    assert "disputed by the payer's bank" in refused.json()["detail"]
    for who in (in_play.buyer, in_play.seller, OPERATOR):
        told = (await shop.get("/v1/notifications?limit=100", who)).json()["items"]
        assert (frozen["id"], "order.payment_disputed") in {
            (one["order_id"], one["event"]) for one in told
        }
    path = f"/v1/orders/{frozen['id']}/messages"
    for who in (in_play.buyer, in_play.seller):
        assert (await shop.post(path, who, {"text": "Here is proof."})).status_code == 201
    await disputes(shop, WON, pay_in)
    gone_on = await becomes(in_play, payment_hold=False)
    assert gone_on["deadline"]["at"] > before["deadline"]["at"]
    await in_play.act("complete", in_play.buyer)


async def test_its_case_has_the_payment_and_what_its_bank_disputes_of_it(shop: ApiClient) -> None:
    in_play, pay_in = await paid_order(shop)
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL, reason="fraudulent")
    await becomes(in_play, payment_hold=True)
    paid = await found(shop, in_play.buyer, pay_in)
    for who in (in_play.buyer, in_play.seller, OPERATOR):
        case = (await shop.get(f"/v1/orders/{in_play.order['id']}/case", who)).json()
        (payment,), (disputed,) = case["payments"], case["chargebacks"]
        assert payment["reference"] == paid["reference"]
        assert (payment["amount"], payment["provider"]) == (pay_in["amount"], "paper")
        assert (disputed["state"], disputed["evidence_until"]) == ("opened", UNTIL)
        assert (disputed["reference"], disputed["reason"]) == (
            f"dispute-{pay_in['id']}",
            "fraudulent",
        )


async def test_what_is_lost_ends_the_order_and_pays_nobody(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
    await disputes(shop, LOST, pay_in)
    over = await becomes(in_play, outcome=True)
    assert (over["state"], over["outcome"]["by"]) == ("cancelled", "provider")
    assert over["outcome"]["charged_back"] == pay_in["amount"]
    ledger = (await shop.get(f"/v1/orders/{over['id']}/ledger", in_play.buyer)).json()
    assert ledger["items"][-1]["kind"] == "reclaim"
    assert ledger["items"][-1]["credit"]["kind"] == "world"
    assert await held(shop, in_play.buyer) == [{"amount": 0, "currency": "EUR"}]
    await _books_hold(app)


async def test_of_an_order_that_has_ended_the_seller_owes_it_and_earns_it_back(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    amount = pay_in["amount"]["amount"]
    commission = amount * 2_000 // 10_000
    await disputes(shop, LOST, pay_in)
    owed = await eventually(lambda: receivable(shop, in_play.seller), bool)
    assert owed == [{"amount": commission, "currency": "EUR"}]
    assert await held(shop, in_play.seller) == [{"amount": 0, "currency": "EUR"}]
    entries = (await shop.get("/v1/wallet/entries", in_play.seller)).json()["items"]
    assert entries[0]["kind"] == "recovery"
    assert entries[0]["text"] == "Kept for a payment that a bank took back"
    lost = await told_of_wallet(shop, in_play.seller, "wallet.dispute_lost")
    assert lost["order_id"] is None
    assert f"“{in_play.service['title']}”" in lost["text"][1]
    assert "you still owe" in lost["text"][2]
    assert lost["text"][-1].startswith("Part of what you earn from now on pays what you owe")
    told = (await shop.get("/v1/notifications?limit=100", in_play.seller)).json()["items"]
    assert not [one for one in told if one["event"] == "wallet.recovered"]
    listed = (await shop.get("/v1/receivables?limit=100", OPERATOR)).json()["items"]
    assert {"user_id": in_play.seller.id, "user_name": None, "amount": owed[0]} in listed
    every = (await shop.get("/v1/chargebacks?limit=100", OPERATOR)).json()["items"]
    (mine,) = [one for one in every if one["pay_in_id"] == pay_in["id"]]
    assert (mine["state"], mine["carried_out"], mine["order_id"]) == (
        "lost",
        True,
        in_play.order["id"],
    )
    for path in ("/v1/receivables", "/v1/chargebacks"):
        assert (await shop.get(path, in_play.seller)).status_code == 403
    await _books_hold(app)


async def test_what_is_disputed_is_kept_back_from_payouts_and_given_back_when_it_is_won(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    before = (await shop.get("/v1/wallet", in_play.seller)).json()
    nothing = [{"amount": 0, "currency": "EUR"}]
    assert (before["available"], before["disputed"]) == (before["balances"], nothing)
    assert await outcome_of(shop, await disputes(shop, OPENED, pay_in)) == "applied"
    kept = (await shop.get("/v1/wallet", in_play.seller)).json()
    assert kept["balances"] == before["balances"]
    assert (kept["available"], kept["disputed"]) == (nothing, before["balances"])
    assert (await shop.get("/v1/wallet", in_play.buyer)).json()["disputed"] == nothing
    told = await told_of_wallet(shop, in_play.seller, "wallet.disputed")
    assert told["order_id"] is None
    assert "is not paid out meanwhile" in told["text"][0]
    assert await outcome_of(shop, await disputes(shop, WON, pay_in)) == "applied"
    assert (await shop.get("/v1/wallet", in_play.seller)).json() == before
    won = await told_of_wallet(shop, in_play.seller, "wallet.dispute_won")
    assert won["title"].startswith("A payment that a bank disputed stands")
    read = await shop.post(f"/v1/notifications/{won['id']}/read", in_play.seller)
    assert (read.json()["event"], read.json()["read_at"] is None) == ("wallet.dispute_won", False)
    of_buyer = (await shop.get("/v1/notifications?limit=100", in_play.buyer)).json()["items"]
    assert not [one for one in of_buyer if one["event"].startswith("wallet.")]
    await _books_hold(app)


async def test_of_a_payment_into_the_wallet_alone_only_the_wallet_is_concerned(
    shop: ApiClient,
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await tell(shop, said(PAID, pay_in))
    await ended(shop, buyer, pay_in, "paid")
    await disputes(shop, OPENED, pay_in)
    await disputes(shop, LOST, pay_in)

    async def look() -> list[Json]:
        return await held(shop, buyer)

    await eventually(look, lambda one: one == [{"amount": 0, "currency": "EUR"}])
    assert await receivable(shop, buyer) == []


async def test_whose_payment_it_is_the_provider_is_asked_and_said_again_where_it_is_away(
    shop: ApiClient, provider: PaperProvider
) -> None:
    in_play, pay_in = await paid_order(shop)
    payment = f"paper-{pay_in['id']}"
    event = said(OPENED, pay_in, reference=f"d-{uuid4()}", ours=None, payment=payment)
    provider.away = True
    assert (await tell(shop, event)).status_code == 503
    provider.away = False
    assert (await tell(shop, event)).status_code == 200
    assert (await becomes(in_play, payment_hold=True))["payment_hold"]["amount"]
    provider.refuses = "no such payment"
    unknown = said(OPENED, pay_in, reference="d-unknown", ours=None, payment="paper-unknown")
    assert (await tell(shop, unknown)).status_code == 200
    assert await outcome_of(shop, unknown) == "theirs_only"


@pytest.mark.parametrize(
    "money", [{"amount": 99_999_999, "currency": "EUR"}, {"amount": 1, "currency": "USD"}]
)
async def test_one_that_differs_from_the_payment_freezes_nothing(
    money: Json, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    event = await disputes(shop, OPENED, pay_in, money=money)
    assert await outcome_of(shop, event) == "differs"
    assert (await in_play.now())["payment_hold"] is None


async def told_of_wallet(shop: ApiClient, who: Person, event: str) -> Json:
    """The notice of somebody's wallet that tells of this, once it is there."""

    async def look() -> list[Json]:
        listed = (await shop.get("/v1/notifications?limit=100", who)).json()["items"]
        return [one for one in listed if one["event"] == event]

    (found,) = await eventually(look, bool)
    return found


async def _books_hold(app: AppUnderTest) -> None:
    async with app.pool.acquire() as connection:
        for check in ("differing-receivable", "differing-chargeback", "wrong-payout"):
            assert await audit.findings_of(connection, check, None) == []


async def test_an_operator_does_not_take_back_what_the_bank_takes_back(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await tell(shop, said(PAID, pay_in))
    paid = await ended(shop, buyer, pay_in, "paid")
    path = f"/v1/transfers/{paid['transfer_id']}/reverse"
    taken = await shop.post(path, OPERATOR, {"reason": "The bank has called the payment back."})
    assert (taken.status_code, taken.json()["code"]) == (409, "not-reversible")
    assert "booked by itself" in taken.json()["detail"]
    await disputes(shop, LOST, pay_in)
    await eventually(lambda: held(shop, buyer), lambda now: now == [eur(0)])
    assert await receivable(shop, buyer) == []
