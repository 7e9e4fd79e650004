"""`sequestre up`: whatever is killed, every order goes on, and `check` proves it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.e2e.conftest import PARTS, Up, door_to, started
from tests.house import Deal, Door, Person, eventually, new_deal

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
async def door(up: Up) -> AsyncIterator[Door]:
    """The API of the running stack."""
    async with door_to(up) as door:
        yield door


async def act_carefully(deal: Deal, action: str, who: Person, body: Any) -> None:
    """Repeats an action with the same key until it has been answered for good."""
    key = f"careful-{next(_keys)}"

    async def answered() -> int:
        try:
            return (await deal.door.act(deal.order, action, who, body, key=key)).status_code
        except httpx.HTTPError:
            return 0

    status = await eventually(answered, lambda status: status not in (0, 202, 503))
    assert status == 200, f"{action} was answered with {status}"


async def live(deal: Deal) -> None:
    for action, who, body in LIFE:
        await act_carefully(deal, action, getattr(deal, who), body)


async def test_every_part_is_killed_in_turn_while_orders_run(up: Up, door: Door) -> None:
    deals = [await new_deal(door) for _ in range(ORDERS)]
    lives = asyncio.gather(*(live(deal) for deal in deals))
    for part in PARTS:
        await up.kill(part)
        await up.ready(door)
    await lives
    for deal in deals:
        money = [await door.balance(deal.buyer), await door.balance(deal.seller)]
        assert money == [8_000, 1_600]
    code, output = await up.command("check")
    assert code == 0, output


async def test_check_names_the_order_whose_posting_was_tampered_with(up: Up, door: Door) -> None:
    deal = await (await new_deal(door)).reach("completed")
    other = await (await new_deal(door)).reach("completed")
    owner = await asyncpg.connect(up.stack.database_url)
    await owner.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER append_only")
    await owner.execute(
        "UPDATE ledger.transfer SET amount = amount + 1 WHERE leg = 1 AND tx_id ="
        " (SELECT id FROM ledger.tx WHERE order_id = $1 AND kind = 'release')",
        deal.order["id"],
    )
    await owner.close()
    code, output = await up.command("check")
    assert code == 1
    assert deal.order["id"] in output
    assert other.order["id"] not in output
