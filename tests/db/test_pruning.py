"""A night removes what is old enough, and nothing else, whoever asks for more."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from db import audit, idempotency, pay_ins, provider_events, pruning, steps, wallets
from db.idempotency import Key
from db.pool import Connection, Pool
from domain.money import Money
from domain.order import Order
from domain.payments import PayInState, ProviderEventKind
from domain.vocabulary import Action, State
from providers.protocol import ProviderEvent
from tests import aging
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner, act_of, buyer_of, completion, contents, seller_of
from tests.db.oracles import violations
from tests.db.sample import somebody_is_told

KEEP = timedelta(days=400)
STAYS = ("orders", "events", "notices", "ledger.tx", "ledger.transfer", "ledger.balance")


async def completed(market: Market) -> Order:
    """An order that has ended, two requests and some messages later, all of which arrived."""
    order = await market.order(State.DELIVERED)
    await market.record(act_of(order, Action.ACCEPT, seller_of(order)))  # refused, and journalled
    return (await market.record(completion(order))).order


@pytest.fixture
async def ended(market: Market, owner: Owner) -> Order:
    """One that ended 401 days ago, was proved, and of which everybody has been told."""
    await somebody_is_told(market)
    order = await completed(market)
    await owner.execute("UPDATE deliveries SET status = 'delivered'")
    await aging.ended(owner, order.id, 401)
    await aging.proved(owner)
    return order


async def rows(owner: Owner, order: Order) -> tuple[int, int]:
    """How many requests and deliveries an order has."""
    query = "SELECT count(*) FROM {} WHERE order_id = $1"
    requests, deliveries = [
        await owner.fetchval(query.format(table), UUID(order.id))
        for table in ("requests", "deliveries")
    ]
    return requests, deliveries


async def pruned(pool: Pool, keep: timedelta = KEEP, most: int = 100) -> pruning.Removed:
    """What one piece removes, asked for by the application."""
    async with pool.acquire() as connection:
        return await pruning.ended_orders(connection, keep, most)


async def test_requests_and_messages_of_an_order_that_ended_long_ago_go(
    ended: Order, pool: Pool, owner: Owner
) -> None:
    requests, deliveries = await rows(owner, ended)
    assert min(requests, deliveries) > 0
    assert await pruned(pool) == pruning.Removed(1, requests, deliveries)
    assert await rows(owner, ended) == (0, 0)
    assert (await pruned(pool)).orders == 0


async def test_orders_journal_and_books_stay_and_prove_right(
    ended: Order, pool: Pool, owner: Owner
) -> None:
    before = await contents(owner)
    await pruned(pool)
    after = await contents(owner)
    assert {table: before[table] for table in STAYS} == {table: after[table] for table in STAYS}
    assert (await audit.findings(owner), await violations(owner)) == ([], [])


async def test_what_is_too_much_for_one_piece_is_left_to_the_next(
    ended: Order, pool: Pool, owner: Owner
) -> None:
    total = sum(await rows(owner, ended))
    removed = [await pruned(pool, most=1) for _ in range(total)]
    assert max(one.requests for one in removed) == max(one.deliveries for one in removed) == 1
    assert await rows(owner, ended) == (0, 0)


@pytest.mark.parametrize(
    ("keep", "days"),
    [
        (timedelta(days=400), 399),
        (timedelta(0), 89),
        (timedelta(days=-9_000), 89),
    ],
    ids=["not old enough", "whatever is asked for", "nor before"],
)
async def test_what_is_not_old_enough_stays(
    keep: timedelta, days: int, market: Market, pool: Pool, owner: Owner
) -> None:
    order = await completed(market)
    await aging.ended(owner, order.id, days)
    await aging.proved(owner)
    before = await rows(owner, order)
    assert (await pruned(pool, keep)).orders == 0
    assert await rows(owner, order) == before


PAID = """
    INSERT INTO pay_ins (id, user_id, amount, currency, provider, return_url, fingerprint,
                         state, transfer_id, order_id)
    SELECT gen_random_uuid(), 'bea', 2000, 'EUR', 'paper', 'https://shop.example', '',
           'paid', gen_random_uuid(), order_id FROM requests LIMIT 1;
