"""A clock that somebody tries to move by nothing, backwards, too far, twice at once, or while
nobody is there to carry anything out."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from api import clock_walk
from api.problems import Problem
from api.schemas.test_clock import Advance
from db import clock
from db.pool import connection
from domain.clock import ClockReading
from tests.app_under_test import MEDIATOR, OPERATOR, Json, eventually, somebody
from tests.clock.conftest import MovableApp

YEAR = timedelta(days=365)
ADVANCE = "/v1/test-clock/advance"


async def test_only_operators_see_and_move_it(movable: MovableApp) -> None:
    api = movable.app.api
    for who, status in ((None, 401), (somebody("user"), 403), (MEDIATOR, 403), (OPERATOR, 200)):
        assert status == (await api.get("/v1/test-clock", who)).status_code
        assert status == (await api.post(ADVANCE, who, {"by": "PT1S"})).status_code


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"by": None, "to": None}, "body"),
        ({"by": "P1D", "to": "2126-01-01T00:00:00Z"}, "body"),
        ({"by": "PT0S"}, "body.by"),
        ({"by": "-P1D"}, "body.by"),
        ({"by": "P100Y"}, "body.by"),
        ({"by": "P3651D"}, "body.by"),
        ({"by": "P99999999999999D"}, "body.by"),
        ({"by": "7 days"}, "body.by"),
        ({"by": 7}, "body.by"),
        ({"to": "2020-01-01T00:00:00Z"}, "body.to"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "body.to"),
        ({"to": "2126-01-01T00:00:00Z"}, "body.to"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "body.to"),
        ({"to": "2027-01-01T00:00:00"}, "body.to"),
        ({"to": "tomorrow"}, "body.to"),
        ({"to": 1893456000}, "body.to"),
        ({"to": 1925000000.5}, "body.to"),
        ({"to": "1956528000"}, "body.to"),
        ({"to": "2030-01-01"}, "body.to"),
        ({"to": "2034-01-01 00:00:00Z"}, "body.to"),
        ({"to": True}, "body.to"),
        ({"by": "P1D", "in": "P1D"}, "body.in"),
    ],
)
async def test_what_is_no_way_forward_is_refused_and_moves_nothing(
    movable: MovableApp, body: dict[str, Any], field: str
) -> None:
    before = await movable.now()
    answer = await movable.app.api.post(ADVANCE, OPERATOR, body)
    assert (422, "invalid-request") == (answer.status_code, answer.json()["code"])
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await movable.now() - before < timedelta(hours=1)


async def test_it_goes_no_farther_than_a_hundred_years(movable: MovableApp) -> None:
    async with connection(movable.app.pool) as acquired:
        found = await clock.read(acquired)
    assert found is not None
    far = replace(found, now=found.now + 99 * YEAR, reading=ClockReading(moves=1, shift=99 * YEAR))
    with pytest.raises(Problem, match="hundred"):
        clock_walk.destination(Advance(by=2 * YEAR), far)
    assert found.now + 100 * YEAR == clock_walk.destination(Advance(by=YEAR), far)


async def test_two_at_once_both_count(movable: MovableApp) -> None:
    before = await movable.now()
    in_play = await movable.app.place_order()
    moved = await asyncio.gather(*(movable.advance(by="P1D") for _ in range(3)))
    instants = sorted(datetime.fromisoformat(one["now"]) for one in moved)
    assert before + timedelta(days=3) <= instants[-1] < before + timedelta(days=3, hours=1)
    assert timedelta(days=1) <= instants[2] - instants[1] < timedelta(days=1, hours=1)
    assert 2 == sum(one["carried_out"] for one in moved)
    assert "cancelled" == (await in_play.now())["state"]


async def test_a_key_moves_it_once(movable: MovableApp) -> None:
    api = movable.app.api
    first, second = await asyncio.gather(
        *(api.post(ADVANCE, OPERATOR, {"by": "P7D"}, key="a-week") for _ in range(2))
    )
    assert (200, first.text) == (second.status_code, second.text)
    again = await api.post(ADVANCE, OPERATOR, {"by": "P7D"}, key="a-week")
    assert first.text == again.text
    other = await api.post(ADVANCE, OPERATOR, {"by": "P8D"}, key="a-week")
    assert (422, "idempotency-key-reused") == (other.status_code, other.json()["code"])


async def a_week_further(movable: MovableApp) -> Json:
    """What who moves the clock so far under one key is told while nobody carries anything out. On a
    busy machine it is not yet at an instant at which anything is due when they are told first."""
    answer = await movable.app.api.post(ADVANCE, OPERATOR, {"by": "P7D"}, key="a-week-in-vain")
    assert answer.status_code == 202, answer.text
    told: Json = answer.json()
    return told


async def test_without_a_worker_it_says_what_is_left_and_goes_on_once_there_is_one(
    movable: MovableApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_walk, "PATIENCE_SECONDS", 2.0)
    in_play = await movable.app.place_order()
    async with movable.app.worker_away():
        waits = await eventually(partial(a_week_further, movable), lambda found: found["left"] > 0)
        assert (0, 1) == (waits["carried_out"], waits["left"])
        assert datetime.fromisoformat(waits["now"]) < datetime.fromisoformat(waits["target"])
        stands = await movable.clock()
        assert stands["now"] == (await movable.clock())["now"]
        other = await movable.app.api.post(ADVANCE, OPERATOR, {"by": "P1D"})
        assert (503, "unavailable") == (other.status_code, other.json()["code"])

    arrived = await eventually(movable.clock, lambda found: found["target"] is None)
    assert 0 == arrived["left"]
    assert arrived["now"] >= waits["target"]
    assert "cancelled" == (await in_play.now())["state"]


async def test_it_is_carried_on_by_the_next_process(
    movable: MovableApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_walk, "PATIENCE_SECONDS", 1.0)
    in_play = await movable.app.place_order()
    async with movable.app.worker_away():
        waits = await movable.advance(202, by="P7D")
        await movable.app.stop_api()
    await movable.app.start_api()

    arrived = await eventually(movable.clock, lambda found: found["target"] is None)
    assert arrived["now"] >= waits["target"]
    assert "cancelled" == (await in_play.now())["state"]
