"""What is disputed is not paid out meanwhile, and stays in the wallet: nothing is posted for it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from api.routes.wallets import wallet_in
from db import audit, pay_ins, payouts, wallets
from db.errors import InsufficientFunds
from db.payouts import NewRow
from db.wallets import Withheld
from domain.money import Money
from domain.order import Order
from domain.payments import PayoutState
from domain.policy import Policy
from domain.vocabulary import State
from providers.protocol import FoundPayout
from tests.db.crowd import until_waited_for
from tests.db.disputed import BUYER, LOST, OPENED, PAID, PROVIDER, SELLER, WON, Payments, owed
from tests.db.market import Owner, cancellation, completion
from tests.interrupted import interrupted

EARNED = PAID * 8 // 10
"""What is left to the seller of what was paid, after the commission."""

NOTHING: dict[str, Withheld] = {}


async def kept(payments: Payments, who: str) -> dict[str, Withheld]:
    """What of somebody's wallets is not paid out."""
    async with payments.market.pool.acquire() as connection:
        found = await wallets.withheld(connection, who)
    return {code: replace(one, until=None) for code, one in found.items()}


async def paid_out(payments: Payments, who: str, amount: int, currency: str = "EUR") -> UUID:
    """A payout that somebody asks for."""
    new = NewRow(uuid4(), who, amount, currency, PROVIDER, "account-1", PayoutState.PENDING)
    async with payments.market.pool.acquire() as connection:
        await payouts.add(connection, new)
    return new.id


async def ended(payments: Payments, policy: Policy | None = None) -> tuple[UUID, Order]:
    """A payment whose order is completed."""
    pay_in, order = await payments.order(policy=policy)
    await payments.market.record(completion(order))
    return pay_in, order


async def test_of_an_order_that_has_ended_its_sellers_share_is_not_paid_out_and_stays_theirs(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await ended(payments)
    await payments.market.top_up(SELLER, 500)
    await payments.say(OPENED, pay_in)
    # They would owe the whole price.
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, PAID)}
    assert await kept(payments, BUYER) == NOTHING
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, SELLER, EARNED + 500 - PAID + 1)
    assert await payments.market.held_by(SELLER) == EARNED + 500
    await paid_out(payments, SELLER, EARNED + 500 - PAID)
    # All of a wallet buys.
    await payments.market.order(buyer_id=SELLER, funds=0)
    assert await payments.market.held_by(SELLER) == 0
    assert await audit.findings(owner) == []


async def test_what_is_lost_while_somebody_looks_is_free_at_no_instant(payments: Payments) -> None:
    pay_in, _ = await ended(payments)
    await payments.say(OPENED, pay_in)

    async def is_lost() -> None:
        await payments.say(LOST, pay_in)
        await payments.carry_all()

    async with payments.market.pool.acquire() as connection:
        found = await wallet_in(interrupted(connection, is_lost), SELLER)
    assert [one.amount for one in found.available] == [0]


async def test_money_in_another_currency_is_paid_out(payments: Payments) -> None:
    pay_in, _ = await ended(payments)
    await payments.market.top_up(SELLER, 500, "USD")
    await payments.say(OPENED, pay_in)
    await paid_out(payments, SELLER, 500, "USD")


async def test_a_part_that_is_disputed_keeps_that_part(payments: Payments) -> None:
    pay_in, _ = await ended(payments)
    await payments.say(OPENED, pay_in, money=Money(amount=700, currency="EUR"))
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, 700)}
    await paid_out(payments, SELLER, EARNED - 700)


async def test_it_is_given_back_when_it_is_won(payments: Payments, owner: Owner) -> None:
    pay_in, _ = await ended(payments)
    await payments.say(OPENED, pay_in)
    await payments.carry()
    await payments.say(WON, pay_in)
    assert await kept(payments, SELLER) == NOTHING
    await paid_out(payments, SELLER, EARNED)
    assert await audit.findings(owner) == []


async def test_it_is_kept_until_what_is_lost_is_owed_and_paid_by_it(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await ended(payments)
    await payments.say(OPENED, pay_in)
    await payments.carry()
    await payments.say(LOST, pay_in)
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, PAID)}
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, SELLER, 1)
    await payments.carry()
    assert await kept(payments, SELLER) == NOTHING
    assert await payments.market.held_by(SELLER) == 0
    assert await owed(owner) == {SELLER: PAID - EARNED}
    await payments.market.top_up(SELLER, 300)
    await paid_out(payments, SELLER, 300)
    assert await audit.findings(owner) == []


async def test_what_is_not_cleared_and_disputed_counts_once(payments: Payments) -> None:
    policy = Policy(clearing_window=timedelta(days=14))
    pay_in, _ = await ended(payments, policy)
    other = await payments.market.order(State.DELIVERED, seller_id=SELLER, policy=policy)
    await payments.market.record(completion(other))
    assert await kept(payments, SELLER) == {"EUR": Withheld(2 * EARNED, 0)}
    await payments.say(OPENED, pay_in)
    assert await kept(payments, SELLER) == {"EUR": Withheld(EARNED, PAID)}
    await payments.say(WON, pay_in)
    await payments.say(OPENED, pay_in, "dispute-2", Money(amount=100, currency="EUR"))
    assert await kept(payments, SELLER) == {"EUR": Withheld(2 * EARNED - 100, 100)}


