"""The documents of a seller's reputation."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from documents.base import Document
from domain.reputation import Band
from domain.vocabulary import Count, Role, State


class ReputationView(Document):
    """A seller's completion rate; rate and band are null under five ended orders."""

    completion_rate: float | None = Field(examples=[0.92])
    band: Band | None
    visibility: float = Field(examples=[1.0], description="By what listings are ordered.")
    completed: int
    cancelled: int


class CountedOrder(Document):
    """An order that the rate is counted from."""

    order_id: UUID
    title: str
    state: State
    ended_at: datetime
    by: Role
    cause: str
    counts_as: Count
