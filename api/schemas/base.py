"""What the documents of every subject share."""

from typing import Generic, TypeVar

from documents.base import Document

Item = TypeVar("Item")


class Page(Document, Generic[Item]):
    """A part of a list. Send `next_cursor` as `cursor` for the part after it."""

    items: list[Item]
    next_cursor: str | None


class Nothing(Document):
    """What a request without a body says."""
