"""What is left after a run: the clients' log, the database, Temporal and the inboxes."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from db.audit import Finding
from db.pool import speak_json
from tests.app_under_test import Json, Person
from tests.chaos.clients import Clients, Intent
from tests.db import oracles as questions
from workflows.attributes import ORDER_STATE

AT_ONCE = 20
QUERY_SECONDS = 10
MOST_QUERIES = 4
"""A question can go to a poll that a fault has cut off: Temporal then asks elsewhere when it is put
again."""


ORDERS = """
    SELECT id::text, state, version, buyer_id, seller_id, doc, external_id, metadata
    FROM orders LEFT JOIN order_metadata ON order_id = id"""
EVENTS = """
    SELECT order_id::text, seq, received_at, actor->>'id' AS actor_id, actor->>'role' AS role,
           action, event, accepted, code, state, version, request_id, doc
    FROM events ORDER BY order_id, seq"""
REQUESTS = """
    SELECT order_id::text, request_id, action, actor_id, outcome FROM requests"""
KEYS = """
    SELECT caller, key, request_id FROM idempotency_keys"""
POSTINGS = r"""
    SELECT t.id AS tx_id, t.key, t.kind, t.order_id::text, x.amount,
           t.key LIKE 'top\_up:pay-in:%' OR t.kind LIKE 'payout\_%'
           OR t.kind IN ('chargeback', 'recovery') AS of_provider,
           d.kind AS debit_kind, d.owner AS debit_owner,
           c.kind AS credit_kind, c.owner AS credit_owner
    FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
    JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id"""
BALANCES = """
    SELECT a.kind, a.owner, b.balance, b.closed
    FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id"""
SERVICES = """
    SELECT id::text, title, archived_at FROM services"""
NOTICES = """
    SELECT order_id::text, seq, role, user_id FROM notices
    UNION ALL SELECT 'wallet', id, NULL, user_id FROM wallet_notices"""
PAY_INS = """
    SELECT id::text, user_id, amount, state, reference, order_id::text, order_refused,
           wish IS NOT NULL AS is_wished FROM pay_ins"""
PAYOUTS = """
    SELECT id::text, user_id, amount, state, reference FROM payouts"""
CHARGEBACKS = """
    SELECT id::text, reference, pay_in_id::text, amount, state, carried FROM chargebacks"""
PROVIDER_EVENTS = """
    SELECT number, id, kind, ours, outcome FROM provider_events"""
MESSAGES = """
    SELECT order_id::text, number, at, author_id, text FROM messages ORDER BY order_id, number"""

T = TypeVar("T")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Seen:
    """An order's workflow: how it stands, the state it shows, and the order that it answers."""

    status: str
    shown: str | None
    order: Json | None


@dataclass(frozen=True, repr=False)
class AtProvider:
    """What the payment provider says of itself, and what is found when the books are held beside
    its own."""

    books: Json
    charges: list[Json]
    transfers: list[Json]
    payouts: list[Json]
    disputes: list[Json]
    findings: list[Finding]


@dataclass(repr=False)
class Evidence:
    """Everything that the oracles look at."""

    intents: list[Intent]
    orders: dict[str, dict[str, Any]]
    events: dict[str, Rows]
    requests: Rows
    keys: Rows
    postings: Rows
    balances: Rows
    notices: Rows
    services: Rows
    messages: Rows
    pay_ins: Rows
    payouts: Rows
    chargebacks: Rows
    provider_events: Rows
    questions: list[str]
    """What the oracles of the database found, each with the name of its oracle before it."""
    workflows: dict[str, Seen] | None = None
    inboxes: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    wallets: dict[str, Json] = field(default_factory=dict)
    readings: dict[str, Json] = field(default_factory=dict)
    """Each order as its seller reads it."""
    feed: list[str] | None = None
    """The ids of all events, as the feed has them in the end."""
    followed: list[str] | None = None
    """The same as somebody read it who followed it from the beginning."""
    conversations: dict[str, list[str]] = field(default_factory=dict)
    """The texts of each order's messages as its seller reads them."""
    at_provider: AtProvider | None = None
    """What the payment provider has, where there is one."""
    unfinished: list[str] = field(default_factory=list)
    """Orders that could not be driven to their end."""


