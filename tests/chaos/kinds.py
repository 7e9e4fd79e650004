"""Every way that an order can go, move by move."""

from dataclasses import dataclass, replace

from tests.contract import WAY


@dataclass(frozen=True)
class Move:
    """What somebody does to an order.

    `variant` chooses among an action's fields. A `patient` one waits until the action is offered:
    silence has to come first. `manner` is how it is sent: `once`, in a `crowd` of the same request
    at once, or again, `late`, when the order has ended.
    """

    by: str
    action: str
    variant: str = ""
    patient: bool = False
    manner: str = "once"


Step = tuple[Move, ...]
"""Moves of several people at the same time."""


def moves(words: str) -> list[Step]:
    """Steps as in "seller.accept buyer.cancel|seller.cancel buyer.resolve:split ~buyer.cancel"."""
    return [tuple(_move(one) for one in step.split("|")) for step in words.split()]


def _move(word: str) -> Move:
    by, _, rest = word.lstrip("~").partition(".")
    action, _, variant = rest.partition(":")
    return Move(by, action, variant, patient=word.startswith("~"))


def way_to(state: str) -> str:
    """The words of a short way to a state, with a space after each."""
    return "".join(f"{role}.{action} " for role, action in WAY[state])


_ACCEPTED, _DELIVERED = way_to("in_progress"), way_to("delivered")
_REQUESTED, _REFUSED = way_to("revision_requested"), way_to("revision_refused")
_DISPUTED = way_to("disputed")
_ARGUED = _DISPUTED + (
    "mediator.assign buyer.add_statement|seller.add_statement mediator.add_statement "
)
_WISH = _ACCEPTED + "buyer.request_cancellation "

KINDS: dict[str, list[Step]] = {
    name: moves(words)
    for name, words in {
        "plain": _DELIVERED + "buyer.complete",
        "revised": _REQUESTED + "seller.accept_revision seller.deliver buyer.complete",
        "revised once": _REQUESTED
        + "seller.accept_revision seller.deliver buyer.request_revision|buyer.complete",
        "refused": _REFUSED + "buyer.complete",
        "nobody accepts": "",
        "nobody checks": _DELIVERED,
        "nobody decides": _REFUSED,
        "nobody delivers": _ACCEPTED,
        "nobody answers": _REQUESTED,
        "nobody mediates": _DISPUTED,
        "cancelled at once": "buyer.cancel",
        "given up": _ACCEPTED + "seller.cancel",
        "late": _ACCEPTED + "~buyer.cancel",
        "overdue": _REQUESTED + "~buyer.open_dispute mediator.resolve:refund",
        "refunded": _ARGUED + "mediator.resolve:refund",
        "paid": _ARGUED + "mediator.resolve:pay_seller",
        "split": _ARGUED + "mediator.resolve:split",
        "restarted": _ARGUED + "mediator.resolve:restart seller.deliver buyer.complete",
        "handed over": _DISPUTED
        + "mediator.assign operator.assign:another-mediator operator.assign mediator.add_statement"
        + " mediator.resolve:split",
        "given back": _DISPUTED
        + "mediator.assign mediator.release mediator.assign operator.release operator.assign"
        + " mediator.resolve:pay_seller",
        "handed over at once": _DISPUTED
        + "operator.assign:another-mediator|operator.assign|mediator.assign"
        + " operator.assign mediator.release|operator.release|operator.assign operator.assign"
        + " mediator.resolve:refund|operator.assign:another-mediator",
        "extras": "buyer.buy_extra seller.accept buyer.buy_extra seller.deliver buyer.complete",
        "more wanted": _DELIVERED + "buyer.buy_extra seller.deliver buyer.complete",
        "offer accepted": _ACCEPTED
        + "buyer.request_offer seller.make_offer buyer.accept_offer seller.deliver buyer.complete",
        "offers closed": _ACCEPTED
        + "seller.make_offer buyer.decline_offer seller.make_offer seller.withdraw_offer"
        + " seller.deliver buyer.complete",
        "offer lapses": _ACCEPTED + "seller.make_offer",
        "offer fought over": _ACCEPTED
        + "seller.make_offer buyer.accept_offer|seller.withdraw_offer seller.deliver",
        "wish granted": _WISH + "seller.cancel",
        "wish refused": _WISH
        + "seller.refuse_cancellation buyer.open_dispute mediator.resolve:split",
        "wish refused twice": _WISH
        + "seller.refuse_cancellation buyer.request_cancellation seller.refuse_cancellation"
        + " mediator.resolve:pay_seller",
        "wish unanswered": _WISH + "~buyer.open_dispute operator.cancel",
        "settled": _DELIVERED + "buyer.propose_settlement seller.accept_settlement",
        "settled late": _ACCEPTED
        + "seller.propose_settlement buyer.propose_settlement seller.withdraw_settlement"
        + " seller.propose_settlement buyer.accept_settlement",
        "settled in dispute": _DISPUTED + "seller.propose_settlement buyer.accept_settlement",
        "both sign": _DELIVERED
        + "buyer.propose_settlement seller.propose_settlement"
        + " seller.accept_settlement|buyer.accept_settlement",
        "thought better of": _REFUSED
        + "buyer.propose_settlement buyer.withdraw_settlement buyer.complete",
        "stopped": _DELIVERED + "operator.cancel",
        "stopped in dispute": _DISPUTED + "operator.cancel",
        "fought over": _DELIVERED + "buyer.complete|seller.cancel|operator.cancel",
        "fought over at once": "seller.accept|buyer.cancel",
        "fought over in dispute": _DISPUTED
        + "mediator.resolve:split|operator.cancel|mediator.resolve:pay_seller",
        "asked twice": _DELIVERED + "buyer.complete|buyer.request_revision",
    }.items()
}
IMPATIENT = {"late", "nobody delivers", "settled late"}
"""Orders whose seller has a second to deliver."""
ONE_REVISION = {"revised once"}
"""Orders of services that include one revision."""


def in_manner(step: Step, manner: str) -> Step:
    """The step with its first move sent in another manner."""
    return (replace(step[0], manner=manner), *step[1:])
