"""A case has a size: whatever was tried and said on an order, a read of it is bounded, has each
text once, and leads on to the rest."""

import json
from itertools import chain
from uuid import UUID

import pytest

from api.routes import cases
from db import requests, steps
from db.pool import connection
from domain.actions import FIELDS
from domain.command import Command
from domain.order import Actor, Order
from domain.rules import decide
from domain.step import record_of_command
from domain.vocabulary import Action, Role
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.app_under_test import MEDIATOR, AppUnderTest, Json, OrderInPlay, Person
from tests.contract import eur

LONG = "é" * 10_000
LINKS = [f"https://files.example/{number}/{'x' * 900}" for number in range(20)]
HEAVY = {"message": LONG, "links": LINKS}
"""58 kB."""


async def in_vain(app: AppUnderTest, in_play: OrderInPlay, times: int) -> None:
    """Lets the seller be refused a heavy delivery so many times, as the API and a worker do."""
    by = Actor(id=in_play.seller.id, role=Role.SELLER)
    fields = FIELDS[Action.DELIVER].model_validate(HEAVY)
    async with connection(app.pool) as acquired:
        doc = await acquired.fetchval(
            "SELECT doc FROM orders WHERE id = $1", UUID(in_play.order["id"])
        )
        order = Order.model_validate(doc)
        for number in range(times):
            name = f"in-vain-{number}"
            asked = await requests.write(
                acquired, UUID(order.id), name, Action.DELIVER, by, fields, None
            )
            command = Command(
                action=Action.DELIVER,
                actor=by,
                request_id=name,
                received_at=asked.received_at,
                fields=fields.on_the_wire(),
            )
            verdict = decide(order, command, asked.received_at)
            await steps.record(acquired, record_of_command(order, command, verdict))


async def part(in_play: OrderInPlay, who: Person, query: str = "") -> Json:
    answer = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/case{query}", who)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < cases.STEP_BYTES + 2 * cases.REFUSED_BYTES
    case: Json = answer.json()
    return case


async def parts(in_play: OrderInPlay, who: Person, query: str = "?limit=100") -> list[Json]:
    """All parts of a case, the newest first."""
    found = [await part(in_play, who, query)]
    while found[-1]["next_cursor"] is not None:
        found.append(await part(in_play, who, f"{query}&cursor={found[-1]['next_cursor']}"))
    return found


