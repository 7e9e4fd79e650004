"""What is told of a step to those who wait for it, in the transaction that writes it."""

import json
from datetime import timedelta
from uuid import uuid4

from domain.order import Extra
from domain.step import Step, ToRecord
from domain.vocabulary import Action, State
from tests.db.market import Json, Market, Owner, buyer_of, completion, expiry, now
from tests.db.watch import order_after


async def announced(market: Market, owner: Owner, record: ToRecord) -> list[Json]:
    """What is told of a step to those who wait for it."""
    heard: list[Json] = []
    await owner.add_listener("sequestre_outcomes", lambda *call: heard.append(json.loads(call[-1])))
    assert (await market.record(record)).status == "recorded"
    await owner.execute("SELECT 1")  # brings what has been announced
    return heard


async def test_who_waits_is_told_the_outcome_and_what_is_another_in_the_order(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    await market.ask(order, Action.COMPLETE, buyer_of(order), "content")
    record = completion(order, "content")
    (heard,) = await announced(market, owner, record)
    after = json.loads(order_after(record).model_dump_json())
    before = json.loads(order.model_dump_json())
    changed = {name: value for name, value in after.items() if value != before[name]}
    assert changed == heard.pop("changed")
    assert heard.pop("outcome") == {"seq": 2, "accepted": True, "code": None, "detail": None}
    assert heard.pop("at") > order.created_at.isoformat()
    assert heard == {
        "order_id": order.id,
        "request_id": "content",
        "version": order.version,
        "messages": 0,
    }


async def test_a_step_that_is_too_long_to_tell_is_written_and_not_told(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    record = completion(order, "content")
    extras = tuple(
        Extra(id=str(uuid4()), price=100, delivery_time=timedelta(days=1)) for _ in range(100)
    )
    step = record.verdict
    assert isinstance(step, Step)
    longer = step.model_copy(update={"order": step.order.model_copy(update={"extras": extras})})
    record = record.model_copy(update={"verdict": longer})
    assert await announced(market, owner, record) == []


async def test_what_silence_does_is_told_to_nobody(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now())
    assert await announced(market, owner, expiry(order)) == []
