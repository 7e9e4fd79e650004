"""Whose money is kept back while a payment is disputed is told so, and how that ended: that it was
won, or what they make good since it was lost, whatever their wallet holds. Once each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from db import audit, chargebacks, steps, wallet_notices, wallets
from db.pool import Connection
from db.requests import Pending
from db.wallet_notices import WalletNotice
from domain.ledger import PostingKind
from domain.money import Money
from domain.order import Order
from domain.step import ToRecord
from tests.db.crowd import until_waited_for
from tests.db.disputed import BUYER, LOST, OPENED, PAID, SELLER, WON, Payments, owed
from tests.db.market import Owner, cancellation, completion, expiry, now

MORE, EARNED = PAID + 500, PAID * 8 // 10


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


Race = Callable[[Payments, ToRecord, Owner], Awaitable[Pending]]


async def its_end_was_under_way(payments: Payments, end: ToRecord, _: Owner) -> Pending:
    """Whoever asks the order to freeze sees one that runs; it has ended before it hears of that."""
    async with payments.market.pool.acquire() as ending, ending.transaction():
        await steps.record(ending, end)
        (asked,) = await payments.asks()
    return asked


async def its_end_was_waited_for(payments: Payments, end: ToRecord, owner: Owner) -> Pending:
    """The same where a deadline ends it, for which whoever asks something waits."""
    async with payments.market.pool.acquire() as ending, ending.transaction():
        await steps.record(ending, end)
        asking = asyncio.create_task(payments.asks())
        await until_waited_for(ending, owner)
    (asked,) = await asking
    return asked


async def it_is_asked(asking: Connection) -> Pending:
    """It is written down that an order is to be frozen."""
    (one,) = await chargebacks.not_carried(asking, 10)
    asked = await chargebacks.carry(asking, one)
    assert asked is not None
    return asked


async def it_was_being_asked(payments: Payments, end: ToRecord, _: Owner) -> Pending:
    """It ends before what it is asked is there to be seen."""
    async with payments.market.pool.acquire() as asking, asking.transaction():
        asked = await it_is_asked(asking)
        assert (await payments.market.record(end)).status == "recorded"
    return asked


async def its_deadline_waited(payments: Payments, end: ToRecord, owner: Owner) -> Pending:
    """Its deadline waits for what it is asked, which came after it."""
    async with payments.market.pool.acquire() as asking, asking.transaction():
        asked = await it_is_asked(asking)
        ends = asyncio.create_task(payments.market.record(end))
        await until_waited_for(asking, owner)
    assert (await ends).status == "recorded"
    return asked


async def it_was_asked_before(payments: Payments, end: ToRecord, _: Owner) -> Pending:
    """It comes to somebody's act first, which was asked before."""
    (asked,) = await payments.asks()
    await payments.market.record(end)
    return asked


RACES: list[tuple[Race, Callable[[Order], ToRecord], str]] = [
    *((race, completion, SELLER) for race in (its_end_was_under_way, it_was_being_asked)),
    *((race, cancellation, BUYER) for race in (its_end_was_under_way, it_was_being_asked)),
    *((race, expiry, SELLER) for race in (its_end_was_waited_for, its_deadline_waited)),
    (it_was_asked_before, completion, SELLER),
]


@pytest.mark.parametrize("is_decided_first", [True, False], ids=["refused before", "refused later"])
@pytest.mark.parametrize(
    ("race", "end", "who"), RACES, ids=[f"{race.__name__} {end.__name__}" for race, end, _ in RACES]
)
async def test_of_an_order_that_ends_as_it_is_asked_to_freeze_who_has_its_money_is_told_once(
    race: Race,
    end: Callable[[Order], ToRecord],
    who: str,
    is_decided_first: bool,
    payments: Payments,
    owner: Owner,
) -> None:
    passed = now() - timedelta(hours=1) if end is expiry else None
    pay_in, order = await payments.order(deadline_at=passed)
    await payments.say(OPENED, pay_in)
    asked = await race(payments, end(order), owner)
    if not is_decided_first:
        await payments.carry()
        assert await told(payments, who) == [("opened", PAID)]
    await payments.decides(asked)
    await payments.carry()
    assert (await payments.read(order.id)).payment_hold is None
    assert await told(payments, who) == [("opened", PAID)]
    assert await kept(payments, who) == PAID
    (other,) = {BUYER, SELLER} - {who}
    assert await told(payments, other) == []
    await payments.say(WON, pay_in)
    await payments.carry()
    assert await told(payments, who) == [("opened", PAID), ("won", PAID)]
    assert await audit.findings(owner) == []


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
