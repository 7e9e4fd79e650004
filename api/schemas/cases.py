"""The document of a disputed order."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import NextCursor
from api.schemas.chargebacks import ChargebackView
from api.schemas.ledger import PostingView
from api.schemas.orders import EventView
from documents.base import Document
from documents.message import MessageView
from documents.order import OrderView
from domain.money import Money


class CasePaymentView(Document):
    """A payment with which the order was placed."""

    provider: str
    reference: str | None = Field(description="As the payment provider calls it.")
    amount: Money
    paid_at: datetime | None


class CaseView(Document):
    """A part of a case; the first has what is newest. Entries of the journal carry what people
    wrote, each text once: what `order` shows is left out of them, and an entry that stands in
    one of the lists before it is in `journal` with empty `fields`."""

    order: OrderView
    deliveries: list[EventView]
    refusals: list[EventView]
    statements: list[EventView]
    hand_overs: list[EventView] = Field(
        description="Who took the case, was given it or gave it back, and why."
    )
    proposals: list[EventView]
    refused_attempts: list[EventView]
    messages: list[MessageView] = Field(description="What was said on the order, oldest first.")
    journal: list[EventView] = Field(description="All entries of this part, oldest first.")
    journal_whole: bool = Field(
        description="False when the journal has other entries than these, in other parts, or one"
        " that cannot be read."
    )
    next_cursor: NextCursor | None = Field(
        description="Send it as `cursor` for the part with what is older."
    )
    ledger: list[PostingView]
    payments: list[CasePaymentView]
    chargebacks: list[ChargebackView] = Field(
        description="What the payers’ banks have disputed of these payments, oldest first."
    )
