"""What runs begin with."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import AliasChoices, Field, SerializerFunctionWrapHandler, field_serializer

from domain.base import Frozen, Sparse
from domain.cause import SaidCause
from domain.clock import ClockReading
from domain.generation import Known
from domain.order import Order
from workflows.inbox import ReceivedSignal


class OrderStart(Sparse):
    """An order, and what earlier runs of it remember.

    The `generation` says which commands the run gives Temporal, until it is continued as a new one.
    """

    # Under a key that releases before generations do not know: their workers fail to read it and
    # the run waits, where they would begin it with commands that no later worker can replay.
    order: Order = Field(
        validation_alias=AliasChoices("order_of_generation", "order"),
        serialization_alias="order_of_generation",
    )
    generation: Known = 0
    seen: tuple[str, ...] = ()
    by_hand: int = 0
    letters: tuple[ReceivedSignal, ...] = ()
    clock: ClockReading | None = None
    """How the clock is set where it can be moved; elsewhere None: such runs go by Temporal's."""

    @field_serializer("order", mode="wrap")
    def _without_what_is_not(
        self, order: Order, write: SerializerFunctionWrapHandler
    ) -> dict[str, Any]:
        return {name: value for name, value in write(order).items() if value is not None}


class EndpointTestStart(Frozen):
    """A test that an endpoint is sent, and how far earlier runs have come with it."""

    number: int
    attempts: int = 0
    waited: timedelta = timedelta()
    clock: ClockReading | None = None


class NotificationStart(Frozen):
    """A step that people are told of, and how far earlier runs have come with it."""

    order_id: str
    seq: int
    attempts: int = 0
    waited: timedelta = timedelta()
    clock: ClockReading | None = None
    cause: SaidCause = None


class PayoutStart(Sparse):
    """A payment that is on its way out, by its id, and how the clock is set where it can be
    moved."""

    id: str
    clock: ClockReading | None = None


class PayInStart(Sparse):
    """A payment that is on its way in, by its id, when (UTC) an earlier run would end it, and how
    the clock is set where it can be moved."""

    id: str
    lapses_at: datetime | None = None
    clock: ClockReading | None = None
