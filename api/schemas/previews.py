"""The documents of previews."""

from pydantic import Field

from documents.base import Document
from documents.order import DeadlineView
from domain.money import Money
from domain.preview import PreviewAccount
from domain.vocabulary import State


class MoneyChange(Document):
    """What an account gains (above zero) or loses (below zero)."""

    account: PreviewAccount
    amount: Money


class RateChange(Document):
    """What an action would do to the seller's completion rate, from 0 to 1; null: not shown."""

    before: float | None
    after: float | None


class PreviewView(Document):
    """What an action would do now, worked out by the code that does it; nothing has changed."""

    state: State
    deadline: DeadlineView | None
    money: list[MoneyChange]
    completion_rate: RateChange | None = Field(
        description="The seller's, where the action would end the order and counts."
    )
    notes: list[str] = Field(description="What to know before pressing, in the reader's language.")
