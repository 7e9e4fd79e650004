"""A step that fails on its way leaves nothing, and nobody sees one in part."""

from typing import Any

import asyncpg
import pytest

from db import steps
from db.pool import Connection
from domain.actions import BuyExtra
from domain.ledger import WORLD, Account, AccountKind, escrow, wallet
from domain.step import Step, ToRecord
from domain.vocabulary import Action, State
from tests.app_under_test import eventually
from tests.db.market import (
    PRICE,
    Market,
    Owner,
    act_of,
    buyer_of,
    completion,
    contents,
    ending_key,
    leg,
    placing,
    post,
)


async def refused_whole(market: Market, owner: Owner, record: ToRecord) -> str | None:
    """The SQLSTATE of a step that fails, once it is seen to have left nothing."""
    heard: list[Any] = []
    for channel in ("sequestre_events", "sequestre_outcomes"):
        await owner.add_listener(channel, lambda *call: heard.append(call[-1]))
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await market.record(record)
    assert before == await contents(owner)
    assert heard == []
    return refused.value.sqlstate


async def test_a_step_whose_key_was_used_leaves_nothing(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    await market.ask(order, Action.COMPLETE, buyer_of(order), "content")
    await post(owner, ending_key(order), [leg(WORLD, wallet("somebody"), 1)])
    assert await refused_whole(market, owner, completion(order, "content")) == "LG001"


async def test_a_step_that_fails_after_its_money_leaves_nothing(
    market: Market, owner: Owner
) -> None:
    record = completion(await market.order(State.DELIVERED))
    too_long = record.entry.model_copy(update={"request_id": "x" * 101})
    record = record.model_copy(update={"entry": too_long})
    assert await refused_whole(market, owner, record) == "23514"


async def test_a_step_that_ends_an_order_and_pays_nobody_leaves_nothing(
    market: Market, owner: Owner
) -> None:
    record = completion(await market.order(State.DELIVERED))
    assert isinstance(record.verdict, Step)
    unpaid = record.verdict.model_copy(update={"postings": ()})
    record = record.model_copy(update={"verdict": unpaid})
    assert await refused_whole(market, owner, record) == "LG005"


@pytest.mark.parametrize("side", ["debit", "credit"])
@pytest.mark.parametrize("kind", list(AccountKind))
async def test_a_step_that_moves_money_of_others_leaves_nothing(
    kind: AccountKind, side: str, market: Market, owner: Owner
) -> None:
    await market.top_up("a-stranger")
    record = completion(await market.order(State.DELIVERED))
    assert isinstance(record.verdict, Step)
    (posting,) = record.verdict.postings
    stranger = Account(kind=kind, owner="a-stranger")
    legs = (posting.legs[0].model_copy(update={side: stranger}), *posting.legs[1:])
    wrong = posting.model_copy(update={"legs": legs})
    step = record.verdict.model_copy(update={"postings": (wrong,)})
    record = record.model_copy(update={"verdict": step})
    assert await refused_whole(market, owner, record) == "LG006"


@pytest.mark.parametrize("side", ["debit", "credit"])
async def test_an_order_placed_with_money_of_others_leaves_nothing(
    side: str, market: Market, owner: Owner
) -> None:
    step = placing(await market.terms(), "a-buyer")
    for user_id in ("a-buyer", "a-stranger"):
        await market.top_up(user_id)
    (hold,) = step.postings
    legs = (hold.legs[0].model_copy(update={side: wallet("a-stranger")}),)
    wrong = hold.model_copy(update={"legs": legs})
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await market.place(step.model_copy(update={"postings": (wrong,)}))
    assert (refused.value.sqlstate, await contents(owner)) == ("LG006", before)


async def test_an_escrow_that_is_short_is_no_refusal_of_the_buyers(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    legs = [leg(escrow(order.id), wallet("somebody"), 1)]
    await post(owner, "stolen-from-escrow", legs)
    assert await refused_whole(market, owner, completion(order)) == "23514"


async def test_a_hold_of_a_strange_amount_is_not_taken_for_an_empty_wallet(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED, funds=10**12)
    await market.top_up(order.buyer_id, 10**12)
    wish = BuyExtra(extra_id=order.extras[0].id)
    record = act_of(order, Action.BUY_EXTRA, buyer_of(order), wish)
    assert isinstance(record.verdict, Step)
    (hold,) = record.verdict.postings
    dear = hold.legs[0].model_copy(update={"amount": 10**12 + 1})
    hold = hold.model_copy(update={"legs": (dear,)})
    step = record.verdict.model_copy(update={"postings": (hold,)})
    assert await refused_whole(market, owner, record.model_copy(update={"verdict": step})) == (
        "23514"
    )


async def test_a_placing_whose_key_was_used_leaves_nothing(market: Market, owner: Owner) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", PRICE)
    await post(owner, step.postings[0].key, [leg(WORLD, wallet("somebody"), 1)])
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await market.place(step)
    assert (refused.value.sqlstate, await contents(owner)) == ("LG001", before)


async def until_closed(connection: Connection) -> None:
    """The pool takes it back in peace only once this side has heard that it is gone."""

    async def closed() -> bool:
        try:
            return connection.is_closed()
        except asyncpg.InterfaceError:
            return True  # the pool has heard it first

    await eventually(closed)


async def test_a_step_of_a_process_that_dies_leaves_nothing(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    before = await contents(owner)
    async with market.pool.acquire() as dying:
        await dying.execute("BEGIN")
        await steps.record(dying, completion(order))
        await owner.execute("SELECT pg_terminate_backend($1, 5000)", dying.get_server_pid())
        await until_closed(dying)
    assert before == await contents(owner)


async def test_nobody_sees_a_step_in_part(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    before = await contents(owner)
    async with market.pool.acquire() as connection, connection.transaction():
        await steps.record(connection, completion(order))
        assert before == await contents(owner)
