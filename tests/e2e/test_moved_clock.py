"""`sequestre up --test-clock`: what is killed while the clock is moved carries on, a restart goes
on where it was, and no stack changes from one kind of clock to the other."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from tests.app_under_test import OPERATOR, ApiClient, Json, eventually, place_order
from tests.e2e.conftest import BACK_SECONDS, COMMAND, Up, api_of, started
from tests.freezing import frozen

ADVANCE = "/v1/test-clock/advance"
CLOCK = ("--test-clock",)


async def clock(api: ApiClient) -> Json:
    """How the clock stands; where nobody answers just now, as if it were on its way."""
    try:
        answer = await api.get("/v1/test-clock", OPERATOR)
    except httpx.HTTPError:
        return {"target": "?"}
    found: Json = answer.json()
    return found if answer.status_code == 200 else {"target": "?"}


async def refused(data_dir: Path, *options: str) -> str:
    """What `sequestre up` says where it does not start."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "up",
        *("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0"),
        *("--data-dir", str(data_dir), *options),
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 2
    return " ".join(output.decode().split())


async def on_its_way(up: Up, api: ApiClient) -> asyncio.Task[httpx.Response]:
    """The clock is moved by a month, which is not over before it has been seen on its way: until
    then nobody carries out what falls due."""
    async with frozen(up.pid("worker")):
        asked = asyncio.create_task(api.post(ADVANCE, OPERATOR, {"by": "P30D"}, key="a-month"))
        await eventually(lambda: clock(api), lambda found: found["target"] not in (None, "?"))
    return asked


async def by_a_week(api: ApiClient) -> httpx.Response:
    """The answer to moving the clock by a week, asked for anew where it is still on its way."""
    return await api.post(ADVANCE, OPERATOR, {"by": "P7D"}, key="a-week")


async def test_it_goes_on_whatever_dies_and_stays_what_it_is(passable: Path) -> None:
    data_dir = passable / "moved"
    async with started(data_dir, options=CLOCK) as up, api_of(up) as api:
        before = datetime.fromisoformat((await clock(api))["now"])
        orders = [await place_order(api) for _ in range(8)]
        advancing = await on_its_way(up, api)
        await up.kill("api")
        await asyncio.gather(advancing, return_exceptions=True)
        await up.kill("worker")
        arrived = await eventually(
            lambda: clock(api), lambda found: found["target"] is None, patience=BACK_SECONDS
        )
        now = datetime.fromisoformat(arrived["now"])
        assert timedelta(days=30) <= now - before < timedelta(days=30, hours=1)
        assert {"cancelled"} == {(await one.now())["state"] for one in orders}
        code, output = await up.command("check")
        assert code == 0, output

    assert "start it with --test-clock" in await refused(data_dir)

    async with started(data_dir, options=CLOCK) as up, api_of(up) as api:
        assert datetime.fromisoformat((await clock(api))["now"]) >= now
        in_play = await place_order(api)
        await eventually(lambda: by_a_week(api), lambda answer: answer.status_code == 200)
        assert (await in_play.now())["state"] == "cancelled"


async def test_orders_that_go_by_the_machines_clock_go_on_doing_so(passable: Path) -> None:
    data_dir = passable / "unmoved"
    async with started(data_dir) as up, api_of(up) as api:
        await place_order(api)
        assert (await api.get("/v1/test-clock", OPERATOR)).status_code == 404
    assert "without --test-clock" in await refused(data_dir, *CLOCK)
