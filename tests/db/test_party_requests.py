"""What a party asks is written as the order is read: by its parties alone, and of an order whose
document is the one that its journal has."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from db import party_requests, requests
from db.errors import Crowded, TooManyAttempts
from db.idempotency import Claim, Key
from db.party_requests import PartyRequest
from db.requests import Pending
from domain.actions import Deliver
from domain.order import Actor, Order
from domain.vocabulary import Action, Role, State
from tests.db.market import Market, Owner, act_of, buyer_of, contents, seller_of

KEY = Key("somebody", "a-key", b"print")
SAID = Deliver(message="Here it is.")


async def ask(
    market: Market, order: Order, who: Actor, key: Key | None = None, most: int = 0
) -> PartyRequest | None:
    """Somebody asks something of an order that they have not seen."""
    assert who.id is not None
    own = replace(key, caller=who.id) if key else None
    what = (UUID(order.id), str(uuid4()), Action.DELIVER, SAID, most)
    async with market.pool.acquire() as connection:
        return await party_requests.write(connection, who.id, own, *what)


@pytest.mark.parametrize("key", [None, KEY], ids=["without a key", "under a key"])
@pytest.mark.parametrize("party", [buyer_of, seller_of])
async def test_a_party_is_taken_for_what_it_is(
    market: Market, owner: Owner, party: Callable[[Order], Actor], key: Key | None
) -> None:
    order = await market.order()
    who = party(order)
    found = await ask(market, order, who, key)
    assert found is not None
    assert isinstance(found.written, Pending)
    assert (found.actor, found.listed.read().order) == (who, order)
    (row,) = await owner.fetch("SELECT * FROM requests")
    assert (row["actor_id"], row["actor_role"]) == (who.id, who.role)
    assert found.written.received_at == row["received_at"]
    async with market.pool.acquire() as connection:
        (signal,) = await connection.fetch("SELECT signal FROM requests")
    assert found.written.signal == signal["signal"]


async def test_it_is_the_same_request_as_one_of_an_order_that_was_seen(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    await ask(market, order, seller_of(order))
    async with market.pool.acquire() as connection:
        what = (UUID(order.id), "seen", Action.DELIVER, seller_of(order), SAID, None)
        await requests.write(connection, *what)
    rows = await owner.fetch(
        "SELECT to_jsonb(r) - ARRAY['request_id', 'received_at', 'next_signal'] AS row"
        " FROM requests r"
    )
    assert rows[0] == rows[1]


@pytest.mark.parametrize("role", [Role.BUYER, Role.MEDIATOR, Role.OPERATOR])
async def test_nobody_else_writes_anything(market: Market, owner: Owner, role: Role) -> None:
    order = await market.order()
    before = await contents(owner)
    assert await ask(market, order, Actor(id="a-stranger", role=role), KEY) is None
    assert await contents(owner) == before


async def test_of_an_order_that_there_is_not_nothing_is_written(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    before = await contents(owner)
    gone = order.model_copy(update={"id": str(uuid4())})
    assert await ask(market, gone, seller_of(order), KEY) is None
    assert await contents(owner) == before


async def test_of_a_document_that_is_not_the_journals_nothing_is_written(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    await owner.execute("""UPDATE orders SET doc = jsonb_set(doc, '{currency}', '"USD"')""")
    before = await contents(owner)
    assert await ask(market, order, seller_of(order), KEY) is None
    assert await contents(owner) == before


async def test_after_a_refusal_the_journal_still_has_the_document(market: Market) -> None:
    order = await market.order()
    await market.record(act_of(order, Action.COMPLETE, buyer_of(order)))
    assert await ask(market, order, seller_of(order)) is not None


async def test_a_key_that_was_used_leads_to_what_it_led_to_before(market: Market) -> None:
    order = await market.order()
    first = await ask(market, order, seller_of(order), KEY)
    again = await ask(market, order, seller_of(order), KEY)
    assert first is not None
    assert again is not None
    assert isinstance(first.written, Pending)
    led = Claim(KEY.fingerprint, UUID(order.id), first.written.request_id, None)
    assert again.written == led


async def test_one_attempt_too_many_leaves_nothing(market: Market, owner: Owner) -> None:
    order = await market.order()
    await ask(market, order, seller_of(order), most=1)
    before = await contents(owner)
    with pytest.raises(TooManyAttempts):
        await ask(market, order, seller_of(order), KEY, most=1)
    assert await contents(owner) == before


async def test_a_crowded_order_takes_no_more(market: Market, owner: Owner) -> None:
    order = await market.order(State.IN_PROGRESS)
    for _ in range(50):
        await ask(market, order, seller_of(order))
    before = await contents(owner)
    with pytest.raises(Crowded):
        await ask(market, order, seller_of(order), KEY)
    assert await contents(owner) == before
