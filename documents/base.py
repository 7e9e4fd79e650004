"""What every document shares."""

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A document of this API."""

    model_config = ConfigDict(extra="forbid")
