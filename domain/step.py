"""What the rules decide: one step of an order, written as a whole or not at all."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from domain.base import Frozen, Sparse
from domain.cause import Cause, SaidCause
from domain.command import Command, Refusal
from domain.generation import GENERATION
from domain.ledger import Posting
from domain.order import DEADLINE_ACTOR, Actor, Order
from domain.timers import Timer
from domain.vocabulary import Role


class Notice(Frozen):
    """Somebody to be told of a step. Without a user id: everybody who has the role."""

    role: Role
    user_id: str | None


class Step(Frozen):
    """The order after it, the money that moves with it, and who is told.

    `event` names what happened (`order.delivered`).
    """

    order: Order
    event: str
    postings: tuple[Posting, ...] = ()
    notices: tuple[Notice, ...] = ()


class Entry(Frozen):
    """A journal entry: who did or tried what. The actor is None where a signal did not say."""

    action: str
    actor: Actor | None
    request_id: str | None = None
    received_at: datetime | None = None
    fields: dict[str, Any] = Field(default_factory=dict)


class ToRecord(Frozen):
    """A step or a refusal on its way to the database, decided on the order's `expected_version`.

    `deadline_at` is set for what silence does: the database then makes sure that the instant has
    passed and that nothing was received in time. `generation` is that of the worker which decided.
    Whoever gives the order `before`, as they have it, is told no more than what is otherwise now.
    """

    order_id: str
    expected_version: int
    entry: Entry
    verdict: Step | Refusal
    deadline_at: datetime | None = None
    generation: int = 0
    before: Order | None = None
    cause: SaidCause = None


Status = Literal["recorded", "decided", "superseded", "too_early", "deferred", "newer"]


class Recorded(Frozen):
    """The database's answer to a `ToRecord`, and the order as it has it now.

    - `recorded`: it is written.
    - `decided`: this request was decided before; `outcome` says how.
    - `superseded`: the order has moved on; decide again.
    - `too_early`: the deadline is still `wait` away by the database's clock.
    - `deferred`: `requests` were received in time and have to be decided first.
    - `newer`: the request was made in a `generation` that whoever decided does not know; decide
      again where it is known.

    `call` is the one that the request came with, for the log of who wrote it.
    """

    status: Status
    order: Order
    outcome: dict[str, Any] | None = None
    wait: timedelta = timedelta()
    requests: tuple[dict[str, Any], ...] = ()
    generation: int = 0
    call: str | None = None

    def since(self, before: Order) -> "Changed":
        """Return the same for somebody who has the order as it was before."""
        known, now = before.model_dump(mode="json"), self.order.model_dump(mode="json")
        changes = {name: value for name, value in now.items() if value != known[name]}
        rest = {name: getattr(self, name) for name in ("status", "wait", "requests", "generation")}
        return Changed(**rest, changes=changes)


class Changed(Sparse):
    """A `Recorded` in few bytes: the order's fields that are `changes`, as JSON has them."""

    status: Status
    changes: dict[str, Any]
    wait: timedelta = timedelta()
    requests: tuple[dict[str, Any], ...] = ()
    generation: int = 0

    def applied_to(self, before: Order) -> Recorded:
        """Return the answer with the whole order, for whoever has it as it was before."""
        order = Order.model_validate({**before.model_dump(mode="json"), **self.changes})
        return Recorded(
            status=self.status,
            order=order,
            wait=self.wait,
            requests=self.requests,
            generation=self.generation,
        )


class Stored(Frozen):
    """An order as the database has it, and the requests on it that nobody has decided yet."""

    order: Order
    requests: tuple[dict[str, Any], ...] = ()


def to_record(
    order: Order,
    entry: Entry,
    verdict: Step | Refusal,
    deadline_at: datetime | None = None,
    cause: Cause | None = None,
) -> ToRecord:
    """Return what to write for a verdict of this release on `order`."""
    return ToRecord(
        order_id=order.id,
        expected_version=order.version,
        entry=entry,
        verdict=verdict,
        deadline_at=deadline_at,
        generation=GENERATION,
        cause=cause,
    )


def record_of_command(order: Order, command: Command, verdict: Step | Refusal) -> ToRecord:
    """Return what to write for a command and the verdict on it."""
    entry = Entry(
        action=command.action,
        actor=command.actor,
        request_id=command.request_id,
        received_at=command.received_at,
        fields=command.fields.model_dump(mode="json", exclude_none=True),
    )
    return to_record(order, entry, verdict, cause=command.cause)


def record_of_expiry(order: Order, timer: Timer, step: Step) -> ToRecord:
    """Return what to write for a timer of `order` that has passed."""
    return to_record(order, Entry(action=timer.effect, actor=DEADLINE_ACTOR), step, timer.at)
