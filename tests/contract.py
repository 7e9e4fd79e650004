"""The contract as the tests have it: who may do what in which state, what is said with it, how long
silence may last. It is copied out by hand from what the product promises and reads nothing of the
product, so that it can disagree with what the product does; `test_contract` says where it does."""

from datetime import timedelta
from typing import Any

Json = dict[str, Any]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_OFFERS = ("in_progress", "delivered", "revision_refused")
_WORK = ("in_progress", "delivered", "revision_requested", "revision_refused")
_SHARING = (*_WORK, "disputed")
FINAL = ("completed", "cancelled", "settled")

MAY: dict[str, dict[str, tuple[str, ...]]] = {
    "accept": {"seller": ("pending",)},
    "deliver": {"seller": ("in_progress",)},
    "request_revision": {"buyer": ("delivered",)},
    "accept_revision": {"seller": ("revision_requested",)},
    "refuse_revision": {"seller": ("revision_requested",)},
    "complete": {"buyer": ("delivered", "revision_requested", "revision_refused")},
    "open_dispute": {"buyer": ("revision_refused", "revision_requested", "in_progress")},
    "buy_extra": {"buyer": ("pending", *_OFFERS)},
    "request_offer": {"buyer": _OFFERS},
    "make_offer": {"seller": _OFFERS},
    "withdraw_offer": {"seller": _WORK},
    "decline_offer": {"buyer": _WORK},
    "accept_offer": {"buyer": _OFFERS},
    "request_cancellation": {"buyer": ("in_progress",)},
    "refuse_cancellation": {"seller": ("in_progress",)},
    "cancel": {
        "seller": ("pending", *_WORK),
        "buyer": ("pending", "in_progress"),
        "operator": ("pending", *_SHARING),
    },
    "propose_settlement": {"buyer": _SHARING, "seller": _SHARING},
    "withdraw_settlement": {"buyer": _SHARING, "seller": _SHARING},
    "accept_settlement": {"buyer": _SHARING, "seller": _SHARING},
    "assign": {"mediator": ("disputed",), "operator": ("disputed",)},
    "release": {"mediator": ("disputed",), "operator": ("disputed",)},
    "add_statement": {
        "buyer": ("disputed",),
        "seller": ("disputed",),
        "mediator": ("disputed",),
    },
    "resolve": {"mediator": ("disputed",)},
}
"""By action and role: the states in which it may be possible."""

PAIRS = frozenset((action, role) for action, by in MAY.items() for role in by)
UNCONDITIONAL = {
    ("accept", "seller"),
    ("deliver", "seller"),
    ("accept_revision", "seller"),
    ("refuse_revision", "seller"),
    ("complete", "buyer"),
    ("request_offer", "buyer"),
    ("cancel", "seller"),
    ("cancel", "operator"),
    ("propose_settlement", "buyer"),
    ("propose_settlement", "seller"),
    ("assign", "operator"),
    ("add_statement", "buyer"),
    ("add_statement", "seller"),
    ("add_statement", "mediator"),
}
"""What asks for nothing but the state."""

MAY_END = ("cancel", "complete", "resolve", "accept_settlement")

WAITS_FOR = {
    "pending": "seller",
    "in_progress": "seller",
    "delivered": "buyer",
    "revision_requested": "seller",
    "revision_refused": "buyer",
    "disputed": "mediator",
}
WINDOWS = {
    "pending": 48 * HOUR,
    "delivered": 7 * DAY,
    "revision_requested": 48 * HOUR,
    "revision_refused": 7 * DAY,
    "disputed": 48 * HOUR,
}
"""How long a state waits; work in progress waits until it is due, and a case that somebody has for
a ruling."""

RULING_WINDOW = 7 * DAY
ANSWER_WINDOW, OFFER_WINDOW = 48 * HOUR, 7 * DAY
"""How long a wish to cancel waits for an answer, and an offer to be accepted."""

ENDS_BY_SILENCE = ("complete", "cancel", "open_dispute")
"""What a deadline may do that ends the state it belongs to."""

