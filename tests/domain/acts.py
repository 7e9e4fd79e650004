"""What people may wish to do to the example order, and what becomes of it."""

import json
from datetime import datetime, timedelta
from typing import Any

from domain.actions import (
    FIELDS,
    AboutSettlement,
    Assign,
    Fields,
    MakeOffer,
    PositiveMoney,
    ProposeSettlement,
    Resolve,
)
from domain.command import Command, Refusal
from domain.ledger import Account, Posting
from domain.order import Actor, Order
from domain.policy import Policy
from domain.rules import decide, expire
from domain.step import Step
from domain.vocabulary import Action, Role, Ruling, TimerEffect, Window
from tests.contract import body_saying, eur
from tests.domain.examples import DAY, NOW, SECOND, revision_refused, timer, until

TEXT = "Because."


def euros(cents: int) -> PositiveMoney:
    """That many cents."""
    return PositiveMoney(amount=cents, currency="EUR")


_OWN: dict[Action, dict[str, Any]] = {
    Action.DELIVER: {"links": ["https://files.example/logo.svg"]},
    Action.BUY_EXTRA: {"extra_id": "express"},
    Action.MAKE_OFFER: {"price": eur(700)},
    Action.WITHDRAW_OFFER: {"offer_id": "offer-1"},
    Action.DECLINE_OFFER: {"offer_id": "offer-1"},
    Action.ACCEPT_OFFER: {"offer_id": "offer-1"},
    Action.WITHDRAW_SETTLEMENT: {"settlement_id": "by-buyer"},
    Action.ACCEPT_SETTLEMENT: {"settlement_id": "by-buyer"},
    Action.ADD_STATEMENT: {"links": ["https://files.example/brief.pdf"]},
    Action.RESOLVE: {"outcome": "pay_seller"},
}
"""What is said otherwise about the example order."""

VALID: dict[Action, Fields] = {
    action: FIELDS[action].model_validate_json(
        json.dumps(body_saying(TEXT, action, _OWN.get(action)))
    )
    for action in Action
}
OFFER = VALID[Action.ACCEPT_OFFER]
TO_MILO = Assign(mediator_id="milo")


def valid(action: Action, role: Role) -> Fields:
    """Valid fields for the action, as somebody in this role says them."""
    return TO_MILO if (action, role) == (Action.ASSIGN, Role.OPERATOR) else VALID[action]


REFUND = Resolve(outcome=Ruling.REFUND, reasons=TEXT)
PAY_SELLER = Resolve(outcome=Ruling.PAY_SELLER, reasons=TEXT)
RESTART = Resolve(outcome=Ruling.RESTART, delivery_time=5 * DAY, reasons=TEXT)


def split(cents: int) -> Resolve:
    """The ruling that gives that many cents back to the buyer."""
    return Resolve(outcome=Ruling.SPLIT, refund=euros(cents), reasons=TEXT)


def wish(
    action: Action,
    actor: Actor,
    fields: Fields | None = None,
    if_version: int | None = None,
    request_id: str = "request-1",
) -> Command:
    """An act received at NOW, with valid fields if none are given."""
    return Command(
        action=action,
        actor=actor,
        request_id=request_id,
        received_at=NOW,
        if_version=if_version,
        fields=valid(action, actor.role) if fields is None else fields,
    )


def taken(verdict: Step | Refusal) -> Step:
    """The step, where none must be refused."""
    assert isinstance(verdict, Step), verdict
    return verdict


def refused(verdict: Step | Refusal) -> Refusal:
    """The refusal, where nothing must happen."""
    assert isinstance(verdict, Refusal), verdict
    return verdict


def decided(order: Order, action: Action, actor: Actor, fields: Fields | None = None) -> Order:
    """The order after an action at NOW that must not be refused."""
    return taken(decide(order, wish(action, actor, fields), NOW)).order


def why_not(order: Order, action: Action, actor: Actor, fields: Fields | None = None) -> Refusal:
    """The refusal of an action at NOW that must not be carried out."""
    return refused(decide(order, wish(action, actor, fields), NOW))


def dispute_by_silence() -> Order:
    """The buyer's silence after a refused revision has just opened a dispute."""
    strict = Policy(decision_expiry=TimerEffect.OPEN_DISPUTE)
    at_once = until(NOW, Role.BUYER, Window.DECISION, TimerEffect.OPEN_DISPUTE)
    return silent(revision_refused(policy=strict, deadline=at_once), NOW + SECOND).order


def silent(order: Order, now: datetime) -> Step:
    """The step of the first timer that passes on the order, carried out at `now`."""
    return expire(order, timer(order), now)


def offered(cents: int, delivery_time: timedelta = 2 * DAY) -> MakeOffer:
    """A custom offer for that many cents."""
    return MakeOffer(title="More", price=euros(cents), delivery_time=delivery_time)


def refund(cents: int) -> ProposeSettlement:
    """The proposal that gives that many cents back to the buyer."""
    return ProposeSettlement(refund=euros(cents))


def about(settlement_id: str) -> AboutSettlement:
    """The settlement of that id."""
    return AboutSettlement(settlement_id=settlement_id)


def people_told(step: Step) -> list[tuple[str, str | None]]:
    """Who hears of a step, in order, so that nobody can be in it twice unseen."""
    return sorted(((str(one.role), one.user_id) for one in step.notices), key=str)


def paid(posting: Posting) -> dict[Account, int]:
    """What each account gains (or, below zero, loses) by a posting."""
    gains: dict[Account, int] = {}
    for leg in posting.legs:
        gains[leg.debit] = gains.get(leg.debit, 0) - leg.amount
        gains[leg.credit] = gains.get(leg.credit, 0) + leg.amount
    return gains
