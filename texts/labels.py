"""What things are called on a page, in a word or two: a state, a ground, a role, an entry."""

from domain.order import Order
from domain.payments import ChargebackState
from domain.vocabulary import Count, Ground, LineKind, Role, Ruling, State, Window
from texts.catalogue import msg

STATES: dict[State, str] = {
    State.PENDING: msg("Waits to be accepted"),
    State.IN_PROGRESS: msg("In progress"),
    State.DELIVERED: msg("Delivered"),
    State.REVISION_REQUESTED: msg("Revision requested"),
    State.REVISION_REFUSED: msg("Revision refused"),
    State.DISPUTED: msg("In dispute"),
    State.COMPLETED: msg("Completed"),
    State.CANCELLED: msg("Cancelled"),
    State.SETTLED: msg("Settled"),
}
OVERDUE: dict[State, str] = {
    State.IN_PROGRESS: msg("Late"),
    State.REVISION_REQUESTED: msg("Answer overdue"),
}
"""What is said instead once the deadline of such a state has passed."""
FROZEN = msg("Payment disputed")
"""What is said instead while its bank disputes the payment, whatever the state."""

ROLES: dict[Role, str] = {
    Role.BUYER: msg("Buyer"),
    Role.SELLER: msg("Seller"),
    Role.MEDIATOR: msg("Mediator"),
    Role.OPERATOR: msg("Operator"),
    Role.DEADLINE: msg("Deadline"),
    Role.PROVIDER: msg("Payment provider"),
}
YOU = msg("You")

GROUNDS: dict[Ground, str] = {
    Ground.VAGUE: msg("Not precise enough"),
    Ground.NOT_INCLUDED: msg("Not included in the service"),
    Ground.OUT_OF_SCOPE: msg("Goes beyond the brief"),
    Ground.OTHER: msg("Another ground"),
}
RULINGS: dict[Ruling, str] = {
    Ruling.REFUND: msg("All of the money goes back"),
    Ruling.PAY_SELLER: msg("The work is paid"),
    Ruling.SPLIT: msg("The money is shared"),
    Ruling.RESTART: msg("The work goes on"),
}
WINDOWS: dict[Window, str] = {
    Window.ACCEPTANCE: msg("Time to accept the order"),
    Window.DELIVERY: msg("Time to deliver"),
    Window.REVIEW: msg("Time to check the work"),
    Window.REVISION_ANSWER: msg("Time to answer about the revision"),
    Window.DECISION: msg("Time to decide"),
    Window.ASSIGNMENT: msg("Time until a mediator takes the case"),
    Window.RULING: msg("Time until the ruling"),
    Window.CANCELLATION_ANSWER: msg("Time to answer about cancelling"),
    Window.OFFER: msg("Time to accept the offer"),
    Window.HOLDING: msg("Time for which the money can be held"),
}
LINES: dict[LineKind, str] = {
    LineKind.SERVICE: msg("Service"),
    LineKind.EXTRA: msg("Extra"),
    LineKind.OFFER: msg("Custom offer"),
}
CHARGEBACKS: dict[ChargebackState, str] = {
    ChargebackState.OPENED: msg("Open"),
    ChargebackState.WON: msg("Won"),
    ChargebackState.LOST: msg("Lost"),
}
COUNTS: dict[Count | None, str] = {
    Count.COMPLETED: msg("Counts as completed"),
    Count.CANCELLED: msg("Counts as cancelled"),
    None: msg("Does not count"),
}


def state_label(state: State, overdue: bool = False) -> str:
    """Return the sentence of the catalogue that a state is called by, late or not."""
    return OVERDUE[state] if overdue and state in OVERDUE else STATES[state]


def label_of(order: Order) -> str:
    """Return the same of an order as it stands."""
    if order.payment_hold is not None:
        return FROZEN
    return state_label(order.state, order.overdue)
