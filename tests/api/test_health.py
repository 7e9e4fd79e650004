"""Health, for whoever runs the product. Away parts are in the tests named after them."""

import asyncio

import httpx

from tests.app_under_test import AppUnderTest, eventually


async def test_the_process_lives(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/health/live")
    assert (200, {"status": "live"}) == (answer.status_code, answer.json())


async def ready(app: AppUnderTest) -> httpx.Response:
    return await app.api.get("/v1/health/ready")


async def test_it_is_ready_once_database_temporal_and_a_worker_answer(app: AppUnderTest) -> None:
    answer = await eventually(lambda: ready(app), lambda found: found.status_code == 200)
    assert (200, {"database": True, "temporal": True, "worker": True}) == (
        answer.status_code,
        answer.json(),
    )


async def test_many_may_ask_at_once(app: AppUnderTest) -> None:
    async def many() -> set[int]:
        answers = await asyncio.gather(*(ready(app) for _ in range(50)))
        return {answer.status_code for answer in answers}

    # A worker that was busy for ten seconds is taken for dead until its next heartbeat.
    assert {200} == await eventually(many, lambda found: found == {200})
