"""Which values of the tables nobody can read, as queries for `check`: see `db.odd_values`."""

from collections.abc import Callable

_BY_ORDER = "'order ' || order_id"

INSTANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "services": ("'service ' || id", ("archived_at", "created_at")),
    "orders": ("'order ' || id", ("deadline_at", "started_at", "created_at", "updated_at")),
    "requests": (_BY_ORDER, ("received_at", "next_signal")),
    "events": (_BY_ORDER, ("at", "received_at")),
    "notices": (_BY_ORDER, ("created_at",)),
    "sessions": ("'a session of ' || user_id", ("started_at", "idle_until", "ends_at")),
    "spent_links": ("'a link that was spent'", ("until",)),
    "notice_reads": (
        "'order ' || (SELECT order_id FROM notices n WHERE n.id = notice_id)",
        ("read_at",),
    ),
    "wallet_notices": ("'user ' || user_id", ("read_at",)),
    "payouts": (
        "'payout ' || id",
        (
            *("called_at", "told_at", "next_look", "silent_since", "created_at", "ended_at"),
            "others_since",
        ),
    ),
    "chargebacks": ("'chargeback ' || id", ("evidence_until", "created_at", "ended_at")),
    "uncleared": ("'wallet of ' || user_id", ("clears_at",)),
    "payout_accounts": ("'user ' || user_id", ("said_at",)),
    "people": ("'user ' || user_id", ("updated_at", "roles_at")),
    "confirmed_addresses": ("'user ' || user_id", ("confirmed_at",)),
    "confirmations": (
        "'user ' || user_id",
        ("asked_at", "next_attempt", "sent_at", "expires_at", "confirmed_at", "void_at"),
    ),
    "display_names": ("'user ' || user_id", ("updated_at",)),
    "undecided": (_BY_ORDER, ("next_signal",)),
    "listed_orders": (_BY_ORDER, ("created_at", "ended_at")),
    "disputed_orders": (_BY_ORDER, ("opened_at",)),
    "reputations": ("'seller ' || seller_id", ("counted_from", "oldest_at", "changed_at")),
    "listed_services": ("'service ' || service_id", ("created_at",)),
    "unnumbered": (_BY_ORDER, ("past_at",)),
    "sought_orders": (_BY_ORDER, ("created_at", "updated_at", "deadline_at", "last_safe_at")),
    "webhook_endpoints": (
        "'webhook endpoint ' || id",
        ("previous_until", "disabled_at", "deleted_at", "created_at"),
    ),
    "endpoint_tests": (
        "'webhook endpoint ' || endpoint_id",
        ("started_at", "last_attempt", "next_attempt", "delivered_at", "created_at"),
    ),
    "deliveries": (
        _BY_ORDER,
        (
            "started_at",
            "in_hand_until",
            "last_attempt",
            "next_attempt",
            "delivered_at",
            "created_at",
        ),
    ),
    "idempotency_keys": ("'an answer kept for ' || caller", ("created_at",)),
    "attempts": (_BY_ORDER, ("full_at",)),
    "messages": (_BY_ORDER, ("at",)),
    "conversation_members": (_BY_ORDER, ("read_at", "full_at")),
    "proved_orders": (_BY_ORDER, ("proved_at", "pruned_at", "ended_at")),
    "proved_accounts": ("'account ' || account_id", ("proved_at",)),
    "repairs": (_BY_ORDER, ("at",)),
    "operator_journal": ("'entry ' || id || ' of the operators'' journal'", ("at",)),
    "pay_ins": (
        "'payment ' || id",
        ("until", "started_at", "next_look", "silent_since", "created_at", "ended_at"),
    ),
    "provider_events": (
        "'event ' || id || ' of a payment provider'",
        ("at", "evidence_until", "received_at", "told_at", "decided_at"),
    ),
    "deed_outcomes": ("'entry ' || deed_id || ' of the operators'' journal'", ("at",)),
    "restorations": ("'restoration ' || number", ("at",)),
    "test_clock": ("'the test clock'", ("stands_at", "target")),
    "worker_heartbeats": ("'worker ' || worker", ("beat_at",)),
    "last_checks": ("'the last ' || kind || ' check'", ("at",)),
    "schema_migrations": ("'migration ' || name", ("applied_at",)),
    "ledger.tx": ("coalesce('order ' || order_id, 'posting ' || key)", ("created_at",)),
}
"""The instants of each table, and what a row of it is called."""

DOCUMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "services": ("'service ' || id", ("metadata",)),
    "order_metadata": (_BY_ORDER, ("metadata",)),
    "webhook_endpoints": ("'webhook endpoint ' || id", ("metadata",)),
    "orders": ("'order ' || id", ("titles", "doc")),
    "requests": (_BY_ORDER, ("fields", "signal", "outcome")),
    "pay_ins": ("'payment ' || id", ("wish",)),
    "events": (_BY_ORDER, ("actor", "doc")),
    "deliveries": (_BY_ORDER, ("cause",)),
    "idempotency_keys": ("'an answer kept for ' || caller", ("answer",)),
    "last_checks": ("'the last ' || kind || ' check'", ("findings",)),
}
"""The documents of each table."""

# What Python's calendar has; `infinity` is beyond it too.
_IN_CALENDAR = "BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 23:59:59.999999Z'"

# Python reads whole numbers of up to 4,300 digits, and some hundred levels of one thing in another.
_TOO_DEEP = "$.**{300 to last}"
_TOO_LONG = '$.** ? (@.type() == "number" && (@ >= 1e4300 || @ <= -1e4300))'


def _queries(
    columns: dict[str, tuple[str, tuple[str, ...]]], problem: str, condition: Callable[[str], str]
) -> str:
    return " UNION ALL ".join(
        f"SELECT {subject}, '{column} {problem}' FROM {table} WHERE {condition(column)}"
        for table, (subject, names) in columns.items()
        for column in names
    )


def _off_calendar(column: str) -> str:
    return f"{column} NOT {_IN_CALENDAR}"


def _beyond_readers(column: str) -> str:
    return " OR ".join(f"jsonb_path_exists({column}, '{path}')" for path in (_TOO_DEEP, _TOO_LONG))


UNREADABLE_VALUES = {
    "instant-off-calendar": _queries(
        INSTANTS, "holds an instant that no calendar has", _off_calendar
    ),
    "unreadable-document": _queries(
        DOCUMENTS,
        "holds a document that nobody can read",
        _beyond_readers,
    ),
}
