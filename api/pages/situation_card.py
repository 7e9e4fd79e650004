"""The card that says at a glance until when, what happens by itself, and where the money is."""

from dataclasses import dataclass
from datetime import timedelta

from api.pages.order_reader import Seen
from api.pages.time_left import Countdown, countdown
from api.pages.who_gets import Part, parts, split
from domain.deadlines import nearest_deadline
from domain.money import shares
from domain.order import Deadline, Order, Outcome
from domain.preview import PreviewAccount
from domain.vocabulary import Role, State, Window
from texts.catalogue import msg
from texts.endings import afterwards, ended
from texts.headline import expiry
from texts.labels import label_of
from texts.reader_context import ReaderContext, Sentence, Sides

TIME_OF: dict[Role, Sentence] = {
    Role.BUYER: Sides(msg("You have"), msg("Time left for %(buyer)s")),
    Role.SELLER: Sides(msg("Time left for %(seller)s"), msg("You have")),
    Role.MEDIATOR: Sides(*[msg("Time left for the mediator")] * 2),
}
"""By who is waited for."""

NO_DEADLINE = msg("No deadline runs")
LATE_BY = msg("Late by %(time)s")
ENDED = msg("Ended on")
PAID: Sentence = Sides(msg("You paid"), msg("%(Buyer)s paid"))
ESCROW = msg("In escrow")
LEFT_ESCROW = msg("Left escrow")
NEXT = msg("Next")
UNDECIDED = msg("to be decided")
TO_YOU: dict[Role, str] = {Role.BUYER: msg("Back to you"), Role.SELLER: msg("Paid to you")}
UNTOUCHED: Sentence = Sides(
    msg("Neither you nor %(seller)s can touch it until the order has ended."),
    msg("Neither you nor %(buyer)s can touch it until the order has ended."),
)
IF_COMPLETED = msg("If the order completes, the %(total)s goes to")
WHERE_IT_WENT = msg("Where the %(total)s went")
WINDOWS: dict[Window, str] = {
    Window.ACCEPTANCE: "acceptance_window",
    Window.REVIEW: "review_window",
    Window.REVISION_ANSWER: "revision_answer_window",
    Window.DECISION: "decision_window",
    Window.ASSIGNMENT: "assignment_window",
    Window.RULING: "ruling_window",
    Window.CANCELLATION_ANSWER: "cancellation_answer_window",
}
"""What a policy calls them. Work has the time of what was bought."""


@dataclass(frozen=True)
class TimeHalf:
    """Whose time runs, until when, and what happens by itself; `words` stand for the countdown
    where none runs."""

    label: str
    then: str
    countdown: Countdown | None = None
    words: str = ""
    is_over: bool = False


@dataclass(frozen=True)
class Step:
    """A station of the money; `at` is done, here or next."""

    label: str
    amount: str
    at: str


@dataclass(frozen=True)
class MoneyHalf:
    """The way of the money, and who gets what of it, or got."""

    steps: tuple[Step, ...]
    note: str
    label: str
    parts: tuple[Part, ...]


def time_half(seen: Seen) -> TimeHalf:
    """Return until when somebody can act, and what follows; of an order that ended when and how."""
    context, order, say = seen.context, seen.order, seen.formatter.say
    if order.outcome is not None:
        at = seen.formatter.moment(order.updated_at)
        return TimeHalf(say(ENDED), ended(context, order.outcome), words=at, is_over=True)
    then = expiry(context) or ""
    deadline = nearest_deadline(order)
    if deadline is None:
        return TimeHalf(say(NO_DEADLINE), then, words=_standstill(seen))
    label = context.say(TIME_OF.get(deadline.waits_for, TIME_OF[Role.MEDIATOR]))
    return TimeHalf(label, then, _countdown(order, deadline, seen))


def money_half(seen: Seen) -> MoneyHalf:
    """Return where the money is, and to whom it goes if the order completes, or went."""
    context, outcome = seen.context, seen.order.outcome
    if outcome is not None:
        return MoneyHalf(
            _way_gone(context, outcome),
            next(afterwards(context, outcome)),
            context.say(WHERE_IT_WENT),
            _shared(context, outcome.kind, outcome),
        )
    order = seen.order
    share = shares(order.total, 0, order.policy.commission_bps)
    changes = {
        PreviewAccount.SELLER_WALLET: share.paid_to_seller,
        PreviewAccount.COMMISSION: share.commission,
    }
    would = tuple(one for one in parts(context, State.COMPLETED, changes) if one.share)
    return MoneyHalf(_way_open(context), context.say(UNTOUCHED), context.say(IF_COMPLETED), would)


def _way_open(context: ReaderContext) -> tuple[Step, ...]:
    total = context.money(context.order.total)
    return (
        Step(context.say(PAID), total, "done"),
        Step(context.say(ESCROW), total, "here"),
        Step(context.say(NEXT), context.say(UNDECIDED), "next"),
    )


def _way_gone(context: ReaderContext, outcome: Outcome) -> tuple[Step, ...]:
    total = context.money(context.order.total)
    own = outcome.refunded if context.role is Role.BUYER else outcome.paid_to_seller
    return (
        Step(context.say(PAID), total, "done"),
        Step(context.say(LEFT_ESCROW), total, "done"),
        Step(context.say(TO_YOU[context.role]), context.money(own), "end"),
    )


def _shared(context: ReaderContext, state: State, outcome: Outcome) -> tuple[Part, ...]:
    if outcome.charged_back is not None:
        return split(context, outcome.refunded, 0, 0, outcome.charged_back)
    changes = {
        PreviewAccount.BUYER_WALLET: outcome.refunded,
        PreviewAccount.SELLER_WALLET: outcome.paid_to_seller,
        PreviewAccount.COMMISSION: outcome.commission,
    }
    return parts(context, state, changes)


def _standstill(seen: Seen) -> str:
    order = seen.order
    if order.is_late and order.due_at is not None and order.payment_hold is None:
        late = seen.formatter.left(seen.found.row.read_at - order.due_at)
        return seen.context.say(LATE_BY, time=late)
    return seen.formatter.say(label_of(order))


def _countdown(order: Order, deadline: Deadline, seen: Seen) -> Countdown:
    now, window = seen.found.row.read_at, window_of(order, deadline)
    return countdown(deadline.at, now, window, seen.formatter)


def window_of(order: Order, deadline: Deadline) -> timedelta:
    """Return how long there was in all until a deadline, as far as that is known."""
    name = WINDOWS.get(deadline.reason)
    if name is None:
        return order.revision_time if order.delivered_before else order.delivery_time
    length: timedelta | None = getattr(order.policy, name)
    return length or timedelta()
