"""Readers of the feed at the level of its tables, and writers who take their time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from db import feed, steps, wallets
from db.feed import DISPUTE, OF_NO_ORDER, STEP, TRANSFER, FeedEntry, Subject
from db.pool import Connection, Pool
from domain.ledger import PostingKind
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import Action, State
from tests.db.market import Market, Owner, act_of, buyer_of, completion, seller_of

T = TypeVar("T")

FEEDING = {"events.fed", "ledger.tx.fed", "provider_events.fed"}
"""The triggers that have what happens stand in the feed. They refuse nothing."""

MANY, A_FEW = 1_000, 7
MOST_ROUNDS = 3
"""How often a reader looks, at the most, between a write and its commit."""


class Reader:
    """Goes on from the last entry that it has, and never looks back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.read: list[FeedEntry] = []
        self.rounds = 0
        self._looked = asyncio.Condition()

    async def go_on(self, limit: int = MANY) -> bool:
        """Reads what comes next; gives whether there was anything."""
        after = self.read[-1].number if self.read else 0
        async with self._pool.acquire() as connection:
            waits = await feed.give_numbers(connection, limit)
            last = await feed.last(connection)
            up_to = last.number if last else 0
            found = await feed.page(connection, after, up_to, (), limit)
        self.read += found
        async with self._looked:
            self.rounds += 1
            self._looked.notify_all()
        return bool(found) or waits

    async def looks(self, times: int) -> None:
        """Returns when it has read so often from now on."""
        until = self.rounds + times
        async with self._looked:
            await self._looked.wait_for(lambda: self.rounds >= until)

    async def to_the_end(self) -> list[FeedEntry]:
        """Reads all there is."""
        while await self.go_on(A_FEW):
            pass
        return self.read


async def everything(pool: Pool) -> list[FeedEntry]:
    """The feed from the beginning."""
    return await Reader(pool).to_the_end()


async def written(owner: Owner) -> set[Subject]:
    """What should stand in the feed, by the journals, the books and what was said of disputes."""
    taken = await owner.fetch("SELECT order_id, seq FROM events WHERE accepted")
    moved = await owner.fetch("SELECT id FROM ledger.tx WHERE order_id IS NULL")
    said = await owner.fetch(
        "SELECT number FROM provider_events WHERE kind LIKE 'dispute%' AND outcome = 'applied'"
    )
    return {
        *(Subject(STEP, row["order_id"], row["seq"]) for row in taken),
        *(Subject(TRANSFER, OF_NO_ORDER, row["id"]) for row in moved),
        *(Subject(DISPUTE, OF_NO_ORDER, row["number"]) for row in said),
    }


@dataclass(frozen=True)
class Writer:
    """Brings an order from its placing to its end, and pays its seller out: each over a connection
    of its own, and committed after the reader has looked some times."""

    pool: Pool
    reader: Reader
    order: Order
    random: Random

    async def write(self) -> None:
        """Does all of it."""
        order = self.order
        for action in (Action.ACCEPT, Action.DELIVER):
            order = await self._step(act_of(order, action, seller_of(order)))
        await self._step(completion(order))
        amount = (PostingKind.PAYOUT, order.seller_id, 100, "EUR")
        await self._slowly(lambda lent: wallets.move(lent, f"paid:{order.id}", *amount))

    async def _step(self, step: ToRecord) -> Order:
        recorded = await self._slowly(lambda lent: steps.record(lent, step))
        assert recorded.status == "recorded"
        return recorded.order

    async def _slowly(self, write: Callable[[Connection], Awaitable[T]]) -> T:
        async with self.pool.acquire() as lent, lent.transaction():
            written = await write(lent)
            await self.reader.looks(self.random.randint(0, MOST_ROUNDS))
        return written


async def read_beside(
    market: Market, pool: Pool, crowd: Pool
) -> tuple[list[FeedEntry], list[FeedEntry]]:
    """What two readers have who read, and numbered, while as many wrote as the crowd has
    connections, and to the end after them."""
    placed = [await market.order(State.PENDING) for _ in range(crowd.get_max_size())]
    reader = Reader(pool)
    writers = [Writer(crowd, reader, order, Random(n)) for n, order in enumerate(placed)]
    writing = asyncio.gather(*(writer.write() for writer in writers))
    another = Reader(pool)
    while not writing.done():
        await asyncio.gather(reader.go_on(), another.go_on())
    await writing
    return await reader.to_the_end(), await another.to_the_end()


async def accept(connection: Connection, order: Order) -> None:
    """The order's seller accepts it, over this connection."""
    await steps.record(connection, act_of(order, Action.ACCEPT, seller_of(order)))


def named(entries: list[FeedEntry]) -> list[str]:
    """The types of entries."""
    return [entry.type for entry in entries]


async def cancelled(market: Market) -> Order:
    """An order that its buyer gave up at once."""
    order = await market.order(State.PENDING)
    recorded = await market.record(act_of(order, Action.CANCEL, buyer_of(order)))
    return recorded.order
