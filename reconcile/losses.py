"""What was lost where an older backup was restored, and to whom: events that others have kept,
beside the books as they are now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from db import audit
from db import transfers as transfers_of_books
from db.pool import Connection, Pool, connection
from domain.ledger import PostingKind
from domain.order import Order
from reconcile.kept_events import KeptChargeback, KeptEvent, KeptOrder, KeptTransfer
from reconcile.unknown_events import unknown_events

AT_ONCE = 1_000
"""Events that are looked up together."""

SIGNS: Mapping[str, int] = {
    PostingKind.TOP_UP: 1,
    PostingKind.PAYOUT_RETURN: 1,
    PostingKind.PAYOUT_DONE: 0,
    PostingKind.CHARGEBACK: 0,
}
"""What transfers do to a wallet, or to the commission; the others take out of it."""

Holder = tuple[str | None, str]
"""A user, or None for the platform's commission, and a currency."""


@dataclass(frozen=True)
class LostOrder:
    """An order as it was last told, at an instant (UTC), with how many steps and messages of it are
    lost. `now` is the state that it has in the books; None: they do not have it."""

    order: KeptOrder
    at: datetime
    steps: int
    messages: int
    now: str | None


@dataclass(frozen=True)
class Difference:
    """How much more somebody held by the kept events than by the books, in minor units; below zero:
    how much less. Without a user: the platform, as its commission."""

    user_id: str | None
    amount: int
    currency: str


@dataclass(frozen=True)
class Losses:
    """What the books do not know of so many kept `events`."""

    events: int
    unknown: int
    orders: Sequence[LostOrder]
    transfers: Sequence[KeptTransfer]
    people: Sequence[Difference]
    disputes: Sequence[KeptChargeback]


async def losses(pool: Pool, kept: Iterable[KeptEvent]) -> Losses:
    """Return what the books do not know of what was kept; only read.

    Raises:
        NoEvent: what was kept is something else.
        Unavailable: the database does not answer.
    """
    unknown: dict[str, KeptEvent] = {}  # by their ids: who keeps webhooks has some of them twice
    read, events = 0, iter(kept)
    async with connection(pool) as acquired:
        while batch := list(islice(events, AT_ONCE)):
            read += len(batch)
            unknown |= {one.id: one for one in await unknown_events(acquired, batch)}
        return await _compared(acquired, read, list(unknown.values()))


async def _compared(acquired: Connection, read: int, unknown: Sequence[KeptEvent]) -> Losses:
    moved = [one.data.transfer for one in unknown if one.data.transfer]
    disputed = [one.data.chargeback for one in unknown if one.data.chargeback]
    orders = _by_order(unknown)
    # How long something waits is asked as well there, and is nobody's question here.
    found = await audit.order_snapshots(acquired, list(orders), timedelta(days=1))
    books = {order_id: snapshot.order for order_id, snapshot in found.items()}
    lost = [_lost(told, books) for told in orders.values()]
    return Losses(
        events=read,
        unknown=len(unknown),
        orders=sorted(lost, key=lambda one: (one.now is not None, one.at)),
        transfers=sorted(moved, key=lambda one: one.at),
        people=await _differences(acquired, [one.order for one in lost], books, moved),
        disputes=sorted(disputed, key=lambda one: one.at),
    )


def _by_order(unknown: Iterable[KeptEvent]) -> dict[UUID, list[tuple[KeptOrder, KeptEvent]]]:
    found: dict[UUID, list[tuple[KeptOrder, KeptEvent]]] = {}
    for event in unknown:
        if event.data.order is not None:
            found.setdefault(event.data.order.id, []).append((event.data.order, event))
    return found


def _lost(told: Sequence[tuple[KeptOrder, KeptEvent]], books: Mapping[UUID, Order]) -> LostOrder:
    # Each event has its order as it was then.
    order, last = max(told, key=lambda one: one[1].at)
    now = books.get(order.id)
    messages = sum(event.data.message is not None for _, event in told)
    state = str(now.state) if now else None
    return LostOrder(order, last.at, steps=len(told) - messages, messages=messages, now=state)


async def _differences(
    acquired: Connection,
    orders: Iterable[KeptOrder],
    books: Mapping[UUID, Order],
    moved: Sequence[KeptTransfer],
) -> list[Difference]:
    differing = Counter[Holder]()
    for order in orders:
        _add(differing, _held_by(order), 1)
        if now := books.get(order.id):
            _add(differing, _held(now), -1)
    known = {one.id: one for one in moved}
    for transfer in moved:
        _add(differing, await _moved(acquired, transfer, known), 1)
    return [
        Difference(user_id, amount, currency)
        for (user_id, currency), amount in sorted(differing.items(), key=str)
        if amount
    ]


def _add(to: Counter[Holder], amounts: Mapping[Holder, int], times: int) -> None:
    for holder, amount in amounts.items():
        to[holder] += times * amount


def _held_by(order: KeptOrder) -> Counter[Holder]:
    """Return what an order, as it was told, has left its people and the platform with."""
    outcome = order.outcome
    ends = (outcome.refunded, outcome.paid_to_seller, outcome.commission) if outcome else ()
    shares = [money.amount for money in ends] or [0, 0, 0]
    people = order.buyer_id, order.seller_id
    return _left_with(people, order.total.currency, order.total.amount, *shares)


def _held(order: Order) -> Counter[Holder]:
    """Return the same of an order in the books."""
    outcome, people = order.outcome, (order.buyer_id, order.seller_id)
    shares = (outcome.refunded, outcome.paid_to_seller, outcome.commission) if outcome else (0,) * 3
    return _left_with(people, order.currency, order.total, *shares)


def _left_with(
    people: tuple[str, str], currency: str, total: int, refunded: int, paid: int, commission: int
) -> Counter[Holder]:
    held = Counter[Holder]({(people[0], currency): refunded - total})
    held[people[1], currency] += paid
    held[None, currency] += commission
    return held


async def _moved(
    acquired: Connection, transfer: KeptTransfer, kept: Mapping[UUID, KeptTransfer]
) -> Counter[Holder]:
    """Return what a transfer did to a wallet, or to the commission; nothing of a reversal of which
    nobody knows what it took back."""
    sign = 1
    kind: str | None = transfer.kind
    if transfer.reverses is not None:
        sign, kind = -1, await _kind_of(acquired, transfer.reverses, kept)
    if kind is None:
        return Counter()
    sign *= SIGNS.get(kind, -1)
    return Counter({(transfer.user_id, transfer.amount.currency): sign * transfer.amount.amount})


async def _kind_of(
    acquired: Connection, transfer_id: UUID, kept: Mapping[UUID, KeptTransfer]
) -> str | None:
    if transfer_id in kept:
        return kept[transfer_id].kind
    found = await transfers_of_books.get(acquired, transfer_id)
    return found.kind if found else None
