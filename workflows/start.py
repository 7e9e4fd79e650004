"""What runs begin with."""

from datetime import timedelta

from domain.base import Frozen
from domain.order import Order
from workflows.inbox import ReceivedSignal


class OrderStart(Frozen):
    """An order, and what earlier runs of it remember."""

    order: Order
    seen: tuple[str, ...] = ()
    by_hand: int = 0
    letters: tuple[ReceivedSignal, ...] = ()


class NotificationStart(Frozen):
    """A step that people are told of, and how far earlier runs have come with it."""

    order_id: str
    seq: int
    attempts: int = 0
    waited: timedelta = timedelta()
