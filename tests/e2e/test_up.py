"""`sequestre up`: whatever is killed, every order goes on, and `check` proves it."""

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from tests.app_under_test import ApiClient, OrderInPlay, Person, eventually, place_order
from tests.e2e.conftest import BACK_SECONDS, PARTS, Up, api_of, started
from tests.scraped import scraped

ORDERS = 8
LIFE: tuple[tuple[str, str, Any], ...] = (
    ("accept", "seller", None),
    ("deliver", "seller", {"message": "Here."}),
    ("request_revision", "buyer", {"reason": "Bluer."}),
    ("refuse_revision", "seller", {"ground": "vague", "reason": "How blue?"}),
    ("complete", "buyer", None),
)

_keys = itertools.count()


@pytest.fixture(scope="module")
async def up(passable: Path) -> AsyncIterator[Up]:
    """One stack for all these tests."""
    async with started(passable / "up") as running:
        yield running


@pytest.fixture
async def api(up: Up) -> AsyncIterator[ApiClient]:
    """The API of the running stack."""
    async with api_of(up) as api:
        yield api


async def act_carefully(in_play: OrderInPlay, action: str, who: Person, body: Any) -> None:
    """Repeats an action with the same key until it has been answered for good."""
    key = f"careful-{next(_keys)}"

    async def answered() -> int:
        try:
            return (await in_play.api.act(in_play.order, action, who, body, key=key)).status_code
        except httpx.HTTPError:
            return 0

    status = await eventually(
        answered, lambda status: status not in (0, 202, 503), patience=len(PARTS) * BACK_SECONDS
    )
    assert status == 200, f"{action} was answered with {status}"


async def live(in_play: OrderInPlay) -> None:
    for action, who, body in LIFE:
        await act_carefully(in_play, action, getattr(in_play, who), body)


@pytest.mark.parametrize(
    ("whose", "name"),
    [
        ("api", "sequestre_temporal_answers"),
        ("worker", "sequestre_orders_without_workflow"),
        ("sdk", "temporal_worker_task_slots_available"),
    ],
)
async def test_metrics_are_shown_on_this_machine(whose: str, name: str, up: Up) -> None:
    address = urlsplit(up.stack.metrics_urls[whose])
    assert address.hostname == "127.0.0.1"

    async def shown() -> bool:
        return any(of == name for of, _ in await scraped(address.netloc))

    await eventually(shown)


async def test_every_part_is_killed_in_turn_while_orders_run(up: Up, api: ApiClient) -> None:
    orders_in_play = [await place_order(api) for _ in range(ORDERS)]
    lives = asyncio.gather(*(live(in_play) for in_play in orders_in_play))
    for part in PARTS:
        await up.kill(part)
        await up.ready(api)
    await lives
    for in_play in orders_in_play:
        money = [await api.balance(in_play.buyer), await api.balance(in_play.seller)]
        assert money == [8_000, 1_600]
    code, output = await up.command("check")
    assert code == 0, output


async def test_a_frozen_worker_is_noticed_and_welcome_again(up: Up, api: ApiClient) -> None:
    """Temporal goes on taking it for alive for over a minute, longer than is waited here."""

    async def looked() -> httpx.Response:
        return await api.get("/v1/health/ready")

    await up.ready(api)
    frozen = up.pid("worker")
    os.kill(frozen, signal.SIGSTOP)
    try:
        answer = await eventually(looked, lambda found: found.status_code == 503)
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert answer.json()["checks"] == {"database": True, "temporal": True, "worker": False}
    await up.ready(api)
    assert up.pid("worker") == frozen


async def test_check_names_the_order_whose_posting_was_tampered_with(
    up: Up, api: ApiClient
) -> None:
    in_play = await (await place_order(api)).reach("completed")
    other = await (await place_order(api)).reach("completed")
    owner = await asyncpg.connect(up.stack.database_url)
    await owner.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER append_only")
    await owner.execute(
        "UPDATE ledger.transfer SET amount = amount + 1 WHERE leg = 1 AND tx_id ="
        " (SELECT id FROM ledger.tx WHERE order_id = $1 AND kind = 'release')",
        in_play.order["id"],
    )
    await owner.close()
    code, output = await up.command("check")
    assert code == 1
    assert in_play.order["id"] in output
    assert other.order["id"] not in output
