"""An example of every document in the API's description, from one order's life."""

from typing import Any

from documents.feed import FEED_EXAMPLE
from documents.message import MESSAGE_EXAMPLE
from documents.order import ORDER_EXAMPLE

ORDER_ID = "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10"
SERVICE_ID = "c7a2a8f3-7b76-4bb1-bb2f-0c7f3a1c9a52"
REQUEST_ID = "5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"
AT = "2026-11-23T10:00:00Z"
PRICE = {"amount": 2000, "currency": "EUR"}
SELLER = {"id": "ben", "role": "seller"}
DEADLINE = {
    "at": "2026-11-30T10:00:00Z",
    "waits_for": "buyer",
    "reason": "decision",
    "on_expiry": "complete",
    "consequence": "the order completes and 16.00 EUR goes to the seller",
}
SERVICE: dict[str, Any] = {
    "id": SERVICE_ID,
    "seller_id": "ben",
    "title": "A logo for your shop",
    "description": None,
    "price": PRICE,
    "delivery_time": "P3D",
    "revision_time": "P3D",
    "revisions_included": None,
    "extras": [],
    "created_at": AT,
}
EVENT = {
    "seq": 5,
    "at": AT,
    "received_at": AT,
    "actor": SELLER,
    "action": "refuse_revision",
    "event": "order.revision_refused",
    "accepted": True,
    "code": None,
    "reason": None,
    "state": "revision_refused",
    "version": 5,
    "request_id": REQUEST_ID,
    "shortened": False,
    "fields": {"ground": "vague", "reason": "Which blue is meant?"},
}
POSTING = {
    "id": "17-1",
    "at": "2026-11-19T10:00:00Z",
    "kind": "hold",
    "debit": {"kind": "wallet", "owner": "ana"},
    "credit": {"kind": "escrow", "owner": ORDER_ID},
    "amount": PRICE,
}

ENDPOINT_ID = "3c9c8c9a-0f9c-4d52-8a6d-1f0c2f6a7b11"
ENDPOINT = {
    "id": ENDPOINT_ID,
    "url": "https://marketplace.example/hooks/orders",
    "events": ["order.completed", "order.cancelled", "order.settled"],
    "enabled": True,
    "disabled_at": None,
    "disabled_reason": None,
    "previous_secret_until": None,
    "created_by": "the-operator",
    "created_at": AT,
}