COMMISSION_PERCENT = 20

Way = tuple[tuple[str, str], ...]
_IN_PROGRESS: Way = (("seller", "accept"),)
_DELIVERED = (*_IN_PROGRESS, ("seller", "deliver"))
_REQUESTED = (*_DELIVERED, ("buyer", "request_revision"))
_REFUSED = (*_REQUESTED, ("seller", "refuse_revision"))
WAY: dict[str, Way] = {
    "pending": (),
    "in_progress": _IN_PROGRESS,
    "delivered": _DELIVERED,
    "revision_requested": _REQUESTED,
    "revision_refused": _REFUSED,
    "disputed": (*_REFUSED, ("buyer", "open_dispute")),
    "completed": (*_DELIVERED, ("buyer", "complete")),
    "cancelled": (*_IN_PROGRESS, ("seller", "cancel")),
}
"""A short way from the payment to a state: who does what."""


def eur(cents: int) -> Json:
    """So many cents."""
    return {"amount": cents, "currency": "EUR"}


BODIES: dict[str, Json] = {
    "accept": {},
    "deliver": {"message": "Here it is."},
    "request_revision": {"reason": "Bluer, please."},
    "accept_revision": {},
    "refuse_revision": {"ground": "vague", "reason": "How?"},
    "complete": {},
    "open_dispute": {"reason": "It is not blue."},
    "buy_extra": {"extra_id": "no such extra"},
    "request_offer": {"description": "A letterhead, too."},
    "make_offer": {"title": "A letterhead", "price": eur(500), "delivery_time": "P2D"},
    "withdraw_offer": {"offer_id": "no such offer"},
    "decline_offer": {"offer_id": "no such offer"},
    "accept_offer": {"offer_id": "no such offer"},
    "request_cancellation": {"reason": "Too slow."},
    "refuse_cancellation": {"reason": "Almost done."},
    "cancel": {},
    "propose_settlement": {"refund": eur(500)},
    "withdraw_settlement": {"settlement_id": "no such proposal"},
    "accept_settlement": {"settlement_id": "no such proposal"},
    "assign": {},
    "release": {"reason": "I know one of them."},
    "add_statement": {"statement": "It is blue."},
    "resolve": {"outcome": "refund", "reasons": "It is not blue."},
}
"""A valid body for each action. An id is one that no order has: see `body_on`."""


BODIES_OF: dict[tuple[str, str], Json] = {("operator", "assign"): {"mediator_id": "the-mediator"}}
"""What a role says that others do not say with the same action."""


def body_of(action: str, role: str = "") -> Json | None:
    """The action's body, as this role says it, or None for one that says nothing."""
    return {**BODIES[action], **BODIES_OF.get((role, action), {})} or None


TEXTS = ("message", "reason", "reasons", "description", "statement")


def body_saying(text: str, action: str, own: Json | None = None) -> Json:
    """The action's body with these fields of one's own, and this text wherever one is said."""
    body = {**BODIES[action], **(own or {})}
    return {name: text if name in TEXTS else value for name, value in body.items()}


def body_on(order: Json, role: str, action: str) -> Json | None:
    """The same with the ids of this order, as its document shows them to whoever acts."""
    body, found = body_of(action, role), _ids(order, role)
    return body and {name: found.get((action, name)) or value for name, value in body.items()}


def _ids(order: Json, role: str) -> dict[tuple[str, str], str | None]:
    offer = (order["offer"] or {}).get("id")
    return {
        ("buy_extra", "extra_id"): _first(order["extras"]),
        **{(f"{verb}_offer", "offer_id"): offer for verb in ("withdraw", "decline", "accept")},
        ("withdraw_settlement", "settlement_id"): _first(_proposals(order, role, own=True)),
        ("accept_settlement", "settlement_id"): _first(_proposals(order, role, own=False)),
    }


def _proposals(order: Json, role: str, *, own: bool) -> list[Json]:
    return [one for one in order["settlements"] if (one["by"] == role) is own]


def _first(some: list[Json]) -> str | None:
    return next((str(one["id"]) for one in some), None)
