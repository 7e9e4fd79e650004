"""Steps of every kind, written to a database as the product writes them.

Each kind knows whom it is told to. An order is put into the state from which the step is possible;
the rules themselves then decide on the step.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from db import orders, pay_ins, steps
from domain.actions import (
    PROVIDER_FIELDS,
    AboutOffer,
    AboutSettlement,
    AddStatement,
    Assign,
    BuyExtra,
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
from domain.deadlines import deadline, ruling_target
from domain.order import Actor, CancellationRequest, Dispute, Holding, Offer, Order, Settlement
from domain.order_texts import OrderTexts
from domain.placing import place
from domain.policy import Policy
from domain.rules import decide, expire
from domain.step import Step, ToRecord, record_of_command, record_of_expiry
from domain.timers import first_expired, reminder_due
from domain.vocabulary import (
    Act,
    Action,
    CancellationStatus,
    Ground,
    ProviderAct,
    Role,
    Ruling,
    State,
)
from tests.db.disputed import LOST, Payments
from tests.db.market import Market, now

BUYER, SELLER, MEDIATOR, OPERATOR = Role.BUYER, Role.SELLER, Role.MEDIATOR, Role.OPERATOR
THE_MEDIATOR, ANOTHER_MEDIATOR = "the-mediator", "another-mediator"
"""Who has the case of an order here, and to whom it is handed over."""
HOUR = timedelta(hours=1)
POLICY = Policy(ruling_window=timedelta(days=7))
BOTH = (BUYER, SELLER)
CASE = (BUYER, SELLER, MEDIATOR)

Change = Callable[[Order], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    told: tuple[Role, ...]
    state: State
    by: Role | None = None
    action: Act | None = None
    fields: Callable[[Order], Fields] = lambda _: Fields()
    but: Change = lambda _: {}


def _deed(
    told: tuple[Role, ...],
    state: State,
    by: Role,
    action: Act,
    fields: Callable[[Order], Fields] = lambda _: Fields(),
    but: Change = lambda _: {},
) -> Kind:
    return Kind(told, state, by, action, fields, but)


def _over(order: Order) -> dict[str, Any]:
    assert order.deadline is not None
    at = now() - HOUR
    due_at = at if order.state is State.IN_PROGRESS else order.due_at
    over = order.deadline.model_copy(update={"at": at, "remind_at": None})
    return {"deadline": over, "due_at": due_at}


def _soon(order: Order) -> dict[str, Any]:
    assert order.deadline is not None
    return {"deadline": order.deadline.model_copy(update={"remind_at": now() - HOUR})}


def _offer(lapses_in: timedelta = 5 * HOUR, remind_in: timedelta | None = None) -> Change:
    def change(_: Order) -> dict[str, Any]:
        offer = Offer(
            id="an-offer",
            price=500,
            delivery_time=timedelta(days=1),
            made_at=now() - 9 * HOUR,
            lapses_at=now() + lapses_in,
            remind_at=None if remind_in is None else now() + remind_in,
        )
        return {"offer": offer}

    return change


def _asked(answer_in: timedelta = 5 * HOUR, remind_in: timedelta | None = None) -> Change:
    def change(_: Order) -> dict[str, Any]:
        asked = CancellationRequest(
            id="a-wish",
            status=CancellationStatus.ASKED,
            asked_at=now() - 9 * HOUR,
            answer_by=now() + answer_in,
            remind_at=None if remind_in is None else now() + remind_in,
        )
        return {"cancellation_request": asked}

    return change


def _of_payment(act: ProviderAct) -> Callable[[Order], Fields]:
    said = {"chargeback_id": "dispute-1", "amount": {"amount": 500, "currency": "EUR"}}
    model = PROVIDER_FIELDS[act]
    words = {name: said[name] for name in said if name in model.model_fields}
    return lambda _: model.model_validate(words)


async def _before_the_provider(market: Market, order: Order, act: Act | None) -> Order:
    """What has to be so before the provider can say that: the order is frozen, or the payment is
    lost in the books."""
    if act is ProviderAct.PAYMENT_DISPUTE_WON:
        first = KINDS["order.payment_disputed"]
        return (await market.record(_act(order, first))).order
    if act is ProviderAct.PAYMENT_DISPUTE_LOST:
        payments = Payments(market)
        pay_in = await payments.pay_in()
        async with market.pool.acquire() as connection:
            await pay_ins.note_order(connection, pay_in, UUID(order.id))
        await payments.say(LOST, pay_in, f"dispute-{pay_in}")
    return order


def _proposed(order: Order) -> dict[str, Any]:
    by = Actor(id=order.seller_id, role=SELLER)
    return {"settlements": (Settlement(id="a-deal", proposed_by=by, proposed_at=now(), refund=1),)}


def _taken(order: Order) -> dict[str, Any]:
    assert order.dispute is not None
    dispute = order.dispute.model_copy(update={"mediator_id": THE_MEDIATOR, "taken_at": now()})
    return {"dispute": dispute, "deadline": ruling_target(order, now())}


def _ruling_over(order: Order) -> dict[str, Any]:
    taken = order.model_copy(update=_taken(order))
    return {**_taken(order), **_over(taken)}


def _ruling_soon(order: Order) -> dict[str, Any]:
    taken = order.model_copy(update=_taken(order))
    return {**_taken(order), **_soon(taken)}


def _held(left: timedelta, warn_in: timedelta | None) -> Change:
    """The money can be held for so long from now."""

    def change(order: Order) -> dict[str, Any]:
        limit_at = now() + left
        holding = Holding(
            limit_at=limit_at,
            last_safe_at=limit_at - timedelta(days=25),
            warn_at=None if warn_in is None else now() + warn_in,
        )
        policy = order.policy.model_copy(update={"holding_limit": timedelta(days=90)})
        return {"policy": policy, "holding": holding}

    return change


def _euros(cents: int) -> PositiveMoney:
    return PositiveMoney(amount=cents, currency="EUR")


PENDING, IN_PROGRESS, DELIVERED = State.PENDING, State.IN_PROGRESS, State.DELIVERED
REQUESTED, REFUSED, DISPUTED = State.REVISION_REQUESTED, State.REVISION_REFUSED, State.DISPUTED


def _the_offer(_: Order) -> Fields:
    return AboutOffer(offer_id="an-offer")


def _the_deal(_: Order) -> Fields:
    return AboutSettlement(settlement_id="a-deal")


KINDS: dict[str, Kind] = {
    "order.placed": Kind(BOTH, PENDING),
    "order.accepted": _deed(BOTH, PENDING, SELLER, Action.ACCEPT),
    "order.delivered": _deed(
        BOTH, IN_PROGRESS, SELLER, Action.DELIVER, lambda _: Deliver(message="Here it is.")
    ),
    "order.revision_requested": _deed(
        BOTH, DELIVERED, BUYER, Action.REQUEST_REVISION, lambda _: RequestRevision(reason="Bluer.")
    ),
    "order.revision_accepted": _deed(BOTH, REQUESTED, SELLER, Action.ACCEPT_REVISION),
    "order.revision_refused": _deed(
        BOTH,
        REQUESTED,
        SELLER,
        Action.REFUSE_REVISION,
        lambda _: RefuseRevision(ground=Ground.VAGUE, reason="Which blue?"),
    ),
    "order.completed": _deed(BOTH, DELIVERED, BUYER, Action.COMPLETE),
    "order.dispute_opened": _deed(
        CASE, REFUSED, BUYER, Action.OPEN_DISPUTE, lambda _: OpenDispute(reason="Not blue.")
    ),
    "order.extra_bought": _deed(
        BOTH,
        DELIVERED,
        BUYER,
        Action.BUY_EXTRA,
        lambda order: BuyExtra(extra_id=order.extras[0].id),
    ),
    "order.offer_requested": _deed(
        BOTH, DELIVERED, BUYER, Action.REQUEST_OFFER, lambda _: RequestOffer(description="More.")
    ),
    "order.offer_made": _deed(
        BOTH,
        DELIVERED,
        SELLER,
        Action.MAKE_OFFER,
        lambda _: MakeOffer(
            title="A letterhead", price=_euros(500), delivery_time=timedelta(days=1)
        ),
    ),
    "order.offer_withdrawn": _deed(
        BOTH, DELIVERED, SELLER, Action.WITHDRAW_OFFER, _the_offer, _offer()
    ),
    "order.offer_declined": _deed(
        BOTH, DELIVERED, BUYER, Action.DECLINE_OFFER, _the_offer, _offer()
    ),
    "order.offer_accepted": _deed(
        BOTH, DELIVERED, BUYER, Action.ACCEPT_OFFER, _the_offer, _offer()
    ),
    "order.cancellation_requested": _deed(
        BOTH,
        IN_PROGRESS,
        BUYER,
        Action.REQUEST_CANCELLATION,
        lambda _: RequestCancellation(reason="Too slow."),
    ),
    "order.cancellation_refused": _deed(
        BOTH,
        IN_PROGRESS,
        SELLER,
        Action.REFUSE_CANCELLATION,
        lambda _: RefuseCancellation(reason="Almost done."),
        _asked(),
    ),
    "order.cancelled": _deed(BOTH, IN_PROGRESS, SELLER, Action.CANCEL),
    "order.settlement_proposed": _deed(
        BOTH,
        DELIVERED,
        SELLER,
        Action.PROPOSE_SETTLEMENT,
        lambda _: ProposeSettlement(refund=_euros(100), reason="Half way."),
    ),
    "order.settlement_withdrawn": _deed(
        BOTH, DELIVERED, SELLER, Action.WITHDRAW_SETTLEMENT, _the_deal, _proposed
    ),
    "order.settled": _deed(BOTH, DELIVERED, BUYER, Action.ACCEPT_SETTLEMENT, _the_deal, _proposed),
    "order.dispute_assigned": _deed(CASE, DISPUTED, MEDIATOR, Action.ASSIGN, lambda _: Assign()),
    "order.dispute_handed_over": _deed(
        CASE,
        DISPUTED,
        OPERATOR,
        Action.ASSIGN,
        lambda _: Assign(mediator_id=ANOTHER_MEDIATOR),
        _taken,
    ),
    "order.dispute_released": _deed(
        CASE, DISPUTED, MEDIATOR, Action.RELEASE, lambda _: Release(reason="Not mine."), _taken
    ),
    "order.statement_added": _deed(
        CASE, DISPUTED, SELLER, Action.ADD_STATEMENT, lambda _: AddStatement(statement="It is.")
    ),
    "order.dispute_resolved": _deed(
        CASE,
        DISPUTED,
        MEDIATOR,
        Action.RESOLVE,
        lambda _: Resolve(outcome=Ruling.PAY_SELLER, reasons="It is blue."),
    ),
    "order.late": Kind(BOTH, IN_PROGRESS, but=_over),
    "order.answer_overdue": Kind(BOTH, REQUESTED, but=_over),
    "order.dispute_escalated": Kind((MEDIATOR, OPERATOR), DISPUTED, but=_over),
    "order.ruling_overdue": Kind((MEDIATOR, OPERATOR), DISPUTED, but=_ruling_over),
    **{
        f"order.{act}": _deed(
            (BUYER, SELLER, OPERATOR), DELIVERED, Role.PROVIDER, act, _of_payment(act)
        )
        for act in ProviderAct
    },
    "order.holding_limit_reached": Kind(
        (MEDIATOR, OPERATOR), DISPUTED, but=_held(-HOUR, warn_in=None)
    ),
    "order.holding_reminder": Kind(
        (OPERATOR,), IN_PROGRESS, but=_held(timedelta(days=30), warn_in=-HOUR)
    ),
    "order.offer_lapsed": Kind(BOTH, DELIVERED, but=_offer(lapses_in=-HOUR)),
    "order.cancellation_unanswered": Kind(BOTH, IN_PROGRESS, but=_asked(answer_in=-HOUR)),
    "order.acceptance_reminder": Kind((SELLER,), PENDING, but=_soon),
    "order.delivery_reminder": Kind((SELLER,), IN_PROGRESS, but=_soon),
    "order.review_reminder": Kind((BUYER,), DELIVERED, but=_soon),
    "order.revision_answer_reminder": Kind((SELLER,), REQUESTED, but=_soon),
    "order.decision_reminder": Kind((BUYER,), REFUSED, but=_soon),
    "order.cancellation_answer_reminder": Kind((SELLER,), IN_PROGRESS, but=_asked(remind_in=-HOUR)),
    "order.ruling_reminder": Kind((MEDIATOR,), DISPUTED, but=_ruling_soon),
    "order.offer_reminder": Kind((BUYER,), DELIVERED, but=_offer(remind_in=-HOUR)),
}


@dataclass(frozen=True)
class Written:
    """A step that is in the database: the order after it, and the number of its event."""

    order: Order
    seq: int


async def write(
    market: Market,
    event: str,
    *,
    title: str = "A logo",
    reason: str | None = None,
    times: int = 1,
    **people: str,
) -> Written:
    kind = KINDS[event]
    if reason is not None:
        said = reason
        kind = replace(kind, fields=lambda order: _with_reason(KINDS[event], order, said))
    order = await place_in(market, kind, title, **people)
    if event == "order.placed":
        return Written(order, 1)
    order = await _before_the_provider(market, order, kind.action)
    record = _act(order, kind) if kind.action else _silence(order)
    recorded = await market.record(record)
    assert recorded.status == "recorded"
    for _ in range(times - 1):
        assert (await market.record(record)).status == "decided"
    assert recorded.outcome is not None
    assert recorded.outcome["accepted"], recorded.outcome
    return Written(recorded.order, recorded.outcome["seq"])


def _with_reason(kind: Kind, order: Order, reason: str) -> Fields:
    return kind.fields(order).model_copy(update={"reason": reason})


async def place_in(
    market: Market, kind: Kind, title: str, *, buyer_id: str = "ana", seller_id: str = "ben"
) -> Order:
    await market.top_up(buyer_id, 5_000)
    terms = await market.terms(seller_id)
    step = place(str(uuid4()), buyer_id, terms, (), POLICY, now())
    assert isinstance(step, Step)
    due_at = None if kind.state is State.PENDING else now() + terms.delivery_time
    order = step.order.model_copy(update={"state": kind.state, "due_at": due_at})
    changes: dict[str, Any] = {"deadline": deadline(order, kind.state, now())}
    if kind.state is State.DISPUTED:
        opened_by = Actor(id=buyer_id, role=BUYER)
        changes["dispute"] = Dispute(opened_by=opened_by, opened_at=now(), request_id=None)
    order = order.model_copy(update=changes)
    order = order.model_copy(update=kind.but(order))
    titles = {terms.service_id: title, terms.extras[0].id: "Source files"}
    async with market.pool.acquire() as connection:
        changed = step.model_copy(update={"order": order})
        words = OrderTexts(title, "For my shop.", titles, external_id=f"own-{order.id}")
        words.metadata["basket"] = "b-1207"
        await steps.place(connection, changed, words)
        await orders.mark_started(
            connection, [UUID(order.id)]
        )  # it has no workflow, and wants none
    return order


def _act(order: Order, kind: Kind) -> ToRecord:
    assert kind.action is not None
    assert kind.by is not None
    ids = {
        Role.PROVIDER: "stripe",
        BUYER: order.buyer_id,
        SELLER: order.seller_id,
        MEDIATOR: THE_MEDIATOR,
        OPERATOR: "olga",
    }
    actor = Actor(id=ids[kind.by], role=kind.by)
    wish = command(kind.action, actor, now(), kind.fields(order), f"request-{uuid4()}")
    return record_of_command(order, wish, decide(order, wish, now()))


def _silence(order: Order) -> ToRecord:
    timer = first_expired(order, now()) or reminder_due(order, now())
    assert timer is not None
    return record_of_expiry(order, timer, expire(order, timer, now()))
