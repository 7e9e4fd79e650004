"""What the tables refuse by themselves, whoever asks: each constraint provoked by direct SQL."""

import asyncpg
import pytest

from tests.db.constraint_violations import (
    MODES,
    Breach,
    Drops,
    Statement,
    Violation,
    backers,
    drop,
    named,
)
from tests.db.market import Owner
from tests.db.refused_copies import (
    ANOTHER_ONE,
    EMAIL,
    NEW,
    NEW_ORDER,
    NOBODY,
    OF_DISPUTE,
    OF_POSTING,
    UNLISTED,
    UNNAMED,
    WEBHOOK,
)

WEEK = {"kind": "full"}
NEW_SERVICE = {"id": NOBODY, **UNNAMED}
OTHER_KEY = {"key": "another-key"}
NEW_PAYOUT = {"id": NOBODY, "hold_id": NOBODY}
ENDED = {**NEW_PAYOUT, "ended_at": "2026-11-23T10:00:00Z"}
OPEN_PAYOUT = "state = 'pending'"
IN_PARTS = {
    "approved_by": "x",
    "approval_above": 599,
    "others_amount": 100,
    "others_count": 1,
    "others_since": "2026-11-23T10:00:00Z",
}
"""Of a payout of 500 that is more than is let go together with another."""

