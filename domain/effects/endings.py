"""The ends of an order: where its money goes, once."""

from datetime import datetime

from domain.command import Command
from domain.effects.change import Change, enter_state
from domain.ledger import COMMISSION, WORLD, Account, Leg, Posting, PostingKind, escrow, wallet
from domain.money import Shares, shares
from domain.order import Actor, Order, Outcome
from domain.reputation import counts_as
from domain.vocabulary import State

_POSTING_OF_END = {
    State.COMPLETED: PostingKind.RELEASE,
    State.CANCELLED: PostingKind.REFUND,
    State.SETTLED: PostingKind.SPLIT,
}


def complete(order: Order, command: Command, now: datetime) -> Change:
    """End the order and pay the seller."""
    return close_order(order, State.COMPLETED, 0, command.actor, command.action, now)


def cancel(order: Order, command: Command, now: datetime) -> Change:
    """End the order and give the buyer back all that they paid; the seller gets nothing."""
    return close_order(order, State.CANCELLED, order.total, command.actor, command.action, now)


def close_order(
    order: Order, kind: State, refund: int, by: Actor, cause: str, now: datetime
) -> Change:
    """Empty the escrow, `refund` minor units of it to the buyer, and close everything that is open.

    Every way to end has the same posting key, so that the ledger refuses a second end.
    """
    share = shares(order.total, refund, order.policy.commission_bps)
    count = counts_as(order, kind, by.role)
    outcome = Outcome(kind=kind, by=by.role, cause=cause, counts_as=count, **share.model_dump())
    return _closed(order, outcome, _POSTING_OF_END[kind], _paid_out(order, share), now)


def reclaim(order: Order, amount: int, by: Actor, cause: str, now: datetime) -> Change:
    """End the order since the payer's bank has taken `amount` minor units back: as far as the
    escrow goes they leave it, and what is left is the buyer's."""
    charged_back = min(amount, order.total)
    left = order.total - charged_back
    outcome = Outcome(
        kind=State.CANCELLED,
        by=by.role,
        cause=cause,
        refunded=left,
        paid_to_seller=0,
        commission=0,
        charged_back=charged_back,
    )
    legs = _legs(order, (WORLD, charged_back), (wallet(order.buyer_id), left))
    return _closed(order, outcome, PostingKind.RECLAIM, legs, now)


def _closed(
    order: Order, outcome: Outcome, posted_as: PostingKind, legs: tuple[Leg, ...], now: datetime
) -> Change:
    dispute = order.dispute
    if dispute is not None and dispute.closed_at is None:
        dispute = dispute.model_copy(update={"closed_at": now})
    closed = {
        "outcome": outcome,
        "dispute": dispute,
        "extras": (),
        "settlements": (),
        "payment_hold": None,
    }
    posting = Posting(key=f"order:{order.id}:end", kind=posted_as, legs=legs)
    return Change(enter_state(order, outcome.kind, now, **closed), (posting,))


def _paid_out(order: Order, share: Shares) -> tuple[Leg, ...]:
    return _legs(
        order,
        (wallet(order.buyer_id), share.refunded),
        (wallet(order.seller_id), share.paid_to_seller),
        (COMMISSION, share.commission),
    )


def _legs(order: Order, *parts: tuple[Account, int]) -> tuple[Leg, ...]:
    held = escrow(order.id)
    return tuple(
        Leg(debit=held, credit=account, amount=amount) for account, amount in parts if amount
    )
