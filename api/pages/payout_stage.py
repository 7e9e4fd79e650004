"""Where a payment out of a wallet stands, as pages tell it apart."""

from enum import StrEnum

from api.pages.tones import Tone
from db.payouts import Payout
from domain.payments import PayoutState
from texts.catalogue import msg


class Stage(StrEnum):
    """What a page tells apart."""

    WAITS = "waits"
    """For a second person's approval."""
    BEGUN = "begun"
    """The provider is about to be asked to pay it."""
    HANDED_OVER = "handed_over"
    """The provider is being asked, and has not answered."""
    UNDER_WAY = "under_way"
    STUCK = "stuck"
    """The provider has the money, and neither pays it nor gives it back."""
    PAID = "paid"
    COMING_BACK = "coming_back"
    """It did not stay where it was paid, and the provider does not give it back yet."""
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """A second person did not approve it."""


MOVING = frozenset(
    {
        *(Stage.WAITS, Stage.BEGUN, Stage.HANDED_OVER, Stage.UNDER_WAY),
        *(Stage.STUCK, Stage.COMING_BACK),
    }
)
"""From where it goes on."""

CANCELLABLE = frozenset({Stage.WAITS, Stage.BEGUN, Stage.UNDER_WAY})
"""Where it can be tried to take it back: what the provider has, as far as that lets it."""

AGAIN = frozenset({Stage.FAILED, Stage.RETURNED, Stage.CANCELLED, Stage.REFUSED})
"""Where the money is in the wallet again, and can be asked for again."""

STATES: dict[PayoutState, str] = {
    PayoutState.REQUESTED: msg("Waits for approval"),
    PayoutState.PENDING: msg("On its way"),
    PayoutState.PAID: msg("Paid to its owner"),
    PayoutState.FAILED: msg("Not paid"),
    PayoutState.RETURNED: msg("Paid and came back"),
    PayoutState.CANCELLED: msg("Not paid after all"),
}
"""What each state is called where one looks for it."""

LABELS: dict[Stage, tuple[Tone, str]] = {
    Stage.WAITS: ("wait", STATES[PayoutState.REQUESTED]),
    Stage.BEGUN: ("wait", msg("Begun")),
    Stage.HANDED_OVER: ("wait", msg("Being handed over")),
    Stage.UNDER_WAY: ("wait", STATES[PayoutState.PENDING]),
    Stage.STUCK: ("bad", msg("Held up")),
    Stage.PAID: ("good", STATES[PayoutState.PAID]),
    Stage.COMING_BACK: ("bad", msg("Comes back")),
    Stage.FAILED: ("bad", STATES[PayoutState.FAILED]),
    Stage.RETURNED: ("bad", STATES[PayoutState.RETURNED]),
    Stage.CANCELLED: ("", msg("Taken back before it was paid")),
    Stage.REFUSED: ("bad", msg("Not approved")),
}
"""How it is called in a list, and in which tone."""

_OTHERS: dict[PayoutState, Stage] = {
    PayoutState.REQUESTED: Stage.WAITS,
    PayoutState.FAILED: Stage.FAILED,
    PayoutState.RETURNED: Stage.RETURNED,
}


def stage_of(one: Payout) -> Stage:
    """Return where a payout stands. What keeps one that is out is its reason."""
    match one.state:
        case PayoutState.PENDING:
            return _of_pending(one)
        case PayoutState.PAID:
            return Stage.COMING_BACK if one.reason else Stage.PAID
        case PayoutState.CANCELLED:
            # Only a person says why before the provider was ever asked.
            return Stage.REFUSED if one.reason and one.called_at is None else Stage.CANCELLED
    return _OTHERS[one.state]


def _of_pending(one: Payout) -> Stage:
    if one.called_at is None:
        return Stage.BEGUN
    if one.reason:
        return Stage.STUCK
    return Stage.HANDED_OVER if one.is_handed_over else Stage.UNDER_WAY
