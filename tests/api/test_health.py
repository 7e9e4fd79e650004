"""Health, for whoever runs the product. Away parts are in the tests named after them."""

import asyncio

from tests.app_under_test import AppUnderTest


async def test_the_process_lives(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/health/live")
    assert (200, {"status": "live"}) == (answer.status_code, answer.json())


async def test_it_is_ready_once_database_temporal_and_a_worker_answer(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/health/ready")
    assert (200, {"database": True, "temporal": True, "worker": True}) == (
        answer.status_code,
        answer.json(),
    )


async def test_many_may_ask_at_once(app: AppUnderTest) -> None:
    answers = await asyncio.gather(*(app.api.get("/v1/health/ready") for _ in range(50)))
    assert {200} == {answer.status_code for answer in answers}
