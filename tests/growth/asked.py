"""Everything that is read of the database while the product serves people, asked for those who have
the most: a studio and a buyer with a tenth of all orders each, mediators, operators."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench.growth.village import BUYER, ENDPOINT, MEDIATOR, OPERATOR, SELLER
from db import (
    accounts,
    chargebacks,
    console,
    console_history,
    console_order,
    deliveries,
    display_names,
    endpoint_tests,
    events,
    feed,
    figures,
    last_checks,
    letters,
    messages,
    notifications,
    operator_journal,
    order_page,
    order_search,
    orders,
    pay_ins,
    payouts,
    people,
    people_search,
    provider_events,
    reputation,
    requests,
    service_listing,
    services,
    snapshots,
    transfers,
    users,
    wallet_entries,
    wallet_notices,
    wallets,
    webhooks,
    worker_heartbeats,
)
from db.feed import Subject
from db.needs import Need
from db.notifications import InboxOwner
from db.operator_journal import WantedDeeds
from db.order_page import StoryPlace
from db.order_search import Sought
from db.payouts import WantedPayouts
from db.transfers import Wanted
from domain.ledger import wallet
from domain.payments import NEEDS_A_PERSON, PayoutState
from domain.vocabulary import OPEN_STATES, Role, State

LIMIT = 101
FIRST = UUID(int=0)


@dataclass(frozen=True)
class World:
    """What there is to ask for: some of the oldest and of the newest orders, instants, places."""

    old: list[UUID]
    new: list[UUID]
    services: list[UUID]
    middle: datetime
    now: datetime
    newest_posting: int
    newest_notice: int
    newest_number: int
    newest_transfer: UUID


Ask = Callable[[Any, World], Awaitable[object]]
STUDIO, HEAVY = InboxOwner(SELLER, ()), InboxOwner(BUYER, ())
OF_ALL = InboxOwner(OPERATOR, (Role.OPERATOR, Role.MEDIATOR))
JUDGE = InboxOwner(MEDIATOR, (Role.MEDIATOR,))
MONTH = timedelta(days=30)


def _sought(**of: Any) -> Ask:
    return lambda c, w: order_search.page(c, Sought(**of), None, LIMIT)


def _later(**of: Any) -> Ask:
    return lambda c, w: order_search.page(c, Sought(**of), (w.middle, w.old[0]), LIMIT)


def _month(w: World) -> tuple[datetime, datetime]:
    return w.middle, w.middle + MONTH


ASKED: dict[str, Ask] = {
    "accounts.sums": lambda c, w: accounts.sums(c),
    "console.overview": lambda c, w: console.overview(c, w.now),
    "console.failing": lambda c, w: console.failing(c),
    "console.in_line": lambda c, w: console.in_line(c, w.new[:8]),
    "console_history.escrow": lambda c, w: console_history.escrow(c, w.now),
    "console_history.states": lambda c, w: console_history.states(c, w.now),
    "console_history.escrow_by_age": lambda c, w: console_history.escrow_by_age(c, console.MOST),
    "console_order.waiting": lambda c, w: console_order.waiting(c, w.new[0]),
    "console_order.notices": lambda c, w: console_order.notices(c, w.new[0]),
    "console_order.deliveries": lambda c, w: console_order.deliveries(c, w.new[0]),
    "deliveries.not_started": lambda c, w: deliveries.not_started(c, 100),
    "deliveries.of_step": lambda c, w: deliveries.of_step(c, w.new[0], 1),
    "display_names.of": lambda c, w: display_names.of(c, [SELLER, BUYER]),
    "endpoint_tests.not_started": lambda c, w: endpoint_tests.not_started(c, 100),
    "endpoint_tests.state": lambda c, w: endpoint_tests.state(c, 1),
    "events.page": lambda c, w: events.page(c, w.old[0], 0, LIMIT),
    "events.before": lambda c, w: events.before(c, w.old[0], events.NEWEST, LIMIT),
    "events.steps_before": lambda c, w: events.steps_before(
        c, w.old[0], events.NEWEST, LIMIT, events.PART_BYTES
    ),
    "events.refused_before": lambda c, w: events.refused_before(
        c, w.old[0], events.NEWEST, LIMIT, events.PART_BYTES
    ),
    "figures.figures": lambda c, w: figures.figures(c),
    "feed.last": lambda c, w: feed.last(c),
    "feed.entry_at": lambda c, w: feed.entry_at(c, w.newest_number),
    "feed.entry": lambda c, w: feed.entry(c, Subject("step", w.old[0], 1)),
    "feed.waits": lambda c, w: feed.waits(c, Subject("step", w.old[0], 1)),
    "feed.page": lambda c, w: feed.page(c, 0, w.newest_number, (), LIMIT),
    "feed.page of types": lambda c, w: feed.page(
        c, 10, w.newest_number, ("transfer.top_up", "order.settled", "order.placed"), LIMIT
    ),
    "last_checks.read": lambda c, w: last_checks.read(c),
    "letters.waiting": lambda c, w: letters.waiting(c, w.old[0], 1, timedelta(minutes=5)),
    "service_listing.page": lambda c, w: service_listing.page(c, None, w.now, None, LIMIT),
    "service_listing.page further on": lambda c, w: service_listing.page(
        c, None, w.now, (0.5, w.middle, FIRST), LIMIT
    ),
    "service_listing.page that began before": lambda c, w: service_listing.page(
        c, None, w.now - timedelta(minutes=10), (1.0, w.middle, FIRST), LIMIT
    ),
    "service_listing.page of a seller": lambda c, w: service_listing.page(
        c, SELLER, w.now, None, LIMIT
    ),
    "service_listing.page of archived ones": lambda c, w: service_listing.page(
        c, None, w.now, None, LIMIT, archived=True
    ),
    "service_listing.page by name": lambda c, w: service_listing.page(
        c, None, w.now, None, LIMIT, external_id="ours"
    ),
    "messages.after": lambda c, w: messages.after(c, w.old[0], 0, LIMIT),
    "messages.before": lambda c, w: messages.before(
        c, w.old[0], messages.NEWEST, LIMIT, messages.PART_BYTES
    ),
    "messages.told_before_entry": lambda c, w: messages.told_before_entry(c, w.old[0], 99),
    **{
        f"notifications.page of {name}": lambda c, w, of=of: notifications.page(  # type: ignore[misc]
            c, of, w.newest_notice // 2, LIMIT, unread=False
        )
        for name, of in (("a studio", STUDIO), ("a mediator", JUDGE), ("an operator", OF_ALL))
    },
    **{
        f"notifications.page of {name}, unread": lambda c, w, of=of: notifications.page(  # type: ignore[misc]
            c, of, None, LIMIT, unread=True
        )
        for name, of in (("a studio", STUDIO), ("a buyer", HEAVY), ("a mediator", JUDGE))
    },
    **{
        f"notifications.unread of {name}": lambda c, w, of=of: notifications.unread(c, of, 1_000)  # type: ignore[misc]
        for name, of in (
            ("a studio", STUDIO),
            ("a buyer", HEAVY),
            ("a mediator", JUDGE),
            ("an operator", OF_ALL),
        )
    },
    "notifications.get": lambda c, w: notifications.get(c, STUDIO, w.newest_notice),
    "operator_journal.page": lambda c, w: operator_journal.page(c, WantedDeeds(), None, LIMIT),
    "operator_journal.page further on": lambda c, w: operator_journal.page(
        c, WantedDeeds(since=w.middle), (w.now, 1), LIMIT
    ),
    "operator_journal.page of somebody": lambda c, w: operator_journal.page(
        c, WantedDeeds(by_id=OPERATOR), None, LIMIT
    ),
    "operator_journal.page about somebody": lambda c, w: operator_journal.page(
        c, WantedDeeds(user_id=BUYER), None, LIMIT
    ),
    "operator_journal.page of a kind": lambda c, w: operator_journal.page(
        c, WantedDeeds(deed="cancel"), None, LIMIT
    ),
    "operator_journal.page of an order": lambda c, w: operator_journal.page(
        c, WantedDeeds(subject_id=str(w.old[0])), None, LIMIT
    ),
    "order_page.read": lambda c, w: order_page.read(c, w.old[0], StoryPlace()),
    "order_page.newest": lambda c, w: order_page.newest(c, w.old[0]),
    "order_search.page": _sought(),
    "order_search.page further on": _later(),
    "order_search.page of a party": _sought(party=SELLER),
    "order_search.page of a party, further on": _later(party=BUYER),
    "order_search.page of a seller": _sought(seller_ids=[SELLER]),
    "order_search.page of a party in states": _sought(party=SELLER, states=list(OPEN_STATES)),
    "order_search.page of a party in one state": _sought(party=SELLER, states=[State.SETTLED]),
    "order_search.page of a buyer in a state": _later(buyer_ids=[BUYER], states=[State.CANCELLED]),
    "order_search.page in a state": _sought(states=[State.DISPUTED]),
    "order_search.page in final states": _later(states=[State.COMPLETED, State.SETTLED]),
    "order_search.page of changes": lambda c, w: order_search.page(
        c, Sought(updated_since=w.middle), None, LIMIT
    ),
    "order_search.page of somebody's changes": lambda c, w: order_search.page(
        c, Sought(party=SELLER, updated_since=w.middle), None, LIMIT
    ),
    "order_search.page of a service": lambda c, w: order_search.page(
        c, Sought(service_id=w.services[0]), None, LIMIT
    ),
    "order_search.page by name": lambda c, w: order_search.page(
        c, Sought(external_id=f"ours-{w.old[0]}"), None, LIMIT
    ),
    "order_search.page with a rare word": _sought(text="nothing like it"),
    "order_search.page with a frequent word": _sought(text="logo"),
    "order_search.page of an id": lambda c, w: order_search.page(
        c, Sought(text=str(w.old[0])[:10]), None, LIMIT
    ),
    "order_search.page of what is needed": _sought(needs=list(Need)),
    "order_search.count": lambda c, w: order_search.count(c, Sought(), 1_000),
    "order_search.count in a state": lambda c, w: order_search.count(
        c, Sought(states=[State.COMPLETED]), 1_000
    ),
    "orders.there": lambda c, w: orders.there(c, w.old),
    "orders.get": lambda c, w: orders.get(c, w.old[0]),
    "orders.sides_of": lambda c, w: orders.sides_of(c, SELLER),
    "orders.sold": lambda c, w: orders.sold(c, w.services[:3], 1_000),
    "orders.stored": lambda c, w: orders.stored(c, w.old[0]),
    "orders.after_request": lambda c, w: orders.after_request(c, w.old[0], "none"),
    "orders.disputes": lambda c, w: orders.disputes(c, None, LIMIT),
    "orders.disputes further on": lambda c, w: orders.disputes(
        c, (w.now - timedelta(minutes=30), FIRST), LIMIT
    ),
    "orders.many_are_overdue": lambda c, w: orders.many_are_overdue(c, 30),
    "orders.not_started": lambda c, w: orders.not_started(c, 100),
    "pay_ins.page": lambda c, w: pay_ins.page(c, None, (w.middle, FIRST), LIMIT),
    "pay_ins.page of somebody": lambda c, w: pay_ins.page(c, SELLER, (w.middle, FIRST), LIMIT),
    "pay_ins.not_started": lambda c, w: pay_ins.not_started(c, 100),
    "pay_ins.wishes": lambda c, w: pay_ins.wishes(c, 100),
    "provider_events.untold": lambda c, w: provider_events.untold(c, 100),
    "people.get": lambda c, w: people.get(c, SELLER),
    "people.shown_roles": lambda c, w: people.shown_roles(c, SELLER),
    "people.to_mail": lambda c, w: people.to_mail(c, Role.OPERATOR),
    "people_search.found": lambda c, w: people_search.found(c, "Studio"),
    "people_search.found, of a frequent name": lambda c, w: people_search.found(c, "Ana"),
    "provider_events.page of outcomes": lambda c, w: provider_events.page(
        c, NEEDS_A_PERSON, None, LIMIT
    ),
    "provider_events.concerned": lambda c, w: provider_events.concerned(c, w.old),
    "provider_events.of_payment": lambda c, w: provider_events.of_payment(c, w.old[0], LIMIT),
    "reputation.of_seller": lambda c, w: reputation.of_seller(c, SELLER, w.now),
    "reputation.orders_behind": lambda c, w: reputation.orders_behind(
        c, SELLER, w.now, None, LIMIT
    ),
    "reputation.orders_behind further on": lambda c, w: reputation.orders_behind(
        c, SELLER, w.now, (w.middle + MONTH, FIRST), LIMIT
    ),
    "requests.get": lambda c, w: requests.get(c, w.old[0], "none"),
    "requests.claim_due": lambda c, w: requests.claim_due(c, 100),
    "services.get": lambda c, w: services.get(c, w.services[0]),
    "snapshots.get": lambda c, w: snapshots.get(c, w.old[0], 1),
    "snapshots.of_steps": lambda c, w: snapshots.of_steps(c, w.old[0], [1, 2]),
    "snapshots.of_orders": lambda c, w: snapshots.of_orders(c, [(one, 1) for one in w.new]),
    "transfers.get": lambda c, w: transfers.get(c, w.newest_transfer),
    "transfers.refusal": lambda c, w: transfers.refusal(c, w.newest_transfer),
    "transfers.page": lambda c, w: transfers.page(c, Wanted(), None, LIMIT),
    "transfers.page of somebody": lambda c, w: transfers.page(c, Wanted(BUYER), None, LIMIT),
    "transfers.page of somebody's making": lambda c, w: transfers.page(
        c, Wanted(made_by=OPERATOR), None, LIMIT
    ),
    "transfers.page of a kind": lambda c, w: transfers.page(c, Wanted(kind="payout"), None, LIMIT),
    "transfers.page of somebody's kind": lambda c, w: transfers.page(
        c, Wanted(BUYER, "payout"), w.newest_posting, LIMIT
    ),
    "transfers.page by reference": lambda c, w: transfers.page(
        c, Wanted(reference="pi-fortune-1"), None, LIMIT
    ),
    "payouts.page": lambda c, w: payouts.page(c, WantedPayouts(), None, LIMIT),
    "payouts.page of somebody": lambda c, w: payouts.page(
        c, WantedPayouts(SELLER), (w.middle, FIRST), LIMIT
    ),
    "payouts.page of a state": lambda c, w: payouts.page(
        c, WantedPayouts(state=PayoutState.REQUESTED), None, LIMIT
    ),
    "payouts.page of somebody's in a state": lambda c, w: payouts.page(
        c, WantedPayouts(SELLER, PayoutState.FAILED), (w.middle, FIRST), LIMIT
    ),
    "payouts.unapproved": lambda c, w: payouts.unapproved(c, SELLER, "EUR"),
    "pay_ins.of_order": lambda c, w: pay_ins.of_order(c, w.old[0], LIMIT),
    "chargebacks.page": lambda c, w: chargebacks.page(c, (w.middle, FIRST), LIMIT),
    "chargebacks.of_order": lambda c, w: chargebacks.of_order(c, w.old[0], LIMIT),
    "chargebacks.not_carried": lambda c, w: chargebacks.not_carried(c, 100),
    "chargebacks.said": lambda c, w: chargebacks.said(c, [1, 2]),
    "chargebacks.receivables": lambda c, w: chargebacks.receivables(c, (SELLER, "EUR"), LIMIT),
    "chargebacks.owed": lambda c, w: chargebacks.owed(c, SELLER),
    "chargebacks.against": lambda c, w: chargebacks.against(c, SELLER, LIMIT),
    "payouts.untold": lambda c, w: payouts.untold(c, 100),
    "users.get": lambda c, w: users.get(c, SELLER),
    "wallet_notices.page": lambda c, w: wallet_notices.page(c, SELLER, 2**62, LIMIT, unread=True),
    "wallet_notices.get": lambda c, w: wallet_notices.get(c, SELLER, 1),
    "wallet_notices.unread": lambda c, w: wallet_notices.unread(c, SELLER, 1_000),
    "wallets.balance": lambda c, w: wallets.balance(c, wallet(SELLER), "EUR"),
    "wallets.withheld": lambda c, w: wallets.withheld(c, SELLER),
    "wallets.balances": lambda c, w: wallets.balances(c, SELLER),
    "wallets.held_for_orders": lambda c, w: wallets.held_for_orders(c, SELLER),
    "wallet_entries.balances_at": lambda c, w: wallet_entries.balances_at(c, SELLER, w.middle),
    "wallet_entries.entries": lambda c, w: wallet_entries.entries(c, SELLER, None, LIMIT),
    "wallet_entries.entries of a buyer, further on": lambda c, w: wallet_entries.entries(
        c, BUYER, (w.newest_posting // 2, 1), LIMIT
    ),
    "wallet_entries.entries of a month": lambda c, w: wallet_entries.entries(
        c, BUYER, None, LIMIT, within=_month(w)
    ),
    "wallets.moved": lambda c, w: wallets.moved(c, [w.newest_posting]),
    "wallets.of_order": lambda c, w: wallets.of_order(c, w.old[0]),
    "webhooks.get": lambda c, w: webhooks.get(c, ENDPOINT),
    "webhooks.ever": lambda c, w: webhooks.ever(c, ENDPOINT),
    "webhooks.page": lambda c, w: webhooks.page(c, None, LIMIT),
    **{
        f"webhooks.deliveries, {status or 'all'}": lambda c, w, of=status: webhooks.deliveries(  # type: ignore[misc]
            c, ENDPOINT, of, None, LIMIT
        )
        for status in (None, "pending", "failed", "delivered")
    },
    "webhooks.delivery": lambda c, w: webhooks.delivery(c, 1),
    "worker_heartbeats.lately_alive": lambda c, w: worker_heartbeats.lately_alive(c),
}
"""Each read by its function's name, with what is special of it behind."""


async def look_around(connection: Any) -> World:
    """Find out what there is."""
    old = await connection.fetch("SELECT id FROM orders ORDER BY created_at LIMIT 50")
    new = await connection.fetch("SELECT id FROM orders ORDER BY created_at DESC LIMIT 50")
    own = await connection.fetch("SELECT id FROM services WHERE seller_id = $1 LIMIT 50", SELLER)
    one = await connection.fetchrow(
        "SELECT (SELECT max(id) FROM ledger.tx) AS newest_posting,"
        " (SELECT max(id) FROM notices) AS newest_notice,"
        " (SELECT max(number) FROM feed) AS newest_number,"
        " (SELECT id FROM ledger.outside ORDER BY tx_id DESC LIMIT 1) AS newest_transfer"
    )
    now = datetime.now(UTC)
    return World(
        [row["id"] for row in old],
        [row["id"] for row in new],
        [row["id"] for row in own],
        now - timedelta(days=150),
        now,
        **dict(one),
    )
