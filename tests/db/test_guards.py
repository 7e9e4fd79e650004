"""What the triggers refuse, to owners and superusers too: changed history, unfinished ends."""

from uuid import UUID

import asyncpg
import pytest

from db import idempotency
from db.idempotency import KeptAnswer, Key
from db.orders import mark_started, not_started
from tests.db.constraint_violations import MODES, Breach, Statement, Violation, named
from tests.db.market import Owner
from tests.db.refused_copies import NOBODY
from tests.db.sample import Sample

WRITTEN = {
    "ledger.tx": "kind",
    "ledger.transfer": "amount",
    "ledger.outside": "reference",
    "events": "reason",
    "repairs": "finding",
    "operator_journal": "reason",
    "deed_outcomes": "refusal",
    "feed": "type",
    "messages": "text",
    "uncleared": "amount",
    "restorations": "feed_number",
}
"""The tables that are only ever added to, each with one of its columns."""

KEPT = ("provider_events", "payouts", "chargebacks", "receivables")
"""The tables whose rows change, and stay."""

CHANGES = [
    Statement(name, table, change.format(table, column))
    for table, column in WRITTEN.items()
    for name, change in (
        ("append_only", "UPDATE {0} SET {1} = {1}"),
        ("append_only", "DELETE FROM {0}"),
        ("no_truncate", "TRUNCATE {0} CASCADE"),
    )
]
REMOVALS = [
    Statement("stays", "ledger.balance", "DELETE FROM ledger.balance"),
    Statement("no_truncate", "ledger.balance", "TRUNCATE ledger.balance"),
    *(
        Statement(name, table, statement.format(table))
        for table in KEPT
        for name, statement in (
            ("no_delete", "DELETE FROM {}"),
            ("no_truncate", "TRUNCATE {} CASCADE"),
        )
    ),
]
REWRITINGS = [
    *(
        Statement("written_once", "idempotency_keys", f"UPDATE idempotency_keys SET {change}")
        for change in (
            "fingerprint = 'another'",
            "order_id = gen_random_uuid()",
            "request_id = 'another'",
            "answer = '{}'",
            "answer = answer || '{\"status\": 500}'",
            "answer = NULL",
        )
    ),
    *(
        Statement("written_once", "requests", f"UPDATE requests SET outcome = {outcome}")
        for outcome in ("NULL", "'{}'", "outcome || '{\"accepted\": false}'")
    ),
]
BACKWARDS = [
    Statement("guarded", "test_clock", statement)
    for statement in (
        "UPDATE test_clock SET shift = '-1 hour', moves = moves + 1",
        "UPDATE test_clock SET stands_at = now() - interval '1 hour', moves = moves + 1",
        "UPDATE test_clock SET shift = '1 hour'",
        "DELETE FROM test_clock",
    )
]
LEGLESS = Statement(
    "has_legs",
    "ledger.tx",
    "INSERT INTO ledger.tx (key, kind, currency, fingerprint, previous, hash)"
    " SELECT 'another-key', 'top_up', currency, fingerprint, hash, hash FROM ledger.tx LIMIT 1;"
    " SET CONSTRAINTS ALL IMMEDIATE",
)
FINAL = [
    Statement("guard_order", "orders", f"UPDATE orders SET {change} WHERE state = 'completed'")
    for change in (
        'doc = doc || \'{"due_at": null, "overdue": true}\'',
        "state = 'pending'",
        "version = version + 1",
        "deadline_at = now()",
        "buyer_id = 'somebody'",
        "seller_id = 'somebody'",
        "title = 'Another'",
    )
]
UNTOLD = [
    Breach("tells_of_something", table, {"id": 9_000, **of})
    for table in ("notices", "deliveries")
    for of in ({"seq": 99}, {"seq": -99}, {"seq": 0}, {"order_id": NOBODY})
]
UNPAID: list[Violation] = [
    *(
        Statement(
            "guard_order",
            "orders",
            f"UPDATE orders SET state = '{state}' WHERE state = 'delivered'",
        )
        for state in ("completed", "cancelled", "settled")
    ),
    Breach("guard_order", "orders", {"id": NOBODY, "state": "completed"}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", CHANGES, ids=named)
async def test_nobody_changes_what_is_written(
    change: Statement, mode: str, tampering: Owner
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await change.provoke(tampering)
    table = change.table if "." in change.table else f"public.{change.table}"
    assert refused.value.sqlstate == "LG002"
    assert refused.value.args[0] == f"{table} is append-only"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("removal", REMOVALS, ids=named)
async def test_no_balance_is_taken_away(removal: Statement, mode: str, tampering: Owner) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await removal.provoke(tampering)
    assert refused.value.sqlstate == "LG002"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("backwards", BACKWARDS, ids=named)
async def test_time_does_not_go_back(backwards: Statement, mode: str, tampering: Owner) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await backwards.provoke(tampering)
    assert refused.value.sqlstate == "LG008"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rewriting", REWRITINGS, ids=named)
async def test_no_answer_is_written_again(
    rewriting: Statement, mode: str, tampering: Owner
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rewriting.provoke(tampering)
    assert refused.value.sqlstate == "LG002"


@pytest.mark.parametrize("answer", ["'{}'", "NULL"])
async def test_not_even_the_application_writes_a_kept_answer_again(
    answer: str, as_app: Owner
) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await as_app.execute(f"UPDATE idempotency_keys SET answer = {answer}")
    assert refused.value.sqlstate == "LG002"


async def test_an_answer_is_kept_once_and_found_as_often_as_it_is_asked_for(as_app: Owner) -> None:
    first, second = (KeptAnswer(status, "{}", {}, "text/plain") for status in (201, 500))
    key = Key("a-caller", "another-key", b"print")
    assert await idempotency.claim(as_app, key) is None
    for answer in (first, second):
        assert await idempotency.keep(as_app, key, answer) == first


@pytest.mark.parametrize("mode", MODES)
async def test_a_transaction_without_legs_is_refused(mode: str, tampering: Owner) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await LEGLESS.provoke(tampering)
    assert refused.value.sqlstate == "LG003"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", FINAL, ids=named)
async def test_a_final_order_is_not_changed(change: Statement, mode: str, tampering: Owner) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await change.provoke(tampering)
    assert refused.value.sqlstate == "LG004"


async def test_that_a_final_orders_workflow_has_started_is_still_noted(
    as_app: Owner, sample: Sample
) -> None:
    await mark_started(as_app, [UUID(sample.final.id)])
    assert sample.final.id not in [order.id for order in await not_started(as_app, 100)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("unpaid", UNPAID, ids=named)
async def test_no_order_ends_with_an_open_escrow(
    unpaid: Violation, mode: str, tampering: Owner
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await unpaid.provoke(tampering)
    assert refused.value.sqlstate == "LG005"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("untold", UNTOLD, ids=named)
async def test_nobody_is_told_of_what_there_is_not(
    untold: Violation, mode: str, tampering: Owner
) -> None:
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await untold.provoke(tampering)
    assert "tells of nothing that there is" in refused.value.args[0]


async def test_every_trigger_holds_for_owners_and_replicas_too(tampering: Owner) -> None:
    sleeping = await tampering.fetch(
        "SELECT format('%s.%s', tgrelid::regclass, tgname) AS name"
        " FROM pg_trigger t WHERE NOT tgisinternal AND tgenabled <> 'A'"
    )
    assert [row["name"] for row in sleeping] == []
