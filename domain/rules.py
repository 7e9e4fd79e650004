"""The rules of the order process, on one page: who may do what, when, and what follows.

`RULES` is the only place that says so. The workflow, the previews, an order's list of `actions`,
the documentation's diagram and the tests all read it through `decide`, `allowed` and `expire`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.actions import AboutOffer
from domain.command import Command, Refusal
from domain.effects import expiry
from domain.effects.cancellations import may_dispute, refuse_cancellation, request_cancellation
from domain.effects.change import Change, Effect, not_allowed, written
from domain.effects.chargebacks import hold_payment, let_go_on, lose_payment
from domain.effects.disputes import (
    add_statement,
    assign,
    hand_over,
    open_dispute,
    release,
    resolve,
)
from domain.effects.endings import cancel, complete
from domain.effects.offers import accept_offer, close_offer, make_offer, request_offer
from domain.effects.purchases import buy_extra
from domain.effects.settlements import accept_settlement, propose_settlement, withdraw_settlement
from domain.effects.work import accept, accept_revision, deliver, transition_to
from domain.holding import Promise, held, promise, ways
from domain.notices import event_of_command, event_of_expiry, notices, reminder_notices
from domain.order import Actor, Order
from domain.reasons import Reason
from domain.standing import since_after
from domain.step import Notice, Step
from domain.timers import Timer, first_expired
from domain.vocabulary import (
    OPEN_STATES,
    Act,
    Action,
    CancellationStatus,
    Code,
    ProviderAct,
    Role,
    State,
    TimerEffect,
)

BUYER, SELLER, MEDIATOR, OPERATOR = Role.BUYER, Role.SELLER, Role.MEDIATOR, Role.OPERATOR
PENDING, IN_PROGRESS, DELIVERED = State.PENDING, State.IN_PROGRESS, State.DELIVERED
REVISION_REQUESTED, REVISION_REFUSED = State.REVISION_REQUESTED, State.REVISION_REFUSED
DISPUTED = State.DISPUTED
UNDISPUTED = tuple(state for state in OPEN_STATES if state is not DISPUTED)


@dataclass(frozen=True)
class Condition:
    """Something more than the state that a rule asks for, and what to say where it is missing."""

    words: str
    holds: Callable[[Order, Actor], bool]
    otherwise: Reason


LATE = Condition(
    "once the order is late",
    lambda order, _: order.is_late,
    Reason.NOT_LATE,
)
REVISIONS_LEFT = Condition(
    "while revisions are left",
    lambda order, _: order.revisions_left != 0,
    Reason.NO_REVISION_LEFT,
)
ANSWER_OVERDUE = Condition(
    "once the seller's answer is overdue",
    lambda order, _: order.overdue,
    Reason.ANSWER_NOT_DUE,
)
EXTRAS_LEFT = Condition(
    "while extras are left",
    lambda order, _: bool(order.extras),
    Reason.NO_EXTRA_LEFT,
)
NO_OFFER = Condition(
    "while no offer is open",
    lambda order, _: order.offer is None,
    Reason.OFFER_IS_OPEN,
)
OFFER_OPEN = Condition(
    "while an offer is open",
    lambda order, _: order.offer is not None,
    Reason.NO_OFFER_OPEN,
)
NOT_ASKED = Condition(
    "while no wish to cancel waits for an answer",
    lambda order, _: (
        order.cancellation_request is None
        or order.cancellation_request.status is not CancellationStatus.ASKED
    ),
    Reason.ASKED_ALREADY,
)
ASKED = Condition(
    "while the buyer's wish to cancel stands",
    lambda order, _: (
        order.cancellation_request is not None
        and order.cancellation_request.status is not CancellationStatus.REFUSED
    ),
    Reason.NOT_ASKED_TO_CANCEL,
)
WISH_NOT_GRANTED = Condition(
    "after a wish to cancel was refused or left unanswered",
    lambda order, _: may_dispute(order),
    Reason.ASK_TO_CANCEL_FIRST,
)
OWN_PROPOSAL = Condition(
    "while one's own proposal is open",
    lambda order, actor: any(one.proposed_by == actor for one in order.settlements),
    Reason.NO_OWN_PROPOSAL,
)
THEIR_PROPOSAL = Condition(
    "while the other side's proposal is open",
    lambda order, actor: any(one.proposed_by != actor for one in order.settlements),
    Reason.NO_OTHER_PROPOSAL,
)
UNASSIGNED = Condition(
    "while nobody has the case",
    lambda order, _: order.dispute is not None and order.dispute.mediator_id is None,
    Reason.CASE_TAKEN,
)
TAKEN = Condition(
    "while somebody has the case",
    lambda order, _: order.dispute is not None and order.dispute.mediator_id is not None,
    Reason.CASE_FREE,
)
MINE = Condition(
    "while they have the case",
    lambda order, actor: order.dispute is not None and order.dispute.mediator_id == actor.id,
    Reason.CASE_NOT_YOURS,
)
MINE_OR_FREE = Condition(
    "unless another mediator has the case",
    lambda order, actor: (
        order.dispute is not None and order.dispute.mediator_id in (None, actor.id)
    ),
    Reason.CASE_OF_ANOTHER,
)


@dataclass(frozen=True)
class Rule:
    """`by` may do `action` in `states`, if `only` holds; `effect` is what follows."""

    action: Act
    by: Role
    states: tuple[State, ...]
    effect: Effect
    only: Condition | None = None

    def applies(self, order: Order, actor: Actor) -> bool:
        """Return whether state and condition let the actor do it now."""
        if order.payment_hold is not None and self.action not in WHILE_HELD:
            return False
        return order.state in self.states and (self.only is None or self.only.holds(order, actor))


OFFER_STATES = (IN_PROGRESS, DELIVERED, REVISION_REFUSED)
WORK_STATES = (IN_PROGRESS, DELIVERED, REVISION_REQUESTED, REVISION_REFUSED)
SETTLEMENT_STATES = (*WORK_STATES, DISPUTED)

RULES: tuple[Rule, ...] = (
    Rule(Action.ACCEPT, SELLER, (PENDING,), accept),
    Rule(Action.DELIVER, SELLER, (IN_PROGRESS,), deliver),
    Rule(
        Action.REQUEST_REVISION,
        BUYER,
        (DELIVERED,),
        transition_to(REVISION_REQUESTED),
        REVISIONS_LEFT,
    ),
    Rule(Action.ACCEPT_REVISION, SELLER, (REVISION_REQUESTED,), accept_revision),
    Rule(Action.REFUSE_REVISION, SELLER, (REVISION_REQUESTED,), transition_to(REVISION_REFUSED)),
    Rule(Action.COMPLETE, BUYER, (DELIVERED, REVISION_REQUESTED, REVISION_REFUSED), complete),
    Rule(Action.OPEN_DISPUTE, BUYER, (REVISION_REFUSED,), open_dispute),
    Rule(Action.OPEN_DISPUTE, BUYER, (REVISION_REQUESTED,), open_dispute, ANSWER_OVERDUE),
    Rule(Action.OPEN_DISPUTE, BUYER, (IN_PROGRESS,), open_dispute, WISH_NOT_GRANTED),
    Rule(Action.BUY_EXTRA, BUYER, (PENDING, *OFFER_STATES), buy_extra, EXTRAS_LEFT),
    Rule(Action.REQUEST_OFFER, BUYER, OFFER_STATES, request_offer),
    Rule(Action.MAKE_OFFER, SELLER, OFFER_STATES, make_offer, NO_OFFER),
    Rule(Action.WITHDRAW_OFFER, SELLER, WORK_STATES, close_offer, OFFER_OPEN),
    Rule(Action.DECLINE_OFFER, BUYER, WORK_STATES, close_offer, OFFER_OPEN),
    Rule(Action.ACCEPT_OFFER, BUYER, OFFER_STATES, accept_offer, OFFER_OPEN),
    Rule(Action.REQUEST_CANCELLATION, BUYER, (IN_PROGRESS,), request_cancellation, NOT_ASKED),
    Rule(Action.REFUSE_CANCELLATION, SELLER, (IN_PROGRESS,), refuse_cancellation, ASKED),
    Rule(Action.CANCEL, SELLER, UNDISPUTED, cancel),
    Rule(Action.CANCEL, BUYER, (PENDING,), cancel),
    Rule(Action.CANCEL, BUYER, (IN_PROGRESS,), cancel, LATE),
    Rule(Action.CANCEL, OPERATOR, OPEN_STATES, cancel),
    Rule(Action.PROPOSE_SETTLEMENT, BUYER, SETTLEMENT_STATES, propose_settlement),
    Rule(Action.PROPOSE_SETTLEMENT, SELLER, SETTLEMENT_STATES, propose_settlement),
    Rule(Action.WITHDRAW_SETTLEMENT, BUYER, SETTLEMENT_STATES, withdraw_settlement, OWN_PROPOSAL),
    Rule(Action.WITHDRAW_SETTLEMENT, SELLER, SETTLEMENT_STATES, withdraw_settlement, OWN_PROPOSAL),
    Rule(Action.ACCEPT_SETTLEMENT, BUYER, SETTLEMENT_STATES, accept_settlement, THEIR_PROPOSAL),
    Rule(Action.ACCEPT_SETTLEMENT, SELLER, SETTLEMENT_STATES, accept_settlement, THEIR_PROPOSAL),
    Rule(Action.ASSIGN, MEDIATOR, (DISPUTED,), assign, UNASSIGNED),
    Rule(Action.ASSIGN, OPERATOR, (DISPUTED,), hand_over),
    Rule(Action.RELEASE, MEDIATOR, (DISPUTED,), release, MINE),
    Rule(Action.RELEASE, OPERATOR, (DISPUTED,), release, TAKEN),
    Rule(Action.ADD_STATEMENT, BUYER, (DISPUTED,), add_statement),
    Rule(Action.ADD_STATEMENT, SELLER, (DISPUTED,), add_statement),
    Rule(Action.ADD_STATEMENT, MEDIATOR, (DISPUTED,), add_statement),
    Rule(Action.RESOLVE, MEDIATOR, (DISPUTED,), resolve, MINE_OR_FREE),
)

PROVIDER_RULES: tuple[Rule, ...] = (
    Rule(ProviderAct.PAYMENT_DISPUTED, Role.PROVIDER, OPEN_STATES, hold_payment),
    Rule(ProviderAct.PAYMENT_DISPUTE_WON, Role.PROVIDER, OPEN_STATES, let_go_on),
    Rule(ProviderAct.PAYMENT_DISPUTE_LOST, Role.PROVIDER, OPEN_STATES, lose_payment),
)
"""What follows from what the payment provider says; nobody else may say it."""


def every_rule() -> tuple[Rule, ...]:
    """Return the rules of people and of the provider, as they are now: a test may change them."""
    return RULES + PROVIDER_RULES


WHILE_HELD: tuple[Act, ...] = (Action.ADD_STATEMENT, *ProviderAct)
"""What can be done while the payment is disputed: nothing that moves money or time."""

WAYS = ways((rule.action, rule.states) for rule in RULES if isinstance(rule.action, Action))
"""What leads an order on, for the search of its last safe instant: see `domain.holding`."""

OFFER_LAPSED = Refusal(code=Code.DEADLINE_PASSED, detail=Reason.OFFER_LAPSED.says())


def decide(order: Order, command: Command, now: datetime) -> Step | Refusal:
    """Return the step that a command brings about on `order`, or the refusal that it meets.

    Pure: nothing happens until the step is written down. Windows that it starts run from `now`
    (UTC), when it takes effect and people are told. The caller sees to it that every deadline
    before `command.received_at` has been carried out first (see `as_of`).
    """
    if not _is_theirs(order, command.action, command.actor):
        return _forbidden(order, command.action, command.actor)
    if command.if_version not in (None, order.version):
        return _moved_on(order, command)
    rule = _rule_for(order, command.action, command.actor)
    change = rule.effect(order, command, now) if rule else _why_not(order, command)
    if isinstance(change, Refusal):
        return OFFER_LAPSED if _names_a_lapsed_offer(order, command, change) else change
    promised = promise(order, change.order, now, WAYS)
    if promised is not None and not promised.fits:
        return _held_too_long(promised)
    event = event_of_command(command.action, order, change.order)
    return _step(order, change, event, notices(order, change.order, event), now)


def expire(order: Order, timer: Timer, now: datetime) -> Step:
    """Return the step that the order takes by itself when `timer`, one of its own, has passed."""
    change = expiry.after(order, timer, now)
    event = event_of_expiry(timer)
    told = (
        reminder_notices(order, timer)
        if timer.effect is TimerEffect.REMIND
        else notices(order, change.order, event)
    )
    return _step(order, change, event, told, now)


def as_of(order: Order, instant: datetime) -> Order:
    """Return the order with all that expired before `instant` (UTC), written down or not."""
    while (timer := first_expired(order, instant)) is not None:
        order = expire(order, timer, instant).order
    return order


def allowed(order: Order, actor: Actor) -> tuple[Action, ...]:
    """Return the actions that the actor may do now, in the order of the table."""
    return tuple(
        dict.fromkeys(
            rule.action
            for rule in RULES
            if isinstance(rule.action, Action)
            and rule.by is actor.role
            and rule.applies(order, actor)
            and _is_who_they_say(order, actor)
        )
    )


def _step(
    before: Order, change: Change, event: str, told: tuple[Notice, ...], now: datetime
) -> Step:
    order = change.order.model_copy(
        update={
            "version": before.version + 1,
            "updated_at": now,
            "standing_since": since_after(before, change.order),
            "holding": held(change.order, now, WAYS),
        }
    )
    return Step(order=order, event=event, postings=change.postings, notices=told)


def _rule_for(order: Order, action: Act, actor: Actor) -> Rule | None:
    rules = (rule for rule in every_rule() if rule.action is action and rule.by is actor.role)
    return next((rule for rule in rules if rule.applies(order, actor)), None)


def _is_theirs(order: Order, action: Act, actor: Actor) -> bool:
    return _is_who_they_say(order, actor) and any(
        rule.action is action and rule.by is actor.role for rule in every_rule()
    )


def _why_not(order: Order, command: Command) -> Refusal:
    """Say why no rule lets an actor do what they may do at other times."""
    rules = [
        rule
        for rule in every_rule()
        if rule.action is command.action and rule.by is command.actor.role
    ]
    here = [rule for rule in rules if order.state in rule.states]
    if not here:
        return _wrong_state(order, command.action, rules)
    if order.payment_hold is not None:
        return not_allowed(Reason.PAYMENT_HELD)
    return Refusal(code=Code.ACTION_NOT_ALLOWED, detail=_otherwise(here))


def _names_a_lapsed_offer(order: Order, command: Command, refusal: Refusal) -> bool:
    return (
        refusal.code is Code.ACTION_NOT_ALLOWED
        and isinstance(command.fields, AboutOffer)
        and command.fields.offer_id == order.lapsed_offer
    )


def _moved_on(order: Order, command: Command) -> Refusal:
    return Refusal(
        code=Code.VERSION_MISMATCH,
        detail=Reason.MOVED_ON.says(seen=command.if_version, now=order.version),
    )


def _is_who_they_say(order: Order, actor: Actor) -> bool:
    """Return whether the actor is what they act as: a party only itself, others no party."""
    if actor.role is BUYER:
        return actor.id == order.buyer_id
    if actor.role is SELLER:
        return actor.id == order.seller_id
    if actor.role is Role.PROVIDER:
        return actor.id is not None  # whoever is called as it is
    return actor.id is not None and actor.id not in order.parties


def _forbidden(order: Order, action: Act, actor: Actor) -> Refusal:
    roles = list(dict.fromkeys(rule.by for rule in every_rule() if rule.action is action))
    detail = Reason.NOT_FOR_YOU.says(action=action, roles=" or ".join(roles))
    if actor.role in (MEDIATOR, OPERATOR) and actor.id in order.parties:
        detail = Reason.PARTY_IN_ANOTHER_ROLE.says(role=actor.role)
    return Refusal(code=Code.FORBIDDEN, detail=detail)


def _wrong_state(order: Order, action: Act, rules: list[Rule]) -> Refusal:
    lapse = order.lapse
    if lapse is not None and any(lapse.state in rule.states for rule in rules):
        return Refusal(
            code=Code.DEADLINE_PASSED,
            detail=Reason.TIME_RAN_OUT.says(at=written(lapse.at), state=order.state),
        )
    states = ", ".join(dict.fromkeys(state for rule in rules for state in rule.states))
    return Refusal(
        code=Code.ACTION_NOT_ALLOWED,
        detail=Reason.WRONG_STATE.says(state=order.state, action=action, states=states),
    )


def _held_too_long(promised: Promise) -> Refusal:
    return not_allowed(
        Reason.HELD_TOO_LONG,
        limit=written(promised.limit),
        latest=written(promised.latest),
        due=written(promised.due),
    )


def _otherwise(rules: list[Rule]) -> str:
    return " ".join(rule.only.otherwise.says() for rule in rules if rule.only is not None)
