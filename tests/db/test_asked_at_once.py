"""What a provider says of a dispute is asked of the order as it is written down."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from db import audit, chargebacks
from db.requests import Pending
from domain.order import Order
from tests.callers import in_seconds
from tests.db.disputed import BUYER, LOST, OPENED, Payments, outcomes
from tests.db.market import Owner, expiry, now


async def test_what_was_said_of_a_payment_is_asked_of_its_order_at_once_and_once(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.note(OPENED, pay_in)
    async with payments.market.pool.acquire() as connection:
        (asked,) = await chargebacks.carry_all_of(connection, pay_in)
        assert await chargebacks.carry_all_of(connection, pay_in) == []
    assert (asked.order_id, asked.action) == (UUID(order.id), "payment_disputed")
    await payments.decides(asked)
    await payments.carry_all()
    hold = (await payments.read(order.id)).payment_hold
    assert hold is not None
    assert hold.since == asked.received_at
    assert await audit.findings(owner) == []


async def test_a_deadline_that_passes_before_its_order_hears_of_it_pays_nobody(
    payments: Payments,
) -> None:
    async def disputed(seconds: int) -> tuple[Order, Pending]:
        until = now() + timedelta(seconds=seconds)
        pay_in, order = await payments.order(deadline_at=until)
        await payments.note(OPENED, pay_in)
        async with payments.market.pool.acquire() as connection:
            (asked,) = await chargebacks.carry_all_of(connection, pay_in)
            assert asked.received_at <= until
            await connection.execute("SELECT pg_sleep_until($1)", until)
        return order, asked

    order, asked = await in_seconds(disputed)
    while (answer := await payments.market.record(expiry(order))).status == "too_early":
        pass
    assert answer.status == "deferred"
    assert [one["request_id"] for one in answer.requests] == [asked.request_id]


async def test_of_a_payment_that_is_not_known_nothing_is_asked(payments: Payments) -> None:
    async with payments.market.pool.acquire() as connection:
        assert await chargebacks.carry_all_of(connection, uuid4()) == []


@pytest.mark.parametrize("is_paid", [True, False])
async def test_a_dispute_that_concerns_no_order_is_carried_out_as_it_is_said(
    is_paid: bool, payments: Payments, owner: Owner
) -> None:
    pay_in = await (payments.pay_in() if is_paid else payments.asked())
    await payments.note(LOST, pay_in)
    async with payments.market.pool.acquire() as connection:
        assert await chargebacks.carry_all_of(connection, pay_in) == []
    assert await outcomes(owner) == ["applied" if is_paid else None]
    assert await payments.market.held_by(BUYER) == 0
    assert await audit.findings(owner) == []
