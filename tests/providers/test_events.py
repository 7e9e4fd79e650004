"""What the provider tells: once, twice, in any order, before its own answer, and of strangers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.payments import AccountState, ProviderEventKind
from embedded.stripe_stand_in.hooks import signature
from tests.app_under_test import eventually
from tests.providers.acts import Json, Till, euros, heard, pay_in_of
from tests.webhooks.receiver import Receiver

ABOUT: Json = {"metadata": {"sequestre_pay_in": "pay-in-1"}, "amount": 700, "currency": "eur"}
PAGE: Json = {**ABOUT, "id": "cs_1", "payment_status": "paid", "amount_total": 700}
DISPUTE: Json = {**ABOUT, "id": "dp_1", "status": "lost", "payment_intent": "pi_1"}


@pytest.mark.parametrize(
    ("does", "name", "kind"),
    [
        (["pays"], "checkout.session.completed", ProviderEventKind.PAY_IN_PAID),
        (["lets_it_lapse"], "checkout.session.expired", ProviderEventKind.PAY_IN_LAPSED),
        (["promises"], "checkout.session.completed", ProviderEventKind.OTHER),
        (
            ["promises", "arrives"],
            "checkout.session.async_payment_succeeded",
            ProviderEventKind.PAY_IN_PAID,
        ),
        (
            ["promises", "bounces"],
            "checkout.session.async_payment_failed",
            ProviderEventKind.PAY_IN_FAILED,
        ),
        (["is_declined"], "payment_intent.payment_failed", ProviderEventKind.OTHER),
    ],
)
async def test_of_a_payment(
    does: list[str], name: str, kind: ProviderEventKind, till: Till, receiver: Receiver
) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    for way in does:
        await till.fake.does(f"sessions/{started.reference}/{way}")
    event = await till.told(receiver, name)
    assert (event.kind, event.name) == (kind, name)
    assert abs(event.at - datetime.now(UTC)) < timedelta(minutes=5)
    if kind is not ProviderEventKind.OTHER:
        said = (event.reference, event.ours, event.money)
        assert said == (started.reference, "pay-in-1", euros(2000))


@pytest.mark.parametrize(
    ("state", "kind", "reason"),
    [
        ("paid", ProviderEventKind.PAYOUT_PAID, None),
        ("failed", ProviderEventKind.PAYOUT_FAILED, "The bank account has been closed."),
        ("canceled", ProviderEventKind.PAYOUT_CANCELLED, None),
    ],
)
async def test_of_a_payout(
    state: str, kind: ProviderEventKind, reason: str | None, till: Till, receiver: Receiver
) -> None:
    sent = await till.sent(await till.ready())
    await till.fake.does(f"payouts/{sent.reference}/{state}")
    event = await till.told(receiver, f"payout.{state}")
    assert (event.kind, event.reason) == (kind, reason)
    said = (event.reference, event.ours, event.money)
    assert said == (sent.reference, "payout-1", euros(10_000))


async def test_of_an_account(till: Till, receiver: Receiver) -> None:
    account = await till.seller()
    event = await till.told(receiver, "account.updated")
    assert (event.kind, event.ours) == (ProviderEventKind.ACCOUNT_CHANGED, "selma")
    assert event.account is not None
    assert (event.account.reference, event.account.state) == (account, AccountState.ACTIVE)


async def test_of_a_dispute(till: Till, receiver: Receiver) -> None:
    paid = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{paid.reference}", amount=1500)
    event = await till.told(receiver, "charge.dispute.created")
    assert (event.kind, event.reference) == (ProviderEventKind.DISPUTE_OPENED, dispute["id"])
    assert (event.money, event.reason) == (euros(1500), "product_not_received")
    assert event.evidence_until is not None
    assert event.evidence_until > datetime.now(UTC) + timedelta(days=8)
    # It does not say whose payment it is about: the provider is asked.
    assert event.ours is None
    assert (await till.provider.completed(event)).ours == "pay-in-1"


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("won", ProviderEventKind.DISPUTE_WON),
        ("lost", ProviderEventKind.DISPUTE_LOST),
        ("prevented", ProviderEventKind.DISPUTE_LOST),
        ("warning_closed", ProviderEventKind.OTHER),
    ],
)
async def test_of_a_disputes_end(
    to: str, kind: ProviderEventKind, till: Till, receiver: Receiver
) -> None:
    paid = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{paid.reference}", asks=to == "warning_closed")
    await till.fake.does(f"disputes/{dispute['id']}/{to}")
    event = await till.told(receiver, "charge.dispute.closed")
    assert (event.kind, event.reference) == (kind, dispute["id"])
    books = await till.held()
    assert books["disputed"] == (2000 if to in ("lost", "prevented") else 0)


async def test_of_two_payments_of_one_name_a_dispute_says_which_it_is_about(
    till: Till, receiver: Receiver
) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    again = await till.fake.does(f"sessions/{started.reference}/pays_twice")
    told = [till.read(await heard(receiver, "checkout.session.completed", at)) for at in (0, 1)]
    paid = {one.reference: one.payment for one in told}
    for session in (started.reference, again["id"]):
        assert (await till.provider.find_pay_in(session)).payment == paid[session]
        await till.fake.does(f"disputes/of/{session}")
    disputes = [till.read(await heard(receiver, "charge.dispute.created", at)) for at in (0, 1)]
    assert len({*paid.values()}) == 2
    assert {one.payment for one in disputes} == {*paid.values()}
    assert {(await till.provider.completed(one)).ours for one in disputes} == {"pay-in-1"}


async def test_a_banks_question_is_no_dispute_until_it_takes_the_money(
    till: Till, receiver: Receiver
) -> None:
    paid = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{paid.reference}", asks=True)
    asked = await till.told(receiver, "charge.dispute.created")
    assert asked.kind is ProviderEventKind.OTHER
    assert (await till.held())["disputed"] == 0
    await till.fake.does(f"disputes/{dispute['id']}/escalated")
    opened = await till.told(receiver, "charge.dispute.updated")
    assert (opened.kind, opened.reference) == (ProviderEventKind.DISPUTE_OPENED, dispute["id"])
    assert (await till.held())["disputed"] == 2000


async def test_a_dispute_is_opened_when_it_is_there_or_its_money_is_gone(
    till: Till, receiver: Receiver
) -> None:
    paid = await till.paid(euros(2000))
    dispute = await till.fake.does(f"disputes/of/{paid.reference}")
    for name in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        event = await till.told(receiver, name)
        assert (event.kind, event.reference) == (ProviderEventKind.DISPUTE_OPENED, dispute["id"])
    await till.fake.does(f"disputes/{dispute['id']}/won")
    await heard(receiver, "charge.dispute.funds_reinstated")
    await heard(receiver, "charge.dispute.closed")
    kinds = [till.read(hook).kind for hook in receiver.hooks]
    assert kinds.count(ProviderEventKind.DISPUTE_WON) == 1


@pytest.mark.parametrize("name", ["created", "updated", "funds_withdrawn", "closed"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("won", ProviderEventKind.DISPUTE_WON),
        ("lost", ProviderEventKind.DISPUTE_LOST),
        ("prevented", ProviderEventKind.DISPUTE_LOST),
    ],
)
async def test_a_dispute_that_is_over_is_whoever_tells_of_it(
    name: str, status: str, kind: ProviderEventKind, till: Till, receiver: Receiver
) -> None:
    about = {**DISPUTE, "status": status}
    await till.fake.does("events", type=f"charge.dispute.{name}", about=about)
    event = await till.told(receiver, f"charge.dispute.{name}")
    assert (event.kind, event.payment, event.money) == (kind, "pi_1", euros(700))


async def test_what_is_whole_is_not_asked_about(till: Till, receiver: Receiver) -> None:
    await till.paid(euros(2000))
    event = await till.told(receiver, "checkout.session.completed")
    await till.fake.fails(outage=True)
    assert event is await till.provider.completed(event)


async def test_of_payments_that_are_not_ours(till: Till, receiver: Receiver) -> None:
    about = {
        "id": "cs_of_somebody_else",
        "payment_status": "paid",
        "amount_total": 700,
        "currency": "eur",
    }
    await till.fake.does("events", type="checkout.session.completed", about=about)
    event = await till.told(receiver, "checkout.session.completed")
    assert event.kind is ProviderEventKind.PAY_IN_PAID
    said = (event.reference, event.ours, event.money)
    assert said == ("cs_of_somebody_else", None, euros(700))


async def test_what_the_platform_pays_itself_is_nobodys_payout(
    till: Till, receiver: Receiver
) -> None:
    about = {"id": "po_own", "status": "paid", "amount": 700, "currency": "eur"}
    await till.fake.does("events", type="payout.paid", about=about)
    assert (await till.told(receiver, "payout.paid")).kind is ProviderEventKind.OTHER


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("checkout.session.completed", PAGE),
        ("checkout.session.async_payment_succeeded", PAGE),
        ("checkout.session.async_payment_failed", PAGE),
        ("checkout.session.expired", PAGE),
        ("charge.dispute.created", DISPUTE),
        ("charge.dispute.closed", DISPUTE),
    ],
)
async def test_what_is_paid_at_somebodys_account_is_not_paid_to_us(
    name: str, about: Json, till: Till, receiver: Receiver
) -> None:
    await till.fake.does("events", type=name, about=about, account="acct_of_a_seller")
    event = await till.told(receiver, name)
    said = (event.kind, event.ours, event.payment)
    assert said == (ProviderEventKind.OTHER, None, None)


@pytest.mark.parametrize(("amount", "currency"), [(1250, "ugx"), (700, "usdc"), (5, "iqd")])
async def test_an_amount_that_our_books_cannot_say_is_left_out(
    amount: int, currency: str, till: Till, receiver: Receiver
) -> None:
    about = {**PAGE, "metadata": {}, "amount_total": amount, "currency": currency}
    await till.fake.does("events", type="checkout.session.completed", about=about)
    event = await till.told(receiver, "checkout.session.completed")
    assert (event.kind, event.money) == (ProviderEventKind.PAY_IN_PAID, None)


async def test_of_what_nobody_here_knows(till: Till, receiver: Receiver) -> None:
    await till.fake.does("events", type="climate.order.delayed", about={"id": "co_1"})
    event = await till.told(receiver, "climate.order.delayed")
    assert event.kind is ProviderEventKind.OTHER
    assert (event.reference, event.ours, event.money) == (None, None, None)


async def test_an_event_that_is_sent_twice_has_one_id(till: Till, receiver: Receiver) -> None:
    await till.fake.fails(duplicate=True)
    await till.paid(euros(2000))
    events = [till.read(await heard(receiver, "checkout.session.completed", at)) for at in (0, 1)]
    assert events[0] == events[1]


async def test_events_come_in_any_order(till: Till, receiver: Receiver) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    await till.fake.fails(reorder=2)
    await till.fake.does(f"sessions/{started.reference}/pays")
    await heard(receiver, "payment_intent.succeeded")
    names = [json.loads(hook.body)["type"] for hook in receiver.hooks]
    assert names == ["checkout.session.completed", "payment_intent.succeeded"]


async def test_an_event_may_come_before_the_answer(till: Till, receiver: Receiver) -> None:
    payout = await till.ready()
    await till.fake.fails(event_first=True)
    heard_at_once: list[str] = []
    sending = asyncio.create_task(till.sent(payout))
    sending.add_done_callback(
        lambda _: heard_at_once.extend(json.loads(hook.body)["type"] for hook in receiver.hooks)
    )
    await sending
    assert {"transfer.created", "payout.created"} <= set(heard_at_once)


async def test_what_is_not_taken_is_sent_again(till: Till, receiver: Receiver) -> None:
    receiver.statuses = [503, 500, 302]
    await till.fake.does("events", type="payout.paid", about={"id": "po_1"})
    await heard(receiver, "payout.paid", 3)
    attempts = await eventually(till.fake.attempts, lambda tried: len(tried) == 4)
    assert [one["status"] for one in attempts] == [503, 500, 302, 204]
    assert len({one["event"] for one in attempts}) == 1


async def test_what_was_taken_is_sent_again_where_it_is_asked_for(
    till: Till, receiver: Receiver
) -> None:
    event = await till.fake.does("events", type="payout.paid", about={"id": "po_1"})
    await heard(receiver, "payout.paid")
    await till.fake.does(f"events/{event['id']}/again")
    assert json.loads((await heard(receiver, "payout.paid", 1)).body)["id"] == event["id"]


WRONG: list[Any] = [
    {},
    [],
    {"id": "evt_1"},
    {"id": 1, "type": "payout.paid", "created": 1, "livemode": False, "data": {"object": {}}},
    {"id": "evt_1", "type": "payout.paid", "created": "x", "livemode": False, "data": {}},
    {
        "id": "evt_1",
        "type": "payout.paid",
        "created": 1,
        "livemode": False,
        "account": "acct_1",
        "data": {"object": {"no": "id"}},
    },
    {"id": "v2", "object": "v2.core.event", "created": "2026-11-30T00:00:00Z", "livemode": False},
]


@pytest.mark.parametrize("said", [*map(json.dumps, WRONG), "", "nonsense", "null", "[1"])
def test_what_is_signed_and_no_event_is_neither(said: str, till: Till) -> None:
    now = datetime.now(UTC)
    headers = {
        "Stripe-Signature": signature(said.encode(), [till.fake.secret], int(now.timestamp()))
    }
    with pytest.raises(ValueError, match=r"."):
        till.provider.read_event(said.encode(), headers, now)
