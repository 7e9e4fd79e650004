"""What should hold in the database whatever happened: each check as a query for what does not. It
gives the subject and the problem in words."""

import re
from collections.abc import Mapping

from db.audit_books import OF_BOOKS
from db.audit_chargebacks import OF_CHARGEBACKS
from db.audit_payouts import OF_PAYOUTS
from db.audit_records import OF_RECORDS
from db.audit_unshowable import UNSHOWABLE
from db.feed import DISPUTE, OF_NO_ORDER, TRANSFER

# Each query gives the subject and the problem of what it finds. Its name stays as it is: people
# search for it, and docs/operations.md says what it means.
CHECKS = OF_BOOKS | OF_RECORDS | OF_PAYOUTS | OF_CHARGEBACKS

# What a check finds in the place of each table where it was given a part.
_OF_ORDERS = "SELECT * FROM public.{} WHERE {} = ANY ($1::uuid[])"
_OF_ACCOUNTS = "SELECT * FROM ledger.{} WHERE account_id = ANY ($2::bigint[])"
_DISPUTES = """
    SELECT e.* FROM ledger.account a
    JOIN public.pay_ins p ON p.user_id = a.owner AND p.currency = a.currency
    JOIN public.provider_events e ON e.ours = p.id::text AND e.kind LIKE 'dispute\\_%'
    WHERE a.id = ANY ($2::bigint[]) AND a.kind = 'wallet'
"""
_IN_PART = {
    "orders": _OF_ORDERS.format("orders", "id"),
    **{
        table: _OF_ORDERS.format(table, "order_id")
        for table in (
            *("events", "requests", "notices", "undecided", "listed_orders", "sought_orders"),
            "disputed_orders",
            *("messages", "conversations", "conversation_members"),
            "unnumbered",
        )
    },
    "feed": f"{_OF_ORDERS.format('feed', 'order_id')} UNION ALL SELECT f.* FROM public.feed f"
    f" WHERE f.order_id = '{OF_NO_ORDER}' AND f.source = '{TRANSFER}' AND f.ref IN"
    " (SELECT tx_id FROM ledger.entry WHERE account_id = ANY ($2::bigint[]))"
    " UNION ALL SELECT f.* FROM public.feed f"
    f" WHERE f.order_id = '{OF_NO_ORDER}' AND f.source = '{DISPUTE}' AND f.ref IN"
    f" (SELECT said.number FROM ({_DISPUTES}) AS said)",
    "provider_events": _DISPUTES,
    "tx": "SELECT * FROM ledger.tx WHERE order_id = ANY ($1::uuid[]) OR (order_id IS NULL AND id IN"
    " (SELECT tx_id FROM ledger.entry WHERE account_id = ANY ($2::bigint[])))",
    **{table: _OF_ACCOUNTS.format(table) for table in ("balance", "entry")},
}
UNREADABLE = "unreadable-step"
STEPS = "SELECT order_id, seq, doc FROM events WHERE accepted"
_BY_ACCOUNT = frozenset({"unbalanced-account", "miscounted-account", "broken-running-balance"})
_BY_ORDER = frozenset(
    {
        *("changed-posting", "broken-chain", "mixed-currencies"),
        *(
            "differing-currencies",
            "wrong-escrow",
            "wrong-payment-of-line",
            "wrong-number-of-payments",
        ),
        *("wrong-number-of-endings", "wrong-payout", "differing-versions", "differing-people"),
        *("wrong-outcome", "incomplete-journal", "unshowable-titles", "foreign-ids"),
        *("unshowable-entry", "unshowable-request", "notice-for-nobody", UNREADABLE),
        *("differing-list", "differing-queue", "differing-inbox", "differing-feed", "feed-gap"),
        "differing-clearing",
        *("incomplete-conversation", "miscounted-messages", "unshowable-message"),
    }
)
OF_PARTS = _BY_ACCOUNT | _BY_ORDER
"""The checks that can be asked about a part. All others are about everything, whoever asks."""


def checks() -> Mapping[str, str]:
    """Return the SQL of each check that gives what it finds in words, by its name."""
    return CHECKS | UNSHOWABLE


def of_part(check: str, query: str) -> str:
    """Return the SQL of a check of `OF_PARTS` about the orders $1 and the accounts $2 alone."""
    swapped = ("balance", "entry") if check in _BY_ACCOUNT else ("tx",)
    for table in swapped:
        query = query.replace(f"ledger.{table}", table)
    # No other table is named: whoever holds one up would hold up every check.
    tables = [f"{name} AS ({rows})" for name, rows in _IN_PART.items() if _names(query, name)]
    both = "part AS (SELECT $1::uuid[] AS orders, $2::bigint[] AS accounts)"
    return f"WITH {', '.join([both, *tables])} {query}"


def _names(query: str, table: str) -> bool:
    return re.search(rf"\b{table}\b", query) is not None
