"""The facts of an order beside its story: what was bought from whom for how much."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from api.pages.order_reader import Link, Seen, links_of
from api.pages.who_gets import named
from db.order_page import DeliveryRow
from domain.money import shares
from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.labels import LINES, ROLES

NUMBER = msg("Number")
PLACED = msg("Placed on")
DUE = msg("Work due by")
TOTAL = msg("Total")
COMMISSION = msg("Commission (%(rate)s)")
EARNED = msg("Paid to you when it completes")
REVISIONS = msg("Revisions")
USED = msg("%(used)s of %(included)s used")
USED_OF_ANY = msg("%(used)s used, without limit")
SHOWN_OF_THE_NUMBER = 8


@dataclass(frozen=True)
class Fact:
    """A line: what, and its value; `sum` stands out, `whose` has a colour, `aside` explains."""

    label: str
    value: str
    sum: bool = False
    whose: str = ""
    aside: str = ""


@dataclass(frozen=True)
class Delivery:
    """A delivery as it is listed: its number, when, its links, and its place in the story."""

    number: int
    at: datetime
    links: tuple[Link, ...]
    href: str


def number_of(seen: Seen) -> str:
    """Return what the order is called where people name it: the marketplace's number, or the
    beginning of ours."""
    return seen.view.external_id or str(seen.view.id)[:SHOWN_OF_THE_NUMBER].upper()


def facts(seen: Seen) -> Iterator[Fact]:
    """Yield what stands in the order's own card."""
    say, other = seen.formatter.say, Role.SELLER if seen.role is Role.BUYER else Role.BUYER
    yield Fact(say(NUMBER), number_of(seen))
    yield Fact(say(ROLES[other]), named(seen.context, other))
    yield Fact(say(PLACED), seen.formatter.day(seen.order.created_at))
    yield from _due(seen)
    yield Fact(say(REVISIONS), revisions(seen))
    for line in seen.view.lines:
        yield Fact(line.title, seen.context.money(line.price.amount), aside=say(LINES[line.kind]))
    yield Fact(say(TOTAL), seen.context.money(seen.order.total), sum=True)
    if seen.role is Role.SELLER:
        yield from _earnings(seen)


def _due(seen: Seen) -> Iterator[Fact]:
    """Yield until when the work is due. While the order is frozen that moves on with each day."""
    order, say = seen.order, seen.formatter.say
    if order.state is State.IN_PROGRESS and order.due_at is not None and order.payment_hold is None:
        yield Fact(say(DUE), seen.formatter.moment(order.due_at))


def _earnings(seen: Seen) -> Iterator[Fact]:
    order, say = seen.order, seen.formatter.say
    if order.outcome is not None:
        return
    share = shares(order.total, 0, order.policy.commission_bps)
    rate = seen.formatter.percent(order.policy.commission_bps / 10_000)
    taken = seen.formatter.signed(-share.commission, order.currency)
    yield Fact(seen.context.say(COMMISSION, rate=rate), taken, whose="fee")
    yield Fact(say(EARNED), seen.context.money(share.paid_to_seller), whose="seller")


def revisions(seen: Seen) -> str:
    """Say how many revisions were used of how many."""
    number, order = seen.formatter.number, seen.order
    used = number(order.revisions_used)
    if order.revisions_included is None:
        return seen.context.say(USED_OF_ANY, used=used)
    return seen.context.say(USED, used=used, included=number(order.revisions_included))


def extras(seen: Seen) -> tuple[Fact, ...]:
    """Return the extras that can still be bought, while the order runs and is not frozen."""
    if seen.order.state.is_final or seen.order.payment_hold is not None:
        return ()
    return tuple(
        Fact(
            one.title,
            seen.context.money(one.price.amount),
            aside=seen.formatter.duration(one.delivery_time),
        )
        for one in seen.view.extras
    )


def deliveries(seen: Seen) -> tuple[Delivery, ...]:
    """Return what was delivered, newest first. One whose instant is on no calendar is left out."""
    return tuple(
        _delivery(seen, row, row.at) for row in seen.rows.deliveries if isinstance(row.at, datetime)
    )


def _delivery(seen: Seen, row: DeliveryRow, at: datetime) -> Delivery:
    shown = {entry.seq for entry in seen.rows.story.entries}
    there = "" if row.seq in shown else f"{seen.address}?before={row.seq + 1}"
    return Delivery(row.number, at, links_of(row.links), f"{there}#entry-{row.seq}")
