"""What the triggers refuse, to owners and superusers too: changed history, unfinished ends."""

from uuid import UUID

import asyncpg
import pytest

from db.orders import mark_started, not_started
from tests.db.market import Owner
from tests.db.sample import Sample
from tests.db.test_refusals import ANOTHER_TX, MODES, NOBODY, Breach, copy_row

APPEND_ONLY = ("ledger.tx", "ledger.transfer", "events")
CHANGES = {
    "UPDATE": "UPDATE {0} SET {1} = {1}",
    "DELETE": "DELETE FROM {0}",
    "TRUNCATE": "TRUNCATE {0} CASCADE",
}
ANY_COLUMN = {"ledger.tx": "kind", "ledger.transfer": "amount", "events": "reason"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_nobody_changes_what_is_written(
    table: str, verb: str, mode: str, tampering: Owner
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await tampering.execute(CHANGES[verb].format(table, ANY_COLUMN[table]))
    assert (refused.value.sqlstate, refused.value.args[0]) == (
        "LG002",
        f"{table if '.' in table else f'public.{table}'} is append-only",
    )


@pytest.mark.parametrize("mode", MODES)
async def test_a_transaction_without_legs_is_refused(mode: str, tampering: Owner) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    await copy_row(tampering, Breach("", "ledger.tx", ANOTHER_TX))
    with pytest.raises(asyncpg.PostgresError) as refused:
        await tampering.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert refused.value.sqlstate == "LG003"


@pytest.mark.parametrize("mode", MODES)
async def test_a_final_order_is_not_changed(mode: str, tampering: Owner, sample: Sample) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await tampering.execute(
            'UPDATE orders SET doc = doc || \'{"due_at": null, "overdue": true}\' WHERE id = $1',
            UUID(sample.final.id),
        )
    assert refused.value.sqlstate == "LG004"


@pytest.mark.parametrize(
    "change",
    [
        "state = 'pending'",
        "version = version + 1",
        "deadline_at = now()",
        "buyer_id = 'somebody'",
        "seller_id = 'somebody'",
        "title = 'Another'",
    ],
)
async def test_no_column_of_a_final_order_is_changed(
    change: str, tampering: Owner, sample: Sample
) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await tampering.execute(f"UPDATE orders SET {change} WHERE id = $1", UUID(sample.final.id))
    assert refused.value.sqlstate == "LG004"


async def test_that_a_final_orders_workflow_has_started_is_still_noted(
    as_app: Owner, sample: Sample
) -> None:
    await mark_started(as_app, UUID(sample.final.id))
    assert sample.final.id not in [order.id for order in await not_started(as_app, 100)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", ["completed", "cancelled", "settled"])
async def test_no_order_ends_with_an_open_escrow(
    state: str, mode: str, tampering: Owner, sample: Sample
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await tampering.execute(
            "UPDATE orders SET state = $2 WHERE id = $1", UUID(sample.open.id), state
        )
    assert refused.value.sqlstate == "LG005"


async def test_no_order_is_born_final_with_an_open_escrow(tampering: Owner) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await copy_row(tampering, Breach("", "orders", {"id": NOBODY, "state": "completed"}))
    assert refused.value.sqlstate == "LG005"


async def test_every_trigger_holds_for_owners_and_replicas_too(tampering: Owner) -> None:
    rows = await tampering.fetch(
        "SELECT format('%s.%s', tgrelid::regclass, tgname) AS name, tgenabled::text AS enabled"
        " FROM pg_trigger t WHERE NOT tgisinternal"
    )
    assert {row["name"]: row["enabled"] for row in rows} == {
        "events.append_only": "A",
        "events.no_truncate": "A",
        "ledger.transfer.append_only": "A",
        "ledger.transfer.no_truncate": "A",
        "ledger.tx.append_only": "A",
        "ledger.tx.has_legs": "A",
        "ledger.tx.no_truncate": "A",
        "orders.guard_order": "A",
        "repairs.append_only": "A",
        "repairs.no_truncate": "A",
    }
