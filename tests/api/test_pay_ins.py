"""Money that comes in through a payment provider is booked once, by what the provider says."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus

import db.pay_ins
from activities.pay_ins import PayInActivities, PayInRef
from db.pool import connection
from domain.money import Money
from domain.payments import PayInState, ProviderEventKind, Way
from providers.protocol import FoundPayIn
from tests.api.answers import Json
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Person, eventually, somebody
from tests.lost_workflows import loses_its_workflow, relay_has_looked, status_of
from tests.providers.paper import NAME, PaperProvider, said, signature

BACK = "https://shop.example.org/wallet"
PAID, FAILED = ProviderEventKind.PAY_IN_PAID, ProviderEventKind.PAY_IN_FAILED
LAPSED, DISPUTED = ProviderEventKind.PAY_IN_LAPSED, ProviderEventKind.DISPUTE_OPENED


async def started(shop: ApiClient, who: Person, key: str | None = None, **body: Any) -> Any:
    """The answer to who wants to pay 20.00 EUR in."""
    wanted = {"amount": 2000, "currency": "EUR", "return_url": BACK, **body}
    return await shop.post("/v1/pay-ins", who, wanted, key=key or str(uuid4()))


async def tell(shop: ApiClient, event: Json, **headers: str) -> Any:
    """The answer to the provider that says something."""
    raw = json.dumps(event).encode()
    signed = {"Paper-Signature": signature(raw), "Content-Type": "application/json", **headers}
    return await shop.client.post(f"/v1/providers/{NAME}/events", content=raw, headers=signed)


async def found(shop: ApiClient, who: Person, pay_in: Json) -> Json:
    """A payment as it stands."""
    document: Json = (await shop.get(f"/v1/pay-ins/{pay_in['id']}", who)).json()
    return document


async def ended(shop: ApiClient, who: Person, pay_in: Json, state: str) -> Json:
    """A payment once it has come to this state."""
    return await eventually(lambda: found(shop, who, pay_in), lambda one: one["state"] == state)


async def held(shop: ApiClient, who: Person) -> list[Json]:
    """What somebody's wallet holds."""
    balances: list[Json] = (await shop.get("/v1/wallet", who)).json()["balances"]
    return balances


async def outcome_of(shop: ApiClient, event: Json) -> str:
    """What came of an event, once that is done."""

    async def look() -> Json:
        listed = (await shop.get("/v1/provider-events?limit=100", OPERATOR)).json()["items"]
        return next(one for one in listed if one["id"] == event["id"])

    return str((await eventually(look, lambda one: one["outcome"] is not None))["outcome"])


async def test_the_payer_goes_to_the_provider_and_the_money_comes_when_it_says_so(
    shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    answer = await started(shop, buyer)
    assert answer.status_code == 201
    pay_in = answer.json()
    assert answer.headers["Location"] == f"/v1/pay-ins/{pay_in['id']}"
    assert (pay_in["state"], pay_in["url"]) == ("open", f"https://paper.example.org/{pay_in['id']}")
    assert await held(shop, buyer) == []
    assert (await tell(shop, said(PAID, pay_in))).status_code == 200
    paid = await ended(shop, buyer, pay_in, "paid")
    assert (paid["url"], paid["reference"]) == (None, f"paper-{pay_in['id']}")
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]
    transfer = (await shop.get(f"/v1/transfers/{paid['transfer_id']}", OPERATOR)).json()
    assert (transfer["kind"], transfer["reference"], transfer["made_by"]) == (
        "top_up",
        paid["reference"],
        NAME,
    )


