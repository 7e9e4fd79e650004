"""An order in words, for the people who watch it in Temporal's Web UI. No personal text."""

import re
from collections.abc import Iterator
from datetime import datetime

from domain.command import Command, Refusal
from domain.deadlines import waits_for
from domain.ledger import PostingKind
from domain.money import in_words, shares
from domain.order import Deadline, Holding, Order, PaymentHold
from domain.standing import mediator_of, since
from domain.step import Step
from domain.timers import Timer
from domain.unseen import UNSEEN
from domain.vocabulary import CancellationStatus, TimerEffect

WHAT_MONEY_DOES = {
    PostingKind.HOLD: "hold_in_escrow",
    PostingKind.RELEASE: "credit_wallet",
    PostingKind.REFUND: "refund_buyer",
    PostingKind.SPLIT: "split_escrow",
    PostingKind.RECLAIM: "split_escrow",
}
"""The trade's names of what a step does to the money."""

LONGEST_IN_A_LINE = 60
_HIDDEN = re.compile(rf"(?! )[\x00{UNSEEN}]")
_BACKTICKS = re.compile("`+")


def instant(at: datetime) -> str:
    """Write an instant as operators read it, in UTC to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def counted(number: int, what: str) -> str:
    """`1 order`, `2 orders`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def in_code(text: str) -> str:
    """Write what somebody chose, a name say, so that Markdown shows it and takes nothing in it for
    its own. What cannot be seen becomes a sign for it, a line's end too."""
    shown = _HIDDEN.sub("\ufffd", text)
    longest = max(map(len, _BACKTICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    # One space on each side is left out again where there is one on both.
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def in_short_code(text: str) -> str:
    """Write the same for one line, of which Temporal takes 400 bytes."""
    if len(text) <= LONGEST_IN_A_LINE:
        return in_code(text)
    return in_code(f"{text[:LONGEST_IN_A_LINE]}…")


def consequence(order: Order, deadline: Deadline) -> str:
    """Say what follows by itself when the deadline passes, with the money that it moves."""
    share = shares(order.total, 0, order.policy.commission_bps)
    paid = in_words(share.paid_to_seller, order.currency)
    total = in_words(order.total, order.currency)
    return {
        TimerEffect.COMPLETE: f"the order completes and {paid} goes to the seller",
        TimerEffect.CANCEL: f"the order is cancelled and {total} goes back to the buyer",
        TimerEffect.OPEN_DISPUTE: "a dispute opens and a mediator decides",
        TimerEffect.LATE: "the order is late and the buyer may cancel it alone",
        TimerEffect.DISPUTE_ALLOWED: "the buyer may open a dispute",
        TimerEffect.ESCALATE: (
            "mediators and operators are told again; a dispute never ends by itself"
        ),
    }[deadline.on_expiry]


def deadline_in_words(order: Order) -> str | None:
    """Say `2026-11-30 10:00:00 UTC: the order completes …`; None where no deadline runs."""
    if order.deadline is None:
        return None
    return f"{instant(order.deadline.at)}: {consequence(order, order.deadline)}"


def summary(order: Order) -> str:
    """Say where the order stands and what happens next, in Markdown."""
    lines = [f"**{order.state.replace('_', ' ')}** · {in_words(order.total, order.currency)}"]
    if order.outcome is not None:
        lines.append(_ending(order))
    else:
        began = instant(since(order))
        lines.append(f"Waits since {began} for the {waits_for(order)}{_circumstance(order)}.")
    if order.deadline is not None:
        lines.append(f"At {deadline_in_words(order)}.")
    if order.payment_hold is not None:
        lines.append(_frozen_in_words(order, order.payment_hold))
    if order.holding is not None:
        lines.append(_held_in_words(order.holding))
    lines += [f"- {one}." for one in _open_matters(order)]
    if order.outcome is None:
        lines.append(ONLY_WHILE_IT_RUNS)
    buyer, seller = in_code(order.buyer_id), in_code(order.seller_id)
    lines.append(f"Buyer {buyer}, seller {seller}, step {order.version}.")
    return "\n\n".join(lines)


def _frozen_in_words(order: Order, hold: PaymentHold) -> str:
    asked = in_words(hold.amount, order.currency)
    said = f"Frozen since {instant(hold.since)}: the payer's bank asks {asked} back"
    if hold.evidence_until is None:
        return f"{said}."
    return f"{said}, which can be answered for until {instant(hold.evidence_until)}."


def _held_in_words(holding: Holding) -> str:
    limit, safe = instant(holding.limit_at), instant(holding.last_safe_at)
    if holding.reached:
        return f"The limit for holding its money passed at {limit}."
    return f"Its money may be held until {limit}; to be safe it moves on by {safe}."


ONLY_WHILE_IT_RUNS = (
    "That holds while this run lasts. Terminated, failed or timed out, it carries out nothing more:"
    " unless a later run does, the order stands still until `sequestre repair`."
)
"""No code of a workflow that was stopped from outside could say so any more."""

CONTINUED = "A later run goes on from here, and says where the order stands."


def people_in_words(order: Order) -> str:
    """Say in one line what an order's workflow is about: nothing that changes in its life."""
    return f"Order of {in_short_code(order.buyer_id)} from {in_short_code(order.seller_id)}"


WHERE_IT_STANDS = (
    "Where it stands: the current details, answered by a worker, and the search attributes."
)
"""What a workflow begins with stays as it is: it must not tell of a state."""


_LEFT = {
    CancellationStatus.REFUSED: "refused",
    CancellationStatus.UNANSWERED: "left unanswered",
}


def _open_matters(order: Order) -> Iterator[str]:
    """Yield a sentence for each offer, wish to cancel and proposal that is open, with its end; of
    what stands still with its order without."""
    if order.payment_hold is not None:
        yield from _standing_still(order)
    else:
        yield from _with_an_end(order)
    for one in order.settlements:
        refund = in_words(one.refund, order.currency)
        yield f"The {one.proposed_by.role} proposes to settle: {refund} back to the buyer"


def _standing_still(order: Order) -> Iterator[str]:
    if order.offer is not None:
        yield f"An offer over {in_words(order.offer.price, order.currency)} stands still with it"
    if order.cancellation_request is not None:
        yield "The buyer's wish to cancel stands still with it"


def _with_an_end(order: Order) -> Iterator[str]:
    if order.offer is not None:
        price = in_words(order.offer.price, order.currency)
        yield f"An offer over {price} is open until {instant(order.offer.lapses_at)}"
    asked = order.cancellation_request
    if asked is not None and asked.status is CancellationStatus.ASKED:
        meanwhile = "; meanwhile the buyer may open a dispute" if order.dispute_allowed else ""
        until = instant(asked.answer_by)
        yield f"The buyer asks to cancel; the seller may answer until {until}{meanwhile}"
    elif asked is not None:
        yield f"The buyer's wish to cancel was {_LEFT[asked.status]}: they may open a dispute"


def _circumstance(order: Order) -> str:
    if order.payment_hold is not None:
        return " to say how the dispute of its payment ends"
    if order.is_late:
        return ", who is late: the buyer may cancel alone"
    if order.overdue:
        return ", whose answer is overdue: the buyer may open a dispute"
    mediator = mediator_of(order)
    return f" {in_code(mediator)}, who has the case" if mediator else ""


def _ending(order: Order) -> str:
    if order.outcome is None:
        return ""
    end = order.outcome
    parts = (
        (end.refunded, "back to the buyer"),
        (end.paid_to_seller, "to the seller"),
        (end.commission, "commission"),
        (end.charged_back or 0, "to the payer's bank"),
    )
    money = ", ".join(f"{in_words(n, order.currency)} {where}" for n, where in parts if n)
    at = instant(since(order))
    return f"Ended by {end.by} ({end.cause.replace('_', ' ')}) at {at}: {money}."


def command_in_words(command: Command, verdict: Step | Refusal) -> str:
    """Say in one line for an activity who did what, or why not."""
    deed = f"{command.actor.role}: {command.action.replace('_', ' ')}"
    if isinstance(verdict, Refusal):
        return f"refused · {deed} · {verdict.code}"
    return f"{deed} → {verdict.order.state.replace('_', ' ')}{_money(verdict)}"


def timer_in_words(timer: Timer) -> str:
    """Say in one line what a running timer is for: `decision window: then complete`."""
    return f"{_plain(timer.window)} window: then {_plain(timer.effect)}"


def expiry_in_words(timer: Timer, step: Step) -> str:
    """Say in one line for an activity which window ran out, and what that does."""
    if timer.effect is TimerEffect.REMIND:
        return f"reminder: the {_plain(timer.window)} window ends soon"
    return f"{_plain(timer.window)} ran out: {_plain(timer.effect)}{_money(step)}"


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _money(step: Step) -> str:
    """Say ` · credit_wallet 20.00 EUR`; nothing where no money moves."""
    moved = sum(leg.amount for posting in step.postings for leg in posting.legs)
    if not moved:
        return ""
    return f" · {WHAT_MONEY_DOES[step.postings[0].kind]} {in_words(moved, step.order.currency)}"