EXAMPLES: dict[str, Any] = {
    "NewOrder": {"service_id": SERVICE_ID, "brief": ORDER_EXAMPLE["brief"], "extra_ids": []},
    "ServiceView": SERVICE,
    "OrderView": ORDER_EXAMPLE,
    "EventView": EVENT,
    "PostingView": POSTING,
    "AcceptedView": {
        "id": REQUEST_ID,
        "order_id": ORDER_ID,
        "location": f"/v1/orders/{ORDER_ID}/requests/{REQUEST_ID}",
    },
    "RequestView": {
        "id": REQUEST_ID,
        "order_id": ORDER_ID,
        "action": "refuse_revision",
        "actor": SELLER,
        "received_at": AT,
        "outcome": {"accepted": True, "seq": 5, "code": None, "detail": None},
    },
    "WalletView": {"balances": [PRICE]},
    "EntryView": {
        "id": "17-1",
        "at": AT,
        "kind": "hold",
        "order_id": ORDER_ID,
        "amount": {"amount": -2000, "currency": "EUR"},
        "balance_after": {"amount": 3000, "currency": "EUR"},
        "reference": None,
        "text": "Held for an order",
    },
    "AccountsView": {
        "escrow": [PRICE],
        "commission": [{"amount": 400, "currency": "EUR"}],
        "wallets": [{"amount": 4600, "currency": "EUR"}],
        "world": [{"amount": -7000, "currency": "EUR"}],
    },
    "TransferView": {
        "id": "7d0bb36d-e4d8-4d60-9970-2389f5b42eaa",
        "at": AT,
        "kind": "top_up",
        "user_id": "ana",
        "amount": {"amount": 5000, "currency": "EUR"},
        "balance": {"amount": 5000, "currency": "EUR"},
        "reference": "pi_3PqL9w2eZvKYlo2C1kX7",
        "reverses": None,
        "reversed_by": None,
        "reason": None,
        "made_by": "the-operator",
    },
    "NewPayIn": {
        "amount": 2500,
        "currency": "EUR",
        "return_url": "https://marketplace.example.org/wallet",
        "order": {"service_id": SERVICE_ID, "brief": "A blue logo for a bakery."},
    },
    "PayInView": {
        "id": "0b6f1c1e-6f5c-5a43-9d0e-0e8a3c1f7f11",
        "user_id": "ana",
        "amount": {"amount": 2500, "currency": "EUR"},
        "state": "open",
        "url": "https://checkout.stripe.com/c/pay/cs_live_a1b2c3",
        "until": AT,
        "reference": "cs_live_a1b2c3",
        "reason": None,
        "transfer_id": None,
        "order_id": None,
        "order_refused": None,
        "created_at": AT,
        "ended_at": None,
        "silence": None,
    },
    "ProviderEventView": {
        "id": "evt_1PqL9w2eZvKYlo2C",
        "provider": "stripe",
        "kind": "pay_in_paid",
        "name": "checkout.session.completed",
        "at": AT,
        "received_at": AT,
        "reference": "cs_live_a1b2c3",
        "our_id": "0b6f1c1e-6f5c-5a43-9d0e-0e8a3c1f7f11",
        "amount": {"amount": 2500, "currency": "EUR"},
        "reason": None,
        "outcome": "applied",
    },
    "EventReceived": {"received": True},
    "PayoutView": {
        "id": "4e9a2d10-7c1f-4a52-b0aa-0c1d6a0f9b77",
        "user_id": "ben",
        "amount": {"amount": 1600, "currency": "EUR"},
        "state": "requested",
        "approval": {
            "above": {"amount": 2000, "currency": "EUR"},
            "others": {
                "amount": {"amount": 900, "currency": "EUR"},
                "count": 2,
                "since": "2026-11-23T08:00:00Z",
            },
        },
        "approved_by": None,
        "attempts": 0,
        "reference": None,
        "reason": None,
        "created_at": AT,
        "ended_at": None,
        "recovered": {"amount": 0, "currency": "EUR"},
        "silence": None,
    },
    "PayoutAccountView": {"state": "pending", "asked": ["individual.verification.document"]},
    "OnboardingView": {
        "state": "pending",
        "asked": ["individual.verification.document"],
        "url": "https://connect.stripe.com/setup/e/acct_1PqL9w2e/a1b2c3",
    },
    "ChargebackView": {
        "id": "9c6d1b8e-51c7-4c1e-8d6f-2f0f7a3a6d21",
        "provider": "stripe",
        "reference": "du_1PqL9w2eZvKYlo2C",
        "pay_in_id": "0b6f1c1e-6f5c-5a43-9d0e-0e8a3c1f7f11",
        "order_id": ORDER_ID,
        "user_id": "ana",
        "amount": {"amount": 2500, "currency": "EUR"},
        "state": "opened",
        "evidence_until": "2026-12-07T10:00:00Z",
        "reason": "fraudulent",
        "carried_out": True,
        "created_at": AT,
        "ended_at": None,
    },
    "ReceivableView": {
        "user_id": "ben",
        "user_name": "Ben",
        "amount": {"amount": 900, "currency": "EUR"},
    },
    "DeedView": {
        "id": "42",
        "at": AT,
        "by": "olga",
        "roles": ["finance"],
        "deed": "top_up",
        "subject": "transfer",
        "subject_id": "7d0bb36d-e4d8-4d60-9970-2389f5b42eaa",
        "user_id": "ana",
        "reason": "Goodwill after a late delivery.",
        "outcome": "done",
        "code": None,
        "refusal": None,
        "request_id": "5f0e6f9a-0d3b-4a51-9d2c-3a6f0d6a8f11",
    },
    "Advance": {"by": "P7D"},
    "ClockView": {"now": AT, "target": None, "left": 0},
    "Advanced": {"now": "2026-11-30T10:00:00Z", "carried_out": 3, "target": None, "left": 0},
    "CaseView": {
        "order": ORDER_EXAMPLE,
        "deliveries": [],
        "refusals": [EVENT],
        "statements": [],
        "proposals": [],
        "refused_attempts": [],
        "messages": [MESSAGE_EXAMPLE],
        "journal": [EVENT | {"fields": {}}],
        "journal_whole": False,
        "next_cursor": "WzUsIDAsIDNd",
        "ledger": [POSTING],
        "payments": [
            {
                "provider": "stripe",
                "reference": "pi_3PqL9w2eZvKYlo2C",
                "amount": {"amount": 2500, "currency": "EUR"},
                "paid_at": AT,
            }
        ],
        "chargebacks": [],
    },
    "MessagePage": {
        "items": [MESSAGE_EXAMPLE],
        "next_cursor": None,
        "unread": 1,
        "read_up_to": "2",
    },
    "ReadMarkView": {"read_up_to": "3", "unread": 0},
    "ReputationView": {
        "completion_rate": 0.92,
        "band": "green",
        "visibility": 1.0,
        "completed": 23,
        "cancelled": 2,
    },
    "CountedOrder": {
        "order_id": ORDER_ID,
        "title": "A logo for your shop",
        "state": "completed",
        "ended_at": AT,
        "by": "buyer",
        "cause": "complete",
        "counts_as": "completed",
    },
    "PreviewView": {
        "state": "completed",
        "deadline": None,
        "money": [
            {"account": "seller_wallet", "amount": {"amount": 1600, "currency": "EUR"}},
            {"account": "escrow", "amount": {"amount": -2000, "currency": "EUR"}},
            {"account": "commission", "amount": {"amount": 400, "currency": "EUR"}},
        ],
        "completion_rate": {"before": 0.92, "after": 0.923},
        "notes": ["The seller is paid €16.00, and you cannot take this back."],
    },
    "EndpointView": ENDPOINT,
    "EndpointWithSecret": {**ENDPOINT, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "DeliveryView": {
        "id": "4711",
        "endpoint_id": ENDPOINT_ID,
        "message_id": "evt_0f1f6f0e6f584b5e8c396a4c7b1f5d10_5",
        "order_id": ORDER_ID,
        "seq": 5,
        "event": "order.completed",
        "status": "pending",
        "attempts": 3,
        "last_attempt": AT,
        "last_error": "answered 500",
        "delivered_at": None,
        "created_at": AT,
    },
    "FeedPage": {"items": [FEED_EXAMPLE], "next_cursor": FEED_EXAMPLE["id"], "more": False},
    "StreamTicketView": {
        "ticket": "q3J2mC0xk5sT1bF8vWnLrZy7aHdEoGpUiXK4eM9wQ6tB",
        "expires_at": "2026-11-23T10:01:00Z",
    },
    "Live": {"status": "live"},
    "Ready": {"database": True, "temporal": True, "worker": True},
}


def add_to(schemas: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI document's schemas, lists of them included."""
    for name, schema in schemas.items():
        listed = name.removeprefix("Page_").removesuffix("_")
        if name in EXAMPLES:
            schema["example"] = EXAMPLES[name]
        elif listed in EXAMPLES:
            schema["example"] = {"items": [EXAMPLES[listed]], "next_cursor": None}
