"""A Temporal that does not tell how long its queue is keeps no request from its order."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from api.gateway import UNTOLD, Away, Gateway
from infra import order_queue
from tests.app_under_test import AppUnderTest


@pytest.mark.parametrize("status", UNTOLD, ids=lambda one: one.name.lower())
async def test_orders_go_on_where_the_queue_is_not_told(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode
) -> None:
    monkeypatch.setattr(order_queue, "length", failing(status))
    await Gateway(app.temporal).look_at_the_queue()


async def test_a_temporal_that_is_away_is_away(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_queue, "length", failing(RPCStatusCode.UNAVAILABLE))
    with pytest.raises(Away):
        await Gateway(app.temporal).look_at_the_queue()


def failing(status: RPCStatusCode) -> object:
    """What is asked for the length of the queue, and answers so."""

    async def length(_client: object) -> int:
        raise RPCError("no", status, b"")

    return length
