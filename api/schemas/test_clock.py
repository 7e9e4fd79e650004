"""The documents of a clock that can be moved."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from api.schemas.instants import WRITTEN_AS_INSTANT
from documents.base import Document
from domain.duration import Moved


class Advance(Document):
    """How far the clock is moved: `by` a duration, or on `to` an instant; one of the two."""

    by: Moved | None = None
    to: Annotated[AwareDatetime, WRITTEN_AS_INSTANT] | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.by is None) == (self.to is None):
            raise ValueError("needs either `by` (a duration) or `to` (an instant), and not both")
        return self


class ClockView(Document):
    """What the clock shows, and where it is being moved to, if it is."""

    now: datetime
    target: datetime | None
    left: int = Field(
        ge=0,
        description="What is due at this instant and not done yet: deadlines, reminders and lapses "
        "of orders, requests, messages.",
    )


class Advanced(ClockView):
    """What the clock shows after it was moved. Where nothing has been carried out for a while (no
    worker, say), the answer has status 202: the clock stands at `now`, something is `left`, and it
    goes on to its `target` by itself as soon as that is done."""

    carried_out: int = Field(
        ge=0,
        description="How many deadlines, reminders, lapses and repeated attempts at messages fell "
        "due on the way and were carried out.",
    )