async def test_of_an_order_that_was_refunded_it_is_kept_from_its_buyer(payments: Payments) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(cancellation(order))
    await payments.say(OPENED, pay_in)
    assert await kept(payments, BUYER) == {"EUR": Withheld(0, PAID)}
    assert await kept(payments, SELLER) == NOTHING
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, BUYER, 1)


async def test_of_a_payment_into_a_wallet_it_is_kept_there(payments: Payments) -> None:
    pay_in = await payments.pay_in()
    await payments.say(OPENED, pay_in)
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, BUYER, 1)


async def test_for_an_order_that_runs_its_escrow_answers_as_far_as_it_goes(
    payments: Payments,
) -> None:
    pay_in, _ = await payments.order(paid=PAID + 300)
    await payments.say(OPENED, pay_in, money=Money(amount=PAID + 300, currency="EUR"))
    assert await kept(payments, SELLER) == NOTHING
    assert await kept(payments, BUYER) == {"EUR": Withheld(0, 300)}


async def test_the_seller_of_an_order_that_was_placed_after_it_was_disputed_is_known(
    payments: Payments, owner: Owner
) -> None:
    order = await of_a_disputed_payment(payments)
    await payments.market.record(completion(order))
    await payments.carry()
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, PAID)}
    assert await kept(payments, BUYER) == NOTHING
    assert await audit.findings(owner) == []


async def of_a_disputed_payment(payments: Payments) -> Order:
    """An order that was placed after its payment was disputed."""
    pay_in = await payments.pay_in()
    await payments.say(OPENED, pay_in)
    order = await payments.market.order(State.DELIVERED, buyer_id=BUYER, seller_id=SELLER, funds=0)
    async with payments.market.pool.acquire() as connection:
        await pay_ins.note_order(connection, pay_in, UUID(order.id))
    return order


async def test_its_seller_is_known_before_the_order_has_decided_whether_it_is_frozen(
    payments: Payments, owner: Owner
) -> None:
    order = await of_a_disputed_payment(payments)
    (asked,) = await payments.asks()
    await payments.market.record(completion(order))
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, PAID)}
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, SELLER, 1)
    await payments.decides(asked)
    await payments.carry()
    assert await audit.findings(owner) == []


async def test_a_payout_under_way_is_not_touched(payments: Payments, owner: Owner) -> None:
    pay_in, _ = await ended(payments)
    one = await paid_out(payments, SELLER, 1_000)
    await payments.say(OPENED, pay_in)
    async with payments.market.pool.acquire() as connection:
        said = FoundPayout("out-1", PayoutState.PAID, None)
        assert await payouts.settle(connection, one, said, 0) is PayoutState.PAID
    with pytest.raises(InsufficientFunds):
        await paid_out(payments, SELLER, 1)
    assert await audit.findings(owner) == []


async def test_a_payout_that_is_asked_for_while_a_dispute_is_written_down_sees_it(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await ended(payments)
    await payments.note(OPENED, pay_in)
    async with payments.market.pool.acquire() as writing:
        async with writing.transaction():
            await pay_ins.settle(writing, pay_in)
            asked = asyncio.create_task(paid_out(payments, SELLER, EARNED))
            await until_waited_for(writing, owner)
        with pytest.raises(InsufficientFunds):
            await asked
    assert await payments.market.held_by(SELLER) == EARNED
    assert await audit.findings(owner) == []


async def test_a_dispute_that_is_written_down_while_a_payout_is_asked_for_comes_after_it(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await ended(payments)
    new = NewRow(uuid4(), SELLER, EARNED, "EUR", PROVIDER, "account-1", PayoutState.PENDING)
    async with payments.market.pool.acquire() as asking:
        async with asking.transaction():
            await payouts.add(asking, new)
            said = asyncio.create_task(payments.say(OPENED, pay_in))
            await until_waited_for(asking, owner)
            assert await owner.fetchval("SELECT count(*) FROM chargebacks") == 0
        await said
    assert await payments.market.held_by(SELLER) == 0
    assert await kept(payments, SELLER) == {"EUR": Withheld(0, PAID)}
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("column", ["payer_id", "seller_id"])
@pytest.mark.parametrize("named", ["'another'", "NULL"])
async def test_a_dispute_that_concerns_others_than_its_payment_is_found(
    named: str, column: str, payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await ended(payments)
    await payments.say(OPENED, pay_in)
    await payments.carry()
    assert await audit.findings(owner) == []
    await owner.execute(f"UPDATE chargebacks SET {column} = {named}")
    assert {one.check for one in await audit.findings(owner)} == {"differing-chargeback"}
