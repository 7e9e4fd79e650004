"""The tone of a state on a page: whose move it is for its reader, and how it ended."""

from typing import Literal

from domain.order import Order
from domain.vocabulary import State
from texts.headline import Move

Tone = Literal["you", "wait", "ice", "good", "bad", ""]

_ENDED: dict[State, Tone] = {
    State.COMPLETED: "good",
    State.SETTLED: "good",
    State.CANCELLED: "",
    State.DISPUTED: "ice",
}


def tone_of(order: Order, move: Move) -> Tone:
    """Return the tone of where an order stands. What is frozen is so for everybody, and late is
    late, whoever looks."""
    if order.payment_hold is not None:
        return "ice"
    if order.state in _ENDED:
        return _ENDED[order.state]
    if order.overdue:
        return "bad"
    return "you" if move == "you" else "wait"
