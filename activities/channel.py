"""How a message leaves the product: what a channel is given, and how it says that it failed."""

from dataclasses import dataclass
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

    `order` is the order as it was after the step; `role` is in what capacity a user is told. The id
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

    @property
    def id(self) -> str:
        """Return the event's id, the same for everybody who is told of it."""
        return event_id(self.order_id, self.seq)


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
