"""The peer writes the rows that a life of the product writes: otherwise it would be no peer."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from bench.life import ACTS, PRICE, SAVINGS
from bench.peer import PROGRAM
from db.pool import Connection
from embedded.postgres import Postgres

DOCUMENT = json.dumps({"title": "A logo"})


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[Connection]:
    """The peer's tables."""
    await postgres.ensure_database("peer")
    connection = await asyncpg.connect(postgres.database_url("peer"))
    await connection.execute(PROGRAM.with_name("peer.sql").read_text(encoding="utf-8"))
    yield connection
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()


async def lived(database: Connection) -> None:
    """One life, as the peer's program writes it."""
    order = uuid4()
    await database.execute("INSERT INTO balances VALUES ('wallet buyer', $1)", SAVINGS)
    await database.execute(
        "SELECT place('buyer', 'place', $1, 'seller', $2, $3)", order, PRICE, DOCUMENT
    )
    for act in ACTS:
        who, last = "seller" if act.by_seller else "buyer", act is ACTS[-1]
        asked = json.dumps(act.body or {})
        await database.execute("SELECT ask($1, $2, $3, $2, $4)", *(who, act.name, order, asked))
        await database.execute(
            "SELECT step($1, $2, $2, $3, $4, $5)", *(order, act.name, who, DOCUMENT, last)
        )
        await database.execute("SELECT answer($1, $2, $3)", who, act.name, DOCUMENT)


async def test_a_life_writes_as_many_rows_as_one_of_the_products(database: Connection) -> None:
    await lived(database)
    counted = {
        table: await database.fetchval(f"SELECT count(*) FROM {table}")
        for table in ("orders", "events", "notices", "requests", "idempotency_keys", "transfers")
    }
    assert counted == {
        "orders": 1,
        "events": 6,
        "notices": 12,
        "requests": 5,
        "idempotency_keys": 6,
        "transfers": 3,
    }
    assert await database.fetchval("SELECT count(*) FROM requests WHERE outcome IS NULL") == 0
    assert (
        await database.fetchval("SELECT count(*) FROM idempotency_keys WHERE answer IS NULL") == 0
    )


async def test_the_money_ends_where_the_product_puts_it(database: Connection) -> None:
    await lived(database)
    rows = await database.fetch("SELECT account, amount FROM balances")
    balances = {str(row["account"]): row["amount"] for row in rows}
    kinds = {account.partition(" ")[0]: amount for account, amount in balances.items()}
    assert balances["wallet seller"] == PRICE * 8 // 10
    assert balances["wallet buyer"] == SAVINGS - PRICE
    assert kinds["escrow"] == 0
    assert kinds["commission"] == PRICE * 2 // 10
