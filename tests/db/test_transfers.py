"""Lists of transfers are read along an index, however many there are."""

import asyncpg
import pytest

from db import transfers, wallets
from db.pool import Connection
from db.transfers import Fate, Wanted
from domain.ledger import PostingKind
from domain.vocabulary import State
from tests.db.market import Market, Owner, completion
from tests.db.sample import money_passes
from tests.db.test_kept_lists import differences

LISTS = {
    "of somebody": Wanted(user_id="returned"),
    "of a kind": Wanted(kind="reversal"),
    "by reference": Wanted(reference="pi"),
    "by all of it": Wanted("returned", "reversal", "pi"),
}


CROWD = """
    SELECT ledger.carry('crowd-key-' || n, 'top_up', 'u' || n, 'EUR', 1, 'r' || n, 'olga')
    FROM generate_series(1, 300) AS n;
    ANALYZE ledger.outside;
"""


@pytest.fixture
async def passed(market: Market, owner: Owner) -> Market:
    """A market in which money came in, went out and was taken back, and then came in for others."""
    await market.record(completion(await market.order(State.DELIVERED)))
    await money_passes(market)
    await owner.execute(CROWD)
    return market


@pytest.mark.parametrize("wanted", LISTS.values(), ids=LISTS)
async def test_a_list_looks_at_no_more_transfers_than_it_shows(
    wanted: Wanted, passed: Market, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        found = await transfers.page(connection, wanted, 2**60, 10)
        looked_at = await connection.fetchval(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relid = 'ledger.outside'::regclass"
        )
    await connection.close()
    assert "reversal" in {one.kind for one in found}
    assert looked_at < 20  # for each it is looked up what it takes back and what takes it back


async def test_a_transfer_of_the_release_before_is_taken_back_like_any_other(
    market: Market, owner: Owner
) -> None:
    await owner.execute("SELECT ledger.move('of-before', 'top_up', 'ann', 'EUR', 70)")
    async with market.pool.acquire() as connection:
        [made] = await transfers.page(connection, Wanted(user_id="ann"), None, 10)
        assert (made.made_by, made.reference) == (None, None)
        taken = await transfers.reverse(connection, made.id, "By mistake.", "olga")
        again = await transfers.reverse(connection, made.id, "By mistake.", "olga")
    assert (taken.fate, again.fate) == (Fate.REVERSED, Fate.BEFORE)
    assert await market.held_by("ann") == 0
    assert await differences(owner) == []


async def test_one_key_of_a_caller_may_have_led_to_two_transfers(market: Market) -> None:
    """When the first use of it had expired."""
    digest = "ab" * 32
    async with market.pool.acquire() as connection:
        made = [
            await carried(connection, f"{kind}:{digest}", kind)
            for kind in (PostingKind.TOP_UP, PostingKind.PAYOUT, PostingKind.PAYOUT)
        ]
        listed = await transfers.page(connection, Wanted(user_id="ann"), None, 10)
    assert made[1] == made[2]
    assert [made[1], made[0]] == [one.id for one in listed]


async def carried(connection: Connection, key: str, kind: PostingKind) -> object:
    return await wallets.move(connection, key, kind, "ann", 5, "EUR")
