"""What the application's role may do by hand: read, add a few rows, and call the functions."""

import asyncpg
import pytest

from db.pool import APP_ROLE, Pool
from domain.ledger import escrow, wallet
from tests.db.market import Owner, leg, post
from tests.db.sample import Sample

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
FORBIDDEN = [
    "UPDATE orders SET state = 'pending'",
    "UPDATE orders SET doc = '{}'",
    "UPDATE orders SET version = 9",
    "UPDATE order_metadata SET external_id = 'another'",
    "UPDATE order_metadata SET metadata = '{}'",
    "UPDATE services SET seller_id = 'another'",
    "UPDATE extras SET price = 1",
    "UPDATE requests SET outcome = '{}'",
    "UPDATE requests SET received_at = now()",
    "UPDATE requests SET fields = '{}'",
    "UPDATE notices SET event = 'order.completed'",
    "UPDATE events SET doc = '{}'",
    "INSERT INTO events SELECT * FROM events",
    "INSERT INTO notices (order_id) SELECT order_id FROM notices",
    "UPDATE notice_reads SET read_at = now()",
    "UPDATE notices SET unread = false",
    "UPDATE inbox_marks SET up_to = 9",
    "UPDATE reputations SET cancelled = 0",
    "UPDATE listed_services SET visibility = 1",
    "DELETE FROM disputed_orders",
    "UPDATE counted_states SET orders = 0",
    "DELETE FROM uncounted_states",
    "SELECT count_for_seller(seller_id, now(), 'completed', 1) FROM reputations",
    "SELECT list_by_reputation(seller_id) FROM reputations",
    "SELECT is_past(n, 'somebody', now()) FROM notices n",
    "INSERT INTO deliveries (order_id) SELECT order_id FROM deliveries",
    "UPDATE deliveries SET user_id = 'somebody'",
    "UPDATE deliveries SET cause = NULL",
    "UPDATE messages SET text = 'another'",
    "INSERT INTO messages SELECT * FROM messages",
    "UPDATE conversations SET messages = 0",
    "UPDATE conversation_members SET up_to = 0",
    "SELECT tell(id, 1, 'order.placed', '[]', '{}') FROM orders",
    "UPDATE confirmations SET email = 'somebody@example.test'",
    "UPDATE deliveries SET endpoint_id = NULL",
    "UPDATE deliveries SET seq = 1",
    "UPDATE endpoint_tests SET endpoint_id = NULL",
    "INSERT INTO endpoint_tests (id, endpoint_id) SELECT 1, id FROM webhook_endpoints",
    "DELETE FROM endpoint_tests",
    "DELETE FROM webhook_endpoints",
    "UPDATE idempotency_keys SET fingerprint = ''",
    "UPDATE idempotency_keys SET request_id = 'another'",
    "UPDATE idempotency_keys SET created_at = now()",
    "INSERT INTO idempotency_keys (caller, key, fingerprint, answer) VALUES ('x', 'y', '', '{}')",
    "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at)"
    " VALUES ('x', 'y', '', 'infinity')",
    "SELECT demand_same_order(o, NULL, '[]') FROM orders o",
    "UPDATE ledger.balance SET balance = 1000000",
    "UPDATE ledger.balance SET closed = false",
    "SELECT write_event(id, '{}') FROM orders",
    "SELECT append_to_feed('step', id, 9, 'order.completed') FROM orders",
    "SELECT gather_past(u) FROM unnumbered u",
    "INSERT INTO feed SELECT number + 9000, source, order_id, ref, type FROM feed",
    "SELECT note_restoration(true)",
    "SELECT numbers_beyond(now())",
    "INSERT INTO restorations VALUES (9, now(), 9, 0)",
    "UPDATE schema_place SET mark = ''",
    "INSERT INTO unnumbered (source, order_id) SELECT source, order_id FROM unnumbered",
    "SELECT post_all(id, 'EUR', '[]') FROM orders",
    'SELECT ledger.account_id(\'{"kind": "wallet", "owner": "somebody"}\', \'EUR\')',
    "UPDATE ledger.outside SET user_id = 'thief'",
    "DELETE FROM ledger.unsummed",
    "UPDATE ledger.total SET amount = 1000000",
    "UPDATE wallet_notices SET user_id = 'somebody'",
    "UPDATE payouts SET state = 'paid'",
    "UPDATE payouts SET account = 'another'",
    "UPDATE payouts SET reference = 'another'",
    "UPDATE payouts SET approved_by = 'somebody'",
    "UPDATE payouts SET approval_above = NULL",
    "INSERT INTO payouts (id, user_id) SELECT id, 'somebody' FROM payouts",
    "DELETE FROM payouts",
    "INSERT INTO uncleared (tx_id, user_id) SELECT id, 'somebody' FROM ledger.tx",
    "UPDATE uncleared SET clears_at = now()",
    "DELETE FROM uncleared",
    "UPDATE payout_accounts SET reference = 'another'",
    "UPDATE chargebacks SET state = 'won'",
    "UPDATE chargebacks SET amount = 1",
    "INSERT INTO chargebacks (provider, reference, pay_in_id, amount, currency, state)"
    " SELECT 'paper', 'forged', id, 1, 'EUR', 'lost' FROM pay_ins",
    "DELETE FROM chargebacks",
    "UPDATE receivables SET owed = 0",
    "INSERT INTO receivables (user_id, currency, owed) VALUES ('somebody', 'EUR', 1)",
    "DELETE FROM receivables",
    "SELECT charge_back(c, 'seller', 'somebody', 1) FROM chargebacks c",
    "SELECT recover('recovery:order:x', 'somebody', 'EUR', 1, NULL, NULL)",
    "SELECT recover_from_order(id, 'EUR') FROM orders",
    "SELECT settle_chargebacks(p) FROM pay_ins p",
    "SELECT * FROM chargebacks c, shares_of_chargeback(c)",
    "SELECT lock_wallets('{somebody}', 'EUR')",
    "SELECT lock_payout_account('paper', 'account-1')",
    "UPDATE chargebacks SET seller_id = 'somebody'",
    "SELECT ledger.carry_debt('a-debt', 'recovery', 'somebody', 'EUR', 1, NULL, NULL)",
    "SELECT bring_payout_back(p, 'failed', '', 'thief') FROM payouts p",
    "SELECT ledger.carry_payout('payout_return', id, user_id, 'EUR', 1, true, '', '') FROM payouts",
    "SELECT ledger.sum_up('EUR')",
    "SELECT ledger.post('a-posting', 'top_up', NULL, 'EUR', '[]', false)",
    "CREATE TABLE ledger.mine ()",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE ledger.tx DISABLE TRIGGER ALL",
    "DROP TABLE events",
    "UPDATE operator_journal SET by_id = 'somebody'",
    "DELETE FROM operator_journal",
    "INSERT INTO operator_journal (by_id, roles, deed, subject, subject_id, at)"
    " VALUES ('x', '{}', 'cancel', 'order', 'y', '2020-01-01')",
    "UPDATE pay_ins SET state = 'paid'",
    "UPDATE pay_ins SET transfer_id = id",
    "UPDATE pay_ins SET amount = 1000000",
    "INSERT INTO pay_ins SELECT * FROM pay_ins",
    "INSERT INTO provider_events (provider, id, kind, name, at) VALUES ('x', 'y', 'z', 'z', now())",
    "UPDATE provider_events SET outcome = NULL, decided_at = NULL",
    "UPDATE deed_outcomes SET refusal = NULL",
    "DELETE FROM deed_outcomes",
    "INSERT INTO deed_outcomes (deed_id, at) SELECT id, now() FROM operator_journal",
    "UPDATE repairs SET by = 'somebody'",
    "INSERT INTO repairs (order_id, at) SELECT id, now() FROM orders",
    "INSERT INTO test_clock (only_one) VALUES (true)",
    "INSERT INTO worker_heartbeats (worker, beat_at) VALUES ('x', 'infinity')",
    "SET session_replication_role = replica",
]


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


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_application_is_refused(statement: str, as_app: Owner) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(statement)


@pytest.mark.parametrize("table", [one for one in TABLES if one not in MAY_DELETE])
async def test_the_application_is_refused_a_deletion(table: str, as_app: Owner) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(f"DELETE FROM {table}")


async def test_the_pool_works_as_the_restricted_role(pool: Pool) -> None:
    assert await pool.fetchval("SELECT current_user") == "sequestre_app"


async def test_the_application_cannot_empty_an_escrow_past_its_order(
    as_app: Owner, sample: Sample
) -> None:
    legs = [leg(escrow(sample.open.id), wallet("thief"), 2_000)]
    with pytest.raises(asyncpg.PostgresError):
        await post(as_app, "a-top-up-of-a-thief", legs)


async def may(connection: Owner, table: str, privilege: str) -> bool:
    """Whether the application's role has a privilege on a table."""
    held: bool = await connection.fetchval(
        "SELECT has_table_privilege($1, $2, $3)", APP_ROLE, table, privilege
    )
    return held
