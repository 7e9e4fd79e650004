"""Every way that an order can take, found by walking all of them on an example order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.act import act
from domain.actions import (
    BuyExtra,
    Cancel,
    Deliver,
    Fields,
    OpenDispute,
    PositiveMoney,
    RefuseRevision,
    RequestRevision,
    Resolve,
)
from domain.deadlines import DEADLINES
from domain.order import Actor, Extra, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import RULES, Rule, decide, expire
from domain.step import Step
from domain.vocabulary import (
    Action,
    Ground,
    OnExpiry,
    Role,
    Ruling,
    State,
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
POLICIES = (Policy(), Policy(decision_expiry=OnExpiry.OPEN_DISPUTE))
REFUND = PositiveMoney(amount=500, currency="EUR")
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
    Action.CANCEL: (Cancel(),),
    Action.ASSIGN: (Fields(),),
    Action.RESOLVE: (
        Resolve(outcome=Ruling.REFUND, reasons=TEXT),
        Resolve(outcome=Ruling.PAY_SELLER, reasons=TEXT),
        Resolve(outcome=Ruling.SPLIT, refund=REFUND, reasons=TEXT),
        Resolve(outcome=Ruling.RESTART, delivery_time=5 * DAY, reasons=TEXT),
    ),
}

WINDOWS = {
    Window.ACCEPTANCE: "the time to accept",
    Window.DELIVERY: "the time to deliver",
    Window.REVIEW: "the time to check",
    Window.REVISION_ANSWER: "the time to answer",
    Window.DECISION: "the time to decide",
    Window.ASSIGNMENT: "the time to find a mediator",
}


@dataclass(frozen=True)
class Passage:
    """A way from one order to the next: an action under its rule, or a silence without one."""

    before: Order
    step: Step
    label: str
    rule: Rule | None = None

    @property
    def ends(self) -> tuple[State, State]:
        """The states that it joins."""
        return self.before.state, self.step.order.state


def passages() -> list[Passage]:
    """Every way that an order can take, found by walking all of them from a placed order."""
    found: dict[tuple[object, ...], Passage] = {}
    for policy in POLICIES:
        for way in _walk(_placed(policy)):
            found.setdefault((way.label, way.rule, *way.ends), way)
    return sorted(found.values(), key=lambda way: list(State).index(way.before.state))


def _placed(policy: Policy) -> Order:
    step = place("order", Role.BUYER, TERMS, (), policy, NOW)
    if not isinstance(step, Step):
        raise RuntimeError(step.detail)
    return step.order


def _walk(start: Order) -> Iterator[Passage]:
    waiting, seen = [start], {_situation(start)}
    for order in waiting:
        for way in (*_actions(order), *_silence(order)):
            yield way
            after = way.step.order
            if _situation(after) not in seen:
                seen.add(_situation(after))
                waiting.append(after)


def _situation(order: Order) -> tuple[object, ...]:
    """What the rules look at: two orders alike in it have the same ways before them."""
    mediator = order.dispute.mediator_id if order.dispute else None
    return order.state, order.overdue, mediator, bool(order.extras), order.deadline is None


def _actions(order: Order) -> Iterator[Passage]:
    for rule in RULES:
        if order.state not in rule.states:
            continue
        for fields in FIELDS[rule.action]:
            wish = act(rule.action, Actor(id=rule.by, role=rule.by), NOW, fields)
            verdict = decide(order, wish, NOW)
            if isinstance(verdict, Step):
                yield Passage(order, verdict, _name(rule, fields), rule)


def _name(rule: Rule, fields: Fields) -> str:
    return f"{rule.action} {fields.outcome}" if isinstance(fields, Resolve) else rule.action


def _silence(order: Order) -> Iterator[Passage]:
    if order.deadline is None:
        return
    usual = order.deadline.on_expiry is DEADLINES[order.state].on_expiry
    policy = "" if usual else f", policy {order.deadline.on_expiry}"
    yield Passage(order, expire(order, NOW), f"{WINDOWS[order.deadline.reason]} runs out{policy}")
