"""A release is replaced by the code as it is here, while orders run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from temporalio.client import Client

from db.migrate import migrate
from infra import temporal
from tests.app_under_test import Json
from tests.e2e.conftest import Up, api_of
from tests.rehearsal.rehearsed_order import RehearsedOrder, Stuck
from tests.rehearsal.release import Release, current
from tests.rehearsal.running import checked, freeze_worker, killed, running
from tests.rehearsal.scenes import SCENES, WHILE_REPLACED
from tests.workflows.stage import failures
from workflows.order import workflow_id

Say = Callable[[str], None]


class Failed(Exception):
    """The rehearsal failed; says where."""


async def rehearsed(before: Release, data_dir: Path, say: Say) -> None:
    """Orders that `before` began are carried on by the code as it is here.

    Raises:
        Failed: one of them is not, or something does not hold in the end.
    """
    async with running(before, data_dir) as up:
        orders = await _begun(up, say)
        await _migrated(up, say)
        await _left(up, orders, say)
        await killed(up)
    now = current()
    say("Killed, and started again from the code as it is here.")
    async with running(now, data_dir) as up:
        await _finished(up, orders, say)
        code, said = await checked(now, data_dir)
    if code:
        raise Failed(f"`sequestre check` ends with {code}:\n{said}")
    say(said)


async def _begun(up: Up, say: Say) -> list[RehearsedOrder]:
    """All orders but the last one, each where it is to be left."""
    async with api_of(up) as api:
        orders = [RehearsedOrder(scene, api) for scene in SCENES[:-1]]
        await together(order.open() for order in orders)
    say(f"{len(orders)} orders were begun.")
    return orders


async def _migrated(up: Up, say: Say) -> None:
    """The schema goes ahead, and the release before must still work with it."""
    applied = await migrate(up.stack.database_url)
    say(f"Migrated while it ran: {', '.join(str(applied).splitlines())}.")
    async with api_of(up) as api:
        await together([RehearsedOrder(WHILE_REPLACED, api).open()])
    say("An order was begun and ended by it on the new schema.")


async def _left(up: Up, orders: list[RehearsedOrder], say: Say) -> None:
    """The last order is begun, and from then on nobody carries anything out."""
    async with api_of(up) as api:
        orders.append(RehearsedOrder(SCENES[-1], api))
        await orders[-1].open()
        await freeze_worker(up)
        for order in orders:
            order.api = api
        await together(order.ask() for order in orders)
    say("Its worker stands still, and requests are left undecided.")


async def _finished(up: Up, orders: Sequence[RehearsedOrder], say: Say) -> None:
    where: Json = {
        "target_host": up.stack.temporal_address,
        "namespace": up.stack.temporal_namespace,
    }
    client = await temporal.connect(**where)
    async with api_of(up) as api:
        for order in orders:
            order.api = api
        await together(_finish(order, client, say) for order in orders)


async def _finish(order: RehearsedOrder, client: Client, say: Say) -> None:
    try:
        await order.finish()
    except Stuck as stuck:
        raise Stuck(f"{stuck}{await _why(client, order)}") from None
    say(f"✓ {order.scene.name}: {order.scene.end}")


async def _why(client: Client, order: RehearsedOrder) -> str:
    """Why tasks of the order's workflow failed, if any did."""
    handle = client.get_workflow_handle(workflow_id(order.id))
    found = failures([event async for event in handle.fetch_history_events()])
    return f"; its workflow fails: {found[-1]}" if found else ""


async def together(parts: Iterable[Awaitable[None]]) -> None:
    """All at the same time, each to its end.

    Raises:
        Failed: some orders are stuck; says which and where.
    """
    ends = await asyncio.gather(*parts, return_exceptions=True)
    stuck = [end for end in ends if isinstance(end, Stuck)]
    for end in ends:
        if end is not None and end not in stuck:
            raise end
    if stuck:
        lines = "".join(f"\n✗ {one}" for one in stuck)
        raise Failed(f"{len(stuck)} of {len(ends)} orders do not go on:{lines}")