async def test_a_flood_of_refused_attempts_makes_no_case_large(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    await in_vain(app, in_play, 360)
    found = await parts(in_play, MEDIATOR)
    assert not any(one["journal_whole"] for one in found)
    numbers = [entry["seq"] for one in reversed(found) for entry in one["refused_attempts"]]
    assert list(range(numbers[0], numbers[0] + 360)) == numbers
    refused = found[0]["refused_attempts"][-1]
    assert (True, 2_000) == (refused["shortened"], len(refused["fields"]["message"]))
    assert refused["fields"]["message"] == LONG[:1_999] + "…"
    # What was done stands in the first part all the same, and in no other.
    assert 1 == found[0]["journal"][0]["seq"]
    assert [["Here it is."]] + [[]] * (len(found) - 1) == [
        [entry["fields"]["message"] for entry in one["deliveries"]] for one in found
    ]


async def test_parts_of_a_case_have_every_entry_once_and_the_newest_first(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    for action in ("complete", "request_cancellation", "request_revision"):
        fields = {} if action == "complete" else {"reason": "Now!"}
        await in_play.api.act(in_play.order, action, in_play.buyer, fields)
    await in_play.act("add_statement", in_play.seller, {"statement": "It is blue."})
    whole = await in_play.api.events(in_play.order, MEDIATOR)
    for limit in (1, 2, 3):
        found = await parts(in_play, MEDIATOR, f"?limit={limit}")
        numbers = [[entry["seq"] for entry in one["journal"]] for one in found]
        assert [entry["seq"] for entry in whole] == sorted(chain.from_iterable(numbers))
        assert all(
            limit >= sum(entry["accepted"] is kind for entry in one["journal"])
            for one in found
            for kind in (True, False)
        )
        assert numbers[0][-1] == whole[-1]["seq"]
        assert {False} == {one["journal_whole"] for one in found}


async def test_what_was_written_with_steps_is_bounded_by_its_weight(
    order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "STEP_BYTES", 25_000)
    in_play = await order_in("disputed")
    for number in range(3):
        statement = {"statement": f"{number}{'x' * 9_990}"}
        await in_play.act("add_statement", in_play.seller, statement)
    found = await parts(in_play, MEDIATOR)
    assert [["1", "2"], ["0"]] == [
        [said[0] for entry in one["statements"] if (said := entry["fields"].get("statement"))]
        for one in found
    ]


async def test_a_text_stands_once_in_a_case(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    said = {}

    def word(name: str) -> str:
        said[name] = f"word-of-{name.replace('_', '-')}"
        return said[name]

    async def act(action: str, who: Person, field: str, **more: object) -> None:
        await in_play.act(action, who, {field: word(action), **more})

    buyer, seller = in_play.buyer, in_play.seller
    extra = {"price": eur(100), "delivery_time": "P1D"}
    offer = {"title": "A letterhead", "description": word("bought_offer"), **extra}
    await in_play.act("make_offer", seller, offer)
    await in_play.act("accept_offer", buyer, {"offer_id": in_play.order["offer"]["id"]})
    await act("deliver", seller, "message", links=["https://files.example/a-link-of-it"])
    said["link"] = "a-link-of-it"
    await act("request_revision", buyer, "reason")
    await act("refuse_revision", seller, "reason", ground="vague")
    await act("propose_settlement", seller, "reason", refund=eur(100))
    await act("make_offer", seller, "description", title="A card", **extra)
    await in_play.api.act(
        in_play.order, "refuse_cancellation", seller, {"reason": word("refused_attempt")}
    )
    await act("open_dispute", buyer, "reason")
    await act("add_statement", seller, "statement")
    answer = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/case", MEDIATOR)
    assert dict.fromkeys(said, 1) == {name: answer.text.count(text) for name, text in said.items()}
    assert said["open_dispute"] == answer.json()["order"]["dispute"]["reason"]


async def test_a_cursor_of_another_list_is_refused(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    path = f"/v1/orders/{in_play.order['id']}"
    events = (await in_play.api.get(f"{path}/events?limit=1", MEDIATOR)).json()
    for cursor in (events["next_cursor"], "bm90aGluZw=="):
        answer = await in_play.api.get(f"{path}/case?cursor={cursor}", MEDIATOR)
        assert (422, "invalid-request") == code(answer)


async def test_the_journal_itself_is_read_in_parts_by_its_weight(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    await in_vain(app, in_play, 120)
    first = f"/v1/orders/{in_play.order['id']}/events?limit=100"
    path: str | None = first
    numbers: list[int] = []
    while path is not None:
        answer = await in_play.api.get(path, in_play.buyer)
        assert len(answer.content) < 2 * cases.STEP_BYTES
        page = answer.json()
        numbers += [entry["seq"] for entry in page["items"]]
        path = page["next_cursor"] and f"{first}&cursor={page['next_cursor']}"
    assert list(range(1, 122)) == numbers


async def test_a_stream_goes_on_at_once_where_a_part_of_the_journal_ended(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.events.PART_BYTES", 10_000)
    monkeypatch.setattr("api.routes.stream.GLANCE_SECONDS", 3_600.0)
    in_play = await order_in("pending")
    await in_vain(app, in_play, 10)
    numbers: list[int] = []
    path = f"/v1/orders/{in_play.order['id']}/stream"
    async with in_play.api.client.stream("GET", path, headers=in_play.buyer.headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                numbers.append(json.loads(line.removeprefix("data:"))["seq"])
            if len(numbers) == 11:
                break
    assert list(range(1, 12)) == numbers
