"""A row without one of the values that its table demands is refused, whoever writes it."""

import asyncpg
import pytest

from tests.db.constraint_violations import Breach
from tests.db.market import Owner

NULLABLE = {
    "ledger.account": set[str](),
    "ledger.balance": {"chain"},
    "ledger.tx": {"order_id", "previous"},
    "ledger.transfer": {"debit_after", "credit_after"},
    "services": {"description", "revisions_included", "archived_at", "external_id"},
    "ledger.outside": {"user_id", "reference", "reverses", "reason", "made_by"},
    "ledger.unsummed": set[str](),
    "ledger.total": set[str](),
    "wallet_notices": {"tx_id", "read_at", "chargeback_id", "told", "amount"},
    "payouts": {
        *("approved_by", "called_at", "reference", "reason", "done_id", "return_id", "told_at"),
        *("next_look", "ended_at", "silent_since", "silent_because", "approval_above"),
        *("others_amount", "others_count", "others_since"),
    },
    "payout_accounts": set[str](),
    "uncleared": set[str](),
    "chargebacks": {"evidence_until", "reason", "carried", "ended_at", "payer_id", "seller_id"},
    "receivables": set[str](),
    "extras": set[str](),
    "orders": {"deadline_at", "started_at"},
    "order_metadata": {"external_id"},
    "requests": {"actor_id", "actor_role", "next_signal", "outcome"},
    "undecided": {"actor_id", "next_signal"},
    "listed_orders": {"ended_at", "counts_as"},
    "sought_orders": {"deadline_at", "last_safe_at"},
    "disputed_orders": set[str](),
    "counted_states": set[str](),
    "uncounted_states": set[str](),
    "reputations": {"oldest_at", "changed_at"},
    "listed_services": set[str](),
    "inbox_marks": set[str](),
    "events": {"received_at", "actor", "event", "code", "reason", "request_id", "doc"},
    "feed": set[str](),
    "unnumbered": {"past_at"},
    "notices": {"user_id"},
    "people": {"email", "roles"},
    "display_names": {"given", "shown"},
    "confirmed_addresses": set[str](),
    "confirmations": {
        "next_attempt",
        "last_error",
        "sent_at",
        "expires_at",
        "confirmed_at",
        "void_at",
    },
    "sessions": set[str](),
    "spent_links": set[str](),
    "notice_reads": set[str](),
    "repairs": {"deed_id"},
    "operator_journal": {"user_id", "reason", "request_id"},
    "pay_ins": {
        *("wish", "reference", "url", "until", "reason", "transfer_id", "order_id"),
        *("order_refused", "order_refused_code", "started_at", "next_look", "ended_at"),
        *("silent_since", "silent_because"),
    },
    "provider_events": {
        *("reference", "ours", "amount", "currency", "reason", "evidence_until", "told_at"),
        *("outcome", "decided_at", "payment"),
    },
    "deed_outcomes": {"refusal"},
    "worker_heartbeats": set[str](),
    "last_checks": set[str](),
    "attempts": set[str](),
    "conversations": set[str](),
    "messages": set[str](),
    "conversation_members": {"read_at", "full_at"},
    "test_clock": {"stands_at", "target"},
    "restorations": set[str](),
    "schema_place": set[str](),
    "proved_orders": {"pruned_at"},
    "proved_accounts": set[str](),
    "webhook_endpoints": {
        "events",
        "previous_secret",
        "previous_until",
        "disabled_at",
        "disabled_reason",
        "external_id",
        "deleted_at",
    },
    "endpoint_tests": {
        "started_at",
        "last_attempt",
        "next_attempt",
        "last_error",
        "delivered_at",
    },
    "deliveries": {
        "notice_id",
        "user_id",
        "endpoint_id",
        "started_at",
        "last_attempt",
        "last_error",
        "delivered_at",
        "letter",
        "in_hand_until",
        "next_attempt",
        "cause",
    },
    "idempotency_keys": {"order_id", "request_id", "answer"},
    "schema_migrations": set[str](),
    "schema_functions": set[str](),
}


@pytest.mark.parametrize("table", NULLABLE)
async def test_a_row_without_one_of_its_values_is_refused(table: str, tampering: Owner) -> None:
    optional = {
        column
        for column in await columns_of(tampering, table)
        if not await is_demanded(tampering, table, column)
    }
    assert optional == NULLABLE[table]


async def is_demanded(connection: Owner, table: str, column: str) -> bool:
    """Whether a row is refused for having no value there."""
    try:
        async with connection.transaction():
            await Breach("", table, {column: None}).provoke(connection)
    except asyncpg.NotNullViolationError:
        return True
    except asyncpg.PostgresError:
        return False
    return False


async def columns_of(connection: Owner, table: str) -> set[str]:
    """The names of a table's columns."""
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass"
        " AND attnum > 0 AND NOT attisdropped",
        table,
    )
    return {row["attname"] for row in rows}


async def test_every_table_is_asked_for_its_values_here(tampering: Owner) -> None:
    rows = await tampering.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
    )
    assert set(NULLABLE) == {row["name"] for row in rows}
