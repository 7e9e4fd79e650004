"""A payment that is under way has a workflow that carries it on, or check names it and a repair
brings it to one; and what its provider has said is applied."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from db import operator_journal, pay_ins, provider_events
from db.operator_journal import WantedDeeds
from db.pay_ins import NewRow
from db.pool import connection
from domain.money import Money
from domain.payments import PayoutState, ProviderEventKind, Way
from providers.protocol import ProviderEvent
from reconcile.nightly_proof import prove_what_changed
from reconcile.payment_comparison import PaymentMismatch, payment_mismatches
from reconcile.payment_repair import PaymentRemedy, repair_payment
from reconcile.proof import prove
from reconcile.repair import plan
from reconcile.undone_payments import undone_payments
from tests.api.test_pay_ins import ended, held, started, tell
from tests.api.test_payouts import come_to, on_its_way
from tests.app_under_test import ApiClient, AppUnderTest, eventually, somebody
from tests.lost_workflows import loses_its_workflow
from tests.providers.paper import NAME, said
from tests.providers.paper_payouts import PaperPayouts, said_of_payout
from tests.reconcile.conftest import OPERATOR_NAME
from tests.reconcile.test_command import on
from worker import paying_worker

PAID, OPENED = ProviderEventKind.PAY_IN_PAID, ProviderEventKind.DISPUTE_OPENED
OUT = ProviderEventKind.PAYOUT_PAID
ENDED_DISPUTES = (
    "UPDATE chargebacks SET state = 'won', carried = 'won', ended_at = coalesce(ended_at, now())"
)
"""So that none is under way when another test looks."""


@pytest.fixture
def provider(payer: PaperPayouts) -> PaperPayouts:
    """Who takes payments and pays people out."""
    return payer


@pytest.fixture
async def unmanned(app: AppUnderTest, provider: PaperPayouts) -> AsyncIterator[ApiClient]:
    """The API of a marketplace with a provider; nobody carries payments on."""
    async with app.with_settings(relay_pause=0.05) as opened:
        yield opened


async def named(app: AppUnderTest, patience: float = 0) -> list[PaymentMismatch]:
    """The payments that check names."""
    return await payment_mismatches(app.pool, app.temporal, None, patience)


async def brought_back(app: AppUnderTest, found: PaymentMismatch) -> None:
    """Repairs a payment, and asserts that this was all."""
    await repair_payment(app.pool, app.temporal, found, OPERATOR_NAME)
    assert await named(app, patience=60) == []


async def change(app: AppUnderTest, sql: str, *arguments: Any) -> None:
    """Changes something by hand."""
    owner = await asyncpg.connect(app.database_url)
    try:
        await owner.execute(sql, *arguments)
    finally:
        await owner.close()


async def test_a_payment_on_its_way_in_is_named_and_waited_for_again(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    assert await named(app, patience=60) == []
    await loses_its_workflow(app, Way.IN, pay_in)
    (found,) = await named(app)
    assert (found.check, found.subject) == ("missing-workflow", f"payment {pay_in['id']}")
    assert found.problem == "is open and its workflow is terminated"
    await brought_back(app, found)
    assert (await tell(shop, said(PAID, pay_in))).status_code == 200
    await ended(shop, buyer, pay_in, "paid")
    assert await held(shop, buyer) == [pay_in["amount"]]
    assert await named(app) == []


async def test_a_payout_is_named_and_seen_to_again(
    app: AppUnderTest, shop: ApiClient, provider: PaperPayouts
) -> None:
    seller, payout = await on_its_way(shop, provider)
    await loses_its_workflow(app, Way.OUT, payout)
    (found,) = await named(app)
    assert str(found) == (
        f"payout {payout['id']}: is pending and its workflow is terminated (missing-workflow)"
    )
    await brought_back(app, found)
    provider.goes_on(payout, PayoutState.PAID)
    assert (await tell(shop, said_of_payout(OUT, payout))).status_code == 200
    await come_to(shop, seller, payout, "paid")
    assert len(provider.asked_out) == 1


async def test_what_the_provider_has_said_is_applied_after_a_repair(
    app: AppUnderTest, unmanned: ApiClient, provider: PaperPayouts
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(unmanned, buyer)).json()
    assert (await tell(unmanned, said(PAID, pay_in))).status_code == 200

    async def is_told() -> bool:
        async with connection(app.pool) as acquired:
            return await provider_events.untold(acquired, 100) == []

    await eventually(is_told)
    assert await named(app) == []  # a worker will come
    await loses_its_workflow(app, Way.IN, pay_in)
    (found,) = await named(app)
    assert found.subject == f"payment {pay_in['id']}"
    assert "of its provider (pay_in_paid), which is not applied, and its workflow is" in str(found)
    async with paying_worker(app.temporal, app.pool, provider):
        await brought_back(app, found)
        await ended(unmanned, buyer, pay_in, "paid")
    assert await named(app) == []


async def test_what_waits_for_a_worker_for_long_is_stuck(
    app: AppUnderTest, unmanned: ApiClient, provider: PaperPayouts
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(unmanned, buyer)).json()
    await tell(unmanned, said(PAID, pay_in))
    await change(
        app,
        "UPDATE provider_events SET received_at = received_at - interval '3 hours' WHERE ours = $1",
        pay_in["id"],
    )
    (found,) = await eventually(lambda: named(app))
    assert found.check == "stuck-workflow"
    async with paying_worker(app.temporal, app.pool, provider):
        await ended(unmanned, buyer, pay_in, "paid")
    assert await named(app) == []


async def written(app: AppUnderTest, **wish: Any) -> UUID:
    """A payment that an API has written down, and has died."""
    new = NewRow(uuid4(), "ann", 500, "EUR", NAME, "https://shop.example", b"p", wish or None)
    async with connection(app.pool) as acquired:
        return (await pay_ins.add(acquired, new)).id


async def says(app: AppUnderTest, kind: ProviderEventKind, payment: UUID) -> None:
    """Writes down what the provider says of it, and does that."""
    one = said(kind, {"id": str(payment), "amount": {"amount": 500, "currency": "EUR"}})
    async with connection(app.pool) as acquired:
        event = ProviderEvent(
            id=one["id"],
            kind=kind,
            name=kind,
            at=datetime.now(UTC),
            reference=one["reference"],
            ours=str(payment),
            money=Money(amount=500, currency="EUR"),
        )
        await provider_events.note(acquired, NAME, event)
        await pay_ins.settle(acquired, payment)


async def test_what_an_api_will_still_tell_is_no_finding(app: AppUnderTest) -> None:
    payment = await written(app)
    assert await named(app) == []
    await change(
        app,
        "UPDATE pay_ins SET created_at = created_at - interval '3 hours' WHERE id = $1",
        payment,
    )
    (found,) = await named(app)
    assert found.problem == "is open and its workflow is missing"
    await says(app, ProviderEventKind.PAY_IN_FAILED, payment)
    assert await named(app) == []


async def test_a_payment_whose_order_nobody_places_is_named(app: AppUnderTest) -> None:
    payment = await written(app, service_id=str(uuid4()))
    await says(app, PAID, payment)
    assert await undone_payments(app.pool, patience=0) == []
    await change(
        app, "UPDATE pay_ins SET ended_at = ended_at - interval '6 minutes' WHERE id = $1", payment
    )
    (found,) = await undone_payments(app.pool, patience=0)
    assert (found.check, found.subject) == ("unfinished-payment", f"payment {payment}")
    (by_hand,) = (await plan(app.pool, app.temporal, patience=0)).by_hand
    assert (by_hand.finding, "an API runs" in by_hand.advice) == (found, True)
    await change(app, "UPDATE pay_ins SET wish = NULL WHERE id = $1", payment)
    assert await undone_payments(app.pool, patience=0) == []


async def test_a_dispute_of_what_was_never_paid_is_left_to_people(app: AppUnderTest) -> None:
    payment = await written(app)
    await says(app, ProviderEventKind.PAY_IN_LAPSED, payment)
    await says(app, OPENED, payment)
    assert await undone_payments(app.pool, patience=0) == []
    await change(
        app,
        "UPDATE provider_events SET received_at = received_at - interval '3 hours' WHERE ours = $1",
        str(payment),
    )
    assert await named(app) == []
    (found,) = await undone_payments(app.pool, patience=0)
    assert (found.check, found.subject) == ("dispute-before-payment", f"payment {payment}")
    await says(app, PAID, payment)
    assert await undone_payments(app.pool, patience=0) == []
    await change(app, ENDED_DISPUTES)


async def test_a_dispute_that_nobody_carries_out_is_named(app: AppUnderTest) -> None:
    payment = await written(app)
    await says(app, PAID, payment)
    await change(
        app,
        "INSERT INTO chargebacks (provider, reference, pay_in_id, payer_id, amount, currency,"
        " state, created_at) SELECT $2, 'dispute-1', id, user_id, 500, 'EUR', 'opened',"
        " now() - interval '1 hour' FROM pay_ins WHERE id = $1",
        payment,
        NAME,
    )
    (found,) = await undone_payments(app.pool, patience=0)
    assert found.check == "unfinished-payment"
    assert found.problem == "is opened, and nobody has carried that out"
    await change(app, ENDED_DISPUTES)
    assert await undone_payments(app.pool, patience=0) == []


async def test_both_proofs_have_it_and_the_command_repairs_it(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    await loses_its_workflow(app, Way.IN, pay_in)
    subject = f"payment {pay_in['id']}"
    whole = await prove(app.pool, app.temporal, patience=0)
    night = await prove_what_changed(app.pool, app.temporal, patience=0)
    for proof in (whole, night):
        assert proof.uncompared is None
        assert subject in {one.subject for one in proof.differing}
    code, output = await on(app, "check", "--patience", "0")
    assert (code, subject in output, "repair` says what" in output) == (1, True, True)
    code, output = await on(app, "repair", "--patience", "0")
    assert f"a repair {PaymentRemedy.START}" in output
    assert (code, "To repair 1 payment: " in output) == (1, True)
    words = ("repair", "--apply", "--by", OPERATOR_NAME, "--patience", "20")
    code, output = await on(app, *words)
    assert code == 0, output
    assert "1 payment of 1 brought together." in output
    code, output = await on(app, "repair", "--journal")
    assert f"workflow pay-in-{pay_in['id']};\n  the repair {PaymentRemedy.START}" in output
    async with connection(app.pool) as acquired:
        wanted = WantedDeeds(subject_id=f"pay-in-{pay_in['id']}")
        (done,) = await operator_journal.page(acquired, wanted, None, 10)
    assert (done.by_id, done.deed, done.accepted) == (OPERATOR_NAME, "repair", True)
    await tell(shop, said(PAID, pay_in))
    await ended(shop, buyer, pay_in, "paid")
