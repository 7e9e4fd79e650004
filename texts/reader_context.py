"""An order as it is told to one reader."""

from dataclasses import dataclass
from typing import Any

from domain.order import Actor, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role
from texts.catalogue import msg
from texts.facts import FACTS, pay
from texts.formatter import Formatter
from texts.parties import UNNAMED, party

NEWS = msg("There is news about this order.")


@dataclass(frozen=True)
class Sides:
    """The same thing, said to the buyer, to the seller, and to those who look after the case."""

    buyer: str
    seller: str
    case: str = NEWS

    def to(self, role: Role) -> str:
        """Return what the role is told."""
        return {Role.BUYER: self.buyer, Role.SELLER: self.seller}.get(role, self.case)


Sentence = str | Sides


@dataclass(frozen=True)
class ReaderContext:
    """An order, what people wrote about it, and who is spoken to in which capacity and how."""

    order: Order
    words: OrderTexts
    reader: Actor
    formatter: Formatter

    @property
    def role(self) -> Role:
        """Return in which capacity the reader is spoken to."""
        return self.reader.role

    @property
    def has_the_case(self) -> bool:
        """Return whether the reader is the mediator who has the case."""
        dispute = self.order.dispute
        is_theirs = dispute is not None and dispute.mediator_id == self.reader.id
        return is_theirs and self.role is Role.MEDIATOR

    @property
    def own_words(self) -> dict[str, Any]:
        """Return what the request says that brought the step about. One that a dispute refers to is
        told with the dispute, and is not repeated here."""
        own, dispute = self.words.step_request, self.order.dispute
        if own is None or (dispute is not None and own == dispute.request_id):
            return {}
        return self.words.requests.get(own, {})

    def say(self, sentence: Sentence, **more: str) -> str:
        """Say a sentence about the order to its reader; `more` is what it names beside facts."""
        said = sentence.to(self.role) if isinstance(sentence, Sides) else sentence
        return self.formatter.say(said, _Values(self, more))

    def money(self, amount: int) -> str:
        """Write an amount (minor units) in the order's currency."""
        return self.formatter.money(amount, self.order.currency)

    def pay(self, refund: int = 0, more: int = 0) -> str:
        """Say what the seller would be paid: see `facts.pay`."""
        return pay(self.order, self.formatter, refund, more)


class _Values(dict[str, str]):
    """The given values and, once a sentence names them, the parties and the facts of the order."""

    def __init__(self, context: ReaderContext, given: dict[str, str]) -> None:
        super().__init__(given)
        self._telling = context

    def __missing__(self, name: str) -> str:
        told = self._telling
        if name in UNNAMED:
            return party(name, told.words, told.role, told.formatter)
        return FACTS[name](told.order, told.words, told.formatter)
