"""Several disputes of one payment: its order is frozen as long as any of them is open, and each is
booked once, whichever is heard of first."""

import pytest

from db import audit, figures, payments_under_way
from db.pool import Pool
from domain.payments import PaymentRef, ProviderEventKind, Way
from tests.db.disputed import LOST, OPENED, PAID, SELLER, WON, Payments, owed
from tests.db.market import Owner, completion
from tests.db.oracles import violations


@pytest.mark.parametrize("last_first", [False, True])
async def test_an_order_is_frozen_again_when_another_dispute_follows_at_once(
    last_first: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in, "dispute-1")
    await payments.carry()
    await payments.say(WON, pay_in, "dispute-1")
    await payments.say(OPENED, pay_in, "dispute-2")
    asked = await payments.asks(last_first=last_first)
    for one in sorted(asked, key=lambda one: one.action != "payment_disputed"):
        await payments.decides(one)
    while await payments.carry():
        pass
    assert (await payments.read(order.id)).payment_hold is not None
    assert await audit.findings(owner) == []


IN_TURN = [(OPENED, "d"), (OPENED, "e"), (WON, "d")]
OVERTAKEN = [(OPENED, "e"), (OPENED, "d"), (WON, "d")]


@pytest.mark.parametrize("end", [WON, LOST])
@pytest.mark.parametrize("said", [IN_TURN, OVERTAKEN], ids=["in turn", "overtaken"])
async def test_an_order_is_frozen_as_long_as_any_dispute_of_its_payment_is_open(
    said: list[tuple[ProviderEventKind, str]],
    end: ProviderEventKind,
    payments: Payments,
    owner: Owner,
) -> None:
    pay_in, order = await payments.order()
    since = []
    for kind, reference in said:
        await payments.say(kind, pay_in, reference)
        await payments.carry_all()
        frozen = await payments.read(order.id)
        assert frozen.payment_hold is not None
        since.append(frozen.payment_hold.since)
        assert await violations(owner) == []
    assert len(set(since)) == 1
    await payments.say(end, pay_in, "e")
    await payments.carry_all()
    after = await payments.read(order.id)
    assert (after.payment_hold, await owed(owner)) == (None, {})
    if end is LOST:
        assert after.outcome is not None
        assert (after.outcome.refunded, after.outcome.charged_back) == (0, PAID)
    else:
        assert await payments.market.in_escrow(order) == PAID
        assert after.deadline is not None
        assert order.deadline is not None
        assert after.deadline.at > order.deadline.at
        await payments.market.record(completion(after))
    steps = "SELECT count(*) FROM events WHERE action = 'payment_dispute_won' AND accepted"
    assert await owner.fetchval(steps) == (1 if end is WON else 0)
    refused = "SELECT count(*) FROM events WHERE action LIKE 'payment%' AND NOT accepted"
    assert await owner.fetchval(refused) == 0
    assert await violations(owner) == []
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("last_first", [False, True])
async def test_an_order_goes_on_when_all_were_won_before_it_was_told_of_the_second(
    last_first: bool, at_once: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in, "d")
    await payments.carry_all()
    for kind, reference in ((OPENED, "e"), (WON, "d"), (WON, "e")):
        await payments.note(kind, pay_in, reference)
        if not at_once:
            await payments.settle(pay_in)
    await payments.settle(pay_in)
    for one in await payments.asks(last_first=last_first):
        await payments.decides(one)
    await payments.carry_all()
    assert (await payments.read(order.id)).payment_hold is None
    assert await violations(owner) == []


async def test_what_a_second_dispute_keeps_back_is_kept_without_an_instant_between(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    for kind, reference in IN_TURN:
        await payments.say(kind, pay_in, reference)
        kept = await owner.fetchval("SELECT disputed FROM withheld($1, now())", SELLER)
        assert kept == PAID
        await payments.carry_all()
        assert await violations(owner) == []
    await payments.say(LOST, pay_in, "e")
    await payments.carry_all()
    assert await owed(owner) == {SELLER: 400}
    assert await violations(owner) == []


async def test_a_second_dispute_that_waits_is_under_way_once_it_is_lost(
    payments: Payments, owner: Owner, pool: Pool
) -> None:
    pay_in, _ = await payments.order()
    await payments.say(OPENED, pay_in, "d")
    for kind, under_way in ((OPENED, []), (LOST, [PaymentRef(Way.IN, pay_in)])):
        await payments.say(kind, pay_in, "e")
        async with pool.acquire() as connection:
            assert await payments_under_way.payments(connection) == under_way
            assert (await figures.figures(connection)).events.count == 0
    # What is said of the first is never taken for something that waits.
    await payments.note(WON, pay_in, "d")
    async with pool.acquire() as connection:
        assert (await figures.figures(connection)).events.count == 1
