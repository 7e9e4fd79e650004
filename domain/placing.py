"""Placing an order: the service's terms and the policy of the day are frozen into it."""

from datetime import datetime, timedelta

from domain.base import Frozen
from domain.command import Refusal
from domain.deadlines import deadline
from domain.duration import written
from domain.effects.change import invalid
from domain.effects.purchases import hold
from domain.holding import Promise, held, promise
from domain.notices import PLACED, notices
from domain.order import Extra, Line, Order
from domain.policy import Policy
from domain.reasons import Reason
from domain.rules import WAYS
from domain.step import Step
from domain.vocabulary import Code, LineKind, State


class Terms(Frozen):
    """A service's prices, in minor units of `currency`, its delivery times, and how many revisions
    it includes (None: without limit)."""

    service_id: str
    seller_id: str
    currency: str
    price: int
    delivery_time: timedelta
    revision_time: timedelta
    revisions_included: int | None = None
    extras: tuple[Extra, ...]


def place(
    order_id: str,
    buyer_id: str,
    terms: Terms,
    extra_ids: tuple[str, ...],
    policy: Policy,
    now: datetime,
) -> Step | Refusal:
    """Return the first step of an order, which moves its price from the buyer's wallet into its
    escrow, or why it cannot be placed."""
    if buyer_id == terms.seller_id:
        return Refusal(code=Code.FORBIDDEN, detail=Reason.OWN_SERVICE.says())
    wrong = _wrong_extras(terms, extra_ids)
    if wrong is not None:
        return wrong
    order = _order(order_id, buyer_id, terms, extra_ids, policy, now)
    order = order.model_copy(update={"deadline": deadline(order, State.PENDING, now)})
    promised = promise(None, order, now, WAYS)
    if promised is not None and not promised.fits:
        return _too_long(order, promised)
    order = order.model_copy(update={"holding": held(order, now, WAYS)})
    holds = tuple(hold(order_id, buyer_id, line) for line in order.lines)
    return Step(order=order, event=PLACED, postings=holds, notices=notices(None, order, PLACED))


def _wrong_extras(terms: Terms, extra_ids: tuple[str, ...]) -> Refusal | None:
    known = {extra.id for extra in terms.extras}
    unknown = [extra_id for extra_id in extra_ids if extra_id not in known]
    if unknown:
        return invalid("extra_ids", Reason.UNKNOWN_EXTRA, extra=unknown[0])
    if len(set(extra_ids)) < len(extra_ids):
        return invalid("extra_ids", Reason.EXTRA_TWICE)
    return None


def _too_long(order: Order, promised: Promise) -> Refusal:
    """Say how long the work may take: one of the extras is too much, or the service is."""
    longest = order.delivery_time - (promised.due - promised.latest)
    return invalid(
        "extra_ids" if order.lines[0].delivery_time <= longest else "service_id",
        Reason.TOO_LONG_TO_HOLD,
        takes=written(order.delivery_time),
        longest=written(max(longest, timedelta())),
        hold=written(promised.limit - order.created_at),
    )


def _order(
    order_id: str,
    buyer_id: str,
    terms: Terms,
    extra_ids: tuple[str, ...],
    policy: Policy,
    now: datetime,
) -> Order:
    service = Line(
        id=terms.service_id,
        kind=LineKind.SERVICE,
        price=terms.price,
        delivery_time=terms.delivery_time,
    )
    bought = tuple(
        Line(kind=LineKind.EXTRA, **extra.model_dump())
        for extra in terms.extras
        if extra.id in extra_ids
    )
    return Order(
        id=order_id,
        state=State.PENDING,
        buyer_id=buyer_id,
        seller_id=terms.seller_id,
        service_id=terms.service_id,
        currency=terms.currency,
        policy=policy,
        revision_time=terms.revision_time,
        revisions_included=terms.revisions_included,
        lines=(service, *bought),
        extras=tuple(extra for extra in terms.extras if extra.id not in extra_ids),
        version=1,
        created_at=now,
        updated_at=now,
    )
