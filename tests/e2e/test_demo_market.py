"""`sequestre up --demo`: a whole marketplace, filled once, whatever comes between."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli.demo.market_progress import kept_progress
from cli.demo.market_story import read_market
from domain.vocabulary import State
from embedded.stack_file import read_stack
from tests.app_under_test import OPERATOR, ApiClient, Json, Person, place_order
from tests.e2e.conftest import COMMAND, Up, api_of, started
from tests.e2e.test_moved_clock import refused
from texts.demo_people import PEOPLE

PORTS = ("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0")
IN_THE_MIDDLE = 90
"""Deeds after which the first try is interrupted."""


@asynccontextmanager
async def demo(data_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`sequestre up --demo`, whose lines can be read; stopped by SIGTERM at the end."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *("up", "--demo", *PORTS, "--data-dir", str(data_dir)),
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
        assert process.returncode == 0


async def lines_until(process: asyncio.subprocess.Process, words: str) -> str:
    """What it prints until it says these words."""
    assert process.stdout is not None
    printed = ""
    while words not in printed:
        line = await process.stdout.readline()
        assert line, f"it has ended, and said: {printed}"
        printed += line.decode()
    return printed


async def every(api: ApiClient, path: str, who: Person = OPERATOR) -> list[Json]:
    """Everything on a list of up to a hundred."""
    answer = await api.get(f"{path}?limit=100", who)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def counted(api: ApiClient) -> list[int]:
    """How much there is of all that a second filling would add to."""
    orders = await every(api, "/v1/orders")
    paths = ["/v1/services", "/v1/transfers", "/v1/webhook-endpoints", "/v1/disputes"]
    paths += [f"/v1/orders/{one['id']}/{part}" for one in orders for part in ("events", "messages")]
    return [len(orders), *[len(await every(api, path)) for path in paths]]


def demand_every_situation(orders: list[Json]) -> None:
    """Everything is there that the pages have something to say about."""
    assert {one["state"] for one in orders} == set(State)
    cases = [one["dispute"] for one in orders if one["state"] == "disputed"]
    assert {case["mediator_id"] for case in cases} == {None, "ines", "paul"}
    assert any(one["late"] for one in orders)
    asked = [one for one in orders if one["state"] == "revision_requested"]
    assert {one["deadline"] is None for one in asked} == {True, False}
    wishes = {(one["cancellation_request"] or {}).get("status") for one in orders}
    assert wishes >= {"asked", "refused"}
    assert any(one["offer"] for one in orders)
    assert any(len(one["settlements"]) == 2 for one in orders)
    kinds = Counter(line["kind"] for one in orders for line in one["lines"])
    assert kinds["extra"] >= 3
    assert kinds["offer"] >= 1
    ends = {(one["outcome"]["kind"], one["outcome"]["by"]) for one in orders if one["outcome"]}
    assert ends >= {("settled", "mediator"), ("settled", "buyer"), ("completed", "deadline")}
    assert {one["total"]["currency"] for one in orders} == {"EUR", "JPY"}
    assert all(one["buyer_name"] and one["seller_name"] for one in orders)


async def demand_lively(api: ApiClient, orders: list[Json]) -> None:
    """People talk, buttons did not work, money came, went and came back."""
    deeds = read_market()[0].deeds()
    told = [await every(api, f"/v1/orders/{one['id']}/messages") for one in orders]
    assert sum(deed.does == "write" for deed in deeds) == sum(map(len, told)) > 30
    journals = [await every(api, f"/v1/orders/{one['id']}/events") for one in orders]
    refusals = sum(not event["accepted"] for journal in journals for event in journal)
    assert sum(deed.refused is not None for deed in deeds) == refusals > 3
    kinds = {one["kind"] for one in await every(api, "/v1/transfers")}
    assert kinds == {"top_up", "payout", "reversal"}
    (endpoint,) = await every(api, "/v1/webhook-endpoints")
    assert endpoint["url"] == "http://127.0.0.1:9/orders"
    bands = [
        (await api.get(f"/v1/sellers/{who}/reputation", OPERATOR)).json()["band"]
        for who in ("lucie", "tomas", "aiko")
    ]
    assert bands == ["green", "orange", None]


@pytest.mark.timeout(1200)
async def test_it_is_filled_once_though_it_was_interrupted(passable: Path) -> None:
    data_dir = passable / "market"
    deeds = len(read_market()[0].deeds())
    async with demo(data_dir) as process:
        await lines_until(process, "Filling the marketplace")
        while (found := kept_progress(data_dir)) is None or found.done < IN_THE_MIDDLE:
            await asyncio.sleep(0.1)
    left = kept_progress(data_dir)
    assert left is not None
    assert IN_THE_MIDDLE <= left.done < deeds

    async with demo(data_dir) as process:
        printed = await lines_until(process, "/console")
        assert "going on where it was" in printed
        up = Up(process, data_dir, read_stack(data_dir))
        async with api_of(up) as api:
            orders = await every(api, "/v1/orders")
            assert len(orders) == 30
            demand_every_situation(orders)
            await demand_lively(api, orders)
            before = await counted(api)
        code, output = await up.command("check")
        assert code == 0, output

    async with demo(data_dir) as process:
        printed = await lines_until(process, "/console")
        assert "nothing was added" in printed
        assert "/enter" in printed
        async with api_of(Up(process, data_dir, read_stack(data_dir))) as api:
            assert before == await counted(api)


@pytest.mark.parametrize("options", [(), ("--test-clock",)])
async def test_orders_of_another_kind_are_left_alone(
    passable: Path, options: tuple[str, ...]
) -> None:
    data_dir = passable / f"others-{len(options)}"
    async with started(data_dir, options=options) as up, api_of(up) as api:
        await place_order(api)
    assert "not the demonstration's: start it without --demo" in await refused(data_dir, "--demo")
    assert kept_progress(data_dir) is None


def test_the_story_is_of_the_people_whom_one_can_enter_as() -> None:
    market, _ = read_market()
    people = {person.id for person in PEOPLE}
    deeds = market.deeds()
    assert {deed.who for deed in deeds} == people
    assert {sold.seller for sold in market.services.values()} <= people
    assert deeds == sorted(deeds, key=lambda deed: deed.at)
    assert max(deed.at for deed in deeds) < market.ends
    for name, order in market.orders.items():
        life = [deed.at for deed in order.life]
        assert life == sorted(life), f"{name} is not told in the order of time"
        assert all(order.placed < at for at in life), name
