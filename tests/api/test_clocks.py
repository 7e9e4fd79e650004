"""Clocks that differ by seconds: the database's alone says what was in time.

The API's own clock and the one that workflows see are each shifted, one back and one forth, from
the database's. Orders are accepted at moments around their deadlines, and each is judged by the
instant at which the database received its request.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.worker._workflow_instance import _WorkflowInstanceImpl

from db.pool import at_length, connection
from tests.api.assertions import instant, wallets
from tests.api.conftest import AnotherApi
from tests.app_under_test import (
    PATIENCE_SECONDS,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    eventually,
)

SHIFT = timedelta(seconds=6)
WINDOW = timedelta(seconds=6)
MOMENTS = [timedelta(milliseconds=n) for n in (-5_500, -10, 10, 300)]
"""How long after its deadline each order is accepted; the first and the last are beyond doubt."""


def shift_api(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Whatever module of the API asks for the time is told another one."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Shifted":
            return super().now(tz) + by

    for name, module in list(sys.modules.items()):
        if name.startswith("api.") and getattr(module, "datetime", None) is datetime:
            patch.setattr(module, "datetime", Shifted)


def shift_workflows(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """The clock of Temporal, as workflows see it."""
    true = _WorkflowInstanceImpl.workflow_time_ns
    patch.setattr(
        _WorkflowInstanceImpl,
        "workflow_time_ns",
        lambda self: true(self) + by // timedelta(microseconds=1) * 1_000,
    )


@pytest.fixture(params=[-1, 1], ids=["API behind", "API ahead"])
def clocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """The API's clock and that of the workflows, on both sides of the database's."""
    with pytest.MonkeyPatch.context() as patch:
        shift_api(patch, request.param * SHIFT)
        shift_workflows(patch, -request.param * SHIFT)
        yield


@dataclass
class Asked:
    """An order, and what became of the wish to accept it."""

    in_play: OrderInPlay
    seen_before: Json
    request: Json

    @property
    def in_time(self) -> bool:
        """By the clock that counts."""
        deadline = instant(self.in_play.order["deadline"]["at"])
        return instant(self.request["received_at"]) <= deadline


async def accepted_at(app: AppUnderTest, api: ApiClient, moment: timedelta) -> Asked:
    """An order that is accepted at a moment of the database's, and the request once decided."""
    in_play = await app.place_order(api=api)
    seen = await api.order(in_play.order["id"], in_play.seller)
    previewed = await api.act(in_play.order, "accept/preview", in_play.seller)
    assert previewed.status_code == 200, previewed.text
    async with connection(app.pool) as acquired:
        at = instant(in_play.order["deadline"]["at"]) + moment
        async with at_length(acquired, int(PATIENCE_SECONDS)):
            await acquired.execute("SELECT pg_sleep_until($1)", at, timeout=PATIENCE_SECONDS)
    await api.act(in_play.order, "accept", in_play.seller)

    async def decided() -> Json | None:
        async with connection(app.pool) as acquired:
            row = await acquired.fetchrow(
                "SELECT received_at::text, outcome FROM requests"
                " WHERE order_id = $1::text::uuid AND outcome IS NOT NULL",
                in_play.order["id"],
            )
        return dict(row) if row else None

    request = await eventually(decided)
    assert request is not None
    return Asked(in_play, seen, request)


async def test_the_databases_clock_alone_says_what_was_in_time(
    app: AppUnderTest, another_api: AnotherApi, clocks: None
) -> None:
    api = await another_api(acceptance_window=WINDOW, action_wait=0.1)
    asked = await asyncio.gather(*(accepted_at(app, api, moment) for moment in MOMENTS))
    assert (asked[0].in_time, asked[-1].in_time) == (True, False)
    for one in asked:
        assert "accept" in one.seen_before["actions"]
        await look_at(one)


async def look_at(asked: Asked) -> None:
    in_play, outcome = asked.in_play, asked.request["outcome"]
    journal = await in_play.api.events(in_play.order, in_play.buyer)
    endings = [
        event for event in journal if event["accepted"] and event["event"] == "order.cancelled"
    ]
    state = (await in_play.now())["state"]
    if asked.in_time:
        assert (True, "in_progress", []) == (outcome["accepted"], state, endings)
        return
    assert (False, "cancelled", 1) == (outcome["accepted"], state, len(endings))
    assert endings[0]["actor"]["role"] == "deadline"
    assert instant(in_play.order["deadline"]["at"]) < instant(endings[0]["at"])
    assert (10_000, 0) == await wallets(in_play)
