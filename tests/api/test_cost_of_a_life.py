"""What a life costs in statements and transactions of its own. What the product does by the clock,
for all orders together, is not counted."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.app_under_test import AppUnderTest, OrderInPlay, eventually
from tests.contract import body_of
from tests.statements import Statements, counted, transactions

STATEMENTS, TRANSACTIONS = 17, 17
LIFE = (
    ("seller", "accept"),
    ("seller", "deliver"),
    ("buyer", "request_revision"),
    ("seller", "refuse_revision"),
    ("buyer", "complete"),
)


@pytest.fixture(scope="module", autouse=True)
def statements() -> Iterator[Statements]:
    """Each statement that the product sends; before it opens its connections."""
    with counted() as found:
        yield found


async def live(in_play: OrderInPlay, name: str, statements: Statements) -> None:
    """Leads a new order to its end, each step under a key of its own."""
    for number, (role, action) in enumerate(LIFE):
        who = getattr(in_play, role)
        answer = await in_play.api.act(
            in_play.order, action, who, body_of(action), key=f"{name}-{number}"
        )
        assert answer.status_code == 200, answer.text
    # A caller may have the answer before the worker knows that its step is written.
    await eventually(statements.steps, len(LIFE).__eq__)


async def test_a_life_costs_no_more_than_it_did(
    statements: Statements, own_app: AppUnderTest
) -> None:
    app = own_app
    first = await app.place_order()
    await live(first, "first", statements)
    body = {"service_id": first.service["id"], "brief": "Another one."}
    statements.sent.clear()
    placed = await app.api.post("/v1/orders", first.buyer, body, key="second")
    await live(replace(first, order=placed.json()), "second", statements)
    sent = statements.for_somebody()
    cost = len(sent), transactions(sent)
    assert (STATEMENTS, TRANSACTIONS) == cost, "\n".join(map(str, sent))
