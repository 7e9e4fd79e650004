"""What is loaded at once is what the product would have written: the books and rows prove it."""

import asyncpg
import pytest

from bench.growth.load import load
from db import audit
from db.odd_values import speak_instants
from db.pool import speak_json
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.growth.plans import undone


@pytest.mark.timeout(900)
async def test_a_proof_finds_nothing_in_a_thousand_orders(postgres: Postgres) -> None:
    url = await copy_of_template(postgres)
    await load(url, 1_000, 200)
    connection = await asyncpg.connect(url)
    await speak_json(connection)
    await speak_instants(connection)
    assert await connection.fetchval("SELECT count(*) FROM orders") == 1_200
    assert await audit.findings(connection) == []
    async with undone(connection):
        await connection.execute("UPDATE ledger.balance SET balance = balance + 1 WHERE NOT closed")
        assert await audit.findings_of(connection, "unbalanced-account", None)
    await connection.close()
