"""The documents of streams."""

from datetime import datetime

from pydantic import Field

from documents.base import Document


class StreamTicketView(Document):
    """What opens the stream of an order in place of a token, until its end."""

    ticket: str = Field(description="To be sent as `ticket` in the query of the stream.")
    expires_at: datetime
