"""Known-bad variants that run: a client that is not careful, and a product without a worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random
from uuid import uuid4

import asyncpg
import httpx

from db.pool import speak_json
from tests.app_under_test import ApiClient, AppUnderTest, Person, eventually
from tests.chaos.clients import Clients, Intent
from tests.chaos.conftest import planned
from tests.chaos.evidence import Evidence, of_database
from tests.chaos.market import Market
from tests.chaos.oracles import violations
from tests.chaos.played_orders import PlayedOrder
from tests.chaos.proxy import Link, Weather
from tests.db import oracles as questions

PATIENCE = timedelta(minutes=10)
MOST_ORDERS = 12


@dataclass
class Careless(Clients):
    """Takes a new key for each attempt."""

    def key_for(self, intent: Intent) -> str:
        return f"{intent.key}-{uuid4()}"


@asynccontextmanager
async def losing_replies(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """The API through a link that loses every other reply."""
    port = app.api.client.base_url.port
    link = Link("client", partial(asyncio.open_connection, "127.0.0.1", port), chance=0.5)
    async with link.listening():
        link.weather = Weather.LOSE_REPLIES
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{link.port}", timeout=10, trust_env=False
        ) as client:
            yield ApiClient(client)


async def left_by(clients: Clients, app: AppUnderTest) -> Evidence:
    """What is in the database after them."""
    connection = await asyncpg.connect(app.database_url)
    try:
        await speak_json(connection)
        return await of_database(connection, clients, PATIENCE)
    finally:
        await connection.close()


async def live(clients: Clients, number: int) -> None:
    """One order in which every wallet has more than enough."""
    market = Market(clients)
    await market.top_up(Person("buyer-0"), 10_000)
    await PlayedOrder(market, planned(number, "paid"), window=10).play(_nothing)


async def found_of(careless: Clients, app: AppUnderTest) -> dict[str, list[str]]:
    """What is found wrong, once a reply was lost whose request does something a second time: chance
    may lose none of them to an order, and draws for each piece in which replies come."""
    for number in range(2, MOST_ORDERS):
        await live(careless, number)
        found = violations(await left_by(careless, app))
        if "effects" in found:
            break
    return found


async def test_a_client_with_a_new_key_for_each_attempt_is_seen_by_counting_alone(
    own_app: AppUnderTest,
) -> None:
    async with losing_replies(own_app) as api:
        careful = Clients(api, patience=30, random=Random(1))
        await live(careful, 1)
        assert any(intent.sent > 1 for intent in careful.intents)
        assert violations(await left_by(careful, own_app)) == {}

        careless = Careless(api, patience=30, random=Random(2), intents=careful.intents)
        found = await found_of(careless, own_app)
    assert "effects" in found
    assert "ledger" not in found


async def test_an_order_past_its_deadline_is_seen_while_no_worker_runs(
    own_app: AppUnderTest,
) -> None:
    async with own_app.with_settings(acceptance_window=timedelta(seconds=1)) as api:
        clients = Clients(api, patience=20, random=Random(3))
        market = Market(clients)
        await market.top_up(Person("buyer-1"), 10_000)
        life = PlayedOrder(market, replace(planned(3, "nobody accepts"), buyer="buyer-1"), window=1)
        connection = await asyncpg.connect(own_app.database_url)

        async def overdue() -> list[str]:
            return await questions.violations(connection, timedelta(seconds=0.5), ("liveness",))

        async with own_app.worker_away():
            await life.play(_nothing)
            assert life.seen is not None
            assert any(life.seen["id"] in one for one in await eventually(overdue))
        await eventually(overdue, lambda found: not found)
        await connection.close()


async def _nothing(_moves: int) -> None:
    return
