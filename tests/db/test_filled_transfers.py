"""A database of the release before is given its list of transfers and its sums, also where money
moves between the two migrations."""

import hashlib
import shutil
from pathlib import Path

import asyncpg
import pytest

from db import migrate as migrations
from db.migrate import MIGRATIONS, migrate
from db.pool import create_pool, speak_json
from domain.vocabulary import State
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.market import Market, Owner, completion
from tests.db.test_kept_lists import differences

AS_BEFORE = """
DROP TRIGGER listed ON ledger.tx;
DROP TRIGGER counted ON ledger.transfer;
DROP TABLE wallet_notices, ledger.outside, ledger.unsummed, ledger.total CASCADE;
DROP FUNCTION ledger.transfer_id, ledger.list_outside, ledger.sum_up, ledger.count_movement,
    ledger.carry, ledger.reverse, ledger.sum_all;
DELETE FROM schema_migrations WHERE name ~ 'outside';
DELETE FROM schema_functions;
"""
DIGEST = hashlib.sha256(b"a caller's key").hexdigest()


async def move(owner: Owner, key: str, kind: str = "top_up", amount: int = 70) -> None:
    """What a process of the release before does."""
    await owner.execute("SELECT ledger.move($1, $2, 'ann', 'EUR', $3)", key, kind, amount)


@pytest.fixture
async def url(postgres: Postgres) -> str:
    """A database of before, with some orders and money that came and went."""
    url = await copy_of_template(postgres)
    pool = await create_pool(url, 5)
    market = Market(pool)
    await market.order(State.DELIVERED)
    await market.record(completion(await market.order(State.DELIVERED)))
    await market.top_up("dollars", 500, "USD")
    await pool.close()
    owner = await asyncpg.connect(url)
    await owner.execute(AS_BEFORE)
    await move(owner, f"top_up:{DIGEST}")
    await move(owner, f"payout:{DIGEST}", "payout", 30)
    await owner.close()
    return url


async def test_what_is_there_already_is_listed_and_summed(url: str) -> None:
    assert len((await migrate(url)).migrations) == 2
    owner = await asyncpg.connect(url)
    await speak_json(owner)
    assert await differences(owner) == []
    query = "SELECT id::text, kind FROM ledger.outside WHERE user_id = 'ann' ORDER BY tx_id"
    [(first, kind), (second, _)] = await owner.fetch(query)
    assert (DIGEST[:32], "top_up") == (first.replace("-", ""), kind)
    # One key had been used for both, a month apart.
    assert second == await owner.fetchval("SELECT md5($1)::uuid::text", f"payout:{DIGEST}")
    await owner.close()


async def test_what_moves_between_the_two_is_counted_once(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    (copy / "0035_outside_filled.sql").unlink()
    monkeypatch.setattr(migrations, "MIGRATIONS", copy)
    await migrate(url)
    owner = await asyncpg.connect(url)
    await speak_json(owner)
    await move(owner, "between-the-two")
    await owner.execute("SELECT ledger.sum_all()")
    await move(owner, "and-after-a-sum")
    assert await differences(owner) == ["ledger.outside", "ledger.sums"]
    monkeypatch.undo()
    assert (await migrate(url)).migrations == ["0035_outside_filled.sql"]
    assert await differences(owner) == []
    await owner.close()
