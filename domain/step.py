"""What the rules decide: one step of an order, written as a whole or not at all."""

from domain.base import Frozen
from domain.ledger import Posting
from domain.order import Order
from domain.vocabulary import Role


class Notice(Frozen):
    """Somebody to be told of a step. Without a user id: everybody who has the role."""

    role: Role
    user_id: str | None


class Step(Frozen):
    """The order after it, the money that moves with it, and who is told.

    `event` names what happened (`order.delivered`).
    """

    order: Order
    event: str
    postings: tuple[Posting, ...] = ()
    notices: tuple[Notice, ...] = ()
