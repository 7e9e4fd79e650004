"""A step that leads to the document of another order is refused as a whole: not even a process of
the service's own can pass on an order, exchange what was sold or change what its money is worth."""

from typing import Any

import asyncpg
import pytest

from db.steps import _document
from domain.ledger import escrow, wallet
from domain.order import Order
from domain.step import Step, ToRecord
from domain.vocabulary import Action, State
from tests.db.market import (
    PRICE,
    Json,
    Market,
    Owner,
    act_of,
    completion,
    contents,
    expiry,
    hold_key,
    leg,
    now,
    placing,
    seller_of,
)

NOBODY = "00000000-0000-0000-0000-000000000000"
MISSING = object()
IDS = {
    "another": lambda _: NOBODY,
    "in capitals": str.upper,
    "in braces": lambda value: f"{{{value}}}",
    "with a space": lambda value: f"{value} ",
    "null": lambda _: None,
    "a number": lambda _: 1,
    "missing": lambda _: MISSING,
}
PEOPLE = {name: IDS[name] for name in ("another", "with a space", "null", "a number", "missing")}
CURRENCIES = {
    "another": lambda _: "USD",
    "in small letters": str.lower,
    "null": lambda _: None,
    "missing": lambda _: MISSING,
}
WRONG = [
    pytest.param(field, change, id=f"{field} {words}")
    for field, changes in {
        "id": IDS,
        "service_id": IDS,
        "buyer_id": PEOPLE,
        "seller_id": PEOPLE,
        "currency": CURRENCIES,
    }.items()
    for words, change in changes.items()
]


def altered(document: Json, field: str, change: Any) -> Json:
    """The document with another value there, or none."""
    doc = document["doc"].model_dump(mode="json")
    value = change(doc.pop(field))
    return {**document, "doc": doc if value is MISSING else {**doc, field: value}}


async def refused_whole(market: Market, owner: Owner, function: str, document: Json) -> str | None:
    """The SQLSTATE with which the service's role is refused, which is seen to leave nothing."""
    before = await contents(owner)
    async with market.pool.acquire() as connection:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.fetchval(f"SELECT {function}($1)", document)
    assert before == await contents(owner)
    return refused.value.sqlstate


def passing(order: Order) -> ToRecord:
    """The seller accepts: no money moves."""
    return act_of(order, Action.ACCEPT, seller_of(order))


@pytest.mark.parametrize(("field", "change"), WRONG)
async def test_a_step(field: str, change: Any, market: Market, owner: Owner) -> None:
    order = await market.order(State.PENDING)
    document = altered(_document(passing(order)), field, change)
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


@pytest.mark.parametrize(("field", "change"), WRONG)
async def test_an_end(field: str, change: Any, market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    document = altered(_document(completion(order)), field, change)
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


@pytest.mark.parametrize(("field", "change"), WRONG)
async def test_a_deadline(field: str, change: Any, market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now())
    document = altered(_document(expiry(order)), field, change)
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


@pytest.mark.parametrize(("field", "change"), WRONG)
async def test_a_placing(field: str, change: Any, market: Market, owner: Owner) -> None:
    await market.top_up("a-buyer")
    await market.top_up("a-buyer", PRICE, "USD")
    step = placing(await market.terms(), "a-buyer")
    entry = {"action": "place", "actor": {"id": "a-buyer", "role": "buyer"}, "accepted": True}
    document = altered(
        {
            "doc": step.order,
            "postings": step.postings,
            "title": "A logo",
            "brief": "For my shop.",
            "titles": {},
            "event": {**entry, "event": step.event, "notices": []},
        },
        field,
        change,
    )
    state = await refused_whole(market, owner, "place_order", document)
    # An id that is none can be no row's; another order or buyer has not paid.
    assert state in {"LG007", "22P02", "LG006"}


async def test_a_refusal_moves_no_money(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED, funds=2 * PRICE)
    document = _document(passing(order))
    hold = {
        "key": hold_key(order, "a-line-that-there-is-not"),
        "kind": "hold",
        "legs": [leg(wallet(order.buyer_id), escrow(order.id), PRICE)],
    }
    document = {**document, "doc": None, "postings": [hold]}
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


SAID_OF_IT = {
    "refused": {"accepted": False},
    "refused with a reason": {"accepted": False, "code": "forbidden", "reason": "No."},
    "neither": {"accepted": None},
    "not at all": {},
}


@pytest.mark.parametrize("said", SAID_OF_IT.values(), ids=SAID_OF_IT)
@pytest.mark.parametrize("ends", [True, False])
async def test_no_step_is_taken_that_the_journal_calls_a_refusal(
    said: Json, ends: bool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED if ends else State.PENDING)
    document = _document(completion(order) if ends else passing(order))
    kept = {name: value for name, value in document["event"].items() if name != "accepted"}
    document = {**document, "event": {**kept, **said}}
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


async def test_no_refusal_is_called_a_step(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    document = {**_document(completion(order)), "doc": None, "postings": []}
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


@pytest.mark.parametrize("forward", [-1, 0, 2, 1000])
async def test_a_step_is_one_step(forward: int, market: Market, owner: Owner) -> None:
    order = await market.order(State.PENDING)
    document = altered(_document(passing(order)), "version", lambda _: order.version + forward)
    assert await refused_whole(market, owner, "record_step", document) == "LG007"


async def test_an_order_that_goes_on_is_not_paid_out(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    end = completion(order)
    assert isinstance(end.verdict, Step)
    going_on = order.model_copy(update={"version": order.version + 1})
    step = end.verdict.model_copy(update={"order": going_on})
    document = _document(end.model_copy(update={"verdict": step}))
    assert await refused_whole(market, owner, "record_step", document) == "LG005"


@pytest.mark.parametrize("is_empty", [True, False])
async def test_no_order_ends_while_it_has_another_escrow_open(
    is_empty: bool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    other = {"kind": "escrow", "owner": order.id}
    await owner.execute("SELECT ledger.account_id($1, 'USD')", other)
    if not is_empty:
        await market.top_up(order.buyer_id, PRICE, "USD")
        await owner.execute(
            "SELECT ledger.post($1, 'hold', $2, 'USD', $3, false)",
            hold_key(order, "in-dollars"),
            order.id,
            [leg(wallet(order.buyer_id), escrow(order.id), PRICE)],
        )
    document = _document(completion(order))
    assert await refused_whole(market, owner, "record_step", document) == "LG005"


async def test_the_same_order_goes_on(market: Market) -> None:
    order = await market.order(State.PENDING)
    assert (await market.record(passing(order))).status == "recorded"
    ending = await market.order(State.DELIVERED)
    assert (await market.record(completion(ending))).order.state is State.COMPLETED
