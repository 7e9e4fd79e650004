"""Somebody's wish to act on an order, and the refusal it may meet."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, SerializeAsAny, ValidationInfo, field_validator

from domain.actions import Fields, fields_of
from domain.base import Frozen
from domain.cause import SaidCause
from domain.identifiers import StoredIdentifier
from domain.order import Actor
from domain.vocabulary import Act, Code


class Command(Frozen):
    """An action that somebody asked for.

    `received_at` (UTC) is the instant that counts against a deadline: when the request was written
    down, however much later it is carried out.
    """

    action: Act
    actor: Actor
    request_id: StoredIdentifier
    received_at: AwareDatetime
    if_version: int | None = None
    """The version of the order that the person saw; the act counts only on that one."""
    fields: SerializeAsAny[Fields]
    cause: SaidCause = None

    @field_validator("fields", mode="before")
    @classmethod
    def _of_its_action(cls, value: Any, info: ValidationInfo) -> Any:
        action = info.data.get("action")
        if action is None or not isinstance(value, dict):
            return value
        model = fields_of(action)
        return model.model_validate({k: v for k, v in value.items() if k in model.model_fields})


def command(
    action: Act,
    actor: Actor,
    received_at: datetime,
    fields: Fields | None = None,
    request_id: str = "request",
    if_version: int | None = None,
) -> Command:
    """Return a command whose fields were checked before; `received_at` in UTC."""
    return Command(
        action=action,
        actor=actor,
        request_id=request_id,
        received_at=received_at,
        if_version=if_version,
        fields=fields or Fields(),
    )


class Refusal(Frozen):
    """Why an action was not carried out: a code for programs, a sentence for people.

    Where one `field` of the request is wrong, the sentence begins with its name and a colon.
    """

    code: Code
    detail: str
    field: str | None = None
