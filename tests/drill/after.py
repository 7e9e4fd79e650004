"""After a restore: what the commands say and do, and every order brought to its end."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from temporalio.client import Client

from db.migrate import migrate
from embedded.stack import Stack, running_stack
from infra import temporal
from tests.app_under_test import OPERATOR, ApiClient, calling, eventually, place_order
from tests.db.oracles import violations
from tests.drill import books
from tests.drill.books import Books
from tests.drill.careful import careful
from tests.drill.commands import Said, said
from tests.drill.endings import all_ended
from tests.drill.first_stack import SETTINGS, Rescued
from tests.drill.receivers import Receivers
from tests.drill.restoring import Way, database_restored

SOON = ("--patience", "3")
PATIENTLY = ("--patience", "60")
"""Where nothing is to be found: it takes no longer then, and what is under way is nothing."""
BY = ("--apply", "--by", "olga")


@dataclass(frozen=True, repr=False)
class Back:
    """The database alone, as it came back, and what was said of it before anybody worked."""

    noted: Said
    lost: Said
    books: Books


@dataclass(frozen=True, repr=False)
class Mended:
    """What the commands said in their order, the orders of whose workflows there was no row, and
    the orders that were open and whose workflow ran when all had been repaired."""

    checked: Said
    repaired: Said
    repaired_again: Said
    orphans: set[UUID]
    open: set[UUID]
    running: set[UUID]


@dataclass(frozen=True, repr=False)
class Ended:
    """What there was when every order had ended: the books, what oracles and `check` found wrong,
    the orders whose workflow still ran, how the feed was gone on with, and what could not be read.
    """

    books: Books
    wrong: list[str]
    proof: Said
    running: set[UUID]
    feed: list[httpx.Response]
    unreadable: list[str]


# Not shown: asyncio shows the result of a main task in passing, and this one holds everything.
@dataclass(frozen=True, repr=False)
class Outcome:
    """What came of one way; `sent` is what webhooks and mails told, before and after, by id."""

    way: Way
    back: Back
    mended: Mended
    ended: Ended
    sent: dict[str, set[str]]
    seconds: float


async def played(way: Way, rescued: Rescued, data_dir: Path, receivers: Receivers) -> Outcome:
    """A stack is restored in a way, repaired, and works until every order has ended."""
    began, mark = time.monotonic(), receivers.mark()
    async with database_restored(way, rescued, data_dir) as postgres:
        back = await _back(postgres.database_url(), rescued.feed)
    async with running_stack(
        data_dir,
        port=0,
        temporal_port=0,
        temporal_ui_port=0,
        migrate=migrate,
        extra_env=SETTINGS | receivers.settings,
    ) as stack:
        client = await temporal.connect(
            target_host=stack.temporal_address, namespace=stack.temporal_namespace
        )
        mended = await _mended(stack, client)
        async with calling(stack.api_url, stack.jwt_secret) as api:
            ended = await _ended(stack, client, careful(api), rescued)
    sent = receivers.sent()
    receivers.forget_since(mark)
    return Outcome(way, back, mended, ended, sent, time.monotonic() - began)


async def _back(database_url: str, feed: Path) -> Back:
    where = {"SEQUESTRE_DATABASE_URL": database_url}
    noted = await said("migrate", **where)
    lost = await said("lost", "--feed", str(feed), "--json", **where)
    return Back(noted, lost, await books.read(database_url))


async def _mended(stack: Stack, client: Client) -> Mended:
    place = ("--data-dir", str(stack.data_dir))
    checked = await said("check", "--json", *SOON, *place)
    there = (await books.read(stack.database_url)).orders
    orphans = await orders_that_run(client) - there.keys()
    repaired = await said("repair", *BY, "--terminate-orphans", *SOON, *place)
    again = await said("repair", *BY, *PATIENTLY, *place)
    running = await orders_that_run(client)
    still_open = set((await books.read(stack.database_url)).open)
    return Mended(checked, repaired, again, orphans, still_open, running)


async def _ended(stack: Stack, client: Client, api: ApiClient, rescued: Rescued) -> Ended:
    fresh = await (await place_order(api)).reach("completed")
    assert fresh.order["state"] == "completed"
    await all_ended(api, (await books.read(stack.database_url)).open)
    await eventually(lambda: _told(client))
    feed = await _gone_on(api, rescued)
    proof = await said("check", "--json", *PATIENTLY, "--data-dir", str(stack.data_dir))
    connection = await asyncpg.connect(stack.database_url)
    wrong = await violations(connection)
    await connection.close()
    end = await books.read(stack.database_url)
    unreadable = [path async for path in _unreadable(api, end)]
    return Ended(end, wrong, proof, await orders_that_run(client), feed, unreadable)


async def _unreadable(api: ApiClient, end: Books) -> AsyncIterator[str]:
    for order_id in end.orders:
        for path in (f"/v1/orders/{order_id}", f"/v1/orders/{order_id}/events"):
            if (await api.get(path, OPERATOR)).status_code != httpx.codes.OK:
                yield path


async def orders_that_run(client: Client) -> set[UUID]:
    """The orders, there or not, of which a workflow runs."""
    query = "WorkflowType = 'OrderWorkflow' AND ExecutionStatus = 'Running'"
    return {UUID(one.id.removeprefix("order-")) async for one in client.list_workflows(query)}


async def _told(client: Client) -> bool:
    query = "WorkflowType = 'NotificationWorkflow' AND ExecutionStatus = 'Running'"
    return not [one async for one in client.list_workflows(query)]


async def _gone_on(api: ApiClient, rescued: Rescued) -> list[httpx.Response]:
    """How a backend is answered that goes on from the last event that it has; and where that is
    refused, from the one that it is told to go on from."""
    first = await api.get(f"/v1/events?after={rescued.events[-1]['id']}", OPERATOR)
    if first.status_code == httpx.codes.OK:
        return [first]
    why = str(first.json()["errors"][0])
    known = [one["id"] for one in rescued.events if f"Go on with {one['id']}" in why]
    return [first, *[await api.get(f"/v1/events?after={one}", OPERATOR) for one in known[-1:]]]
