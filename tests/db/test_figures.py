"""What operators watch is what the tables say, in one statement."""

import asyncio
from datetime import timedelta
from math import inf
from uuid import UUID, uuid4

import pytest

from db import (
    confirmations,
    figures,
    last_checks,
    pay_ins,
    payouts,
    provider_events,
    worker_heartbeats,
)
from db.audit import Finding, Proof
from db.figures import Figures
from db.pay_ins import NewRow
from db.pool import Pool, connection
from domain.order import Holding
from domain.payments import PayoutState, ProviderEventKind
from domain.vocabulary import Action, State
from providers.protocol import ProviderEvent
from tests.app_under_test import PATIENCE_SECONDS
from tests.db.market import Market, Owner, act_of, buyer_of, completion, now, seller_of
from tests.db.test_kept_lists import differences

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def look(pool: Pool) -> "Look":
    """Reads them as a process does."""
    return Look(pool)


class Look:
    """Looks at the figures, each time anew."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self) -> Figures:
        async with connection(self._pool) as acquired:
            return await figures.figures(acquired)


async def test_of_an_empty_database_all_is_nothing(look: Look) -> None:
    found = await look()
    assert (found.states, found.sums, found.workers, found.heartbeat_seconds) == ({}, [], 0, None)
    nothing = figures.Waiting(0, 0.0)
    waiting = [found.undecided, found.not_started, found.overdue, *found.messages.values()]
    waiting += [found.events, *found.payouts.values()]
    assert waiting == [nothing] * 10
    assert set(found.messages) == set(figures.CHANNELS)
    assert set(found.payouts) == set(figures.PAYOUTS_WAIT_FOR)
    assert found.near_limit == dict.fromkeys(figures.NEAR_LIMIT, 0)
    assert found.checks == []


async def test_orders_are_counted_by_state_as_they_move(market: Market, look: Look) -> None:
    order = await market.order(State.PENDING)
    await market.order(State.DELIVERED)
    await market.record(completion(await market.order(State.DELIVERED)))
    expected = {"pending": 1, "delivered": 1, "completed": 1}
    assert {state: n for state, n in (await look()).states.items() if n} == expected
    await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    expected = {"in_progress": 1, "delivered": 1, "completed": 1}
    assert {state: n for state, n in (await look()).states.items() if n} == expected


async def test_what_is_added_up_at_once_by_many_is_counted_once(
    market: Market, pool: Pool, owner: Owner
) -> None:
    orders = [await market.order(State.PENDING) for _ in range(12)]

    async def add_up() -> None:
        async with connection(pool) as acquired:
            while await figures.add_up_states(acquired, 2):
                pass

    async def accept(number: int) -> None:
        await market.record(act_of(orders[number], Action.ACCEPT, seller_of(orders[number])))

    await asyncio.gather(*(accept(number) for number in range(12)), *(add_up() for _ in range(4)))
    assert await differences(owner) == []
    await add_up()
    assert await owner.fetchval("SELECT count(*) FROM uncounted_states") == 0
    assert await differences(owner) == []


async def test_the_oldest_request_that_waits_gives_the_age(
    market: Market, look: Look, owner: Owner
) -> None:
    for name in ("first", "second"):
        order = await market.order(State.DELIVERED)
        await market.ask(order, Action.COMPLETE, buyer_of(order), name)
    await owner.execute(
        "ALTER TABLE requests DISABLE TRIGGER written_once;"
        " UPDATE requests SET received_at = received_at - interval '1 hour'"
        " WHERE request_id = 'second'; ALTER TABLE requests ENABLE ALWAYS TRIGGER written_once"
    )
    found = (await look()).undecided
    assert found.count == 2
    assert HOUR.total_seconds() <= found.oldest_seconds < HOUR.total_seconds() + 60


async def test_the_deadline_that_passed_first_gives_the_lag(market: Market, look: Look) -> None:
    await market.order(State.DELIVERED, deadline_at=now() + HOUR)
    await market.order(State.DELIVERED, deadline_at=now() - HOUR)
    await market.order(State.DELIVERED, deadline_at=now() - HOUR / 2)
    found = (await look()).overdue
    assert found.count == 2
    assert HOUR.total_seconds() <= found.oldest_seconds < HOUR.total_seconds() + 60


async def test_a_deadline_of_no_calendar_hides_nothing(
    market: Market, look: Look, owner: Owner
) -> None:
    await market.order(State.DELIVERED)
    await owner.execute("UPDATE orders SET deadline_at = '-infinity'")
    assert (await look()).overdue == figures.Waiting(1, inf)


async def test_open_orders_are_counted_by_how_near_their_last_safe_instant_is(
    market: Market, look: Look, owner: Owner
) -> None:
    def held(**left: float) -> Holding:
        return Holding(limit_at=now() + 90 * DAY, last_safe_at=now() + timedelta(**left))

    await market.order(State.DELIVERED)
    near = [
        await market.order(State.DELIVERED, holding=held(**left))
        for left in ({"days": 20}, {"days": 13}, {"days": 6}, {"days": 1}, {"hours": -1})
    ]
    assert [*(await look()).near_limit.values()] == [4, 3, 2, 1]
    assert [*(await look()).near_limit] == [14 * DAY, 7 * DAY, 2 * DAY, 0 * DAY]
    await market.record(completion(near[-1]))
    assert [*(await look()).near_limit.values()] == [3, 2, 1, 0]
    await owner.execute(
        "UPDATE orders SET doc = jsonb_set(doc, '{holding,last_safe_at}', '\"no day\"')"
        " WHERE id = $1",
        UUID(near[1].id),
    )
    assert [*(await look()).near_limit.values()] == [2, 2, 1, 0]


async def test_what_the_provider_has_said_waits_until_it_is_applied(
    market: Market, look: Look, owner: Owner
) -> None:
    new = NewRow(uuid4(), "ann", 500, "EUR", "paper", "https://shop.example", b"p", None)
    event = ProviderEvent(
        id="event-1",
        kind=ProviderEventKind.PAY_IN_FAILED,
        name="failed",
        at=now(),
        ours=str(new.id),
    )
    async with market.pool.acquire() as acquired:
        await pay_ins.add(acquired, new)
        await provider_events.note(acquired, "paper", event)
        await owner.execute(
            "UPDATE provider_events SET received_at = received_at - interval '1 hour'"
        )
        found = (await look()).events
        assert (found.count, found.oldest_seconds >= HOUR.total_seconds()) == (1, True)
        await pay_ins.settle(acquired, new.id)
    assert (await look()).events == figures.Waiting(0, 0.0)


async def test_payouts_wait_for_a_second_person_the_provider_or_somebody_who_sees_to_them(
    market: Market, look: Look, owner: Owner
) -> None:
    await market.top_up("sam", 4_000)
    async with market.pool.acquire() as acquired:
        for state in (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.PENDING):
            new = payouts.NewRow(uuid4(), "sam", 500, "EUR", "paper", "account-1", state)
            await payouts.add(acquired, new)
        await payouts.note_trouble(acquired, new.id, "the account has spent it")
    await owner.execute("UPDATE payouts SET created_at = created_at - interval '1 hour'")
    found = (await look()).payouts
    assert {what: one.count for what, one in found.items()} == {
        "approval": 1,
        "provider": 2,
        "person": 1,
    }
    assert all(3_600 <= one.oldest_seconds < 3_660 for one in found.values())


async def test_an_order_waits_until_its_workflow_was_seen(
    market: Market, look: Look, owner: Owner
) -> None:
    await market.order(State.PENDING)
    await owner.execute("UPDATE orders SET created_at = created_at - interval '1 hour'")
    found = (await look()).not_started
    assert (found.count, found.oldest_seconds >= HOUR.total_seconds()) == (1, True)
    await owner.execute("UPDATE orders SET started_at = now()")
    assert (await look()).not_started == figures.Waiting(0, 0.0)


async def test_messages_wait_by_channel_until_they_are_sent_or_given_up(
    look: Look, owner: Owner, market: Market
) -> None:
    order = UUID((await market.order(State.DELIVERED)).id)
    await owner.execute(
        "INSERT INTO deliveries (order_id, seq, channel, user_id, status, created_at)"
        " SELECT $1, 1, 'email', status, status, now() - interval '1 hour'"
        " FROM unnest(ARRAY['pending', 'delivered', 'failed']) AS status",
        order,
    )
    found = (await look()).messages
    assert (found["email"].count, found["webhook"].count, found["confirmation"].count) == (1, 0, 0)
    assert HOUR.total_seconds() <= found["email"].oldest_seconds < HOUR.total_seconds() + 60


async def test_a_confirmation_waits_until_it_is_sent_or_given_up(
    look: Look, pool: Pool, owner: Owner
) -> None:
    async def aged(age: timedelta) -> figures.Waiting:
        await owner.execute("UPDATE confirmations SET asked_at = now() - $1::interval", age)
        return (await look()).messages["confirmation"]

    async with connection(pool) as acquired:
        await confirmations.ask(acquired, "ann", "ann@example.test")
    assert (await aged(HOUR)).count == 1
    assert (await aged(confirmations.HOLDS - HOUR)).count == 1
    assert await aged(confirmations.HOLDS + HOUR) == figures.Waiting(0, 0.0)


async def test_money_is_summed_by_account_and_comes_to_zero(market: Market, look: Look) -> None:
    await market.record(completion(await market.order(State.DELIVERED)))
    await market.order(State.DELIVERED)
    held = {(one.kind, one.currency): one.amount for one in (await look()).sums}
    assert held["escrow", "EUR"] == 2_000
    assert held["commission", "EUR"] == 400
    assert sum(held.values()) == 0


async def test_heartbeats_and_checks_are_told(pool: Pool, look: Look, owner: Owner) -> None:
    proof = Proof(3, [Finding("wrong-escrow", "order 1", "is wrong")], [])
    async with connection(pool) as acquired:
        await worker_heartbeats.beat(acquired, "a-worker")
        await last_checks.note(acquired, "full", proof)
    found = await look()
    (check,) = found.checks
    assert (check.kind, check.books, check.workflows, check.unproved) == ("full", 1, 0, 0)
    assert abs(check.ended_at - now().timestamp()) < 60
    assert found.workers == 1
    assert found.heartbeat_seconds is not None
    await owner.execute("UPDATE worker_heartbeats SET beat_at = now() - interval '1 minute'")
    found = await look()
    assert found.workers == 0
    assert 60 <= (found.heartbeat_seconds or 0) < 120


async def test_nobody_waits_for_anybody_to_be_counted(
    market: Market, pool: Pool, owner: Owner
) -> None:
    """Two orders leave the same state while neither step is committed."""
    first, second = [await market.order(State.PENDING) for _ in range(2)]
    async with owner.transaction():
        await owner.execute("UPDATE orders SET state = 'delivered' WHERE id = $1", UUID(first.id))
        step = act_of(second, Action.ACCEPT, seller_of(second))
        recorded = await asyncio.wait_for(market.record(step), PATIENCE_SECONDS)
    assert recorded.status == "recorded"
    assert (await owner.fetchval("SELECT count(*) FROM uncounted_states")) > 0
