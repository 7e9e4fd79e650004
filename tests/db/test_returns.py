"""What comes back into the wallet of somebody who owes pays that first, in whichever way and order
it comes, and once."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from db import audit, chargebacks, payouts
from db.errors import InsufficientFunds
from domain.money import Money
from domain.payments import PayoutState
from providers.protocol import FoundPayout
from tests.db.broken_functions import BRINGS_BACK_WHOLE, REVERSES_WHOLE, intact
from tests.db.crowd import at_once, until_waited_for
from tests.db.disputed import LOST, PAID, SELLER, Payments, owed
from tests.db.market import Owner, completion, contents
from tests.db.oracles import violations
from tests.db.returns import WAYS, Way, said, sent

EARNED = PAID * 8 // 10
"""What the seller has of the order whose payment is lost: all of it is on its way out."""

SIZES = [EARNED + 400, EARNED, EARNED - 900]
"""What is owed: more than comes back, as much, less."""


async def ended(payments: Payments) -> UUID:
    """A payment whose order has ended: the seller has their share."""
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    return pay_in


async def lost(payments: Payments, pay_in: UUID, amount: int) -> None:
    """Their bank takes so many cents of it back, which is carried out."""
    await payments.say(LOST, pay_in, money=Money(amount=amount, currency="EUR"))
    await payments.carry()


async def left(payments: Payments, way: Way) -> tuple[UUID, UUID]:
    """A payment whose order has ended, and a payout of all that its seller has of it."""
    pay_in = await ended(payments)
    one = await way.leaves(payments.market, EARNED)
    if way.before is not None:
        await said(payments.market, one, way.before)
    return pay_in, one


async def told(owner: Owner) -> list[str]:
    """What the seller was told of their wallet, oldest first."""
    rows = await owner.fetch(
        "SELECT t.kind FROM wallet_notices n JOIN ledger.tx t ON t.id = n.tx_id"
        " WHERE n.user_id = $1 ORDER BY n.id",
        SELLER,
    )
    return [row["kind"] for row in rows]


async def is_sound(owner: Owner) -> None:
    """Nothing is found by whoever looks."""
    assert await audit.findings(owner) == []
    assert await violations(owner) == []


@pytest.mark.parametrize("size", SIZES, ids=["more", "as much", "less"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_comes_back_pays_what_is_owed_once(
    way: Way, size: int, payments: Payments, owner: Owner
) -> None:
    pay_in, one = await left(payments, way)
    await lost(payments, pay_in, size)
    assert await owed(owner) == {SELLER: size}
    for _ in range(3):
        await way.back(payments.market, one)
    kept = min(size, EARNED)
    assert await payments.market.held_by(SELLER) == EARNED - kept
    assert (await owed(owner)).get(SELLER, 0) == size - kept
    assert (await told(owner)).count("recovery") == 1
    await is_sound(owner)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_is_lost_after_it_came_back_is_paid_likewise(
    way: Way, payments: Payments, owner: Owner
) -> None:
    pay_in, one = await left(payments, way)
    await way.back(payments.market, one)
    await lost(payments, pay_in, EARNED - 900)
    assert await payments.market.held_by(SELLER) == 900
    assert await owed(owner) == {}
    await is_sound(owner)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_who_owes_nothing_keeps_all_of_it(way: Way, payments: Payments, owner: Owner) -> None:
    _, one = await left(payments, way)
    await way.back(payments.market, one)
    assert await payments.market.held_by(SELLER) == EARNED
    assert "recovery" not in await told(owner)
    await is_sound(owner)


async def test_what_it_paid_stands_with_the_payout(payments: Payments) -> None:
    pay_in, one = await left(payments, WAYS["failed"])
    await lost(payments, pay_in, EARNED - 900)
    async with payments.market.pool.acquire() as connection:
        before = await payouts.get(connection, one)
        await payouts.settle(connection, one, FoundPayout("out-1", PayoutState.FAILED, None), 0)
        after = await payouts.get(connection, one)
        others = await sent(payments.market, 100)
        other = await payouts.get(connection, others)
    assert before is not None
    assert after is not None
    assert other is not None
    assert (before.recovered, after.recovered, other.recovered) == (0, EARNED - 900, 0)


async def test_another_payout_can_take_no_more_than_is_left(
    payments: Payments, owner: Owner
) -> None:
    pay_in, one = await left(payments, WAYS["taken back"])
    await lost(payments, pay_in, EARNED - 900)
    await WAYS["taken back"].back(payments.market, one)
    with pytest.raises(InsufficientFunds):
        await sent(payments.market, 901)
    await sent(payments.market, 900)
    await is_sound(owner)


async def test_money_in_another_currency_comes_back_whole(payments: Payments, owner: Owner) -> None:
    pay_in = await ended(payments)
    await sent(payments.market, EARNED)
    await payments.market.top_up(SELLER, 700, "USD")
    one = await sent(payments.market, 700, currency="USD")
    await lost(payments, pay_in, PAID)
    await said(payments.market, one, PayoutState.FAILED)
    assert await owed(owner) == {SELLER: PAID}
    assert "recovery" not in await told(owner)
    await is_sound(owner)


@pytest.mark.parametrize("size", [PAID, EARNED, 1_000, 300])
async def test_of_two_that_come_back_at_once_both_pay_no_more_than_is_owed(
    size: int, payments: Payments, owner: Owner
) -> None:
    pay_in = await ended(payments)
    both = [await sent(payments.market, EARNED // 2) for _ in range(2)]
    await lost(payments, pay_in, size)
    ways = (PayoutState.FAILED, PayoutState.CANCELLED)
    done = await at_once(said(payments.market, both[n % 2], ways[n // 10]) for n in range(20))
    assert done == [None] * 20
    assert await payments.market.held_by(SELLER) == max(0, EARNED - size)
    assert (await owed(owner)).get(SELLER, 0) == max(0, size - EARNED)
    await is_sound(owner)


async def test_what_comes_back_while_a_loss_is_carried_out_waits_for_it(
    payments: Payments, owner: Owner
) -> None:
    pay_in, one = await left(payments, WAYS["failed"])
    await payments.say(LOST, pay_in)
    async with payments.market.pool.acquire() as carrying:
        (chargeback,) = await chargebacks.not_carried(carrying, 10)
        async with carrying.transaction():
            await chargebacks.carry(carrying, chargeback)
            back = asyncio.create_task(said(payments.market, one, PayoutState.FAILED))
            await until_waited_for(carrying, owner)
        await back
    assert await payments.market.held_by(SELLER) == 0
    assert await owed(owner) == {SELLER: PAID - EARNED}
    await is_sound(owner)


async def test_a_loss_that_is_carried_out_while_something_comes_back_waits_for_it(
    payments: Payments, owner: Owner
) -> None:
    pay_in, one = await left(payments, WAYS["failed"])
    await payments.say(LOST, pay_in)
    failed = FoundPayout("out-1", PayoutState.FAILED, None)
    async with payments.market.pool.acquire() as bringing:
        async with bringing.transaction():
            await payouts.settle(bringing, one, failed, 0)
            carried = asyncio.create_task(payments.carry())
            await until_waited_for(bringing, owner)
        await carried
    assert await payments.market.held_by(SELLER) == 0
    assert await owed(owner) == {SELLER: PAID - EARNED}
    await is_sound(owner)


async def test_who_dies_in_between_leaves_nothing_and_whoever_comes_next_does_it_once(
    payments: Payments, owner: Owner, database_url: str
) -> None:
    pay_in, one = await left(payments, WAYS["failed"])
    await lost(payments, pay_in, PAID)
    before = await contents(owner)
    dying = await asyncpg.connect(database_url)
    await dying.execute("BEGIN")
    answer = '{"state": "failed", "reference": "out-1", "reason": null}'
    await dying.execute(f"SELECT settle_payout('{one}', '{answer}', 0)")
    assert await dying.fetchval("SELECT owed FROM receivables") == PAID - EARNED
    await owner.execute("SELECT pg_terminate_backend($1, 5000)", dying.get_server_pid())
    dying.terminate()
    assert before == await contents(owner)
    await said(payments.market, one, PayoutState.FAILED)
    assert await owed(owner) == {SELLER: PAID - EARNED}
    await is_sound(owner)


BROKEN: dict[str, tuple[str, str]] = {
    "failed": ("bring_payout_back", BRINGS_BACK_WHOLE),
    "reversed": ("ledger.reverse", REVERSES_WHOLE),
}


@pytest.mark.parametrize("way", BROKEN)
async def test_a_product_that_brings_it_back_whole_is_found_out(
    way: str, payments: Payments, owner: Owner
) -> None:
    function, text = BROKEN[way]
    pay_in, one = await left(payments, WAYS[way])
    await lost(payments, pay_in, 700)
    await owner.execute(text)
    try:
        await WAYS[way].back(payments.market, one)
    finally:
        await owner.execute(intact(function))
    (found,) = await audit.findings(owner)
    assert (found.check, found.subject) == ("unrecovered-return", f"wallet of {SELLER}")
    assert "1600, of which 0 was kept; its owner owed 700" in found.problem


_KEY = "recovery:payout_return:%"
TAMPERINGS = {
    "less was kept": "UPDATE ledger.transfer SET amount = amount - 1 WHERE tx_id ="
    f" (SELECT id FROM ledger.tx WHERE key LIKE '{_KEY}')",
    "another's was kept": "UPDATE ledger.outside SET user_id = 'another' WHERE kind = 'recovery'",
    "something was kept of nothing": "UPDATE ledger.tx SET key = replace(key, 'payout_return',"
    f" 'reversal') WHERE key LIKE '{_KEY}'",
}


@pytest.mark.parametrize("sql", TAMPERINGS.values(), ids=TAMPERINGS)
async def test_it_is_found_that(sql: str, payments: Payments, owner: Owner) -> None:
    pay_in, one = await left(payments, WAYS["failed"])
    await lost(payments, pay_in, 700)
    await WAYS["failed"].back(payments.market, one)
    assert await audit.findings(owner) == []
    transaction = owner.transaction()
    await transaction.start()
    for table in ("ledger.tx", "ledger.transfer", "ledger.outside"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await owner.execute(sql)
    found = await audit.findings(owner)
    await transaction.rollback()
    assert "unrecovered-return" in {one.check for one in found}
