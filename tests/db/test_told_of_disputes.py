"""Whose money is kept back while a payment is disputed is told so, and told when it was won: once
each, and with the sum that is kept back."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from db import audit, wallet_notices, wallets
from domain.money import Money
from tests.db.disputed import BUYER, LOST, OPENED, PAID, SELLER, WON, Payments
from tests.db.market import Market, Owner, cancellation, completion

MORE = PAID + 500


@pytest.fixture
def payments(market: Market) -> Payments:
    return Payments(market)


async def told(payments: Payments, who: str) -> list[tuple[str | None, int]]:
    """What somebody is told of disputes, and of what is kept for them, the first of it first."""
    async with payments.market.pool.acquire() as connection:
        found = await wallet_notices.page(connection, who, 2**62, 100, unread=True)
    return [(one.disputed or one.kind, one.amount) for one in reversed(found)]


async def kept(payments: Payments, who: str) -> int:
    """What of somebody's euros is not paid out since payments are disputed."""
    async with payments.market.pool.acquire() as connection:
        found = await wallets.withheld(connection, who)
    return found["EUR"].disputed if "EUR" in found else 0


async def of_a_completed_order(payments: Payments) -> UUID:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    return pay_in


async def of_a_cancelled_order(payments: Payments) -> UUID:
    pay_in, order = await payments.order()
    await payments.market.record(cancellation(order))
    return pay_in


async def of_a_wallet(payments: Payments) -> UUID:
    return await payments.pay_in()


async def of_an_order_and_a_wallet(payments: Payments) -> UUID:
    pay_in, _ = await payments.order(paid=MORE)
    return pay_in


@pytest.mark.parametrize(
    ("paid", "amount", "who", "sum_kept"),
    [
        (of_a_completed_order, PAID, SELLER, PAID),
        (of_a_cancelled_order, PAID, BUYER, PAID),
        (of_a_wallet, PAID, BUYER, PAID),
        (of_an_order_and_a_wallet, MORE, BUYER, 500),
    ],
    ids=["completed", "cancelled", "in the wallet", "an order that runs, and more"],
)
async def test_whose_money_is_kept_back_is_told_how_much_once_and_when_it_is_won(
    paid: Callable[[Payments], Awaitable[UUID]],
    amount: int,
    who: str,
    sum_kept: int,
    payments: Payments,
    owner: Owner,
) -> None:
    pay_in, money = await paid(payments), Money(amount=amount, currency="EUR")
    await payments.say(OPENED, pay_in, money=money)
    for _ in range(2):
        await payments.carry()
        assert await told(payments, who) == [("opened", sum_kept)]
    assert await kept(payments, who) == sum_kept
    await payments.say(WON, pay_in, money=money)
    for _ in range(2):
        await payments.carry()
        assert await told(payments, who) == [("opened", sum_kept), ("won", sum_kept)]
    (other,) = {BUYER, SELLER} - {who}
    assert await told(payments, other) == []
    assert await audit.findings(owner) == []


async def test_of_an_order_that_is_frozen_no_wallet_tells(payments: Payments) -> None:
    pay_in, _ = await payments.order()
    for kind in (OPENED, WON):
        await payments.say(kind, pay_in)
        await payments.carry()
    assert (await told(payments, BUYER), await told(payments, SELLER)) == ([], [])


async def test_what_was_won_before_anybody_was_told_tells_nothing(payments: Payments) -> None:
    pay_in = await of_a_completed_order(payments)
    await payments.say(OPENED, pay_in)
    await payments.say(WON, pay_in)
    await payments.carry()
    assert await told(payments, SELLER) == []


async def test_what_is_lost_is_told_by_what_is_kept_for_it(payments: Payments) -> None:
    pay_in = await of_a_completed_order(payments)
    for kind in (OPENED, LOST):
        await payments.say(kind, pay_in)
        await payments.carry()
    held = PAID * 8 // 10
    assert await told(payments, SELLER) == [("opened", PAID), ("recovery", -held)]
