"""What a refused attempt said is kept up to 2,000 characters; what was accepted, whole."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db import requests
from domain.actions import AddStatement, Deliver, Fields, MakeOffer, PositiveMoney, RefuseRevision
from domain.order import Actor, Order
from domain.vocabulary import Action, Ground, State
from tests.db.market import Market, Owner, act_of, buyer_of, seller_of

MOST = 2_000
LONG = "é" * 10_000
LINKS = tuple(f"https://files.example/{number}/{'x' * 900}" for number in range(20))

OFFER = MakeOffer(
    title="A" * 200,
    description=LONG,
    price=PositiveMoney(amount=100, currency="EUR"),
    delivery_time=timedelta(days=1),
)
SAID: dict[str, tuple[Action, Fields]] = {
    "a long text": (Action.DELIVER, Deliver(message=LONG)),
    "a long text with links": (Action.DELIVER, Deliver(message=LONG, links=LINKS)),
    "many links": (Action.ADD_STATEMENT, AddStatement(statement="See:", links=LINKS)),
    "two texts": (Action.MAKE_OFFER, OFFER),
    "a text with its ground": (
        Action.REFUSE_REVISION,
        RefuseRevision(ground=Ground.VAGUE, reason=LONG),
    ),
}


async def asked(market: Market, order: Order, action: Action, actor: Actor, said: Fields) -> str:
    """Writes a request with words down as the API does, and returns its id."""
    async with market.pool.acquire() as connection:
        pending = await requests.write(
            connection, UUID(order.id), f"{action}-by-hand", action, actor, said, None
        )
    return pending.request_id


def texts(value: Any) -> list[str]:
    """Every text in a request's fields, however deep."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def is_beginning(part: Any, whole: Any) -> bool:
    """Whether a field is what was said, or so much of it, and a text then says so."""
    if isinstance(whole, str) and part != whole:
        return part.endswith("…") and whole.startswith(part[:-1])
    return bool(part == whole[: len(part)] if isinstance(whole, list) else part == whole)


async def kept(owner: Owner, request_id: str) -> tuple[Any, Any]:
    row = await owner.fetchrow(
        "SELECT fields, outcome FROM requests WHERE request_id = $1", request_id
    )
    assert row is not None
    return row["fields"], row["outcome"]


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("by_hand", [False, True], ids=["through the API", "by hand"])
async def test_a_refused_attempt_is_kept_up_to_a_length_and_says_so(
    said: tuple[Action, Fields], by_hand: bool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.PENDING)
    action, fields = said
    request_id = f"{action}-by-hand"
    if not by_hand:
        await asked(market, order, action, seller_of(order), fields)
    recorded = await market.record(act_of(order, action, seller_of(order), fields, request_id))
    words, outcome = await kept(owner, request_id)
    assert recorded.outcome == outcome
    assert (outcome["accepted"], outcome["shortened"]) == (False, True)
    whole = fields.model_dump(mode="json", exclude_none=True)
    assert set(whole) == set(words)
    assert MOST / 2 < sum(map(len, texts(words))) <= MOST + len("EUR")
    for name, before in whole.items():
        assert is_beginning(words[name], before)


async def test_links_are_kept_whole_or_not_at_all(market: Market, owner: Owner) -> None:
    order = await market.order(State.PENDING)
    fields = AddStatement(statement="See:", links=LINKS)
    await market.record(act_of(order, Action.ADD_STATEMENT, buyer_of(order), fields, "links"))
    words, _ = await kept(owner, "links")
    assert {"statement": "See:", "links": list(LINKS[:2])} == words


async def test_a_refused_attempt_of_that_length_is_kept_as_it_is(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.PENDING)
    fields = Deliver(message=LONG[:MOST])
    await market.record(act_of(order, Action.DELIVER, seller_of(order), fields, "just"))
    words, outcome = await kept(owner, "just")
    assert LONG[:MOST] == words["message"]
    assert "shortened" not in outcome


async def test_what_was_accepted_is_kept_whole(market: Market, owner: Owner) -> None:
    order = await market.order(State.IN_PROGRESS)
    fields = Deliver(message=LONG, links=LINKS)
    request_id = await asked(market, order, Action.DELIVER, seller_of(order), fields)
    await market.record(act_of(order, Action.DELIVER, seller_of(order), fields, request_id))
    words, outcome = await kept(owner, request_id)
    assert (fields.model_dump(mode="json"), True) == (words, outcome["accepted"])
    assert "shortened" not in outcome
