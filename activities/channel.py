"""How a message leaves the product: what a channel is given, and how it says that it failed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from documents.webhook import event_id
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role


@dataclass(frozen=True)
class Message:
    """One thing to tell one recipient: a user by e-mail, or an endpoint of the marketplace.

    `order` is the order as it was after the step; `role` is in what capacity a user is told.
    `earlier` is what is told along with it, oldest first, where several steps leave as one. The id
    is stable over every attempt and redelivery.
    """

    delivery_id: int
    order_id: UUID
    seq: int
    event: str
    at: datetime
    order: Order
    words: OrderTexts
    user_id: str | None
    role: Role | None
    endpoint_id: UUID | None
    earlier: tuple["Message", ...] = ()

    @property
    def id(self) -> str:
        """Return the event's id, the same for everybody who is told of it; of several the first's,
        and the number of the last."""
        if self.earlier:
            return f"{event_id(self.order_id, self.earlier[0].seq)}-{self.seq}"
        return event_id(self.order_id, self.seq)

    def with_earlier(self, messages: "Sequence[Message]") -> "Message":
        """Return this one with others of the same order told before it."""
        return replace(self, earlier=tuple(messages))


@dataclass(frozen=True)
class EndpointTest:
    """A message of no order, by which the marketplace sees that an endpoint hears; it was asked for
    at `at`."""

    number: int
    endpoint_id: UUID
    at: datetime

    @property
    def id(self) -> str:
        """Return the event's id, the same at every attempt."""
        return event_id(self.endpoint_id, self.number)


class NotDelivered(Exception):
    """It did not work this time; it will be tried again. The text says why, without secrets."""


class Undeliverable(Exception):
    """It cannot work: the address is refused, the endpoint is gone or disabled."""


class Channel(Protocol):
    """A way out of the product: e-mail or webhooks."""

    async def send(self, message: Message) -> None:
        """Deliver the message, for the first time or again.

        Raises:
            NotDelivered: not this time.
            Undeliverable: never.
        """
        ...
