"""Reading signals, from the API or typed by an operator. Whatever they hold, it cannot raise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from domain.command import Command, Refusal
from domain.identifiers import StoredIdentifier, without_space_around
from domain.order import Actor, Order
from domain.step import Entry, ToRecord, to_record
from domain.text import validation_message
from domain.vocabulary import Act, Code, Role

SYNTHETIC = "~"
CLOCKS_DIFFER = timedelta(minutes=5)

_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(StoredIdentifier)


@dataclass(frozen=True)
class Unreadable:
    """A signal that makes no act: what the journal keeps of it, and why."""

    request_id: str
    received_at: datetime
    entry: Entry
    refusal: Refusal


def unreadable(
    name: str, actor: Actor | None, request_id: str, received_at: datetime, why: str
) -> Unreadable:
    """Return a signal of this name that makes no command, with one sentence saying why."""
    entry = Entry(action=name, actor=actor, request_id=request_id, received_at=received_at)
    refusal = Refusal(code=Code.INVALID_REQUEST, detail=why)
    return Unreadable(request_id, received_at, entry, refusal)


def request_id_of(message: Any) -> str | None:
    """Return the signal's own request id; None where it has none that a signal can have."""
    given = message.get("request_id") if isinstance(message, dict) else None
    try:
        request_id = _IDENTIFIER.validate_python(given)
    except ValidationError:
        return None
    return None if request_id.startswith(SYNTHETIC) else request_id


def as_once_cleaned(message: Any) -> Any:
    """Return a signal as releases read it that took the spaces round ids away: runs that began
    under one of those did what it then said."""
    if not isinstance(message, dict):
        return message
    cleaned = {name: _cleaned(message[name]) for name in _IDS if name in message}
    actor = message.get("actor")
    if isinstance(actor, dict) and "id" in actor:
        cleaned["actor"] = {**actor, "id": _cleaned(actor["id"])}
    return {**message, **cleaned}


_IDS = ("request_id", "extra_id", "offer_id", "settlement_id")


def _cleaned(value: Any) -> Any:
    return without_space_around(value) if isinstance(value, str) else value


def synthetic_id(what: str) -> str:
    """Return a request id of the workflow's own making, which no signal can bring along."""
    return f"{SYNTHETIC}{what}"


def read(action: Act, message: Any, request_id: str, now: datetime) -> Command | Unreadable:
    """Read the command that a signal asks for; whatever it holds, this does not raise.

    `received_at` is `now` where it is missing or unusable. Clocks may differ by a little, and a
    stamp that is ahead of this one by more than `CLOCKS_DIFFER` is not believed. An actor with a
    role that people cannot have makes no act.
    """
    values = message if isinstance(message, dict) else {}
    actor = _actor(values.get("actor"))
    received_at = _received_at(values.get("received_at"), now)
    if actor is None:
        why = "The signal does not say who acts: actor needs an id and a role."
        return unreadable(action, None, request_id, received_at, why)
    try:
        return Command(
            action=action,
            actor=actor,
            request_id=request_id,
            received_at=received_at,
            if_version=values.get("if_version"),
            fields=values,
            cause=values.get("cause"),
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(
            str(part) for part in first["loc"][:2]
        )  # deeper ones are the sender's own words
        return unreadable(
            action, actor, request_id, received_at, f"{field}: {validation_message(first)}."
        )


def _actor(value: Any) -> Actor | None:
    try:
        actor = Actor.model_validate(value)
    except ValidationError:
        return None
    return None if actor.id is None or actor.role is Role.DEADLINE else actor


def _received_at(value: Any, now: datetime) -> datetime:
    if not isinstance(value, str):
        return now
    try:
        stamp = _INSTANT.validate_python(value).astimezone(UTC)
    except (ValidationError, OverflowError, ValueError):
        return now
    return stamp if stamp <= now + CLOCKS_DIFFER else now


def record_of_unreadable(order: Order, unreadable: Unreadable) -> ToRecord:
    """Return what to write for a signal that makes no command."""
    return to_record(order, unreadable.entry, unreadable.refusal)
