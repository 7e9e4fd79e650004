"""The document of the feed's route."""

from pydantic import Field

from api.schemas.base import NextCursor
from documents.base import Document
from documents.feed import FeedEvent


class FeedPage(Document):
    """A part of the feed, oldest first. Send `next_cursor` as `after` to go on, whether there is
    anything after it yet or not."""

    items: list[FeedEvent]
    next_cursor: NextCursor | None = Field(
        description="The id of the last event that was looked at, whether or not it is of the types"
        " that were asked for; null as long as nothing has happened."
    )
    more: bool = Field(description="Whether to go on at once, since there is more already.")
