"""Where a payment into a wallet stands, with the order that is to be placed with it."""

from datetime import datetime
from enum import StrEnum

from api.pages.tones import Tone
from db.pay_ins import PayIn
from domain.payments import PayInState
from texts.catalogue import msg


class Stage(StrEnum):
    """What a page tells apart."""

    NOT_BEGUN = "not_begun"
    """The provider has not said where it is paid."""
    OPEN = "open"
    OVER = "over"
    """The time to pay is over, and the provider has not said what became of it."""
    PLACING = "placing"
    """The money is there, and the order is not placed yet."""
    IN_WALLET = "in_wallet"
    ORDERED = "ordered"
    NOT_ORDERED = "not_ordered"
    """The money is there, and the order cannot be placed any more."""
    FAILED = "failed"
    LAPSED = "lapsed"


MOVING = frozenset({Stage.NOT_BEGUN, Stage.OPEN, Stage.OVER, Stage.PLACING})
"""From where it goes on by itself."""

LABELS: dict[Stage, tuple[Tone, str]] = {
    Stage.NOT_BEGUN: ("wait", msg("Not begun")),
    Stage.OPEN: ("wait", msg("Not paid yet")),
    Stage.OVER: ("wait", msg("Waits for the provider")),
    Stage.PLACING: ("wait", msg("Paid, the order follows")),
    Stage.IN_WALLET: ("good", msg("Paid")),
    Stage.ORDERED: ("good", msg("Paid and ordered")),
    Stage.NOT_ORDERED: ("good", msg("Paid, not ordered")),
    Stage.FAILED: ("bad", msg("Payment failed")),
    Stage.LAPSED: ("", msg("Payment lapsed")),
}
"""How it is called in a list, and in which tone."""


def stage_of(one: PayIn, now: datetime) -> Stage:
    """Return where a payment stands at an instant (UTC).

    Raises:
        ValueError: in a state that only a newer release knows.
    """
    match PayInState(one.state):
        case PayInState.PAID:
            return _of_paid(one)
        case PayInState.FAILED:
            return Stage.FAILED
        case PayInState.LAPSED:
            return Stage.LAPSED
    if one.url is None:
        return Stage.NOT_BEGUN
    return Stage.OVER if one.until is not None and one.until <= now else Stage.OPEN


def _of_paid(one: PayIn) -> Stage:
    if one.order_id is not None:
        return Stage.ORDERED
    if one.order_refused is not None:
        return Stage.NOT_ORDERED
    return Stage.PLACING if one.has_wish else Stage.IN_WALLET
