"""A row that refers to nothing is refused by the tables themselves, whoever writes it."""

import asyncpg
import pytest

from tests.db.constraint_violations import Breach, named
from tests.db.market import Owner
from tests.db.refused_copies import (
    ANOTHER_ONE,
    EMAIL,
    NEW,
    NEW_ORDER,
    NOBODY,
    OF_POSTING,
    UNLISTED,
    UNNAMED,
    WEBHOOK,
)

REFERENCES = [
    Breach(
        "outside_tx_id_fkey",
        "ledger.outside",
        {"id": NOBODY, "tx_id": 9_000},
        "kind = 'payout' OR kind = 'top_up'",
    ),
    Breach(
        "outside_reverses_fkey",
        "ledger.outside",
        {"id": NOBODY, "reverses": 9_000},
        "kind = 'reversal'",
        UNLISTED,
    ),
    Breach("chargebacks_pay_in_id_fkey", "chargebacks", {**ANOTHER_ONE, "pay_in_id": NOBODY}),
    Breach("uncleared_tx_id_fkey", "uncleared", {"tx_id": 9_000}),
    Breach("wallet_notices_tx_id_fkey", "wallet_notices", {**NEW, "tx_id": 9_000}, OF_POSTING),
    Breach("balance_account_id_fkey", "ledger.balance", {"account_id": 9_000}),
    Breach("currency_of_tx", "ledger.transfer", {"tx_id": 9_000}),
    Breach(
        "currency_of_tx",
        "ledger.transfer",
        {"leg": 9, "currency": "USD"},
        "currency = 'EUR'",
        "SELECT jsonb_build_object('debit_id', min(id), 'credit_id', max(id))"
        " FROM ledger.account WHERE currency = 'USD'",
    ),
    Breach("currency_of_debit", "ledger.transfer", {"leg": 9, "debit_id": 9_000}),
    Breach("currency_of_credit", "ledger.transfer", {"leg": 9, "credit_id": 9_000}),
    *(
        Breach(
            f"currency_of_{side}",
            "ledger.transfer",
            {"leg": 9},
            "currency = 'EUR'",
            f"SELECT jsonb_build_object('{side}_id', id) FROM ledger.account"
            " WHERE owner = 'dollars' AND currency = 'USD'",
        )
        for side in ("debit", "credit")
    ),
    Breach("extras_service_id_fkey", "extras", {"id": NOBODY, "service_id": NOBODY}),
    Breach("orders_service_id_fkey", "orders", {**NEW_ORDER, "service_id": NOBODY}),
    Breach("order_metadata_order_id_fkey", "order_metadata", {"order_id": NOBODY, **UNNAMED}),
    Breach("requests_order_id_fkey", "requests", {"order_id": NOBODY}),
    Breach("events_order_id_fkey", "events", {"order_id": NOBODY}),
    Breach("notice_reads_notice_id_fkey", "notice_reads", {"notice_id": 9_000}),
    Breach(
        "deliveries_notice_id_fkey",
        "deliveries",
        {**NEW, "user_id": "somebody", "notice_id": 9_000},
        EMAIL,
    ),
    Breach("repairs_order_id_fkey", "repairs", {**NEW, "order_id": NOBODY}),
    Breach("repairs_deed_id_fkey", "repairs", {**NEW, "deed_id": 9_000}),
    Breach("deed_outcomes_deed_id_fkey", "deed_outcomes", {"deed_id": 9_000}),
    Breach("conversations_order_id_fkey", "conversations", {"order_id": NOBODY}),
    Breach("conversation_members_order_id_fkey", "conversation_members", {"order_id": NOBODY}),
    Breach("written_on_a_step", "messages", {"number": 9, "step": 9}),
    Breach("proved_orders_order_id_fkey", "proved_orders", {"order_id": NOBODY}),
    Breach("proved_accounts_account_id_fkey", "proved_accounts", {"account_id": 9_000}),
    Breach("deliveries_endpoint_id_fkey", "deliveries", {**NEW, "endpoint_id": NOBODY}, WEBHOOK),
    Breach(
        "endpoint_tests_endpoint_id_fkey", "endpoint_tests", {"id": 9_000, "endpoint_id": NOBODY}
    ),
]


@pytest.mark.parametrize("breach", REFERENCES, ids=named)
async def test_a_row_that_refers_to_nothing_is_refused(breach: Breach, tampering: Owner) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await breach.provoke(tampering)
    assert refused.value.constraint_name == breach.name
