"""A message on an order as people and other programs read it."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from documents.base import Document
from domain.conversation import ConversationMessage
from domain.order import Actor

MESSAGE_EXAMPLE: JsonDict = {
    "id": "3",
    "order_id": "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10",
    "at": "2026-11-23T10:05:00Z",
    "author": {"id": "ben", "role": "seller"},
    "text": "The fish in the sketch is blue; which blue do you mean?",
    "links": ["https://files.example/sketch.png"],
    "after_seq": 5,
}


class MessageView(Document):
    """What somebody wrote on an order. It stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": MESSAGE_EXAMPLE})

    id: str = Field(
        description="Its number on the order: each is higher than that of the message before."
    )
    order_id: UUID
    at: datetime
    author: Actor
    text: str
    links: list[str]
    after_seq: int = Field(description="The entry of the order's journal that it came after.")


def message_document(order_id: UUID, message: ConversationMessage) -> MessageView:
    """The message as everybody in the conversation reads it."""
    return MessageView(
        id=str(message.number),
        order_id=order_id,
        at=message.at,
        author=message.author,
        text=message.text,
        links=list(message.links),
        after_seq=message.after_seq,
    )
