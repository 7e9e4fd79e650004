"""A process dies between any two lines of an action: it is done once, and answered as done."""

import itertools
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.check import proof_of
from cli.stack_connection import StackConnection
from db.audit import Finding
from db.migrate import migrate
from embedded.stack import Stack, running_stack
from tests.app_under_test import (
    DELIVER,
    ApiClient,
    Json,
    OrderInPlay,
    Person,
    calling,
    eventually,
    place_order,
)
from tests.e2e.conftest import BACK_SECONDS
from tests.e2e.crashing import FILE, arm

PROGRAMS = {name: (sys.executable, "-m", "tests.e2e.crashing", name) for name in ("api", "worker")}
STEP = ["before the step is written", "after the step is written"]
REQUEST = [
    "before the request is written",
    "after the request is committed",
    "before it is handed on",
    "after the signal",
    "before the answer",
]
PLACING = [
    "after the order is placed",
    "after its workflow is started",
    "after its start is noted",
]
_keys = itertools.count()


@dataclass(frozen=True)
class Minefield:
    """A running stack whose processes die where they are told to."""

    stack: Stack
    api: ApiClient
    file: Path

    async def carefully(self, path: str, who: Person, body: Any) -> httpx.Response:
        """Asks with one key until it has been answered for good."""
        key = f"crash-{next(_keys)}"
        last: list[httpx.Response] = []

        async def answered() -> int:
            try:
                last[:] = [await self.api.post(path, who, body, key=key)]
            except httpx.HTTPError:
                return 0
            return last[0].status_code

        await eventually(
            answered, lambda status: status not in (0, 202, 503), patience=BACK_SECONDS
        )
        return last[0]

    async def somebody_died(self) -> bool:
        """Whether a process has come to the point where it was to die."""
        return not self.file.exists()

    async def answers(self) -> bool:
        """Whether the API does; it may be what has died."""
        try:
            return (await self.api.get("/v1/health/live")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def dies_at(self, point: str, path: str, who: Person, body: Any) -> Json:
        """The answer to a request during which a process has died."""
        arm(self.file, point)
        answer = await self.carefully(path, who, body)
        await eventually(self.somebody_died)  # who answered may have been quicker than who dies
        await eventually(self.answers, patience=BACK_SECONDS)
        assert answer.status_code in (200, 201), answer.text
        document: Json = answer.json()
        return document

    async def act(
        self, point: str, in_play: OrderInPlay, action: str, who: Person, body: Any = None
    ) -> Json:
        """An action during which a process dies."""
        path = f"/v1/orders/{in_play.order['id']}/actions/{action}"
        return await self.dies_at(point, path, who, body)

    async def delivered(self) -> OrderInPlay:
        """A delivered order, though whoever died before may still be away."""
        in_play = await place_order(self.api)
        for action, body in (("accept", None), ("deliver", DELIVER)):
            path = f"/v1/orders/{in_play.order['id']}/actions/{action}"
            assert (await self.carefully(path, in_play.seller, body)).status_code == 200
        return in_play

    async def findings(self) -> list[Finding]:
        """What does not hold in books, journals and workflows."""
        where = {
            "target_host": self.stack.temporal_address,
            "namespace": self.stack.temporal_namespace,
        }
        return (await proof_of(StackConnection(self.stack.database_url, where))).findings


@pytest.fixture(scope="module")
async def field(passable: Path) -> AsyncIterator[Minefield]:
    """One stack for all of them."""
    file = passable / "crash"
    async with (
        running_stack(
            passable / "crashing",
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=migrate,
            extra_env={FILE: str(file)},
            fast=True,
            programs=PROGRAMS,
        ) as stack,
        calling(stack.api_url, stack.jwt_secret) as api,
    ):
        yield Minefield(stack, api, file)


async def journal(in_play: OrderInPlay) -> list[str]:
    return [event["action"] for event in await in_play.api.events(in_play.order, in_play.buyer)]


@pytest.mark.parametrize("point", STEP + REQUEST)
async def test_an_order_is_paid_out_once(field: Minefield, point: str) -> None:
    in_play = await field.delivered()
    order = await field.act(point, in_play, "complete", in_play.buyer)
    assert (order["state"], order["outcome"]["paid_to_seller"]["amount"]) == ("completed", 1600)
    assert (
        await field.api.balance(in_play.buyer),
        await field.api.balance(in_play.seller),
    ) == (8_000, 1_600)
    assert await journal(in_play) == ["place", "accept", "deliver", "complete"]


@pytest.mark.parametrize("point", STEP)
async def test_an_extra_is_paid_once(field: Minefield, point: str) -> None:
    in_play = await field.delivered()
    extra = {"extra_id": in_play.service["extras"][0]["id"]}
    order = await field.act(point, in_play, "buy_extra", in_play.buyer, extra)
    assert (order["state"], order["total"]["amount"]) == ("in_progress", 2500)
    assert await field.api.balance(in_play.buyer) == 7_500
    assert await journal(in_play) == ["place", "accept", "deliver", "buy_extra"]


@pytest.mark.parametrize("point", PLACING)
async def test_an_order_is_placed_once_and_lives(field: Minefield, point: str) -> None:
    in_play = await place_order(field.api)
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    in_play.order = await field.dies_at(point, "/v1/orders", in_play.buyer, body)
    assert await field.api.balance(in_play.buyer) == 6_000
    path = f"/v1/orders/{in_play.order['id']}/actions/accept"
    assert (await field.carefully(path, in_play.seller, None)).status_code == 200
    assert await journal(in_play) == ["place", "accept"]


async def test_afterwards_everything_holds(field: Minefield) -> None:
    assert await field.findings() == []
