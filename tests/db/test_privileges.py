"""What the application's role may do by hand: read, add a few rows, and call the functions."""

import asyncpg
import pytest

from db.pool import APP_ROLE, Pool
from tests.db.market import Owner

TABLES = (
    "ledger.account",
    "ledger.balance",
    "ledger.tx",
    "ledger.transfer",
    "ledger.outside",
    "ledger.unsummed",
    "ledger.total",
    "wallet_notices",
    "payouts",
    "payout_accounts",
    "uncleared",
    "chargebacks",
    "receivables",
    "services",
    "extras",
    "orders",
    "order_metadata",
    "requests",
    "undecided",
    "listed_orders",
    "sought_orders",
    "disputed_orders",
    "counted_states",
    "uncounted_states",
    "reputations",
    "listed_services",
    "inbox_marks",
    "events",
    "feed",
    "unnumbered",
    "notices",
    "idempotency_keys",
    "people",
    "display_names",
    "confirmed_addresses",
    "confirmations",
    "sessions",
    "spent_links",
    "notice_reads",
    "webhook_endpoints",
    "deliveries",
    "endpoint_tests",
    "repairs",
    "operator_journal",
    "pay_ins",
    "provider_events",
    "deed_outcomes",
    "worker_heartbeats",
    "last_checks",
    "attempts",
    "conversations",
    "messages",
    "conversation_members",
    "test_clock",
    "proved_orders",
    "proved_accounts",
    "restorations",
    "schema_place",
    "schema_migrations",
    "schema_functions",
)
MAY_INSERT = {
    "services",
    "extras",
    "notice_reads",
    "people",
    "display_names",
    "confirmed_addresses",
    "confirmations",
    "sessions",
    "spent_links",
    "webhook_endpoints",
    "payout_accounts",
}
MAY_DELETE = {"worker_heartbeats", "confirmed_addresses", "extras", "sessions", "spent_links"}
MAY_UPDATE = {
    "worker_heartbeats": {"beat_at"},
    "last_checks": {"at", "orders", "books", "differing", "unproved", "findings"},
    "wallet_notices": {"read_at"},
    "payouts": {
        *("attempts", "called_at", "reason", "told_at", "next_look"),
        *("silent_since", "silent_because"),
    },
    "payout_accounts": {"state", "asked", "said_at"},
    "proved_orders": {"row_version", "ended_at", "proved_at", "pruned_at"},
    "proved_accounts": {"row_version", "proved_at"},
    "idempotency_keys": {"answer"},
    "requests": {"signals", "next_signal"},
    "orders": {"started_at"},
    "services": {
        "title",
        "description",
        "price",
        "currency",
        "delivery_time",
        "revision_time",
        "revisions_included",
        "version",
        "archived_at",
        "external_id",
        "metadata",
    },
    "people": {"language", "email", "by_email", "time_zone", "roles", "roles_at", "updated_at"},
    "display_names": {"given", "shown", "updated_at"},
    "sessions": {"idle_until"},
    "confirmed_addresses": {"email", "confirmed_at"},
    "confirmations": {
        "next_attempt",
        "attempts",
        "last_error",
        "sent_at",
        "expires_at",
        "confirmed_at",
        "void_at",
    },
    "webhook_endpoints": {
        "url",
        "events",
        "secret",
        "previous_secret",
        "previous_until",
        "disabled_at",
        "disabled_reason",
        "external_id",
        "metadata",
        "deleted_at",
    },
    "endpoint_tests": {
        "started_at",
        "status",
        "attempts",
        "last_attempt",
        "next_attempt",
        "last_error",
        "delivered_at",
        "asked_again",
    },
    "pay_ins": {
        "reference",
        "url",
        "until",
        "order_id",
        "order_refused",
        "order_refused_code",
        "wish",
        "started_at",
        "next_look",
        "silent_since",
        "silent_because",
    },
    "provider_events": {"told_at"},
    "test_clock": {"shift", "stands_at", "target", "moves", "carried_out"},
    "deliveries": {
        "started_at",
        "status",
        "attempts",
        "last_attempt",
        "last_error",
        "delivered_at",
        "letter",
        "in_hand_until",
        "next_attempt",
        "asked_again",
    },
}


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_inserts_into_its_own_tables_alone(
    table: str, tampering: Owner
) -> None:
    assert (table in MAY_INSERT) is await may(tampering, table, "INSERT")


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("table", TABLES)
async def test_the_application_changes_no_table_of_the_process_as_a_whole(
    table: str, verb: str, tampering: Owner
) -> None:
    expected = verb == "DELETE" and table in MAY_DELETE
    assert expected is await may(tampering, table, verb)


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_updates_only_what_it_keeps_for_itself(
    table: str, tampering: Owner
) -> None:
    columns = await tampering.fetchval(
        "SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
        " AND has_column_privilege($2, attrelid, attnum, 'UPDATE')",
        table,
        APP_ROLE,
    )
    assert MAY_UPDATE.get(table, set()) == set(columns)


