"""While no worker is there: what was asked for is written down, and carried out afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from temporalio.worker import Worker

from db import worker_heartbeats
from db.pool import connection
from tests.api.assertions import INSTANT, code, journal, wallets
from tests.api.conftest import AnotherApi
from tests.api.test_temporal_away import until_after
from tests.app_under_test import (
    DELIVER,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    eventually,
    in_time,
)
from tests.contract import eur
from tests.idle import is_idle
from worker import create_worker
from workflows.order import TASK_QUEUE, OrderWorkflow


@pytest.fixture
async def impatient(another_api: AnotherApi) -> ApiClient:
    """An API that answers with 202 after a moment."""
    return await another_api(action_wait=0.1)


@asynccontextmanager
async def worker_away(app: AppUnderTest, in_play: OrderInPlay | None = None) -> AsyncIterator[None]:
    """No worker, from a moment on at which it has nothing in hand: what Temporal gives to a worker
    that is just leaving, it gives to another one only ten seconds later."""
    if in_play is not None:
        handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
        await eventually(handle.describe, is_idle)
    async with app.worker_away():
        yield


async def outcome_of(in_play: OrderInPlay, answer: httpx.Response) -> Json:
    """What became of a request that was answered with 202, once it has been decided."""
    assert answer.status_code == 202, answer.text

    async def look() -> Any:
        found = await in_play.api.get(answer.headers["Location"], in_play.buyer)
        assert found.status_code == 200, found.text
        return found.json()["outcome"]

    outcome: Json = await eventually(look)
    return outcome


@asynccontextmanager
async def undecided(app: AppUnderTest, window: str) -> AsyncIterator[OrderInPlay]:
    """An order whose buyer has so long to decide, while the block lasts without a worker and with
    an API that does not wait for one."""
    async with app.with_settings(action_wait=0.1, decision_window=window) as impatient:
        in_play = await app.place_order(api=impatient)
        in_play.api = app.api
        await in_play.reach("revision_refused")
        async with worker_away(app, in_play):
            assert (await in_play.now())["actions"], "the time to decide has run out"
            in_play.api = impatient
            yield in_play
        in_play.api = app.api


async def test_an_action_is_written_down_and_its_location_tells(
    app: AppUnderTest, impatient: ApiClient
) -> None:
    in_play = await app.place_order(api=impatient)
    async with worker_away(app, in_play):
        answer = await impatient.act(in_play.order, "accept", in_play.seller)
        request = await impatient.get(answer.headers["Location"], in_play.seller)
        unchanged = await in_play.now()
    location = f"/v1/orders/{in_play.order['id']}/requests/{answer.json()['id']}"
    assert (202, location) == (answer.status_code, answer.headers["Location"])
    assert {
        "id": answer.json()["id"],
        "order_id": in_play.order["id"],
        "location": location,
    } == answer.json()
    assert {
        "id": answer.json()["id"],
        "order_id": in_play.order["id"],
        "action": "accept",
        "actor": {"id": in_play.seller.id, "role": "seller"},
        "received_at": INSTANT,
        "outcome": None,
    } == request.json()
    assert "pending" == unchanged["state"]
    assert {"accepted": True, "seq": 2, "code": None, "detail": None} == await outcome_of(
        in_play, answer
    )


async def test_a_refusal_is_told_too(app: AppUnderTest, impatient: ApiClient) -> None:
    in_play = await app.place_order(api=impatient)
    async with worker_away(app, in_play):
        answer = await impatient.act(in_play.order, "deliver", in_play.seller, DELIVER)
    outcome = await outcome_of(in_play, answer)
    assert (False, "action-not-allowed") == (outcome["accepted"], outcome["code"])


async def test_requests_are_carried_out_in_the_order_in_which_they_came(
    app: AppUnderTest, impatient: ApiClient
) -> None:
    in_play = await app.place_order(api=impatient)
    async with worker_away(app, in_play):
        answers = [
            await impatient.act(in_play.order, "accept", in_play.seller),
            await impatient.act(in_play.order, "deliver", in_play.seller, DELIVER),
            await impatient.act(in_play.order, "complete", in_play.buyer),
        ]
    assert [True] * 3 == [(await outcome_of(in_play, answer))["accepted"] for answer in answers]
    assert [
        "seller: accept → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == (await journal(in_play))[1:]


async def test_the_same_key_leads_to_the_same_request_and_then_to_its_answer(
    app: AppUnderTest, impatient: ApiClient
) -> None:
    in_play = await app.place_order(api=impatient)
    async with worker_away(app, in_play):
        first, second = [
            await impatient.act(in_play.order, "accept", in_play.seller, key="away")
            for _ in range(2)
        ]
    await outcome_of(in_play, first)
    third, fourth = [
        await impatient.act(in_play.order, "accept", in_play.seller, key="away") for _ in range(2)
    ]
    assert (202, first.content) == (first.status_code, second.content)
    assert (200, "in_progress") == (third.status_code, third.json()["state"])
    assert third.content == fourth.content
    assert 2 == len(await journal(in_play))


async def test_an_order_is_placed_while_no_worker_is_there(
    app: AppUnderTest, impatient: ApiClient
) -> None:
    async with worker_away(app):
        in_play = await app.place_order(api=impatient)
    in_play.api = app.api
    await in_play.act("accept", in_play.seller)
    assert "in_progress" == in_play.order["state"]


async def test_an_action_too_late_does_not_though_nobody_was_there(
    app: AppUnderTest,
) -> None:
    async def attempt(window: str) -> tuple[OrderInPlay, httpx.Response]:
        async with undecided(app, window) as decided:
            await until_after(app, decided)
            # Nobody has carried the deadline out yet, and the order knows it all the same.
            assert [] == (await decided.now())["actions"]
            body = {"reason": "Too late."}
            return decided, await decided.api.act(
                decided.order, "open_dispute", decided.buyer, body
            )

    decided, answer = await in_time(attempt, 2)
    outcome = await outcome_of(decided, answer)
    order = await decided.now()
    assert (False, "deadline-passed") == (outcome["accepted"], outcome["code"])
    assert ("completed", "deadline", "decision") == (
        order["state"],
        order["outcome"]["by"],
        order["outcome"]["cause"],
    )
    assert (8_000, 1_600) == await wallets(decided)


async def test_an_action_in_time_counts_though_nobody_was_there_and_another_came_late(
    app: AppUnderTest,
) -> None:
    async def attempt(window: str) -> tuple[OrderInPlay, list[httpx.Response]]:
        async with undecided(app, window) as decided:
            timely = await decided.api.act(
                decided.order, "open_dispute", decided.buyer, {"reason": "In time."}
            )
            assert (await decided.now())["actions"], "it may have come too late"
            await until_after(app, decided)
            return decided, [timely, await decided.api.act(decided.order, "cancel", decided.seller)]

    decided, answers = await in_time(attempt, 2)
    outcomes = [await outcome_of(decided, answer) for answer in answers]
    assert [(True, None), (False, "action-not-allowed")] == [
        (outcome["accepted"], outcome["code"]) for outcome in outcomes
    ]
    assert ("disputed", (8_000, 0)) == ((await decided.now())["state"], await wallets(decided))


async def test_an_order_that_has_ended_answers_without_a_worker(
    app: AppUnderTest, impatient: ApiClient
) -> None:
    in_play = await (await app.place_order()).reach("completed")
    async with worker_away(app, in_play):
        answer = await impatient.act(in_play.order, "complete", in_play.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "buyer: complete ✗ action-not-allowed" == (await journal(in_play))[-1]


async def test_money_that_came_in_meanwhile_counts(app: AppUnderTest, impatient: ApiClient) -> None:
    in_play = await (await app.place_order(money=2_000)).reach("in_progress")
    body = {"extra_id": in_play.service["extras"][0]["id"]}
    async with worker_away(app, in_play):
        answer = await impatient.act(in_play.order, "buy_extra", in_play.buyer, body)
        await app.api.top_up(in_play.buyer, 500)
    assert True is (await outcome_of(in_play, answer))["accepted"]
    assert eur(2_500) == (await in_play.now())["total"]


async def ready(app: AppUnderTest) -> httpx.Response:
    return await app.api.get("/v1/health/ready")


async def test_the_api_is_not_ready_without_a_worker(app: AppUnderTest) -> None:
    async with worker_away(app):
        answer = await ready(app)
        assert (503, "unavailable") == code(answer)
        assert {"database": True, "temporal": True, "worker": False} == answer.json()["checks"]
    await eventually(lambda: ready(app), lambda found: found.status_code == 200)


async def test_a_worker_that_polls_and_writes_no_heartbeat_is_none(app: AppUnderTest) -> None:
    """As one that is wedged: Temporal's SDK goes on polling for it."""
    worker = app.worker
    await worker.heartbeat.stop()
    async with connection(app.pool) as acquired:
        await worker_heartbeats.beat(acquired, "another, which does not poll")
    answer = await ready(app)
    worker.heartbeat.start()
    assert {"database": True, "temporal": True, "worker": False} == answer.json()["checks"]
    await eventually(lambda: ready(app), lambda found: found.status_code == 200)


async def test_a_worker_of_the_release_before_counts_without_a_heartbeat(
    own_app: AppUnderTest,
) -> None:
    async with own_app.worker_away():
        before = Worker(own_app.temporal, task_queue=TASK_QUEUE, workflows=[OrderWorkflow])
        async with before:
            answer = await eventually(
                lambda: ready(own_app), lambda found: found.status_code == 200
            )
            assert answer.json()["worker"]


class _Broken:
    """A worker that ends as soon as it has begun."""

    async def run(self) -> None:
        raise RuntimeError("no strength")


async def test_one_that_ends_by_itself_is_replaced_and_not_forgotten(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Callable[..., Any]] = [lambda *_, **__: _Broken(), create_worker]
    await app.stop_worker()
    monkeypatch.setattr(
        "tests.app_under_test.create_worker", lambda *given, **named: made.pop(0)(*given, **named)
    )
    app.start_worker()
    await (await app.place_order()).reach("in_progress")
    monkeypatch.undo()
    with pytest.raises(BaseExceptionGroup) as told:
        await app.stop_worker()
    app.start_worker()
    assert [str(one) for one in told.value.exceptions] == ["no strength"]
