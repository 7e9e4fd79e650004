"""The table of actions as the contract has it, apart from the product's own rules."""

_OFFER = ("in_progress", "delivered", "revision_refused")
_WORK = ("in_progress", "delivered", "revision_requested", "revision_refused")
_OPEN = ("pending", *_WORK, "disputed")

STATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("accept", "seller"): ("pending",),
    ("deliver", "seller"): ("in_progress",),
    ("request_revision", "buyer"): ("delivered",),
    ("accept_revision", "seller"): ("revision_requested",),
    ("refuse_revision", "seller"): ("revision_requested",),
    ("complete", "buyer"): ("delivered", "revision_requested", "revision_refused"),
    ("open_dispute", "buyer"): ("revision_refused", "revision_requested", "in_progress"),
    ("buy_extra", "buyer"): ("pending", *_OFFER),
    ("request_offer", "buyer"): _OFFER,
    ("make_offer", "seller"): _OFFER,
    ("withdraw_offer", "seller"): _WORK,
    ("decline_offer", "buyer"): _WORK,
    ("accept_offer", "buyer"): _OFFER,
    ("request_cancellation", "buyer"): ("in_progress",),
    ("refuse_cancellation", "seller"): ("in_progress",),
    ("cancel", "seller"): ("pending", *_WORK),
    ("cancel", "buyer"): ("pending", "in_progress"),
    ("cancel", "operator"): _OPEN,
    ("propose_settlement", "buyer"): (*_WORK, "disputed"),
    ("propose_settlement", "seller"): (*_WORK, "disputed"),
    ("withdraw_settlement", "buyer"): (*_WORK, "disputed"),
    ("withdraw_settlement", "seller"): (*_WORK, "disputed"),
    ("accept_settlement", "buyer"): (*_WORK, "disputed"),
    ("accept_settlement", "seller"): (*_WORK, "disputed"),
    ("assign", "mediator"): ("disputed",),
    ("add_statement", "buyer"): ("disputed",),
    ("add_statement", "seller"): ("disputed",),
    ("add_statement", "mediator"): ("disputed",),
    ("resolve", "mediator"): ("disputed",),
}
"""In which states a role may do an action."""

UNCONDITIONAL = {
    ("accept", "seller"),
    ("deliver", "seller"),
    ("request_revision", "buyer"),
    ("accept_revision", "seller"),
    ("refuse_revision", "seller"),
    ("complete", "buyer"),
    ("request_offer", "buyer"),
    ("cancel", "seller"),
    ("cancel", "operator"),
    ("propose_settlement", "buyer"),
    ("propose_settlement", "seller"),
    ("add_statement", "buyer"),
    ("add_statement", "seller"),
    ("add_statement", "mediator"),
}
"""What asks for nothing but the state."""

FINAL = ("completed", "cancelled", "settled")
ENDS_BY_SILENCE = ("complete", "cancel", "open_dispute")
"""What a deadline may do that ends the state it belongs to."""
