"""The document of the journal of those who operate."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.base import Document
from domain.operator_deeds import Deed, Subject
from domain.vocabulary import Action, Code

DEEDS = (*(one.value for one in Deed), *(one.value for one in Action))
"""Everything that is found in the journal, by its name."""


def _known(name: str) -> str:
    if name not in DEEDS:
        raise ValueError(f"is no deed; there are: {', '.join(DEEDS)}")
    return name


DeedName = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(DEEDS)})]


class DeedOutcome(StrEnum):
    """What became of what somebody did: an action waits until its order has decided it, and a
    repair that broke off was begun."""

    DONE = "done"
    REFUSED = "refused"
    WAITING = "waiting"
    BEGUN = "begun"


class DeedView(Document):
    """Something that one of those who operate did."""

    id: str
    at: datetime
    by: str = Field(description="Who, by the `sub` of their token.")
    roles: list[str] = Field(
        description="As their token showed them; none where it was done past the API, by hand or by"
        " a repair on the machine."
    )
    deed: str = Field(description="What: the name of an action on an order, or of another deed.")
    subject: Subject = Field(description="To what.")
    subject_id: str = Field(
        description="Its id; of the clock where it was moved to, of a list its name."
    )
    user_id: str | None = Field(description="Whom it concerns beside: a wallet's owner, say.")
    reason: str | None = Field(
        description="What was said why; with an action, for as long as its words are kept."
    )
    outcome: DeedOutcome
    code: Code | None = Field(description="Why an order refused it.")
    refusal: str | None = Field(
        description="Why a repair, or what was to be terminated, was refused."
    )
    request_id: str | None = Field(
        description="Of an action its request's; else that of the call, as the log has it."
    )
