"""What a seller is known by is kept as orders end, falls out with time, and orders the listing."""

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from db import audit, reputation, service_listing
from domain.order import Order
from domain.reputation import WINDOW, Reputation
from domain.vocabulary import Action, State
from tests.db.market import Market, Owner, act_of, completion, now, seller_of
from tests.db.test_kept_lists import differences

SELLER = "the-seller"


async def ended(market: Market, *, well: bool, seller_id: str = SELLER) -> Order:
    """An order of the seller's that has ended, as completed or as cancelled by them."""
    order = await market.order(State.DELIVERED, seller_id=seller_id)
    done = completion(order) if well else act_of(order, Action.CANCEL, seller_of(order))
    return (await market.record(done)).order


async def time_passes(owner: Owner, order: Order, by: timedelta = WINDOW) -> None:
    """An order ended longer ago, and all that was counted since was counted then."""
    async with owner.transaction():
        await owner.execute("ALTER TABLE listed_orders DISABLE TRIGGER counted_anew")
        await owner.execute(
            "UPDATE listed_orders SET ended_at = ended_at - $2::interval WHERE order_id = $1",
            UUID(order.id),
            by,
        )
        await owner.execute("ALTER TABLE listed_orders ENABLE ALWAYS TRIGGER counted_anew")
        await owner.execute(
            "UPDATE reputations SET counted_from = counted_from - $1::interval,"
            " oldest_at = oldest_at - $1::interval",
            by,
        )


async def of_seller(market: Market, at: datetime | None = None) -> tuple[int, int]:
    async with market.pool.acquire() as connection:
        found = await reputation.of_seller(connection, SELLER, at or now())
    return found.completed, found.cancelled


async def listed(
    market: Market, at: datetime | None = None, before: service_listing.Place | None = None
) -> list[tuple[float, UUID]]:
    """The visibility and the id of all that is on offer."""
    async with market.pool.acquire() as connection:
        rows = await service_listing.page(connection, None, at or now(), before, 100)
    return [(one.visibility, one.id) for one in rows]


async def test_the_database_and_the_rules_show_everybody_alike(owner: Owner) -> None:
    for completed in range(45):
        for cancelled in range(25):
            shown = await owner.fetchval("SELECT visibility_of($1, $2)", completed, cancelled)
            expected = Reputation(completed=completed, cancelled=cancelled).visibility
            assert expected == shown, (completed, cancelled)


def test_the_database_counts_over_the_window_of_the_rules(repository: Path) -> None:
    named = {
        int(days)
        for file in (repository / "db" / "functions").glob("*.sql")
        if "reputations" in (text := file.read_text(encoding="utf-8"))
        for days in re.findall(r"interval '(\d+) days'", text)
    }
    assert named == {WINDOW.days}


async def test_who_end_at_once_are_all_counted(market: Market, owner: Owner) -> None:
    orders = [await market.order(State.DELIVERED, seller_id=SELLER) for _ in range(8)]
    await asyncio.gather(*(market.record(completion(one)) for one in orders))
    assert await of_seller(market) == (8, 0)
    assert await differences(owner) == []


async def test_a_seller_who_cancels_is_listed_lower_at_once(market: Market) -> None:
    for well in (True, False, False, False, False):
        await ended(market, well=well)
    assert {0.5} == {visibility for visibility, _ in await listed(market)}
    other = await market.terms("another-seller")
    found = await listed(market)
    assert (1.0, UUID(other.service_id)) == found[0]
    assert {0.5} == {visibility for visibility, _ in found[1:]}


async def test_what_is_offered_later_is_listed_by_what_the_seller_is(market: Market) -> None:
    for _ in range(5):
        await ended(market, well=False)
    terms = await market.terms(SELLER)
    assert (0.5, UUID(terms.service_id)) in await listed(market)


@pytest.mark.parametrize("aged", [False, True], ids=["read", "aged"])
async def test_what_ended_long_ago_counts_no_more(aged: bool, market: Market, owner: Owner) -> None:
    for _ in range(5):
        old = await ended(market, well=False)
    await time_passes(owner, old, WINDOW + timedelta(seconds=1))
    if aged:
        async with market.pool.acquire() as connection:
            assert not await reputation.age(connection, 100)
        assert [one for one in await audit.findings(owner) if "reputation" in one.check] == []
    assert await of_seller(market) == (0, 4)
    assert {1.0} == {visibility for visibility, _ in await listed(market)}
    # The order itself says another end by now, which is what the test did.
    assert await differences(owner) == ["listed_orders"]


async def test_what_ended_just_within_still_counts(market: Market, owner: Owner) -> None:
    order = await ended(market, well=True)
    ended_at = await owner.fetchval(
        "SELECT ended_at FROM listed_orders WHERE order_id = $1", UUID(order.id)
    )
    assert await of_seller(market, ended_at + WINDOW) == (1, 0)
    assert await of_seller(market, ended_at + WINDOW + timedelta(microseconds=1)) == (0, 0)
    assert await of_seller(market, ended_at) == (1, 0)
    assert await of_seller(market, ended_at - timedelta(microseconds=1)) == (0, 0)


async def test_each_piece_ages_as_many_as_it_may(market: Market, owner: Owner) -> None:
    for seller in ("one", "two", "three"):
        order = await ended(market, well=True, seller_id=seller)
        await owner.execute(
            "UPDATE listed_orders SET ended_at = ended_at - interval '1 year' WHERE order_id = $1",
            UUID(order.id),
        )
    await owner.execute("UPDATE reputations SET oldest_at = now() - interval '1 year'")
    async with market.pool.acquire() as connection:
        assert [await reputation.age(connection, 2) for _ in range(2)] == [True, False]
    assert await owner.fetchval("SELECT count(*) FROM reputations WHERE oldest_at IS NOT NULL") == 0


async def test_the_parts_of_a_list_speak_of_the_instant_at_which_it_began(market: Market) -> None:
    for _ in range(4):
        await ended(market, well=False)
    began, whole = now(), await listed(market)
    await ended(market, well=False)
    fifth = await listed(market)
    assert {0.5} == {visibility for visibility, _ in fifth}
    first = whole[0]
    async with market.pool.acquire() as connection:
        rows = await service_listing.page(connection, None, began, None, 1)
    later = await listed(market, began, (1.0, rows[0].created_at, rows[0].id))
    # The service of the fifth order is newer than the list.
    assert set(whole) - {first} <= set(later)
    assert {1.0} == {visibility for visibility, _ in later}
