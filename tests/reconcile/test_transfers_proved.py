"""Nights prove what came in, went out and was taken back, and sum what has moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.pruning import PruningActivities
from db.pool import Connection, connection
from reconcile.nightly_proof import prove_what_changed
from tests.app_under_test import OPERATOR, PATIENCE_SECONDS, AppUnderTest, Json, somebody
from tests.contract import eur
from tests.reconcile.conftest import under_repair


@pytest.fixture
async def owner(app: AppUnderTest) -> AsyncIterator[Connection]:
    """A superuser's connection to the app's database."""
    opened = await asyncpg.connect(app.database_url)
    yield opened
    await opened.close()


async def found(app: AppUnderTest) -> set[str]:
    """The checks that find something in a night."""
    seconds = 3 * PATIENCE_SECONDS
    proof = await prove_what_changed(app.pool, app.temporal, seconds, PATIENCE_SECONDS)
    return {one.check for one in proof.findings}


@asynccontextmanager
async def rewritten(owner: Connection, table: str, change: str, back: str) -> AsyncIterator[None]:
    """Something is written past the guards, and put right afterwards."""
    for statement in (change, back):
        await owner.execute(
            f"ALTER TABLE {table} DISABLE TRIGGER USER; {statement};"
            f" ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;"
            f" ALTER TABLE {table} ENABLE ALWAYS TRIGGER no_truncate;"
            + (" ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER counted" * (table[-3:] == "fer"))
        )
        if statement == change:
            yield


async def taken_out(app: AppUnderTest) -> tuple[Json, Json]:
    """Commission that was taken out, and a top-up that was taken back."""
    order = await under_repair(app, "completed")
    await order.is_sound()
    who = somebody("ana")
    commission, top_up = "/v1/accounts/commission/payouts", f"/v1/wallets/{who.id}/top-ups"
    out, made = [
        (await app.api.post(path, OPERATOR, eur(7), key=f"{path} {who.id}")).json()
        for path in (commission, top_up)
    ]
    path = f"/v1/transfers/{made['id']}/reverse"
    back = await app.api.post(path, OPERATOR, {"reason": "By mistake."})
    assert back.status_code == 201
    return out, back.json()


async def test_a_night_finds_nothing_wrong_with_what_was_taken_out_and_back(
    app: AppUnderTest,
) -> None:
    await taken_out(app)
    assert await found(app) == set()
    assert await found(app) == set()


async def test_what_was_taken_out_and_is_changed_afterwards_is_found_every_night(
    app: AppUnderTest, owner: Connection
) -> None:
    out, _ = await taken_out(app)
    assert await found(app) == set()
    change = "UPDATE ledger.transfer SET amount = amount {} 1 WHERE tx_id ="
    change += f" (SELECT tx_id FROM ledger.outside WHERE id = '{out['id']}')"
    async with rewritten(owner, "ledger.transfer", change.format("+"), change.format("-")):
        for _ in range(2):
            assert await found(app) == {"changed-commission-payout", "differing-sums"}
    assert await found(app) == set()


async def test_a_transfer_that_is_listed_as_somebody_elses_is_found(
    app: AppUnderTest, owner: Connection
) -> None:
    _, back = await taken_out(app)
    change = "UPDATE ledger.outside SET user_id = '{}' WHERE id = '" + back["id"] + "'"
    away, home = change.format("eve"), change.format(back["user_id"])
    async with rewritten(owner, "ledger.outside", away, home):
        assert await found(app) == {"differing-transfer", "untold-reversal"}
    assert await found(app) == set()


async def test_a_night_leaves_nothing_to_be_summed(app: AppUnderTest) -> None:
    await under_repair(app, "completed")
    await app.api.top_up(somebody("ana"), 5, "USD")
    accounts = (await app.api.get("/v1/accounts", OPERATOR)).json()
    await ActivityEnvironment().run(PruningActivities(app.pool).prune)
    async with connection(app.pool) as acquired:
        assert await acquired.fetchval("SELECT count(*) FROM ledger.unsummed") == 0
    assert accounts == (await app.api.get("/v1/accounts", OPERATOR)).json()
    assert await found(app) == set()
