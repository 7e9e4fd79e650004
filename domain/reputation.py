"""A seller's reputation: how many of the orders they had accepted were brought to an end."""

from datetime import timedelta
from enum import StrEnum

from domain.base import Frozen
from domain.order import Order
from domain.vocabulary import Count, Role, State

WINDOW = timedelta(days=180)
SHOWN_FROM = 5
"""Ended orders under which no rate is shown."""

GREEN_PERCENT = 90
ORANGE_PERCENT = 85


class Band(StrEnum):
    """The colour of a rate."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


VISIBILITY: dict[Band | None, float] = {
    None: 1.0,  # too few orders to judge: nobody starts at the bottom
    Band.GREEN: 1.0,
    Band.ORANGE: 0.8,
    Band.RED: 0.5,
}
"""How far up a seller's services are listed."""


class Reputation(Frozen):
    """Ended orders of the window by what they count as."""

    completed: int
    cancelled: int

    @property
    def completion_rate(self) -> float | None:
        """Return the completed among all ended orders, 0 to 1; None while these are too few."""
        return round(self.completed / self._ended, 4) if self._shown else None

    @property
    def band(self) -> Band | None:
        """Return the rate's colour, None while too few have ended. Compares whole numbers, so that
        90 % is green to the order."""
        if not self._shown:
            return None
        if self.completed * 100 >= GREEN_PERCENT * self._ended:
            return Band.GREEN
        return Band.ORANGE if self.completed * 100 >= ORANGE_PERCENT * self._ended else Band.RED

    @property
    def visibility(self) -> float:
        """Return the factor from 0.5 to 1.0 by which listings are ordered."""
        return VISIBILITY[self.band]

    def with_one_more(self, count: Count | None) -> "Reputation":
        """Return the reputation after one more order that counts so; None changes nothing."""
        return Reputation(
            completed=self.completed + (count is Count.COMPLETED),
            cancelled=self.cancelled + (count is Count.CANCELLED),
        )

    @property
    def _ended(self) -> int:
        return self.completed + self.cancelled

    @property
    def _shown(self) -> bool:
        return self._ended >= SHOWN_FROM


def counts_as(order: Order, kind: State, by: Role) -> Count | None:
    """Return as what an order counts that ends as `kind` by somebody's doing; None where it does
    not.

    A settlement and a dispute won by the seller are completed, a full refund by a mediator is a
    cancellation. What ended before the seller accepted, or by the operator, says nothing about the
    seller. The buyer can only cancel accepted work because it is late.
    """
    if kind is not State.CANCELLED:
        return Count.COMPLETED
    accepted = order.state is not State.PENDING
    return Count.CANCELLED if accepted and by is not Role.OPERATOR else None
