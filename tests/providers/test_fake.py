"""The fake is strict: what it lets pass is no proof of anything otherwise."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from embedded.stripe_stand_in.process import StandIn
from tests.app_under_test import PATIENCE_SECONDS
from tests.providers.acts import Till, euros

Json = dict[str, Any]


@pytest.fixture
async def wire(fake: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the fake without any client's help."""
    headers = {"Authorization": f"Bearer {fake.key}", "Stripe-Version": "2026-10-28.endive"}
    async with httpx.AsyncClient(
        base_url=fake.url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False
    ) as client:
        yield client


async def refused(answer: httpx.Response, status: int = 400) -> Json:
    """Why."""
    assert answer.status_code == status, answer.text
    error: Json = answer.json()["error"]
    return error


async def paid(till: Till) -> str:
    """The payment under a page that was paid at."""
    started = await till.paid(euros(2000))
    found = await till.fake.does(f"disputes/of/{started.reference}", asks=True)
    return str(found["payment_intent"])


async def test_a_key_is_good_for_one_call(till: Till, wire: httpx.AsyncClient) -> None:
    intent, key = await paid(till), {"Idempotency-Key": "one"}
    said = {"payment_intent": intent, "amount": "500"}
    first = await wire.post("/v1/refunds", data=said, headers=key)
    again = await wire.post("/v1/refunds", data=said, headers=key)
    assert first.json() == again.json()
    other = await wire.post("/v1/refunds", data={**said, "amount": "501"}, headers=key)
    assert (await refused(other))["type"] == "idempotency_error"
    elsewhere = await wire.post("/v1/payouts", data=said, headers=key)
    assert (await refused(elsewhere))["type"] == "idempotency_error"
    without = await wire.post("/v1/refunds", data=said)
    assert without.json()["id"] != first.json()["id"]


async def test_a_refusal_that_was_carried_out_is_kept_under_its_key(
    till: Till, wire: httpx.AsyncClient
) -> None:
    intent, key = await paid(till), {"Idempotency-Key": "one"}
    said = {"payment_intent": intent, "amount": "2001"}
    first = await refused(await wire.post("/v1/refunds", data=said, headers=key))
    await till.paid(euros(100), "pay-in-2")
    assert first == await refused(await wire.post("/v1/refunds", data=said, headers=key))


async def test_what_is_no_call_is_not_kept(till: Till, wire: httpx.AsyncClient) -> None:
    intent, key = await paid(till), {"Idempotency-Key": "one"}
    wrong = {"payment_intent": intent, "amount": "many"}
    assert (await refused(await wire.post("/v1/refunds", data=wrong, headers=key)))["param"]
    good = {"payment_intent": intent, "amount": "500"}
    assert (await wire.post("/v1/refunds", data=good, headers=key)).status_code == 200


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount": "5"}, "parameter_missing"),
        ({"payment_intent": "pi_1", "colour": "red"}, "parameter_unknown"),
        ({"payment_intent": "pi_1", "amount": "0"}, "parameter_invalid"),
        ({"payment_intent": "pi_1", "amount": "-5"}, "parameter_invalid"),
        ({"payment_intent": "pi_1", "amount": "5.5"}, "parameter_invalid"),
    ],
)
async def test_what_may_not_be_asked_is_refused(
    said: dict[str, str], code: str, wire: httpx.AsyncClient
) -> None:
    assert (await refused(await wire.post("/v1/refunds", data=said)))["code"] == code


async def test_nobody_asks_without_a_key_of_theirs(wire: httpx.AsyncClient) -> None:
    answer = await wire.get("/v1/balance", headers={"Authorization": "Bearer sk_test_other"})
    assert "Invalid API Key" in (await refused(answer, 401))["message"]


async def test_what_is_not_there_is_404(wire: httpx.AsyncClient) -> None:
    answer = await wire.get("/v1/payouts/po_none")
    assert (await refused(answer, 404))["code"] == "resource_missing"


@pytest.mark.parametrize(("currency", "amount"), [("kwd", "5124"), ("isk", "550"), ("ugx", "1")])
async def test_an_amount_that_would_be_rounded_is_refused(
    currency: str, amount: str, wire: httpx.AsyncClient
) -> None:
    line = "line_items[0]"
    said = {
        "mode": "payment",
        "success_url": "https://shop.example.org",
        f"{line}[quantity]": "1",
        f"{line}[price_data][currency]": currency,
        f"{line}[price_data][unit_amount]": amount,
        f"{line}[price_data][product_data][name]": "A logo",
    }
    await refused(await wire.post("/v1/checkout/sessions", data=said))


async def test_a_page_is_paid_once(till: Till, wire: httpx.AsyncClient) -> None:
    started = await till.paid(euros(2000))
    again = await wire.post(f"/_control/sessions/{started.reference}/pays")
    await refused(again)
    closed = await wire.post(f"/v1/checkout/sessions/{started.reference}/expire")
    await refused(closed)
    assert (await till.held())["paid_in"] == 2000


async def test_no_more_comes_back_than_was_transferred(till: Till, wire: httpx.AsyncClient) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.provider.cancel_pay_out(payout.account, sent.reference)
    [transfer] = (await wire.get("/v1/transfers")).json()["data"]
    assert transfer["reversed"]
    again = await wire.post(f"/v1/transfers/{transfer['id']}/reversals", data={"amount": "1"})
    assert "greater than" in (await refused(again))["message"]
    await till.held()


async def test_what_is_disputed_does_not_go_back(till: Till, wire: httpx.AsyncClient) -> None:
    started = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{started.reference}")
    answer = await wire.post("/v1/refunds", data={"payment_intent": dispute["payment_intent"]})
    assert (await refused(answer))["code"] == "charge_disputed"


async def test_a_dispute_is_answered(till: Till, wire: httpx.AsyncClient) -> None:
    started = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{started.reference}")
    said = {"evidence[uncategorized_text]": "It was delivered."}
    answered = (await wire.post(f"/v1/disputes/{dispute['id']}", data=said)).json()
    assert answered["status"] == "under_review"
    assert answered["evidence"] == {"uncategorized_text": "It was delivered."}
    assert answered == (await wire.get("/v1/disputes")).json()["data"][0]


async def test_a_list_is_read_page_by_page(till: Till, wire: httpx.AsyncClient) -> None:
    for number in range(5):
        await till.paid(euros(100 + number), f"pay-in-{number}")
    seen: list[int] = []
    after: dict[str, str] = {}
    while True:
        answer = await wire.get("/v1/balance_transactions", params={"limit": "2", **after})
        page = answer.json()
        seen += [row["amount"] for row in page["data"]]
        after = {"starting_after": page["data"][-1]["id"]}
        if not page["has_more"]:
            break
    assert seen == [104, 103, 102, 101, 100]


async def test_events_can_be_looked_up(till: Till, wire: httpx.AsyncClient) -> None:
    await till.paid(euros(2000))
    [told, *_] = (await wire.get("/v1/events")).json()["data"]
    assert told["type"] == "checkout.session.completed"
    assert told == (await wire.get(f"/v1/events/{told['id']}")).json()
