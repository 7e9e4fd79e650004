"""What the documents of every subject share."""

from typing import Annotated, Generic, TypeVar

from pydantic import Field
from pydantic.config import JsonDict

from documents.base import Document

CURSOR: JsonDict = {"format": "cursor", "pattern": "^[A-Za-z0-9_-]+={0,2}$"}
NextCursor = Annotated[str, Field(json_schema_extra=CURSOR)]
Item = TypeVar("Item")


class Page(Document, Generic[Item]):
    """A part of a list. Send `next_cursor` as `cursor` for the part after it."""

    items: list[Item]
    next_cursor: NextCursor | None


class Nothing(Document):
    """No fields: an empty object, or no body at all."""
