"""What a provider says of disputes stands in the feed: each word that was applied, once."""

import pytest

from db import audit, chargebacks
from db.feed import DISPUTE, FeedEntry
from db.pool import Pool
from domain.money import Money
from domain.payments import ProviderEventKind
from tests.db.disputed import BUYER, LOST, OPENED, PROVIDER, WON, Payments
from tests.db.feeding import everything, written
from tests.db.market import Owner, completion

DOLLAR = Money(amount=100, currency="USD")


async def disputes(pool: Pool) -> list[FeedEntry]:
    """What the feed has of disputes, in its order."""
    return [one for one in await everything(pool) if one.subject.source == DISPUTE]


@pytest.mark.parametrize("end", [WON, LOST], ids=["won", "lost"])
@pytest.mark.parametrize("is_ended", [True, False], ids=["ended order", "order that runs"])
async def test_each_word_stands_there_once_whatever_became_of_the_order(
    is_ended: bool, end: ProviderEventKind, payments: Payments, pool: Pool, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    if is_ended:
        await payments.market.record(completion(order))
    for kind in (OPENED, end):
        for _ in range(2):
            await payments.say(kind, pay_in)
            await payments.carry()
    entries = await disputes(pool)
    assert [one.type for one in entries] == ["payment.dispute_opened", f"payment.{end}"]
    async with pool.acquire() as connection:
        said = await chargebacks.said(connection, [one.subject.ref for one in entries])
    assert {one.kind for one in said} == {OPENED, end}
    (first, *_) = said
    assert (first.pay_in_id, str(first.order_id), first.user_id) == (pay_in, order.id, BUYER)
    assert (first.provider, first.reference, first.amount) == (PROVIDER, "dispute-1", 2_000)
    assert {one.subject for one in await everything(pool)} == await written(owner)
    assert await audit.findings(owner) == []


async def test_what_is_for_a_person_is_not_told(
    payments: Payments, pool: Pool, owner: Owner
) -> None:
    pay_in = await payments.pay_in()
    await payments.say(OPENED, pay_in, money=DOLLAR)
    await payments.say(OPENED, pay_in)
    await payments.say(OPENED, pay_in, "a second one")
    assert [one.type for one in await disputes(pool)] == ["payment.dispute_opened"]
    assert await audit.findings(owner) == []
