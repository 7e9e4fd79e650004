"""The orders of a rehearsal: how far the release before brings them, and how they end after it."""

from dataclasses import dataclass

from tests.chaos.kinds import way_to

NEVER, SOON = "PT1H", "PT3S"
"""How long sellers have to deliver."""


@dataclass(frozen=True)
class Scene:
    """An order that one release begins and the next one ends.

    Moves are written as in `tests/chaos/kinds.py`. `reached` is the state after `opening`. The move
    `undecided` is written down after it while no worker works.
    """

    name: str
    opening: str
    reached: str
    ending: str
    end: str
    undecided: str = ""
    delivery_time: str = NEVER


_ACCEPTED, _DELIVERED = way_to("in_progress"), way_to("delivered")
_REQUESTED, _REFUSED = way_to("revision_requested"), way_to("revision_refused")
_DISPUTED = way_to("disputed")
_DELIVERY = "seller.deliver buyer.complete"

SCENES = (
    Scene("pending", "", "pending", f"{_ACCEPTED}{_DELIVERY}", "completed"),
    Scene("pending, cancelled", "", "pending", "buyer.cancel", "cancelled"),
    Scene("in progress", _ACCEPTED, "in_progress", f"buyer.buy_extra {_DELIVERY}", "completed"),
    Scene("delivered", _DELIVERED, "delivered", "buyer.complete", "completed"),
    Scene(
        "delivered, then revised",
        _DELIVERED,
        "delivered",
        f"buyer.request_revision seller.accept_revision {_DELIVERY}",
        "completed",
    ),
    Scene(
        "revision requested",
        _REQUESTED,
        "revision_requested",
        f"seller.accept_revision {_DELIVERY}",
        "completed",
    ),
    Scene(
        "revision requested, then refused",
        _REQUESTED,
        "revision_requested",
        "seller.refuse_revision buyer.open_dispute mediator.resolve:split",
        "settled",
    ),
    Scene(
        "revision refused",
        _REFUSED,
        "revision_refused",
        "buyer.open_dispute mediator.assign mediator.resolve:pay_seller",
        "completed",
    ),
    Scene("disputed", _DISPUTED, "disputed", "mediator.resolve:refund", "cancelled"),
    Scene(
        "disputed, with a mediator and a statement",
        f"{_DISPUTED}mediator.assign seller.add_statement",
        "disputed",
        f"mediator.resolve:restart {_DELIVERY}",
        "completed",
    ),
    Scene(
        "disputed, with a mediator who does not come back",
        f"{_DISPUTED}mediator.assign",
        "disputed",
        "operator.assign:another-mediator operator.release operator.assign mediator.release"
        " mediator.resolve:split",
        "settled",
    ),
    Scene(
        "with an offer",
        f"{_ACCEPTED}seller.make_offer",
        "in_progress",
        f"buyer.accept_offer {_DELIVERY}",
        "completed",
    ),
    Scene(
        "with a wish to cancel",
        f"{_ACCEPTED}buyer.request_cancellation",
        "in_progress",
        "seller.refuse_cancellation buyer.open_dispute mediator.resolve:split",
        "settled",
    ),
    Scene(
        "with a settlement",
        f"{_DELIVERED}buyer.propose_settlement",
        "delivered",
        "seller.accept_settlement",
        "settled",
    ),
    Scene(
        "with everything open",
        f"{_ACCEPTED}seller.make_offer buyer.request_cancellation seller.propose_settlement",
        "in_progress",
        "buyer.decline_offer seller.cancel",
        "cancelled",
    ),
    Scene("ended", f"{_DELIVERED}buyer.complete", "completed", "", "completed"),
    Scene(
        "an acceptance undecided",
        "",
        "pending",
        _DELIVERY,
        "completed",
        undecided="seller.accept",
    ),
    Scene("an end undecided", _DELIVERED, "delivered", "", "completed", undecided="buyer.complete"),
    # The last one, so that its time to deliver passes while no worker works.
    Scene(
        "late meanwhile",
        _ACCEPTED,
        "in_progress",
        "~buyer.cancel",
        "cancelled",
        delivery_time=SOON,
    ),
)
WHILE_REPLACED = Scene(
    "begun and ended on the new schema",
    f"{_DISPUTED}mediator.resolve:split",
    "settled",
    "",
    "settled",
)
"""What the processes of the release before must still be able to do after the migrations."""