async def test_an_event_is_done_once_however_often_and_in_whatever_order_it_comes(
    shop: ApiClient,
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    events = [said(PAID, pay_in), said(LAPSED, pay_in), said(PAID, pay_in), said(FAILED, pay_in)]
    answers = await asyncio.gather(*(tell(shop, one) for one in events * 3))
    assert {one.status_code for one in answers} == {200}
    await ended(shop, buyer, pay_in, "paid")
    outcomes = [await outcome_of(shop, one) for one in events]
    assert set(outcomes) <= {"applied", "nothing_new"}
    assert sorted(outcomes[::2]) == ["applied", "nothing_new"]
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


async def test_who_pays_after_it_has_lapsed_has_paid(shop: ApiClient) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await tell(shop, said(LAPSED, pay_in))
    await ended(shop, buyer, pay_in, "lapsed")
    await tell(shop, said(PAID, pay_in))
    await ended(shop, buyer, pay_in, "paid")
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


async def test_a_second_payment_under_the_same_id_is_for_a_person(shop: ApiClient) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await tell(shop, said(PAID, pay_in))
    await ended(shop, buyer, pay_in, "paid")
    again = said(PAID, pay_in, reference="paper-another")
    await tell(shop, again)
    assert await outcome_of(shop, again) == "theirs_only"
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


@pytest.mark.parametrize(
    "money",
    [
        {"amount": 1999, "currency": "EUR"},
        {"amount": 2001, "currency": "EUR"},
        {"amount": 2000, "currency": "USD"},
        None,
    ],
    ids=["less", "more", "another currency", "nothing said"],
)
async def test_what_differs_from_ours_is_not_booked(shop: ApiClient, money: Json | None) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    event = said(PAID, pay_in, money=money)
    await tell(shop, event)
    assert await outcome_of(shop, event) == "differs"
    assert (await found(shop, buyer, pay_in))["state"] == "open"
    assert await held(shop, buyer) == []


async def test_what_differs_is_asked_about_for_a_day_and_then_waits_for_a_person_alone(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    other = Money(amount=1999, currency="EUR")
    provider.found[f"paper-{pay_in['id']}"] = FoundPayIn(PayInState.PAID, other, payment="other")
    asking, ref = PayInActivities(app.pool, provider), PayInRef(id=pay_in["id"])
    await asking.ask_for_pay_in(ref)
    assert await asking.settle_pay_in(ref) is PayInState.OPEN
    disputed = said(DISPUTED, pay_in, reference=f"d-{pay_in['id']}", payment="other")
    await tell(shop, disputed)
    assert await outcome_of(shop, disputed) == "theirs_only"
    await asking.end_pay_in(ref)
    assert await asking.settle_pay_in(ref) is PayInState.FAILED
    shown = await found(shop, buyer, pay_in)
    assert "an operator has to see to it" in shown["reason"]
    path = "/v1/provider-events?outcome=differs&limit=100"
    listed = (await shop.get(path, OPERATOR)).json()["items"]
    assert pay_in["id"] in [one["our_id"] for one in listed]
    await tell(shop, said(PAID, pay_in))  # what was asked for comes after all
    await ended(shop, buyer, pay_in, "paid")
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


@pytest.mark.parametrize("kind", [LAPSED, FAILED])
async def test_that_another_page_came_to_nothing_ends_no_payment(
    kind: ProviderEventKind, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    other = said(kind, pay_in, reference="paper-another")
    await tell(shop, other)
    assert await outcome_of(shop, other) == "nothing_new"
    assert (await found(shop, buyer, pay_in))["state"] == "open"


async def test_no_more_payments_of_one_person_wait_than_may(
    shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.pay_ins, "MOST_OPEN", 2)
    buyer, key = somebody("buyer"), str(uuid4())
    first = (await started(shop, buyer, key)).json()
    await started(shop, buyer)
    refused = await started(shop, buyer)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
    assert refused.headers["Retry-After"] == "3600"
    assert (await started(shop, somebody("other"))).status_code == 201
    assert (await started(shop, buyer, key)).json() == first
    await tell(shop, said(PAID, first))
    await ended(shop, buyer, first, "paid")
    assert (await started(shop, buyer)).status_code == 201


async def test_while_the_provider_is_away_nothing_is_answered_and_the_same_key_goes_on(
    shop: ApiClient, provider: PaperProvider
) -> None:
    buyer, key = somebody("buyer"), str(uuid4())
    provider.away = True
    away = await started(shop, buyer, key)
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    provider.away = False
    first, again = await started(shop, buyer, key), await started(shop, buyer, key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {one.id for one in provider.asked if one.user_id == buyer.id} == {first.json()["id"]}
    other = await started(shop, buyer, key, amount=1)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_what_the_provider_refuses_is_said_in_its_words(
    shop: ApiClient, provider: PaperProvider
) -> None:
    provider.refuses = "no such currency on paper"
    buyer = somebody("buyer")
    answer = await started(shop, buyer)
    assert (answer.status_code, answer.json()["code"]) == (409, "provider-refused")
    assert "no such currency on paper" in answer.json()["detail"]
    (pay_in,) = (await shop.get("/v1/pay-ins", buyer)).json()["items"]
    assert (pay_in["state"], pay_in["reason"]) == ("failed", "no such currency on paper")


async def test_nobody_elses_payment_is_seen(shop: ApiClient) -> None:
    buyer, other = somebody("buyer"), somebody("other")
    pay_in = (await started(shop, buyer)).json()
    assert (await shop.get(f"/v1/pay-ins/{pay_in['id']}", other)).status_code == 404
    assert (await shop.get(f"/v1/pay-ins?user_id={buyer.id}", other)).status_code == 403
    assert (await shop.get("/v1/pay-ins", other)).json()["items"] == []
    for who, query, url in (
        (buyer, "", pay_in["url"]),
        (OPERATOR, f"?user_id={buyer.id}", None),  # where it is paid is for its payer to know
    ):
        listed = (await shop.get(f"/v1/pay-ins{query}", who)).json()["items"]
        assert [(one["id"], one["url"]) for one in listed] == [(pay_in["id"], url)]


async def test_a_currency_that_is_gone_is_refused_before_the_provider_is_asked(
    shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    answer = await started(shop, buyer, currency="BGN")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert [one for one in provider.asked if one.user_id == buyer.id] == []


async def test_without_a_provider_whoever_asks_is_told_so(app: AppUnderTest) -> None:
    answer = await started(app.api, somebody("buyer"))
    assert (answer.status_code, answer.json()["code"]) == (409, "no-payment-provider")


async def test_what_the_provider_does_not_say_it_is_asked(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    asking, ref = PayInActivities(app.pool, provider), PayInRef(id=pay_in["id"])
    await asking.ask_for_pay_in(ref)
    assert await asking.settle_pay_in(ref) is PayInState.OPEN
    money = Money(**pay_in["amount"])
    provider.found[f"paper-{pay_in['id']}"] = FoundPayIn(PayInState.PAID, money)
    for _ in range(2):
        await asking.ask_for_pay_in(ref)
        assert await asking.settle_pay_in(ref) is PayInState.PAID
    late = said(PAID, pay_in)
    await tell(shop, late)
    assert await outcome_of(shop, late) == "nothing_new"
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


async def test_what_nobody_pays_lapses_and_what_was_paid_at_the_last_instant_is_booked(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    unpaid, late = [(await started(shop, buyer)).json() for _ in range(2)]
    found_late = FoundPayIn(PayInState.PAID, Money(**late["amount"]))
    provider.found[f"paper-{late['id']}"] = found_late
    ending = PayInActivities(app.pool, provider)
    for one in (unpaid, late):
        await ending.end_pay_in(PayInRef(id=one["id"]))
    assert await ending.settle_pay_in(PayInRef(id=unpaid["id"])) is PayInState.LAPSED
    assert await held(shop, buyer) == []
    assert await ending.settle_pay_in(PayInRef(id=late["id"])) is PayInState.PAID
    assert await held(shop, buyer) == [{"amount": 2000, "currency": "EUR"}]


async def test_a_payment_whose_workflow_is_gone_is_waited_for_again(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await loses_its_workflow(app, Way.IN, pay_in)
    await relay_has_looked(app)
    assert await status_of(app, Way.IN, pay_in) is WorkflowExecutionStatus.TERMINATED
    async with connection(app.pool) as acquired:
        await acquired.execute(
            "UPDATE pay_ins SET started_at = started_at - interval '3 hours' WHERE id = $1",
            UUID(pay_in["id"]),
        )
    await eventually(
        lambda: status_of(app, Way.IN, pay_in),
        lambda status: status is WorkflowExecutionStatus.RUNNING,
    )
