"""Writing a step once: what it changes, and what a repetition or a stale one does not."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest

from domain.actions import PositiveMoney, Resolve
from domain.order import Order
from domain.step import Step, ToRecord
from domain.vocabulary import Action, Ruling, State
from tests.db.market import (
    MEDIATOR,
    Market,
    Owner,
    act_of,
    buyer_of,
    cancellation,
    completion,
    contents,
    seller_of,
)
from tests.db.oracles import violations
from tests.db.watch import Watch, deadline_of, order_after, told


async def test_a_step_gives_the_order_after_it(market: Market) -> None:
    record = completion(await market.order(State.DELIVERED))
    recorded = await market.record(record)
    assert (recorded.status, recorded.order) == ("recorded", order_after(record))


async def test_a_step_changes_the_orders_row(market: Market, watch: Watch) -> None:
    order = await market.order(State.REVISION_REQUESTED)
    record = act_of(order, Action.ACCEPT_REVISION, seller_of(order))
    await market.record(record)
    (row,) = await watch.rows("orders", order)
    after = order_after(record)
    expected = (after.state, after.version, deadline_of(after))
    assert expected == (row["state"], row["version"], row["deadline_at"])


async def test_a_step_moves_its_money(market: Market, watch: Watch) -> None:
    order = await market.order(State.DELIVERED)
    await market.record(completion(order))
    assert await market.in_escrow(order) == 0
    assert await market.held_by(order.seller_id) == 1_600
    assert await watch.commission() == 400


def split(order: Order) -> ToRecord:
    """A mediator gives the buyer 5.00 EUR back."""
    ruling = Resolve(
        outcome=Ruling.SPLIT,
        refund=PositiveMoney(amount=500, currency="EUR"),
        reasons="A quarter of the work is missing.",
    )
    return act_of(order, Action.RESOLVE, MEDIATOR, ruling)


ENDS: dict[str, tuple[State, Callable[[Order], ToRecord], tuple[int, int, int]]] = {
    "completed": (State.DELIVERED, completion, (0, 1_600, 400)),
    "cancelled": (State.DELIVERED, cancellation, (2_000, 0, 0)),
    "settled": (State.DISPUTED, split, (500, 1_200, 300)),
}


@pytest.mark.parametrize("end", ENDS)
async def test_an_end_shares_the_money_out_and_shuts_the_escrow(
    end: str, market: Market, watch: Watch
) -> None:
    state, record, shares = ENDS[end]
    order = await market.order(state)
    assert (await market.record(record(order))).order.state == end
    assert await watch.escrow(order) == (0, True)
    held = [await market.held_by(user_id) for user_id in order.parties]
    assert shares == (*held, await watch.commission())
    assert await violations(watch.owner) == []


async def test_a_step_is_written_into_the_journal(market: Market, watch: Watch) -> None:
    order = await market.order(State.DELIVERED)
    record = completion(order, "content")
    await market.record(record)
    event = await watch.last_event(order)
    assert (event["seq"], event["version"], event["accepted"]) == (2, 2, True)
    assert (event["action"], event["event"]) == ("complete", "order.completed")
    assert (event["state"], event["request_id"]) == ("completed", "content")
    assert event["received_at"] == record.entry.received_at
    assert event["actor"] == {"id": order.buyer_id, "role": "buyer"}


async def test_a_step_tells_everybody_whom_it_concerns(market: Market, watch: Watch) -> None:
    order = await market.order(State.DELIVERED)
    record = completion(order)
    assert isinstance(record.verdict, Step)
    await market.record(record)
    notices = [row for row in await watch.rows("notices", order) if row["seq"] == 2]
    expected = {(notice.role, notice.user_id) for notice in record.verdict.notices}
    assert expected == {(row["role"], row["user_id"]) for row in notices}
    assert {row["event"] for row in notices} == {"order.completed"}


async def test_a_step_answers_the_request_that_asked_for_it(market: Market, watch: Watch) -> None:
    order = await market.order(State.DELIVERED)
    received_at = await market.ask(order, Action.COMPLETE, buyer_of(order), "content")
    recorded = await market.record(completion(order, "content"))
    (request,) = await watch.rows("requests", order)
    assert told(recorded) == {"seq": 2, "accepted": True, "code": None, "detail": None}
    assert (request["received_at"], request["outcome"]) == (received_at, told(recorded))


async def test_a_signal_sent_by_hand_is_kept_as_a_request(market: Market, watch: Watch) -> None:
    order = await market.order(State.DELIVERED)
    record = completion(order, "by-hand")
    await market.record(record)
    (request,) = await watch.rows("requests", order)
    assert (request["request_id"], request["action"]) == ("by-hand", "complete")
    assert (request["actor_id"], request["actor_role"]) == (order.buyer_id, "buyer")
    assert request["received_at"] == record.entry.received_at


async def test_a_step_is_announced_once(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    heard: list[object] = []
    await owner.add_listener("sequestre_events", lambda *call: heard.append(call[-1]))
    for _ in range(2):
        await market.record(completion(order, "content"))
    await owner.execute("SELECT 1")  # brings what has been announced
    assert heard == [f"{order.id} content"]


async def test_an_order_that_does_not_exist_has_no_steps(market: Market) -> None:
    order = await market.order()
    unknown = order.model_copy(update={"id": str(UUID(int=1))})
    with pytest.raises(asyncpg.NoDataFoundError):
        await market.record(cancellation(unknown))


# --- decided -----------------------------------------------------------------------------------


async def test_the_same_request_again_does_nothing(market: Market, owner: Owner) -> None:
    record = completion(await market.order(State.DELIVERED))
    first = await market.record(record)
    before = await contents(owner)
    again = await market.record(record)
    assert (again.status, again.outcome, again.order) == ("decided", first.outcome, first.order)
    assert before == await contents(owner)


async def test_a_refused_request_stays_refused(market: Market, owner: Owner) -> None:
    order = await market.order()
    refusal = completion(order, "too-soon")
    first = await market.record(refusal)
    await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    before = await contents(owner)
    again = await market.record(refusal)
    assert (again.status, again.outcome) == ("decided", first.outcome)
    assert before == await contents(owner)


async def test_a_decided_request_does_nothing_on_a_later_order(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    accepted = act_of(order, Action.ACCEPT, seller_of(order), request_id="same")
    first = await market.record(accepted)
    before = await contents(owner)
    again = await market.record(cancellation(first.order, "same"))
    assert (again.status, again.outcome, again.order) == ("decided", first.outcome, first.order)
    assert before == await contents(owner)


async def test_two_orders_may_have_requests_of_the_same_name(market: Market) -> None:
    orders = [await market.order(State.DELIVERED) for _ in range(2)]
    answers = [await market.record(completion(order, "content")) for order in orders]
    assert [answer.status for answer in answers] == ["recorded", "recorded"]


# --- superseded --------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-1, 1])
async def test_a_step_decided_on_another_version_is_not_written(
    ahead: int, market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    record = completion(order).model_copy(update={"expected_version": order.version + ahead})
    before = await contents(owner)
    answer = await market.record(record)
    assert (answer.status, answer.order, answer.outcome) == ("superseded", order, None)
    assert before == await contents(owner)


async def test_a_refusal_decided_on_another_version_is_not_written(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    refusal = completion(order)
    accepted = await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    before = await contents(owner)
    answer = await market.record(refusal)
    assert (answer.status, answer.order) == ("superseded", accepted.order)
    assert before == await contents(owner)