async def of_database(
    connection: "asyncpg.Connection[asyncpg.Record]", clients: Clients, patience: timedelta
) -> Evidence:
    """What the database says, in one glance."""

    async def rows(query: str) -> Rows:
        return [dict(row) for row in await connection.fetch(query)]

    events: dict[str, Rows] = defaultdict(list)
    for event in await rows(EVENTS):
        events[event["order_id"]].append(event)
    return Evidence(
        intents=clients.intents,
        orders={order["id"]: order for order in await rows(ORDERS)},
        events=events,
        requests=await rows(REQUESTS),
        keys=await rows(KEYS),
        postings=await rows(POSTINGS),
        balances=await rows(BALANCES),
        notices=await rows(NOTICES),
        services=await rows(SERVICES),
        messages=await rows(MESSAGES),
        pay_ins=await rows(PAY_INS),
        payouts=await rows(PAYOUTS),
        chargebacks=await rows(CHARGEBACKS),
        provider_events=await rows(PROVIDER_EVENTS),
        questions=await questions.violations(connection, patience),
    )


async def gathered(
    database_url: str, temporal: Client, clients: Clients, patience: timedelta
) -> Evidence:
    """Everything, from everywhere."""
    connection = await asyncpg.connect(database_url)
    try:
        await speak_json(connection)
        evidence = await of_database(connection, clients, patience)
    finally:
        await connection.close()
    evidence.workflows = await _each(
        list(evidence.orders), lambda order_id: _workflow(temporal, order_id)
    )
    people = sorted({one["user_id"] for one in evidence.notices if one["user_id"]})
    evidence.inboxes = await _each(people, lambda who: _inbox(clients, Person(who)))
    evidence.wallets = await _each(people, lambda who: _reading(clients, Person(who), "/v1/wallet"))
    sellers = {one["id"]: Person(one["seller_id"]) for one in evidence.orders.values()}
    evidence.readings = await _each(
        list(sellers),
        lambda order_id: _reading(clients, sellers[order_id], f"/v1/orders/{order_id}"),
    )
    talked = sorted({one["order_id"] for one in evidence.messages})
    evidence.conversations = await _each(
        talked, lambda order_id: _texts(clients, sellers[order_id], order_id)
    )
    return evidence


async def _each(names: list[str], look: Callable[[str], Awaitable[T]]) -> dict[str, T]:
    """What a look at each gives, some at the same time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> T:
        async with gate:
            return await look(name)

    return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


async def _reading(clients: Clients, who: Person, path: str) -> Json:
    return await clients.read(who, path) or {}


def _told(notice: Json) -> tuple[str, int]:
    """What a notice tells of: an entry of an order's journal, by minus its number a message, or
    something of the wallet."""
    if notice["order_id"] is None:
        return "wallet", int(notice["id"])
    return notice["order_id"], notice["seq"] or -int(notice["message_id"])


async def _inbox(clients: Clients, who: Person) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = await clients.read(who, f"/v1/notifications?limit=100{more}")
        if page is None:
            return found
        found += [_told(one) for one in page["items"]]
        cursor = page["next_cursor"]
    return found


async def _texts(clients: Clients, who: Person, order_id: str) -> list[str]:
    page = await _reading(clients, who, f"/v1/orders/{order_id}/messages?limit=100")
    return [one["text"] for one in page.get("items", ())]


async def _workflow(temporal: Client, order_id: str) -> Seen:
    handle = temporal.get_workflow_handle(f"order-{order_id}")
    for asked in range(1, MOST_QUERIES + 1):
        try:
            found = await handle.describe()
            order = await handle.query("order", rpc_timeout=timedelta(seconds=QUERY_SECONDS))
        except RPCError as error:
            if asked == MOST_QUERIES:
                return Seen(f"unknown: {error}", None, None)
        else:
            break
    status = (found.status or WorkflowExecutionStatus.FAILED).name.lower()
    return Seen(status, found.typed_search_attributes.get(ORDER_STATE), order)
