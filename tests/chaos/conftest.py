"""A product in which some orders were played in peace, for the oracles to be shown."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import asyncpg
import pytest

from db.pool import speak_json
from tests.app_under_test import AppUnderTest, Person, eventually
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence, gathered, of_database
from tests.chaos.feed import Follower
from tests.chaos.kinds import KINDS
from tests.chaos.market import Market
from tests.chaos.plan import PlannedOrder
from tests.chaos.played_orders import PlayedOrder
from tests.db.market import Owner

PATIENCE = timedelta(minutes=10)
PLAYED = ("plain", "extras", "split", "offers closed", "settled", "wish refused twice", "stopped")
WINDOW = 10.0


@dataclass(frozen=True)
class QuietApp:
    """A product, what its clients were told, and everything that is left of it."""

    app: AppUnderTest
    clients: Clients
    evidence: Evidence

    async def again(self, connection: Owner) -> Evidence:
        """What a connection sees now of the database; the rest as it was."""
        seen = await of_database(connection, self.clients, PATIENCE)
        seen.workflows, seen.inboxes = self.evidence.workflows, self.evidence.inboxes
        seen.readings, seen.wallets = self.evidence.readings, self.evidence.wallets
        seen.feed = self.evidence.feed
        seen.conversations = self.evidence.conversations
        return seen


def planned(number: int, kind: str) -> PlannedOrder:
    """An order that nothing interferes with."""
    return PlannedOrder(
        number=number,
        kind=kind,
        buyer="buyer-0",
        seller="seller-0",
        price=1_999,
        extras=1,
        means=True,
        steps=tuple(KINDS[kind]),
        seed=number,
    )


@pytest.fixture(scope="module")
async def quiet(own_app: AppUnderTest) -> QuietApp:
    """Some orders of different kinds, each brought to its end."""
    clients = Clients(own_app.api, patience=20, random=Random(1))
    market = Market(clients)
    await market.top_up(Person("buyer-0"), 50_000)
    for number, kind in enumerate(PLAYED):
        life = PlayedOrder(market, planned(number, kind), WINDOW)
        await life.play(_nothing)
        assert life.went_as_planned, kind

    await market.regret(await market.top_up(Person("seller-0"), 300), operators=2)
    await market.regret(await market.take_commission(7), operators=1)

    async def still() -> Evidence:
        found = await gathered(own_app.database_url, own_app.temporal, clients, PATIENCE)
        found.feed = await Follower(clients).to_the_end()
        return found

    def ended(evidence: Evidence) -> bool:
        assert evidence.workflows is not None
        return all(seen.status == "completed" for seen in evidence.workflows.values())

    return QuietApp(own_app, clients, await eventually(still, ended))


@pytest.fixture
async def owner(quiet: QuietApp) -> AsyncIterator[Owner]:
    """A superuser's transaction in which nothing is guarded; it is rolled back."""
    connection: Owner = await asyncpg.connect(quiet.app.database_url)
    await speak_json(connection)
    transaction = connection.transaction()
    await transaction.start()
    books = ("ledger.transfer", "ledger.tx")
    for table in (*books, "events", "orders", "requests", "notices", "messages"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    yield connection
    await transaction.rollback()
    await connection.close()


async def _nothing(_moves: int) -> None:
    return
