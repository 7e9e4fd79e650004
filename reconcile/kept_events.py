"""Events that a receiver of webhooks or a reader of the feed has kept: one JSON document a line."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, ValidationError

from domain.base import Frozen
from domain.money import Money
from domain.notices import ENDPOINT_TEST
from domain.payments import ChargebackState
from domain.text import validation_message, without_nul

Number = Annotated[int, Field(ge=0, lt=2**31)]


class NoEvent(Exception):
    """A line holds no event; says which, and why."""


class KeptOutcome(Frozen):
    """Where an ended order's money went."""

    refunded: Money
    paid_to_seller: Money
    commission: Money


class KeptOrder(Frozen):
    """What an event said of its order: of all that, what is compared."""

    id: UUID
    state: str
    buyer_id: str
    seller_id: str
    total: Money
    outcome: KeptOutcome | None


class KeptStep(Frozen):
    """Which step was told of, and its instant (UTC); without a number, a message."""

    seq: Number | None
    at: AwareDatetime


class KeptMessage(Frozen):
    """The number of a message."""

    id: Number


class KeptTransfer(Frozen):
    """Money that came in or went out, or the reversal of such; without a user, commission."""

    id: UUID
    kind: str
    user_id: str | None
    amount: Money
    at: AwareDatetime
    reference: str | None
    reverses: UUID | None


class KeptChargeback(Frozen):
    """A dispute of a payment, as its provider calls it, and how it stood."""

    provider: Annotated[str, AfterValidator(without_nul)]
    reference: Annotated[str, AfterValidator(without_nul)]
    state: ChargebackState
    user_id: str
    amount: Money
    at: AwareDatetime


class KeptData(Frozen):
    """What happened: a step of an order, a message on it, a transfer, or a dispute."""

    event: KeptStep | None = None
    order: KeptOrder | None = None
    message: KeptMessage | None = None
    transfer: KeptTransfer | None = None
    chargeback: KeptChargeback | None = None

    @property
    def is_comparable(self) -> bool:
        """Return whether it names what the books can be asked for."""
        has_step = self.event is not None and bool(self.event.seq)
        of_order = self.order is not None and (has_step or self.message is not None)
        return of_order or self.transfer is not None or self.chargeback is not None


class KeptEvent(Frozen):
    """An event as webhooks and feed tell it."""

    id: str
    type: Annotated[str, AfterValidator(without_nul)]
    timestamp: AwareDatetime
    data: KeptData

    @property
    def at(self) -> datetime:
        """Return when it happened (UTC)."""
        return self.data.event.at if self.data.event else self.timestamp


class _Kind(Frozen):
    type: str


def read(lines: Iterable[str]) -> Iterator[KeptEvent]:
    """Yield the events of these lines. Empty ones, and tests of endpoints, tell of nothing.

    Raises:
        NoEvent: a line is something else, or names nothing that the books could be asked for.
    """
    for number, line in enumerate(lines, 1):
        try:
            event = _event(line) if line.strip() else None
        except ValidationError as error:
            raise NoEvent(f"line {number} {_why(error)}") from error
        if event is None:
            continue
        if not event.data.is_comparable:
            raise NoEvent(f"line {number} {NOTHING_NAMED}")
        yield event


NOTHING_NAMED = (
    "tells of nothing that can be looked for: neither of a step of an order, by its number, nor of"
    " a message on one, nor of a transfer, nor of a dispute of a payment"
)


def _event(line: str) -> KeptEvent | None:
    if _Kind.model_validate_json(line).type == ENDPOINT_TEST:
        return None
    return KeptEvent.model_validate_json(line)


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "is no JSON"
    where = ".".join(map(str, first["loc"])) or "it"
    return f"is no event as webhooks and the feed tell it: {where} {validation_message(first)}"
