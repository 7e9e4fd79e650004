"""Whom each of the events is told to in the inbox, and whom not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.pool import create_pool
from domain.notices import EVENTS
from domain.vocabulary import Role
from embedded.postgres import Postgres
from tests.app_under_test import ApiClient, Person
from tests.conftest import copy_of_template
from tests.db.market import Market
from tests.notifications.conftest import api_alone
from tests.notifications.steps import ANOTHER_MEDIATOR, KINDS, THE_MEDIATOR, Written, write

FOR_ALL_MEDIATORS = (
    "order.dispute_opened",
    "order.statement_added",
    "order.dispute_escalated",
    "order.dispute_released",
    "order.ruling_overdue",
    "order.holding_limit_reached",
)
"""What is told while nobody has the case, or when who has it does not rule."""

OPERATOR, MEDIATOR = Person("olga", ("operator",)), Person("mona", ("mediator",))
ITS_MEDIATOR, STRANGER = Person(THE_MEDIATOR, ("mediator",)), Person("sam")
BOTH = Person("boris", ("user", "mediator", "operator"))


@pytest.fixture(scope="module")
async def place(postgres: Postgres) -> AsyncIterator[tuple[Market, ApiClient]]:
    """A market that all these tests share, each with people of its own."""
    url = await copy_of_template(postgres)
    pool = await create_pool(url, 5)
    async with api_alone(url) as api:
        yield Market(pool), api
    await pool.close()


async def told(api: ApiClient, who: Person, step: Written) -> list[dict[str, Any]]:
    """What somebody is told of a step."""
    answer = await api.get("/v1/notifications?limit=100", who)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    return [one for one in items if (one["order_id"], one["seq"]) == (step.order.id, step.seq)]


def test_every_event_is_here() -> None:
    assert set(KINDS) == set(EVENTS)


@pytest.mark.parametrize("event", KINDS)
async def test_those_whom_it_concerns_and_nobody_else(
    event: str, place: tuple[Market, ApiClient]
) -> None:
    market, api = place
    buyer, seller = Person(f"buyer-{event}"), Person(f"seller-{event}")
    step = await write(market, event, buyer_id=buyer.id, seller_id=seller.id, title="A blue fish")
    roles = KINDS[event].told
    wide = [Role.MEDIATOR] if event in FOR_ALL_MEDIATORS else []
    expected = {
        buyer: [one for one in roles if one is Role.BUYER],
        seller: [one for one in roles if one is Role.SELLER],
        ITS_MEDIATOR: [one for one in roles if one is Role.MEDIATOR],
        MEDIATOR: wide,
        Person(ANOTHER_MEDIATOR): [Role.MEDIATOR] * (event == "order.dispute_handed_over"),
        OPERATOR: [one for one in roles if one is Role.OPERATOR],
        BOTH: [Role.OPERATOR] if Role.OPERATOR in roles else wide,
        STRANGER: [],
        Person(THE_MEDIATOR): [
            one for one in roles if one is Role.MEDIATOR and event not in FOR_ALL_MEDIATORS
        ],
    }
    for who, capacities in expected.items():
        items = await told(api, who, step)
        assert [one["role"] for one in items] == capacities, who
        for one in items:
            assert (one["event"], one["state"]) == (event, step.order.state)
            assert one["order_title"] == "A blue fish"
            assert one["title"]
            assert all(isinstance(line, str) and line for line in one["text"])
            assert one["text"]
            assert one["read_at"] is None


@pytest.mark.parametrize("role", ["mediator", "operator"])
async def test_a_party_is_told_as_a_party_alone(role: str, place: tuple[Market, ApiClient]) -> None:
    market, api = place
    buyer, seller = Person(f"buyer-and-{role}", ("user", role)), Person(f"seller-of-{role}")
    people: dict[str, Any] = {"buyer_id": buyer.id, "seller_id": seller.id}
    opened = await write(market, "order.dispute_opened", **people)
    assert [one["role"] for one in await told(api, buyer, opened)] == ["buyer"]
    escalated = await write(market, "order.dispute_escalated", **people)
    assert await told(api, buyer, escalated) == []
    assert len(await told(api, MEDIATOR, escalated)) == 1


async def test_a_step_written_again_is_told_once(place: tuple[Market, ApiClient]) -> None:
    market, api = place
    people: dict[str, Any] = {"buyer_id": "once-buyer", "seller_id": "once-seller"}
    step = await write(market, "order.dispute_opened", times=3, **people)
    for who in (Person("once-buyer"), Person("once-seller"), MEDIATOR):
        assert len(await told(api, who, step)) == 1
