"""The stack that is lost: backed up in the middle of its work, and once more at the end of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import asyncpg

from db.migrate import migrate
from embedded.stack import Stack, running_stack
from tests.app_under_test import OPERATOR, Json, OrderInPlay, calling, somebody
from tests.drill import backups, books
from tests.drill.backups import Backup
from tests.drill.books import Books
from tests.drill.careful import careful
from tests.drill.market import Market
from tests.drill.receivers import Receivers
from tests.drill.undecided import undecided

KEYS = ("secret", "secrets-key")
TRADERS = 3
SHORT = 45
"""Seconds of the windows that end an order by themselves; all others are days."""

SETTINGS = {
    "SEQUESTRE_ACCEPTANCE_WINDOW": f"PT{SHORT}S",
    "SEQUESTRE_DECISION_WINDOW": f"PT{SHORT}S",
}


ASKED_BEFORE = (("disputed", "mediator", "assign"), ("delivered", "seller", "accept"))
ASKED_AT_THE_END = (
    ("in_progress", "seller", "deliver"),
    ("revision_requested", "buyer", "complete"),
)
"""Of an order in this state: who asks for what while nobody decides it. `accept` is refused."""


@dataclass(frozen=True)
class Rescued:
    """What is left when the stack is gone.

    `old` was taken under load, `new` at the end; `base` and `archive` are the server's files at the
    time of `old` and the WAL since. Between the transfers of `before` and `after` was the instant
    `between`. `feed` are the events that a backend has kept, `books` what there was at the end.
    """

    keys: Mapping[str, bytes]
    old: Backup
    new: Backup
    base: Path
    archive: Path
    between: datetime
    before: Json
    after: Json
    feed: Path
    events: list[Json]
    books: Books


async def lost(place: Path, receivers: Receivers, orders: int) -> Rescued:
    """A stack works until so many orders were placed before its backup and as many after it, and is
    lost with all that it had."""
    archive = place / "archive"
    archive.mkdir()
    archive.chmod(0o777)  # PostgreSQL has an account of its own where this is root
    async with (
        running_stack(
            place / "first",
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=migrate,
            extra_env=SETTINGS | receivers.settings,
            postgres_settings={"archive_mode": "on", "archive_command": f"cp %p {archive}/%f"},
        ) as stack,
        calling(stack.api_url, stack.jwt_secret) as api,
    ):
        await receivers.are_told(api)
        return await _worked(place, stack, Market(careful(api), Random(1)), orders)


async def _worked(place: Path, stack: Stack, market: Market, orders: int) -> Rescued:
    archive, store = place / "archive", stack.data_dir / "temporal.db"
    keys = {name: (stack.data_dir / name).read_bytes() for name in KEYS}
    moved, left = await asyncio.gather(market.in_every_state(), market.in_every_state())
    mistake = await market.moves(somebody("buyer"), "top-ups", 700)
    trading = asyncio.create_task(market.trade(TRADERS))
    await market.has_placed(market.placed + orders)
    async with undecided(stack, market.api, left, ASKED_BEFORE):
        old = await backups.taken(stack.database_url, store, place / "old")
    base = await backups.base_taken(_sockets(stack), place / "base")
    before, between, after = await _around(stack, market)
    await _go_on(market, moved, mistake)
    await market.has_placed(market.placed + orders)
    market.is_open = False
    await trading
    # From here on no deadline changes anything.
    async with undecided(stack, market.api, left, ASKED_AT_THE_END):
        events = await market.keeps_feed(place / "feed.jsonl")
        there = await books.read(stack.database_url)
        new = await backups.taken(stack.database_url, store, place / "new")
        await backups.all_archived(stack.database_url, archive)
    feed = place / "feed.jsonl"
    return Rescued(keys, old, new, base, archive, between, before, after, feed, events, there)


async def _around(stack: Stack, market: Market) -> tuple[Json, datetime, Json]:
    """Two transfers, and an instant between them by the clock of the database."""
    before = await market.moves(somebody("buyer"), "top-ups", 1_100)
    connection = await asyncpg.connect(stack.database_url)
    between: datetime = await connection.fetchval("SELECT clock_timestamp()")
    await connection.close()
    return before, between, await market.moves(somebody("buyer"), "top-ups", 1_300)


async def _go_on(market: Market, moved: list[OrderInPlay], mistake: Json) -> None:
    """What the old backup does not know: ends, payouts, a top-up taken back, commission taken."""
    await asyncio.gather(*map(market.ends, await _as_they_are(market, moved)))
    await market.takes_back(mistake)
    await market.takes_commission(400)


async def _as_they_are(market: Market, orders: list[OrderInPlay]) -> list[OrderInPlay]:
    """Those that nothing has ended by itself meanwhile."""
    for one in orders:
        one.order = await market.api.order(one.order["id"], OPERATOR)
    return [one for one in orders if one.order["outcome"] is None]


def _sockets(stack: Stack) -> Path:
    return Path(parse_qs(urlsplit(stack.database_url).query)["host"][0])
