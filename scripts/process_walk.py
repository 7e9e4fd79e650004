"""Every way that an order can take, found by walking all of them on an example order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from domain.actions import (
    AboutOffer,
    AboutSettlement,
    AddStatement,
    Assign,
    BuyExtra,
    Cancel,
    Deliver,
    Fields,
    MakeOffer,
    OpenDispute,
    PositiveMoney,
    ProposeSettlement,
    RefuseCancellation,
    RefuseRevision,
    Release,
    RequestCancellation,
    RequestOffer,
    RequestRevision,
    Resolve,
)
from domain.command import command
from domain.deadlines import DEADLINES
from domain.order import Actor, Extra, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import RULES, Rule, decide, expire
from domain.step import Step
from domain.timers import Timer, timers
from domain.vocabulary import (
    Action,
    Ground,
    Role,
    Ruling,
    State,
    TimerEffect,
    Window,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)

EXTRA = Extra(id="extra", price=500, delivery_time=DAY)
TERMS = Terms(
    service_id="service",
    seller_id=Role.SELLER,
    currency="EUR",
    price=2000,
    delivery_time=3 * DAY,
    revision_time=2 * DAY,
    extras=(EXTRA,),
)
POLICY = Policy(ruling_window=7 * DAY)
POLICIES = (
    POLICY,
    POLICY.model_copy(update={"decision_expiry": TimerEffect.OPEN_DISPUTE}),
    POLICY.model_copy(update={"holding_limit": 90 * DAY}),
)
PRICE = PositiveMoney(amount=500, currency="EUR")
OTHER_SIDE = {Role.BUYER: Role.SELLER, Role.SELLER: Role.BUYER}
OTHER_MEDIATOR = "other mediator"
TEXT = "…"

FIELDS: dict[Action, tuple[Fields, ...]] = {
    Action.ACCEPT: (Fields(),),
    Action.DELIVER: (Deliver(message=TEXT),),
    Action.REQUEST_REVISION: (RequestRevision(reason=TEXT),),
    Action.ACCEPT_REVISION: (Fields(),),
    Action.REFUSE_REVISION: (RefuseRevision(ground=Ground.OTHER, reason=TEXT),),
    Action.COMPLETE: (Fields(),),
    Action.OPEN_DISPUTE: (OpenDispute(reason=TEXT),),
    Action.BUY_EXTRA: (BuyExtra(extra_id=EXTRA.id),),
    Action.REQUEST_OFFER: (RequestOffer(description=TEXT),),
    Action.MAKE_OFFER: (MakeOffer(title=TEXT, price=PRICE, delivery_time=2 * DAY),),
    Action.REQUEST_CANCELLATION: (RequestCancellation(reason=TEXT),),
    Action.REFUSE_CANCELLATION: (RefuseCancellation(reason=TEXT),),
    Action.CANCEL: (Cancel(),),
    Action.PROPOSE_SETTLEMENT: (ProposeSettlement(refund=PRICE),),
    Action.ASSIGN: (Assign(),),
    Action.RELEASE: (Release(reason=TEXT),),
    Action.ADD_STATEMENT: (AddStatement(statement=TEXT),),
    Action.RESOLVE: (
        Resolve(outcome=Ruling.REFUND, reasons=TEXT),
        Resolve(outcome=Ruling.PAY_SELLER, reasons=TEXT),
        Resolve(outcome=Ruling.SPLIT, refund=PRICE, reasons=TEXT),
        Resolve(outcome=Ruling.RESTART, delivery_time=5 * DAY, reasons=TEXT),
    ),
}


def _fields(order: Order, rule: Rule) -> tuple[Fields, ...]:
    match rule.action:
        case Action.WITHDRAW_OFFER | Action.DECLINE_OFFER | Action.ACCEPT_OFFER:
            return (AboutOffer(offer_id=order.offer.id),) if order.offer else ()
        case Action.WITHDRAW_SETTLEMENT:
            return _proposals(order, own=rule.by)
        case Action.ACCEPT_SETTLEMENT:
            return _proposals(order, own=OTHER_SIDE[rule.by])
        case Action.ASSIGN if rule.by is Role.OPERATOR:
            return (Assign(mediator_id=Role.MEDIATOR), Assign(mediator_id=OTHER_MEDIATOR))
    return FIELDS[Action(rule.action)]


def _proposals(order: Order, own: Role) -> tuple[Fields, ...]:
    return tuple(
        AboutSettlement(settlement_id=one.id)
        for one in order.settlements
        if one.proposed_by.role is own
    )


WINDOWS = {
    Window.ACCEPTANCE: "the time to accept",
    Window.DELIVERY: "the time to deliver",
    Window.REVIEW: "the time to check",
    Window.REVISION_ANSWER: "the time to answer",
    Window.DECISION: "the time to decide",
    Window.ASSIGNMENT: "the time to find a mediator",
    Window.RULING: "the time to rule",
    Window.CANCELLATION_ANSWER: "the time to answer the wish to cancel",
    Window.OFFER: "the time to accept the offer",
    Window.HOLDING: "the time for holding the money",
}


@dataclass(frozen=True)
class Transition:
    """A way from one order to the next: an action under its rule, or a silence without one."""

    before: Order
    step: Step
    label: str
    rule: Rule | None = None
    timer: Timer | None = None

    @property
    def ends(self) -> tuple[State, State]:
        """The states that it joins."""
        return self.before.state, self.step.order.state


@cache
def transitions() -> list[Transition]:
    """Every way that an order can take, found by walking all of them from a placed order."""
    found: dict[tuple[object, ...], Transition] = {}
    for policy in POLICIES:
        for way in _walk(_placed(policy)):
            found.setdefault((way.label, way.rule, *way.ends), way)
    return sorted(found.values(), key=lambda way: list(State).index(way.before.state))


def _placed(policy: Policy) -> Order:
    step = place("order", Role.BUYER, TERMS, (), policy, NOW)
    if not isinstance(step, Step):
        raise RuntimeError(step.detail)
    return step.order


def _walk(start: Order) -> Iterator[Transition]:
    waiting, seen = [start], {_situation(start)}
    for order in waiting:
        for way in (*_actions(order), *_expiries(order)):
            yield way
            after = way.step.order
            if _situation(after) not in seen:
                seen.add(_situation(after))
                waiting.append(after)


def _situation(order: Order) -> tuple[object, ...]:
    """What the rules look at: two orders alike in it have the same ways before them."""
    asked = order.cancellation_request
    return (
        order.state,
        order.overdue,
        order.deadline is None,
        bool(order.extras),
        order.offer is not None,
        asked.status if asked else None,
        min(order.cancellation_refusals, 1),
        order.dispute_allowed,
        order.delivered_before,
        frozenset(one.proposed_by.role for one in order.settlements),
        order.dispute.mediator_id if order.dispute else None,
    )


def _actions(order: Order) -> Iterator[Transition]:
    for rule in RULES:
        if order.state not in rule.states:
            continue
        for fields in _fields(order, rule):
            actor = Actor(id=rule.by, role=rule.by)
            wish = command(rule.action, actor, NOW, fields, request_id=f"{rule.action} {rule.by}")
            verdict = decide(order, wish, NOW)
            if isinstance(verdict, Step):
                yield Transition(order, verdict, _name(rule, fields), rule)


def _name(rule: Rule, fields: Fields) -> str:
    return f"{rule.action} {fields.outcome}" if isinstance(fields, Resolve) else rule.action


def _expiries(order: Order) -> Iterator[Transition]:
    for timer in timers(order):
        if timer.effect is not TimerEffect.REMIND:
            label = f"{WINDOWS[timer.window]} runs out{_policy(order, timer)}"
            yield Transition(order, expire(order, timer, NOW), label, timer=timer)


def _policy(order: Order, timer: Timer) -> str:
    if timer.window is Window.HOLDING:
        return ", policy holding_limit"
    unusual = (
        timer.window is Window.DECISION and timer.effect is not DEADLINES[order.state].on_expiry
    )
    return f", policy {timer.effect}" if unusual else ""