NEW_ACCOUNT = {"user_id": "somebody", "reference": "another"}
ANOTHER_TRANSFER = "SELECT jsonb_build_object('tx_id', min(tx_id)) FROM ledger.outside"
ENDED_ONE = "state = 'lost'"
UNIQUE: list[Violation] = [
    Breach("account_pkey", "ledger.account", {"owner": "somebody", "currency": "ABC"}),
    Breach("account_owner_kind_currency_key", "ledger.account", NEW),
    Breach("account_id_currency_key", "ledger.account", {"owner": "somebody"}),
    Breach("balance_pkey", "ledger.balance"),
    Breach("tx_pkey", "ledger.tx", {**OTHER_KEY, "currency": "ABC"}, "order_id IS NULL"),
    Breach("tx_id_currency_key", "ledger.tx", OTHER_KEY, "order_id IS NULL"),
    Breach("one_tx_per_key", "ledger.tx", NEW, "order_id IS NULL"),
    *(
        Breach(
            "one_end_per_order", "ledger.tx", {**NEW, **OTHER_KEY, "kind": kind}, "kind = 'release'"
        )
        for kind in ("release", "refund", "split")
    ),
    Breach("transfer_pkey", "ledger.transfer"),
    Breach("services_pkey", "services", UNNAMED),
    Breach("one_service_per_external_id", "services", {"id": NOBODY}),
    Breach("outside_pkey", "ledger.outside", {"id": NOBODY}, "kind = 'top_up'"),
    Breach(
        "one_transfer_per_id",
        "ledger.outside",
        where="kind = 'top_up'",
        found=UNLISTED,
    ),
    Breach("reversed_once", "ledger.outside", {"id": NOBODY}, "kind = 'reversal'", UNLISTED),
    Breach("total_pkey", "ledger.total"),
    Breach("wallet_notices_pkey", "wallet_notices", {}, OF_POSTING, ANOTHER_TRANSFER),
    Breach("told_once", "wallet_notices", NEW, OF_POSTING),
    Breach("told_once_of_a_dispute", "wallet_notices", NEW, OF_DISPUTE),
    Breach("extras_pkey", "extras", {"position": 9}),
    Breach("extras_service_id_position_key", "extras", {"id": NOBODY}),
    Breach("orders_pkey", "orders"),
    Breach("order_metadata_pkey", "order_metadata", UNNAMED),
    Statement(
        "one_order_per_external_id",
        "order_metadata",
        "UPDATE order_metadata SET external_id = 'one for all'",
    ),
    Breach("requests_pkey", "requests"),
    Breach("undecided_pkey", "undecided"),
    Breach("listed_orders_pkey", "listed_orders"),
    Breach("sought_orders_pkey", "sought_orders"),
    Breach("disputed_orders_pkey", "disputed_orders"),
    Breach("counted_states_pkey", "counted_states"),
    Breach("reputations_pkey", "reputations"),
    Breach("listed_services_pkey", "listed_services"),
    Breach("inbox_marks_pkey", "inbox_marks"),
    Breach("events_pkey", "events", {"version": 9, "request_id": None}),
    Breach("one_event_per_version", "events", {"seq": 9, "request_id": None}, "accepted"),
    Breach("one_event_per_request", "events", {"seq": 9, "version": 9}, "request_id IS NOT NULL"),
    Breach("notices_pkey", "notices", {"user_id": "somebody"}),
    Breach("one_notice_each", "notices", NEW, "user_id IS NOT NULL"),
    Breach("one_notice_each", "notices", NEW, "user_id IS NULL"),
    Breach("idempotency_keys_pkey", "idempotency_keys"),
    Breach("people_pkey", "people"),
    Breach("payouts_pkey", "payouts", {"hold_id": NOBODY}, OPEN_PAYOUT),
    Breach("payouts_hold_id_key", "payouts", {"id": NOBODY}, OPEN_PAYOUT),
    Breach("payouts_done_id_key", "payouts", {"id": NOBODY, "hold_id": NOBODY}, "state = 'paid'"),
    Breach(
        "payouts_return_id_key", "payouts", {"id": NOBODY, "hold_id": NOBODY}, "state = 'failed'"
    ),
    Breach("uncleared_pkey", "uncleared"),
    Breach("chargebacks_pkey", "chargebacks", {"reference": "another", "state": "won"}, ENDED_ONE),
    Breach(
        "one_chargeback_per_reference", "chargebacks", {"id": NOBODY, "state": "won"}, ENDED_ONE
    ),
    Breach("one_chargeback_at_a_time", "chargebacks", ANOTHER_ONE, "state = 'lost'"),
    Breach("receivables_pkey", "receivables"),
    Breach("payout_accounts_pkey", "payout_accounts", {"reference": "another"}),
    Breach("one_owner_an_account", "payout_accounts", {"user_id": "somebody"}),
    Breach("display_names_pkey", "display_names"),
    Breach("confirmed_addresses_pkey", "confirmed_addresses"),
    Breach("confirmations_pkey", "confirmations"),
    Breach("sessions_pkey", "sessions"),
    Breach("spent_links_pkey", "spent_links"),
    Breach("notice_reads_pkey", "notice_reads"),
    Breach("webhook_endpoints_pkey", "webhook_endpoints", UNNAMED),
    Breach("one_endpoint_per_external_id", "webhook_endpoints", {"id": NOBODY}),
    Breach("endpoint_tests_pkey", "endpoint_tests"),
    Breach("deliveries_pkey", "deliveries", {"user_id": "somebody"}, EMAIL),
    Breach("one_delivery_each", "deliveries", NEW, EMAIL),
    Breach("one_delivery_each", "deliveries", NEW, WEBHOOK),
    Breach("repairs_pkey", "repairs"),
    Breach("operator_journal_pkey", "operator_journal", {"subject_id": "x"}),
    Breach("one_deed_per_transfer", "operator_journal", NEW, "subject = 'transfer'"),
    Breach("pay_ins_pkey", "pay_ins", {"transfer_id": None, "state": "open"}),
    Breach("pay_ins_transfer_id_key", "pay_ins", {"id": NOBODY}, "transfer_id IS NOT NULL"),
    Breach("provider_events_pkey", "provider_events", {"id": "another"}),
    Breach("one_row_per_event", "provider_events", {"number": 9_000}),
    Breach("one_deed_per_request", "operator_journal", NEW, "request_id IS NOT NULL"),
    Breach("deed_outcomes_pkey", "deed_outcomes"),
    Breach("worker_heartbeats_pkey", "worker_heartbeats"),
    Breach("last_checks_pkey", "last_checks"),
    Breach("attempts_pkey", "attempts"),
    Breach("conversations_pkey", "conversations"),
    Breach("messages_pkey", "messages"),
    Breach("conversation_members_pkey", "conversation_members"),
    Breach("test_clock_pkey", "test_clock"),
    Breach("restorations_pkey", "restorations"),
    Breach("schema_place_pkey", "schema_place"),
    Breach("proved_orders_pkey", "proved_orders"),
    Breach("proved_accounts_pkey", "proved_accounts"),
    Breach("feed_pkey", "feed", {"ref": 9_000}),
    Breach("one_entry_each", "feed", {"number": 9_000}),
    Breach("unnumbered_pkey", "unnumbered"),
    Breach("schema_migrations_pkey", "schema_migrations"),
    Breach("schema_functions_pkey", "schema_functions"),
]
UNPAID = {"id": NOBODY, "state": "open", "transfer_id": None, "order_id": None}
NEW_EVENT = {"number": 9_000, "id": "another"}
ANOTHER_TX = {**NEW, **OTHER_KEY, "kind": "top_up", "order_id": None, "previous": "\\x"}
HOLD_OF_NOBODY = {**NEW, "kind": "hold", "order_id": NOBODY}
END_OF_NOBODY = {**NEW, "kind": "release", "order_id": NOBODY}
WON_ONE = {**ANOTHER_ONE, "state": "won"}
CHECKS = [
    Breach("account_kind_check", "ledger.account", {**NEW, "kind": "purse"}),
    Breach("payouts_amount_check", "payouts", {**NEW_PAYOUT, "amount": 0}, OPEN_PAYOUT),
    Breach("payouts_amount_check", "payouts", {**NEW_PAYOUT, "amount": 10**10 + 1}, OPEN_PAYOUT),
    Breach("uncleared_amount_check", "uncleared", {"amount": 0}, found=ANOTHER_TRANSFER),
    Breach("payouts_state_check", "payouts", {**ENDED, "state": "lost"}, OPEN_PAYOUT),
    Breach("payout_accounts_state_check", "payout_accounts", {**NEW_ACCOUNT, "state": "none"}),
    *(
        Breach(name, "payouts", {**NEW_PAYOUT, **changes}, OPEN_PAYOUT)
        for name, changes in (
            ("paid_is_out", {**ENDED, "state": "paid"}),
            ("paid_is_out", {"done_id": NOBODY}),
            ("unpaid_is_back", {**ENDED, "state": "failed"}),
            ("unpaid_is_back", {**ENDED, "state": "cancelled"}),
            ("unpaid_is_back", {"return_id": NOBODY}),
            ("open_has_no_end", ENDED),
            ("approved_before_called", {"state": "requested", "called_at": "2026-11-23T10:00Z"}),
            ("by_a_second_person", {"user_id": "x", "approved_by": "x"}),
            ("more_than_is_let_go", {"approved_by": "x", "approval_above": 500}),
            ("more_than_is_let_go", {**IN_PARTS, "approval_above": 600}),
            ("others_are_whole", {**IN_PARTS, "approval_above": None}),
            ("others_are_whole", {**IN_PARTS, "others_count": None}),
            ("let_go_by_a_second_person", {"approval_above": 499}),
            ("let_go_by_a_second_person", {**IN_PARTS, "approved_by": None}),
        )
    ),
    Breach("chargebacks_amount_check", "chargebacks", {**WON_ONE, "amount": 0}, ENDED_ONE),
    Breach("chargebacks_amount_check", "chargebacks", {**WON_ONE, "amount": 10**10 + 1}, ENDED_ONE),
    Breach("chargebacks_state_check", "chargebacks", {**WON_ONE, "state": "paid"}, ENDED_ONE),
    Breach("chargebacks_carried_check", "chargebacks", {**WON_ONE, "carried": "paid"}, ENDED_ONE),
    Breach("opened_has_no_end", "chargebacks", {**WON_ONE, "ended_at": None}, ENDED_ONE),
    *(
        Breach("told_of_one_thing", "wallet_notices", {**NEW, "user_id": "somebody", **odd}, where)
        for where, odd in (
            (OF_POSTING, {"tx_id": None}),
            (OF_DISPUTE, {"chargeback_id": None}),
            (OF_DISPUTE, {"told": None}),
            (OF_DISPUTE, {"amount": None}),
            (OF_DISPUTE, {"told": "asked"}),
            (OF_DISPUTE, {"amount": 0}),
        )
    ),
    Breach(
        *("told_of_one_thing", "wallet_notices", {**NEW, "user_id": "somebody"}),
        *(OF_DISPUTE, ANOTHER_TRANSFER),
    ),
    Breach("no_more_recovered_than_owed", "receivables", {"user_id": "somebody", "owed": -1}),
    *(
        Breach(f"key_of_{kind}", "ledger.tx", {**ANOTHER_TX, "kind": kind, "key": key})
        for kind, key in (
            ("chargeback", "another-key"),
            ("chargeback", f"chargeback:{NOBODY}:mediator"),
            ("recovery", f"recovery:{NOBODY}:seller"),
            ("recovery", f"recovery:order:{NOBODY}:seller:2"),
            ("recovery", f"recovery:payout_return:{NOBODY}:seller"),
            ("recovery", f"recovery:reversal:{NOBODY}:2"),
            ("recovery", f"recovery:top_up:{NOBODY}"),
        )
    ),
    Breach("key_of_reclaim", "ledger.tx", {**END_OF_NOBODY, "kind": "reclaim", "key": "reclaimed"}),
    *(
        Breach("key_of_payout", "ledger.tx", {**ANOTHER_TX, "kind": kind, "key": key})
        for kind, key in (
            ("payout_hold", "another-key"),
            ("payout_done", f"payout_hold:{NOBODY}"),
            ("payout_return", f"payout_return:{NOBODY}:2"),
            ("payout_return", f"payout_return:{NOBODY.upper()}A"),
        )
    ),
    Breach("last_checks_kind_check", "last_checks", {"kind": "weekly"}),
    Breach("last_checks_orders_check", "last_checks", {**WEEK, "orders": -1}),
    Breach("last_checks_books_check", "last_checks", {**WEEK, "books": -1}),
    Breach("last_checks_differing_check", "last_checks", {**WEEK, "differing": -1}),
    Breach("last_checks_unproved_check", "last_checks", {**WEEK, "unproved": -1}),
    Breach("account_owner_check", "ledger.account", {**NEW, "owner": ""}),
    Breach("pay_ins_amount_check", "pay_ins", {**UNPAID, "amount": 0}),
    Breach("pay_ins_amount_check", "pay_ins", {**UNPAID, "amount": 10_000_000_001}),
    Breach("pay_ins_state_check", "pay_ins", {**UNPAID, "state": "begun"}),
    Breach("paid_is_booked", "pay_ins", {**UNPAID, "state": "paid"}),
    Breach("paid_is_booked", "pay_ins", {**UNPAID, "transfer_id": NOBODY}),
    Breach(
        "one_answer_to_a_wish",
        "pay_ins",
        {
            **UNPAID,
            "order_id": NOBODY,
            "order_refused": "gone",
            "order_refused_code": "not-found",
        },
    ),
    Breach(
        "refused_with_its_code",
        "pay_ins",
        {**UNPAID, "order_id": None, "order_refused": "gone", "order_refused_code": None},
    ),
    Breach("provider_events_outcome_check", "provider_events", {**NEW_EVENT, "outcome": "lost"}),
    Breach("decided_once", "provider_events", {**NEW_EVENT, "outcome": None}),
    Breach("repairs_by_check", "repairs", {**NEW, "by": ""}),
    Breach("operator_journal_subject_check", "operator_journal", {**NEW, "subject": "weather"}),
    Breach("repairs_by_check", "repairs", {**NEW, "by": "x" * 101}),
    Breach("sessions_fingerprint_check", "sessions", {"fingerprint": b"short"}),
    Breach("sessions_user_id_check", "sessions", {"fingerprint": b"1" * 32, "user_id": ""}),
    Breach("sessions_user_id_check", "sessions", {"fingerprint": b"1" * 32, "user_id": "x" * 101}),
    Breach("spent_links_fingerprint_check", "spent_links", {"fingerprint": b"short"}),
    Breach("test_clock_only_one_check", "test_clock", {"only_one": False}),
    Breach("restorations_number_check", "restorations", {"number": 0}),
    Breach("restorations_base_check", "restorations", {"number": 2, "base": 0}),
    Breach("restorations_feed_number_check", "restorations", {"number": 2, "feed_number": -1}),
    Breach("schema_place_is_only_check", "schema_place", {"is_only": False}),
    Breach("worker_heartbeats_worker_check", "worker_heartbeats", {"worker": ""}),
    Breach("worker_heartbeats_worker_check", "worker_heartbeats", {"worker": "x" * 301}),
    Breach("account_owner_check", "ledger.account", {**NEW, "owner": "x" * 101}),
    Breach("account_currency_check", "ledger.account", {**NEW, "currency": "eur"}),
    Breach("account_currency_check", "ledger.account", {**NEW, "currency": "E1R"}),
    Breach("tx_key_check", "ledger.tx", {**ANOTHER_TX, "key": "x" * 7}),
    Breach("tx_key_check", "ledger.tx", {**ANOTHER_TX, "key": "x" * 301}),
    Breach("tx_kind_check", "ledger.tx", {**ANOTHER_TX, "kind": "gift", "order_id": NOBODY}),
    Breach(
        "order_of_kind", "ledger.tx", {**ANOTHER_TX, "kind": "hold", "key": "order:hold:a-line"}
    ),
    Breach("order_of_kind", "ledger.tx", {**ANOTHER_TX, "kind": "release", "key": "order:?:end"}),
    Breach("order_of_kind", "ledger.tx", {**ANOTHER_TX, "kind": "refund", "key": "order:?:end"}),
    Breach("order_of_kind", "ledger.tx", {**ANOTHER_TX, "kind": "split", "key": "order:?:end"}),
    Breach("order_of_kind", "ledger.tx", {**ANOTHER_TX, "order_id": NOBODY}),
    Breach("order_of_kind", "ledger.tx", {**ANOTHER_TX, "kind": "payout", "order_id": NOBODY}),
    Breach("chained", "ledger.tx", {**ANOTHER_TX, "previous": None}),
    Breach("chained", "ledger.tx", {**ANOTHER_TX, "kind": "payout", "previous": None}),
    Breach("key_of_hold", "ledger.tx", {**HOLD_OF_NOBODY, **OTHER_KEY}),
    Breach("key_of_hold", "ledger.tx", {**HOLD_OF_NOBODY, "key": f"order:{NOBODY}:hold:"}),
    Breach("key_of_hold", "ledger.tx", {**HOLD_OF_NOBODY, "key": f"order:{NOBODY}:hold:a:2"}),
    Breach("key_of_hold", "ledger.tx", {**HOLD_OF_NOBODY, "key": f" order:{NOBODY}:hold:a"}),
    Breach("key_of_end", "ledger.tx", {**END_OF_NOBODY, "key": f"order:{NOBODY}:end:2"}),
    Breach("key_of_end", "ledger.tx", {**END_OF_NOBODY, "key": f"order:{NOBODY}:END"}),
    Breach("key_of_end", "ledger.tx", {**END_OF_NOBODY, "kind": "refund", **OTHER_KEY}),
    Breach("key_of_end", "ledger.tx", {**END_OF_NOBODY, "kind": "split", **OTHER_KEY}),
    Breach("transfer_leg_check", "ledger.transfer", {"leg": 0}),
    *(
        Breach("platform_of_kind", "ledger.outside", {"id": NOBODY, **changes}, where, UNLISTED)
        for changes, where in (
            ({"user_id": None}, "kind = 'top_up'"),
            ({"user_id": "ann"}, "kind = 'commission_payout'"),
        )
    ),
    *(
        Breach("reversal_of_kind", "ledger.outside", {"id": NOBODY, **changes}, where, UNLISTED)
        for changes, where in (
            ({"reason": "None."}, "kind = 'top_up'"),
            ({"kind": "reversal"}, "kind = 'top_up'"),
            ({"reverses": None}, "kind = 'reversal'"),
            ({"reason": None, "reverses": 1}, "kind = 'reversal'"),
        )
    ),
    Breach(
        "commission_is_earned",
        "ledger.total",
        {"currency": "XTS", "amount": -1},
        "kind = 'commission'",
    ),
    Breach("transfer_amount_check", "ledger.transfer", {"leg": 9, "amount": 0}),
    Breach("transfer_amount_check", "ledger.transfer", {"leg": 9, "amount": -1}),
    Breach("transfer_amount_check", "ledger.transfer", {"leg": 9, "amount": 10**12 + 1}),
    Breach(
        "two_accounts",
        "ledger.transfer",
        {"leg": 9},
        found="jsonb_build_object('credit_id', t.debit_id)",
    ),
    Breach("services_seller_id_check", "services", {**NEW_SERVICE, "seller_id": ""}),
    Breach("services_seller_id_check", "services", {**NEW_SERVICE, "seller_id": "x" * 101}),
    Breach("services_price_check", "services", {**NEW_SERVICE, "price": 0}),
    Breach(
        "services_revisions_included_check", "services", {**NEW_SERVICE, "revisions_included": -1}
    ),
    Breach("extras_price_check", "extras", {"id": NOBODY, "position": 9, "price": 0}),
    Breach("orders_version_check", "orders", {"id": NOBODY, "version": 0}),
    Breach("two_people", "orders", {**NEW_ORDER, "buyer_id": "somebody", "seller_id": "somebody"}),
    Breach("requests_request_id_check", "requests", {"request_id": ""}),
    Breach("requests_request_id_check", "requests", {"request_id": "x" * 101}),
    Breach("idempotency_keys_key_check", "idempotency_keys", {"key": ""}),
    Breach("idempotency_keys_key_check", "idempotency_keys", {"key": "x" * 256}),
    Breach("display_names_user_id_check", "display_names", {"user_id": ""}),
    Breach("display_names_given_check", "display_names", {"user_id": "x", "given": ""}),
    Breach("display_names_given_check", "display_names", {"user_id": "x", "given": "x" * 81}),
    Breach("display_names_shown_check", "display_names", {"user_id": "x", "shown": ""}),
    Breach("display_names_shown_check", "display_names", {"user_id": "x", "shown": "x" * 81}),
    Breach("people_user_id_check", "people", {"user_id": ""}),
    Breach("people_user_id_check", "people", {"user_id": "x" * 101}),
    Breach("people_language_check", "people", {"user_id": "somebody", "language": "de"}),
    Breach("numbered", "messages", {"number": 0}),
    Breach("numbered", "messages", {"number": -9}),
    Breach(
        "deliveries_channel_check",
        "deliveries",
        {**NEW, "channel": "sms", "user_id": None, "endpoint_id": None},
    ),
    Breach(
        "deliveries_status_check",
        "deliveries",
        {**NEW, "user_id": "somebody", "status": "sent"},
        EMAIL,
    ),
    Breach("endpoint_tests_status_check", "endpoint_tests", {"id": 9_000, "status": "sent"}),
    Breach(
        "deleted_is_disabled",
        "webhook_endpoints",
        {"id": NOBODY, "deleted_at": "2026-11-23T10:00:00Z", "disabled_at": None, **UNNAMED},
    ),
    Breach("deliveries_check", "deliveries", {**NEW, "user_id": None}, EMAIL),
    Breach("deliveries_check", "deliveries", {**NEW, "user_id": "somebody"}, WEBHOOK),
    Breach(
        "deliveries_check1",
        "deliveries",
        NEW,
        EMAIL,
        "SELECT jsonb_build_object('endpoint_id', id) FROM webhook_endpoints",
    ),
    Breach("deliveries_check1", "deliveries", {**NEW, "endpoint_id": None}, WEBHOOK),
]
UPDATES = [
    Statement(
        "no_overdraft",
        "ledger.balance",
        "UPDATE ledger.balance SET balance = -1 WHERE NOT closed",
    ),
    Statement(
        "closed_is_empty",
        "ledger.balance",
        "UPDATE ledger.balance SET balance = 1 WHERE closed",
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("broken", [*UNIQUE, *CHECKS, *UPDATES], ids=named)
async def test_what_breaks_a_constraint_is_refused(
    broken: Violation, mode: str, tampering: Owner, drops: Drops
) -> None:
    await drop(tampering, backers(broken), drops)
    await tampering.execute(f"SET LOCAL session_replication_role = {mode}")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await broken.provoke(tampering)
    assert refused.value.constraint_name == broken.name
