"""The documents of what is said on an order. Unknown fields are refused."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Page
from documents.base import Document
from documents.message import MessageView
from domain.text import Links, Text

NUMBER = "^[1-9][0-9]{0,8}$"

Unread = Annotated[
    int, Field(description="How many messages of others the caller has not read.", examples=[1])
]
ReadUpTo = Annotated[
    str | None,
    Field(description="The newest message that the caller has marked as read.", examples=["2"]),
]


class NewMessage(Document):
    """What somebody says on an order, with links to files. It cannot be changed or taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "text": "The fish in the sketch is blue; which blue do you mean?",
                "links": ["https://files.example/sketch.png"],
            }
        }
    )

    text: Text
    links: Links = ()


class MessagePage(Page[MessageView]):
    """A part of a conversation, oldest first, and how far the caller has read all of it."""

    unread: Unread
    read_up_to: ReadUpTo


class ReadUpToMessage(Document):
    """The newest of the messages that have been read."""

    up_to: Annotated[str, StringConstraints(strict=True, max_length=9, pattern=NUMBER)] = Field(
        description="The `id` of a message.", examples=["3"]
    )


class ReadMarkView(Document):
    """How far the caller has read a conversation."""

    read_up_to: ReadUpTo
    unread: Unread