async def test_the_application_calls_only_what_is_meant_for_it(tampering: Owner) -> None:
    rows = await tampering.fetch(
        "SELECT oid::regproc::text AS name FROM pg_proc"
        " WHERE pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
        " AND has_function_privilege($1, oid, 'EXECUTE')",
        APP_ROLE,
    )
    assert {
        "ledger.carry",
        "ledger.fingerprint",
        "ledger.move",
        "number_feed",
        "mark_messages_read",
        "add_up_states",
        "age_reputations",
        "visibility_of",
        "withheld",
        "ledger.refused_reversal",
        "ledger.reverse",
        "ledger.sum_all",
        "lock_wallet",
        "request_payout",
        "settle_payout",
        "approve_payout",
        "cancel_payout",
        "carry_chargeback",
        "moved",
        "as_far_ahead",
        "note_provider_event",
        "replace_payout_account",
        "know_payout_account",
        "settle_pay_in",
        "place_keyed_order",
        "place_order",
        "prune_attempts",
        "prune_confirmations",
        "prune_endpoint_tests",
        "prune_ended_orders",
        "prune_idempotency_keys",
        "prune_pay_ins",
        "record_step",
        "server_mark",
        "title_words",
        "write_keyed_request",
        "titles_expected",
        "write_limited_request",
        "write_message",
        "write_partys_request",
        "write_request",
    } == {row["name"] for row in rows}


PLANNED_ONCE = "plan_cache_mode=force_generic_plan"


async def test_what_runs_with_the_owners_rights_looks_names_up_in_one_place(
    tampering: Owner,
) -> None:
    rows = await tampering.fetch(
        "SELECT oid::regproc::text AS name, proconfig FROM pg_proc WHERE prosecdef"
        " AND pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
    )
    assert {row["name"]: row["proconfig"] for row in rows} == {
        "feed_step": ["search_path=public, pg_temp"],
        "feed_dispute": ["search_path=public, pg_temp"],
        "feed_transfer": ["search_path=public, pg_temp"],
        "ledger.carry": ["search_path=pg_catalog, pg_temp"],
        "ledger.carry_payout": ["search_path=pg_catalog, pg_temp"],
        "lock_wallet": ["search_path=public, pg_temp"],
        "request_payout": ["search_path=public, pg_temp"],
        "settle_payout": ["search_path=public, pg_temp"],
        "approve_payout": ["search_path=public, pg_temp"],
        "cancel_payout": ["search_path=public, pg_temp"],
        "carry_chargeback": ["search_path=public, pg_temp"],
        "withheld": ["search_path=public, pg_temp"],
        "ledger.carry_debt": ["search_path=pg_catalog, pg_temp"],
        "ledger.list_outside": ["search_path=pg_catalog, pg_temp"],
        "ledger.move": ["search_path=pg_catalog, pg_temp"],
        "ledger.reverse": ["search_path=pg_catalog, pg_temp"],
        "ledger.sum_all": ["search_path=pg_catalog, pg_temp"],
        "list_order": ["search_path=public, pg_temp"],
        "ledger.post": ["search_path=pg_catalog, pg_temp"],
        "number_feed": ["search_path=public, pg_temp"],
        "mark_messages_read": ["search_path=public, pg_temp"],
        "note_provider_event": ["search_path=public, pg_temp"],
        "replace_payout_account": ["search_path=public, pg_temp"],
        "know_payout_account": ["search_path=public, pg_temp"],
        "settle_pay_in": ["search_path=public, pg_temp"],
        "place_keyed_order": ["search_path=public, pg_temp", PLANNED_ONCE],
        "place_order": ["search_path=public, pg_temp"],
        "prune_confirmations": ["search_path=public, pg_temp"],
        "prune_endpoint_tests": ["search_path=public, pg_temp"],
        "prune_attempts": ["search_path=public, pg_temp"],
        "prune_ended_orders": ["search_path=public, pg_temp"],
        "prune_idempotency_keys": ["search_path=public, pg_temp"],
        "prune_pay_ins": ["search_path=public, pg_temp"],
        "queue_request": ["search_path=public, pg_temp"],
        "record_step": ["search_path=public, pg_temp", PLANNED_ONCE],
        "seek_order": ["search_path=public, pg_temp"],
        "write_keyed_request": ["search_path=public, pg_temp", PLANNED_ONCE],
        "add_up_states": ["search_path=public, pg_temp"],
        "age_reputations": ["search_path=public, pg_temp"],
        "count_state": ["search_path=public, pg_temp"],
        "count_ended": ["search_path=public, pg_temp"],
        "list_service": ["search_path=public, pg_temp"],
        "note_reads": ["search_path=public, pg_temp"],
        "note_unread": ["search_path=public, pg_temp"],
        "queue_dispute": ["search_path=public, pg_temp"],
        "write_limited_request": ["search_path=public, pg_temp"],
        "write_partys_request": ["search_path=public, pg_temp", PLANNED_ONCE],
        "write_message": ["search_path=public, pg_temp"],
        "write_request": ["search_path=public, pg_temp", "enable_seqscan=off"],
    }


@pytest.mark.parametrize("table", [one for one in TABLES if one not in MAY_DELETE])
async def test_the_application_is_refused_a_deletion(table: str, as_app: Owner) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(f"DELETE FROM {table}")


async def test_the_pool_works_as_the_restricted_role(pool: Pool) -> None:
    assert await pool.fetchval("SELECT current_user") == "sequestre_app"


async def may(connection: Owner, table: str, privilege: str) -> bool:
    """Whether the application's role has a privilege on a table."""
    held: bool = await connection.fetchval(
        "SELECT has_table_privilege($1, $2, $3)", APP_ROLE, table, privilege
    )
    return held
