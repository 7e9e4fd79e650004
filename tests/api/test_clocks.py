"""Clocks that differ by seconds: the database's alone says what was in time.

The API's own clock and the one that workflows see are each shifted, one back and one forth, from
the database's. Orders are accepted at moments around their deadlines, and each is judged by the
instant at which the database received its request.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.worker._workflow_instance import _WorkflowInstanceImpl

from db.pool import at_length, connection
from tests.api.assertions import instant, wallets
from tests.api.conftest import AnotherApi
from tests.api.pages.browser import visiting
from tests.app_under_test import ApiClient, AppUnderTest, Json, OrderInPlay, eventually, in_time

MOMENTS = [timedelta(milliseconds=n) for n in (500, -10, 10, 300)]
"""How long after its deadline each order is accepted, the first of them so long after it was
placed; that one and the last are beyond doubt."""

LONGEST_SECONDS = 120
"""More than the longest window, which a slow machine is given."""


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


@contextmanager
def shifted(ahead: int, by: timedelta) -> Iterator[None]:
    """The API's clock and that of the workflows, on both sides of the database's."""
    with pytest.MonkeyPatch.context() as patch:
        shift_api(patch, ahead * by)
        shift_workflows(patch, -ahead * by)
        yield


@dataclass
class Asked:
    """An order, and what became of the wish to accept it."""

    in_play: OrderInPlay
    seen_before: Json
    previewed: int
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
    async with connection(app.pool) as acquired:
        at = instant(in_play.order["deadline"]["at"]) + moment
        async with at_length(acquired, LONGEST_SECONDS):
            await acquired.execute("SELECT pg_sleep_until($1)", at, timeout=LONGEST_SECONDS)
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
    return Asked(in_play, seen, previewed.status_code, request)


@pytest.mark.parametrize("ahead", [-1, 1], ids=["API behind", "API ahead"])
async def test_the_databases_clock_alone_says_what_was_in_time(
    app: AppUnderTest, another_api: AnotherApi, ahead: int
) -> None:
    async def attempt(window: str) -> list[Asked]:
        length = timedelta(seconds=int(window.strip("PTS")))
        moments = [MOMENTS[0] - length, *MOMENTS[1:]]
        with shifted(ahead, length):
            api = await another_api(acceptance_window=window, action_wait=0.1)
            asked = await asyncio.gather(*(accepted_at(app, api, one) for one in moments))
        assert (asked[0].in_time, asked[-1].in_time) == (True, False)
        for one in asked:
            assert (200, True) == (one.previewed, "accept" in one.seen_before["actions"])
        return asked

    for one in await in_time(attempt, first=5):
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


@pytest.mark.parametrize("ahead", [-1, 1], ids=["API behind", "API ahead"])
async def test_what_has_ended_counts_at_once(app: AppUnderTest, ahead: int) -> None:
    in_play = await (await app.place_order()).reach("completed")
    seller, order_id = in_play.seller, in_play.order["id"]
    await app.api.offer(seller)
    path = f"/v1/sellers/{seller.id}/reputation"
    with pytest.MonkeyPatch.context() as patch:
        shift_api(patch, ahead * timedelta(minutes=10))
        assert 1 == (await app.api.get(path, seller)).json()["completed"]
        behind = (await app.api.get(f"{path}/orders", seller)).json()["items"]
        assert [order_id] == [one["order_id"] for one in behind]
        listed = (await app.api.get("/v1/services?limit=1", seller)).json()
        async with visiting(app, seller) as visit:
            assert order_id in (await visit.get("/reputation")).text
    said = instant(json.loads(base64.urlsafe_b64decode(listed["next_cursor"]))[0])
    assert abs(said - instant((await in_play.now())["updated_at"])) < timedelta(minutes=5)
