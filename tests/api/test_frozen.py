"""A process that freezes while it holds an order: the server takes the order out of its hands."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.api.assertions import code, journal
from tests.app_under_test import (
    OPERATOR,
    AppUnderTest,
    OrderInPlay,
    eventually,
    in_time,
    somebody,
)
from tests.contract import eur
from tests.db.freezing import REQUEST


@asynccontextmanager
async def ready_to_write(app: AppUnderTest) -> AsyncIterator[Process]:
    """A process that is about to write a request: it has started, which takes a busy machine longer
    than any window that a test can wait for."""
    argv = [sys.executable, "-m", "tests.db.freezing", app.database_url]
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE)
    try:
        assert await _says(process) == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def writes(process: Process, in_play: OrderInPlay) -> None:
    """Has it write a request of the buyer's, which it does not commit."""
    assert process.stdin is not None
    process.stdin.write(f"{in_play.order['id']} {in_play.buyer.id}\n".encode())
    assert await _says(process) == b"written\n"


async def _says(process: Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


@pytest.fixture
async def processes() -> AsyncIterator[AsyncExitStack]:
    """Those that were started, until the test's end."""
    async with AsyncExitStack() as started:
        yield started


async def test_a_deadline_is_carried_out_past_a_process_that_froze_in_a_request(
    app: AppUnderTest, processes: AsyncExitStack
) -> None:
    async def frozen(window: str) -> tuple[OrderInPlay, Process]:
        process = await processes.enter_async_context(ready_to_write(app))
        async with app.with_settings(acceptance_window=window) as api:
            in_play = await app.place_order(api=api)
            in_play.api = app.api
            await writes(process, in_play)
            process.send_signal(signal.SIGSTOP)
            assert (await in_play.now())["state"] == "pending"
        return in_play, process

    in_play, process = await in_time(frozen)
    order = await eventually(in_play.now, lambda order: bool(order["state"] != "pending"))
    assert (order["state"], order["outcome"]["by"]) == ("cancelled", "deadline")
    assert await app.api.balance(in_play.buyer) == 10_000
    entries = [
        one for one in await journal(in_play) if "remind" not in one
    ]  # a long window has one
    assert entries == ["buyer: place → pending", "deadline: cancel → cancelled"]
    process.send_signal(signal.SIGCONT)
    said, _ = await process.communicate(b"\n")
    assert said == b"unavailable\n"
    asked = await app.api.get(f"/v1/orders/{order['id']}/requests/{REQUEST}", in_play.buyer)
    assert code(asked) == (404, "not-found")


async def test_who_waits_too_long_for_a_lock_is_told_to_come_again(app: AppUnderTest) -> None:
    who, body = somebody("buyer"), eur(100)
    path = f"/v1/wallets/{who.id}/top-ups"

    async def asked() -> Any:
        return await app.api.post(path, OPERATOR, body, key=f"top-up-{who.id}-2")

    await app.api.top_up(who, 100)
    holder = await asyncpg.connect(app.database_url)
    async with holder.transaction():
        await holder.execute(
            "SELECT FROM ledger.balance JOIN ledger.account a ON a.id = account_id"
            " WHERE a.owner = $1 FOR UPDATE OF balance",
            who.id,
        )
        assert code(await asked()) == (503, "unavailable")
    await holder.close()
    assert (await asked()).status_code == 201
    assert await app.api.balance(who) == 200


async def test_an_order_that_somebody_holds_goes_on_when_it_is_let_go(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    holder = await asyncpg.connect(app.database_url)
    async with holder.transaction():
        await holder.execute(
            "SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", in_play.order["id"]
        )
        path = f"/v1/orders/{in_play.order['id']}/actions/accept"
        answer = await app.api.post(path, in_play.seller)
        assert answer.status_code == 202
        # Each try is given up by the server after a while: one has been, and another has begun.
        await eventually(lambda: _tries(app, in_play), lambda tries: tries > 1)
    await holder.close()
    order = await eventually(in_play.now, lambda order: bool(order["state"] != "pending"))
    assert order["state"] == "in_progress"


async def _tries(app: AppUnderTest, in_play: OrderInPlay) -> int:
    handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
    description = await handle.describe()
    return max((one.attempt for one in description.raw_description.pending_activities), default=0)
