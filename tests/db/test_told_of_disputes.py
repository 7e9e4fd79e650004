"""Whose money is kept back while a payment is disputed is told so, and how that ended: that it was
won, or what they make good since it was lost, whatever their wallet holds. Once each."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from db import audit, wallet_notices, wallets
from db.wallet_notices import WalletNotice
from domain.ledger import PostingKind
from domain.money import Money
from tests.db.disputed import BUYER, LOST, OPENED, PAID, SELLER, WON, Payments, owed
from tests.db.market import Market, Owner, cancellation, completion

MORE, EARNED = PAID + 500, PAID * 8 // 10


@pytest.fixture
def payments(market: Market) -> Payments:
    return Payments(market)


async def notices(payments: Payments, who: str) -> list[WalletNotice]:
    """What somebody is told of their wallet, the first of it first."""
    async with payments.market.pool.acquire() as connection:
        found = await wallet_notices.page(connection, who, 2**62, 100, unread=True)
    return found[::-1]


async def told(payments: Payments, who: str) -> list[tuple[str | None, int]]:
    """What somebody is told of disputes, and of what is kept for them, the first of it first."""
    return [(one.disputed or one.kind, one.amount) for one in await notices(payments, who)]


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


async def spent(payments: Payments, who: str, amount: int) -> None:
    """So many cents leave somebody's wallet."""
    async with payments.market.pool.acquire() as connection:
        move = (f"spent by {who}", PostingKind.PAYOUT, who, amount, "EUR")
        await wallets.move(connection, *move)


async def of_a_completed_order_already_paid_out(payments: Payments) -> UUID:
    pay_in = await of_a_completed_order(payments)
    await spent(payments, SELLER, EARNED)
    return pay_in


async def of_a_wallet_that_is_spent(payments: Payments) -> UUID:
    pay_in = await of_a_wallet(payments)
    await spent(payments, BUYER, PAID)
    return pay_in


async def of_an_order_that_runs_and_money_that_is_spent(payments: Payments) -> UUID:
    pay_in = await of_an_order_and_a_wallet(payments)
    await spent(payments, BUYER, MORE - PAID)
    return pay_in


@pytest.mark.parametrize(
    ("paid", "amount", "who", "lost", "taken"),
    [
        (of_a_completed_order, PAID, SELLER, PAID, EARNED),
        (of_a_completed_order_already_paid_out, PAID, SELLER, PAID, 0),
        (of_a_cancelled_order, PAID, BUYER, PAID, PAID),
        (of_a_wallet, PAID, BUYER, PAID, PAID),
        (of_a_wallet_that_is_spent, PAID, BUYER, PAID, 0),
        (of_an_order_and_a_wallet, MORE, BUYER, MORE - PAID, MORE - PAID),
        (of_an_order_that_runs_and_money_that_is_spent, MORE, BUYER, MORE - PAID, 0),
    ],
    ids=[
        *("in part", "nothing of an order", "of one that was cancelled"),
        *("of a wallet", "nothing of a wallet"),
        *("what an order did not hold", "nothing of what an order did not hold"),
    ],
)
@pytest.mark.parametrize("is_opened", [True, False], ids=["opened before", "lost at once"])
async def test_who_makes_good_what_is_lost_is_told_once_how_much_and_what_their_wallet_paid(
    is_opened: bool,
    paid: Callable[[Payments], Awaitable[UUID]],
    amount: int,
    who: str,
    lost: int,
    taken: int,
    payments: Payments,
    owner: Owner,
) -> None:
    pay_in, money = await paid(payments), Money(amount=amount, currency="EUR")
    for kind in (OPENED, LOST) if is_opened else (LOST,):
        await payments.say(kind, pay_in, money=money)
        for _ in range(2):
            await payments.carry()
    news = await notices(payments, who)
    assert [one.disputed for one in news] == ["opened", "lost"] if is_opened else ["lost"]
    assert (news[-1].amount, news[-1].paid) == (lost, taken)
    assert news[-1].kind == ("recovery" if taken else None)
    assert await owed(owner) == ({who: lost - taken} if lost > taken else {})
    (other,) = {BUYER, SELLER} - {who}
    assert await notices(payments, other) == []
    assert await audit.findings(owner) == []


async def test_of_what_an_order_held_all_of_no_wallet_tells(payments: Payments) -> None:
    pay_in, _ = await payments.order()
    for kind in (OPENED, LOST):
        await payments.say(kind, pay_in)
        for _ in range(2):
            await payments.carry()
    assert (await told(payments, BUYER), await told(payments, SELLER)) == ([], [])


async def test_it_names_the_order_that_the_payment_was_for(payments: Payments) -> None:
    of_order, of_wallet = await of_a_completed_order(payments), await of_a_wallet(payments)
    for reference, pay_in in (("one", of_order), ("another", of_wallet)):
        await payments.say(LOST, pay_in, reference)
    await payments.carry()
    (seller,), (buyer,) = [await notices(payments, who) for who in (SELLER, BUYER)]
    assert (seller.order_title, buyer.order_title) == ("A logo", None)


async def test_what_is_kept_of_later_money_is_told_by_itself(payments: Payments) -> None:
    pay_in = await of_a_completed_order_already_paid_out(payments)
    await payments.say(LOST, pay_in)
    await payments.carry()
    await of_a_completed_order(payments)
    assert await told(payments, SELLER) == [("lost", PAID), ("recovery", -EARNED // 2)]
