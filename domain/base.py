"""What every model of the domain shares."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes.

    Unknown fields are ignored, not refused: an older worker must be able to read what a newer one
    wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
