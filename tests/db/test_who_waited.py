"""Who waited for others, or was overtaken by them, writes down what is true by then."""

import asyncio
from uuid import UUID, uuid4

import pytest

from db import audit, pay_ins, payouts, provider_silence
from db.errors import TooManyOpen
from db.pay_ins import NewRow, PayIn
from db.payouts import NewRow as NewPayout
from db.pool import Connection, Pool
from domain.payments import PaymentRef, PayoutState, ProviderEventKind, Way
from tests.db.crowd import until_waited_for
from tests.db.disputed import BUYER, LOST, PAID_IN, PROVIDER, SELLER, WON, Payments
from tests.db.market import Market, Owner
from tests.db.returns import said, sent


async def test_what_is_said_while_somebody_waits_is_decided_after_it_came(
    payments: Payments, owner: Owner, superusers: Pool
) -> None:
    one = await payments.asked()
    async with superusers.acquire() as others:
        async with others.transaction():
            await others.execute("SELECT FROM pay_ins FOR UPDATE")
            settling = asyncio.create_task(payments.settle(one))
            await until_waited_for(others, owner)
            await payments.note(PAID_IN, one, f"pi-{one}", payment=payments.first(one))
        await settling
    (row,) = await owner.fetch(
        "SELECT e.outcome, e.received_at, e.decided_at, p.ended_at"
        " FROM provider_events e JOIN pay_ins p ON p.id::text = e.ours"
    )
    assert row["outcome"] == "applied"
    assert row["received_at"] <= row["decided_at"] <= row["ended_at"]


@pytest.mark.parametrize("end", [WON, LOST])
async def test_a_dispute_of_which_only_the_end_is_told_does_not_end_before_it_begins(
    end: ProviderEventKind, payments: Payments, owner: Owner
) -> None:
    await payments.say(end, await payments.pay_in())
    (row,) = await owner.fetch("SELECT created_at, ended_at FROM chargebacks")
    assert row["created_at"] <= row["ended_at"]


async def test_a_payout_that_comes_back_as_another_is_asked_for_waits_for_that(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await sent(market, 700)
    async with market.pool.acquire() as asking:
        async with asking.transaction():
            await payouts.lock_wallet(asking, SELLER, "EUR")
            coming_back = asyncio.create_task(said(market, one, PayoutState.RETURNED))
            await until_waited_for(asking, owner)
            pending = PayoutState.PENDING
            another = NewPayout(uuid4(), SELLER, 300, "EUR", PROVIDER, "account-1", pending)
            await payouts.add(asking, another)
        await coming_back
    assert await market.held_by(SELLER) == 700
    assert await audit.findings(owner) == []


async def waits(connection: Connection) -> PayIn:
    """One more payment of the buyer's that waits to be made."""
    url = "https://marketplace.example.org/"
    new = NewRow(uuid4(), BUYER, 500, "EUR", PROVIDER, url, b"", None)
    return await pay_ins.add(connection, new)


async def test_of_payments_that_are_asked_for_at_once_no_more_wait_than_may(
    market: Market, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_ins, "MOST_OPEN", 1)

    async def one_more() -> PayIn:
        async with market.pool.acquire() as connection:
            return await waits(connection)

    async with market.pool.acquire() as first:
        async with first.transaction():
            await waits(first)
            second = asyncio.create_task(one_more())
            await until_waited_for(first, owner)
        with pytest.raises(TooManyOpen):
            await second


async def silent(market: Market, one: UUID) -> str | None:
    """Why the provider does not say what becomes of a payment; it was asked, and said nothing."""
    async with market.pool.acquire() as connection:
        await provider_silence.note(connection, PaymentRef(Way.IN, one), "Nobody answers.")
        found = await pay_ins.get(connection, one)
    assert found is not None
    assert (found.silent_because is None) is (found.silent_since is None)
    return found.silent_because


async def test_who_hears_nothing_of_a_payment_that_has_come_meanwhile_is_too_late(
    payments: Payments,
) -> None:
    assert await silent(payments.market, await payments.asked()) == "Nobody answers."
    assert await silent(payments.market, await payments.pay_in()) is None
