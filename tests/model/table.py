"""Who may do what in which state, and how long silence may last: copied out by hand from what the
product promises, so that it can disagree with what the product does."""

from datetime import timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

ENDS = ("completed", "cancelled", "settled")
_WORK = ("in_progress", "delivered", "revision_requested", "revision_refused")
_OFFERS = ("in_progress", "delivered", "revision_refused")
_SHARING = (*_WORK, "disputed")

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
    "assign": {"mediator": ("disputed",)},
    "add_statement": {
        "buyer": ("disputed",),
        "seller": ("disputed",),
        "mediator": ("disputed",),
    },
    "resolve": {"mediator": ("disputed",)},
}
"""By action and role."""

WINDOWS = {
    "pending": 48 * HOUR,
    "delivered": 7 * DAY,
    "revision_requested": 48 * HOUR,
    "revision_refused": 7 * DAY,
    "disputed": 48 * HOUR,
}
"""How long a state waits; work in progress waits until it is due."""

WAITS_FOR = {
    "pending": "seller",
    "in_progress": "seller",
    "delivered": "buyer",
    "revision_requested": "seller",
    "revision_refused": "buyer",
    "disputed": "mediator",
}
ANSWER_WINDOW, OFFER_WINDOW = 48 * HOUR, 7 * DAY

COMMISSION_PERCENT = 20
REVISION_TIME = 2 * DAY
RESTART_TIME = 5 * DAY

MAY_END = ("cancel", "complete", "resolve", "accept_settlement")
STORY = (
    ("seller", "accept"),
    ("seller", "deliver"),
    ("buyer", "request_revision"),
    ("seller", "refuse_revision"),
    ("buyer", "open_dispute"),
    ("mediator", "assign"),
)
"""What most often happens; an order of the machine begins somewhere in it."""
