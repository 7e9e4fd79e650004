"""The document of a disputed order."""

from pydantic import Field

from api.schemas.ledger import PostingView
from api.schemas.orders import EventView
from documents.base import Document
from documents.order import OrderView


class CaseView(Document):
    """Everything about an order on one read; entries of the journal carry what people wrote."""

    order: OrderView
    deliveries: list[EventView]
    refusals: list[EventView]
    statements: list[EventView]
    proposals: list[EventView]
    refused_attempts: list[EventView]
    journal: list[EventView]
    journal_whole: bool = Field(
        description="False when it has older entries than these, which `GET …/events` shows, or one"
        " that cannot be read."
    )
    ledger: list[PostingView]