"""
OPENED = """
    INSERT INTO chargebacks (provider, reference, pay_in_id, amount, currency, state)
    SELECT 'paper', 'dispute-1', id, 2000, 'EUR', 'opened' FROM pay_ins;
"""
DISPUTED = PAID + OPENED
"""A bank disputes the payment of the order, a while after its end."""

KEPT_BACK = {
    "a request is undecided": "INSERT INTO requests (order_id, request_id, action, actor_id,"
    " actor_role, fields, signal, received_at) SELECT order_id, 'undecided', action, actor_id,"
    " actor_role, fields, signal, received_at FROM requests LIMIT 1",
    "somebody asked lately": "UPDATE requests SET received_at = now() WHERE ctid ="
    " (SELECT ctid FROM requests LIMIT 1)",
    "a message is under way": "UPDATE deliveries SET status = 'pending' WHERE id ="
    " (SELECT min(id) FROM deliveries)",
    "nobody has proved it": "DELETE FROM proved_orders",
    "its payment is disputed": DISPUTED,
}


@pytest.mark.parametrize("why", KEPT_BACK)
async def test_an_order_of_which_something_is_open_keeps_everything(
    why: str, ended: Order, pool: Pool, owner: Owner
) -> None:
    await owner.execute(KEPT_BACK[why])
    before = await rows(owner, ended)
    assert (await pruned(pool)).orders == 0
    assert await rows(owner, ended) == before


async def test_what_is_evidence_goes_once_the_dispute_has_ended(
    ended: Order, pool: Pool, owner: Owner
) -> None:
    await owner.execute(DISPUTED)
    assert (await pruned(pool)).orders == 0
    await owner.execute("UPDATE chargebacks SET state = 'won', ended_at = now()")
    assert (await pruned(pool)).orders == 1
    assert await rows(owner, ended) == (0, 0)


async def test_a_dispute_that_is_being_written_down_is_waited_for(
    ended: Order, pool: Pool, owner: Owner, superusers: Pool
) -> None:
    await owner.execute(PAID)
    before = await rows(owner, ended)
    async with superusers.acquire() as settling:
        async with settling.transaction():
            await settling.execute("SELECT FROM pay_ins FOR NO KEY UPDATE;" + OPENED)
            night = asyncio.create_task(pruned(pool))
            await until_waited_for(settling, owner)
        assert (await night).orders == 0
    assert await rows(owner, ended) == before


async def test_one_that_runs_keeps_everything_however_old_it_is(
    market: Market, pool: Pool, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    await aging.ended(owner, order.id, 4_000)
    await owner.execute(
        "INSERT INTO proved_orders (order_id, row_version, ended_at)"
        " SELECT id, xmin, updated_at FROM orders"
    )
    assert (await pruned(pool)).orders == 0
    assert (await rows(owner, order))[0] == 1


async def test_a_request_that_the_order_refers_to_stays_with_it(
    ended: Order, pool: Pool, owner: Owner
) -> None:
    (line,) = ended.lines
    await owner.execute(
        "UPDATE requests SET request_id = $2 WHERE order_id = $1 AND ctid ="
        " (SELECT min(ctid) FROM requests)",
        UUID(ended.id),
        line.id,
    )
    await pruned(pool)
    assert (await rows(owner, ended))[0] == 1
    assert (await pruned(pool)).orders == 0


async def test_an_attempt_after_that_goes_in_its_own_turn(
    ended: Order, market: Market, pool: Pool, owner: Owner
) -> None:
    await pruned(pool)
    await market.record(act_of(ended, Action.COMPLETE, buyer_of(ended)))
    await aging.proved(owner)
    assert (await pruned(pool)).orders == 0
    await aging.ended(owner, ended.id, 31)
    await aging.proved(owner)
    assert (await pruned(pool)).requests == 1
    assert await audit.findings(owner) == []


async def test_a_step_that_is_written_again_without_its_request_moves_nothing(
    market: Market, pool: Pool, owner: Owner
) -> None:
    """As a workflow does that somebody reset after its order was pruned."""
    order = await market.order(State.DELIVERED)
    step = completion(order, "content")
    final = (await market.record(step)).order
    await aging.ended(owner, final.id, 401)
    await aging.proved(owner)
    await pruned(pool)
    before = await contents(owner)
    async with pool.acquire() as connection:
        again = await steps.record(connection, step)
    assert (again.status, again.order) == ("superseded", final)
    assert await contents(owner) == before


# --- payments ------------------------------------------------------------------------------------


async def payment(owner: Connection, state: str, days: int) -> UUID:
    """A payment with an order that was to be placed with it; it is in this state since so many
    days."""
    one: UUID = await owner.fetchval(
        "INSERT INTO pay_ins (id, user_id, amount, currency, provider, return_url, fingerprint,"
        " wish, state, transfer_id, created_at, ended_at) VALUES (gen_random_uuid(), 'ann', 500,"
        " 'EUR', 'paper', 'https://shop.example', '', '{\"brief\": \"A blue fish.\"}', $1::text,"
        " CASE $1::text WHEN 'paid' THEN gen_random_uuid() END, now() - $2::interval,"
        " CASE WHEN $1::text <> 'open' THEN now() - $2::interval END) RETURNING id",
        *(state, timedelta(days=days)),
    )
    return one


async def unpaid_gone(pool: Pool, keep: timedelta = KEEP, most: int = 100) -> int:
    """How many orders that nobody paid one piece removes."""
    async with pool.acquire() as connection:
        return await pruning.unpaid_orders(connection, keep, most)


async def with_a_wish(owner: Owner) -> set[UUID]:
    """The payments of which it is kept what was to be ordered with them."""
    rows = await owner.fetch("SELECT id FROM pay_ins WHERE wish IS NOT NULL")
    return {row["id"] for row in rows}


@pytest.mark.parametrize("state", ["failed", "lapsed"])
async def test_the_brief_of_what_nobody_paid_goes_and_the_payment_stays(
    state: str, pool: Pool, owner: Owner
) -> None:
    old, young = await payment(owner, state, 401), await payment(owner, state, 399)
    assert (await unpaid_gone(pool), await unpaid_gone(pool)) == (1, 0)
    assert await with_a_wish(owner) == {young}
    assert await owner.fetchval("SELECT state FROM pay_ins WHERE id = $1", old) == state


async def test_such_a_brief_stays_for_ninety_days_whoever_asks(pool: Pool, owner: Owner) -> None:
    kept = {await payment(owner, "lapsed", 89)}
    for keep in (timedelta(0), timedelta(days=-9_000)):
        assert await unpaid_gone(pool, keep) == 0
    assert await with_a_wish(owner) == kept


@pytest.mark.parametrize("state", ["open", "paid"])
async def test_what_is_still_to_be_ordered_stays_however_long_it_waits(
    state: str, pool: Pool, owner: Owner
) -> None:
    kept = {await payment(owner, state, 4_000)}
    assert await unpaid_gone(pool) == 0
    assert await with_a_wish(owner) == kept


async def test_too_many_briefs_for_one_piece_are_left_to_the_next_the_oldest_first(
    pool: Pool, owner: Owner
) -> None:
    newer, older = await payment(owner, "lapsed", 401), await payment(owner, "failed", 402)
    assert (await unpaid_gone(pool, most=1), await with_a_wish(owner)) == (1, {newer})
    assert older not in await with_a_wish(owner)
    assert (await unpaid_gone(pool, most=1), await with_a_wish(owner)) == (1, set())


async def test_money_that_comes_after_that_is_in_the_wallet(pool: Pool, owner: Owner) -> None:
    one = await payment(owner, "lapsed", 401)
    await unpaid_gone(pool)
    async with pool.acquire() as connection:
        money = Money(amount=500, currency="EUR")
        paid = ProviderEvent(
            *("late", ProviderEventKind.PAY_IN_PAID, "paid", datetime.now(UTC)),
            *("paper-late", str(one), money),
        )
        await provider_events.note(connection, "paper", paid)
        assert await pay_ins.settle(connection, one) is PayInState.PAID
        assert await pay_ins.wishes(connection, 100) == []
        held = await wallets.balances(connection, "ann")
    assert [(one.amount, one.currency) for one in held] == [(500, "EUR")]
    assert await audit.findings(owner) == []


# --- keys ----------------------------------------------------------------------------------------


async def claimed(pool: Pool, key: str, **leads_to: object) -> bool:
    """Whether a key was free, and is taken now."""
    async with pool.acquire() as connection:
        anas = Key("ana", key, b"print")
        return await idempotency.claim(connection, anas, **leads_to) is None  # type: ignore[arg-type]


async def keys_gone(pool: Pool, most: int = 100) -> int:
    """How many keys one piece removes."""
    async with pool.acquire() as connection:
        return await pruning.expired_keys(connection, most)


@pytest.mark.parametrize(("days", "gone"), [(29, 0), (31, 1)])
async def test_a_key_is_free_again_after_thirty_days(
    days: int, gone: int, pool: Pool, owner: Owner
) -> None:
    assert await claimed(pool, "a key")
    await aging.keys(owner, "a key", days)
    assert await keys_gone(pool) == gone
    assert await claimed(pool, "a key") is bool(gone)


async def test_a_key_stays_while_its_request_is_undecided(
    market: Market, pool: Pool, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    await market.ask(order, Action.COMPLETE, buyer_of(order), "waiting")
    assert await claimed(pool, "a key", order_id=UUID(order.id), request_id="waiting")
    await aging.keys(owner, "a key", 400)
    assert await keys_gone(pool) == 0
    await market.record(completion(order, "waiting"))
    assert await keys_gone(pool) == 1


async def test_keys_go_a_few_at_a_time(pool: Pool, owner: Owner) -> None:
    for number in range(3):
        await claimed(pool, f"key {number}")
        await aging.keys(owner, f"key {number}", 31)
    assert [await keys_gone(pool, 2) for _ in range(3)] == [2, 1, 0]


async def test_a_key_that_expires_while_it_is_claimed_is_taken_anew(
    pool: Pool, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4().hex
    assert await claimed(pool, key)
    taken = idempotency._taken

    async def expires_after_it(*args: object) -> bool:
        found = await taken(*args)  # type: ignore[arg-type]
        await owner.execute("DELETE FROM idempotency_keys WHERE key = $1", key)
        monkeypatch.undo()
        return found

    monkeypatch.setattr(idempotency, "_taken", expires_after_it)
    assert await claimed(pool, key)
    assert await owner.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_an_answer_whose_key_has_expired_meanwhile_is_given_all_the_same(pool: Pool) -> None:
    answer = idempotency.KeptAnswer(200, "{}", {}, "application/json")
    async with pool.acquire() as connection:
        assert (
            await idempotency.keep(connection, Key("ana", "no such key", b"print"), answer)
            == answer
        )


async def test_what_bounds_nobody_any_more_goes(market: Market, pool: Pool, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    counted = (
        "INSERT INTO attempts SELECT $1, 'user-' || n, now() + $2"
        " FROM generate_series($3::integer, $4) n"
    )
    await owner.execute(counted, UUID(order.id), timedelta(seconds=-1), 1, 3)
    await owner.execute(counted, UUID(order.id), timedelta(minutes=5), 4, 5)
    async with pool.acquire() as connection:
        removed = [await pruning.used_up_attempts(connection, 2) for _ in range(3)]
    assert removed == [2, 1, 0]
    assert await owner.fetchval("SELECT count(*) FROM attempts") == 2
