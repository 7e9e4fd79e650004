"""The lines that a test takes for its own."""

import asyncio

import structlog

from tests.own_logs import own_logs

log = structlog.get_logger()


async def test_what_others_log_meanwhile_is_not_among_them() -> None:
    asked = asyncio.Event()

    async def says(word: str) -> None:
        await asked.wait()
        log.info(word)

    before = asyncio.create_task(says("of another"))
    with own_logs() as found:
        log.info("own")
        begun = asyncio.create_task(says("begun"))
        asked.set()
        await asyncio.gather(before, begun)
    log.info("afterwards")
    assert [one["event"] for one in found] == ["own", "begun"]
