"""The documents of health."""

from pydantic import Field

from documents.base import Document


class Live(Document):
    """The process answers."""

    status: str = Field(examples=["live"])


class Ready(Document):
    """What the process needs answers too."""

    database: bool
    temporal: bool
    worker: bool
