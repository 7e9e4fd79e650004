"""Endpoints tested while the clock is moved: tried again at their own instants, as all messages."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from activities.channel import EndpointTest, Message, NotDelivered
from activities.webhooks import WebhookChannel
from db import clock
from db.pool import connection
from tests.app_under_test import KEYRING, OPERATOR, Json
from tests.clock.conftest import MovableApp, demand_growing_pauses


class Way(WebhookChannel):
    """A way to endpoints that notes when a test leaves, by the stack's clock; while it is away no
    test arrives."""

    def __init__(self, movable: MovableApp) -> None:
        super().__init__(movable.app.pool, KEYRING, allow_private=False)
        self._movable = movable
        self.is_away = True
        self.tried: list[datetime] = []

    async def send(self, message: Message) -> None:
        """Takes whatever is told of orders."""

    async def send_test(self, test: EndpointTest) -> None:
        """Notes an attempt."""
        assert test.at <= await self._movable.now()
        async with connection(self._movable.app.pool) as acquired:
            self.tried.append(await clock.now(acquired))
        if self.is_away:
            raise NotDelivered("nobody is there")


@pytest.fixture
async def way(movable: MovableApp) -> AsyncIterator[Way]:
    """The only way out of the product."""
    way = Way(movable)
    async with movable.only_ways(webhook=way):
        yield way


async def asked(movable: MovableApp, endpoint: str) -> Json:
    """An operator has the endpoint tested."""
    answer = await movable.app.api.post(f"{endpoint}/test", OPERATOR)
    assert answer.status_code == 202, answer.text
    test: Json = answer.json()
    return test


async def found(movable: MovableApp, endpoint: str) -> Json:
    """The test as it is listed."""
    listed = await movable.app.api.get(f"{endpoint}/deliveries", OPERATOR)
    (one,) = listed.json()["items"]
    test: Json = one
    return test


async def test_one_that_does_not_arrive_is_tried_at_the_instants_of_its_pauses(
    movable: MovableApp, way: Way, endpoint: str
) -> None:
    before = await movable.now()
    test = await asked(movable, endpoint)
    assert before <= datetime.fromisoformat(test["created_at"]) <= await movable.now()
    await movable.advance(by="PT1S")
    await movable.advance(by="PT47H")
    demand_growing_pauses(way.tried)


async def test_it_is_given_up_after_three_days_and_arrives_when_asked_for_again(
    movable: MovableApp, way: Way, endpoint: str
) -> None:
    test = await asked(movable, endpoint)
    await movable.advance(by="P7D")
    failed = await found(movable, endpoint)
    assert (test["id"], "failed") == (failed["id"], failed["status"])
    last = datetime.fromisoformat(failed["last_attempt"])
    assert timedelta(days=2) < last - way.tried[0] <= timedelta(days=3, minutes=1)

    way.is_away = False
    await movable.app.api.post(f"/v1/webhook-deliveries/{test['id']}/redeliver", OPERATOR)
    await movable.advance(by="PT1S")
    assert "delivered" == (await found(movable, endpoint))["status"]
