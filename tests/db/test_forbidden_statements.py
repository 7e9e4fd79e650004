"""What the application's role is refused, however it says it."""

import asyncpg
import pytest

from domain.ledger import escrow, wallet
from tests.db.market import Owner, leg, post
from tests.db.sample import Sample

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


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_application_is_refused(statement: str, as_app: Owner) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(statement)


async def test_the_application_cannot_empty_an_escrow_past_its_order(
    as_app: Owner, sample: Sample
) -> None:
    legs = [leg(escrow(sample.open.id), wallet("thief"), 2_000)]
    with pytest.raises(asyncpg.PostgresError):
        await post(as_app, "a-top-up-of-a-thief", legs)
