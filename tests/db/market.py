"""People, services and orders in a database, written through the product's own functions."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from db import requests, services, steps, wallets
from db.pool import Connection, Pool
from db.services import Service, ServiceExtra
from domain.actions import Fields
from domain.command import command
from domain.deadlines import deadline
from domain.ledger import Account, Leg, PostingKind, escrow, wallet
from domain.order import (
    Actor,
    CancellationRequest,
    Dispute,
    Extra,
    Offer,
    Order,
    Settlement,
)
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import decide, expire
from domain.step import Recorded, Step, ToRecord, record_of_command, record_of_expiry
from domain.timers import Timer
from domain.vocabulary import Action, CancellationStatus, Role, State

PRICE = 2_000
EXTRA_PRICE = 500
MEDIATOR = Actor(id="the-mediator", role=Role.MEDIATOR)
OPERATOR = Actor(id="the-operator", role=Role.OPERATOR)

_numbers = itertools.count(1)

Json = dict[str, Any]
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A superuser's connection."""


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def buyer_of(order: Order) -> Actor:
    """The order's buyer, acting as such."""
    return Actor(id=order.buyer_id, role=Role.BUYER)


def seller_of(order: Order) -> Actor:
    """The order's seller, acting as such."""
    return Actor(id=order.seller_id, role=Role.SELLER)


def act_of(
    order: Order,
    action: Action,
    actor: Actor,
    fields: Fields | None = None,
    request_id: str | None = None,
) -> ToRecord:
    """What the workflow would write for somebody's act on this version of the order."""
    wish = command(action, actor, now(), fields, request_id or f"request-{next(_numbers)}")
    return record_of_command(order, wish, decide(order, wish, now()))


def completion(order: Order, request_id: str | None = None) -> ToRecord:
    """The buyer is content."""
    return act_of(order, Action.COMPLETE, buyer_of(order), request_id=request_id)


def cancellation(order: Order, request_id: str | None = None) -> ToRecord:
    """An operator, who may in every open state, ends the order."""
    return act_of(order, Action.CANCEL, OPERATOR, request_id=request_id)


def deadline_timer(order: Order) -> Timer:
    """The timer of the order's deadline."""
    runs = order.deadline
    assert runs is not None
    return Timer(runs.at, runs.on_expiry, runs.reason, runs.waits_for)


def expiry(order: Order, timer: Timer | None = None) -> ToRecord:
    """What the workflow would write once a timer of the order's (its deadline's) has passed."""
    timer = timer or deadline_timer(order)
    return record_of_expiry(order, timer, expire(order, timer, now()))


def offer_until(at: datetime, remind_at: datetime | None = None) -> Offer:
    """A custom offer that lapses at this instant."""
    return Offer(
        id="an-offer",
        price=EXTRA_PRICE,
        delivery_time=timedelta(days=1),
        made_at=at - timedelta(days=7),
        lapses_at=at,
        remind_at=remind_at,
    )


def wish_until(at: datetime, remind_at: datetime | None = None) -> CancellationRequest:
    """A wish to cancel that has to be answered until this instant."""
    return CancellationRequest(
        id="a-wish",
        status=CancellationStatus.ASKED,
        asked_at=at - timedelta(days=2),
        answer_by=at,
        remind_at=remind_at,
    )


def proposal(order: Order, by: Actor, refund: int) -> Settlement:
    """An open proposal to settle, named for its side."""
    return Settlement(
        id=f"from-the-{by.role}", proposed_by=by, proposed_at=order.created_at, refund=refund
    )


def ending_key(order: Order) -> str:
    """The key of the posting that empties the order's escrow."""
    verdict = cancellation(order).verdict
    assert isinstance(verdict, Step)
    return verdict.postings[0].key


def hold_key(order: Order, line_id: str) -> str:
    """The key of the posting that pays for a line."""
    return f"order:{order.id}:hold:{line_id}"


def leg(debit: Account, credit: Account, amount: int) -> Json:
    """One leg, as the ledger takes it."""
    return Leg(debit=debit, credit=credit, amount=amount).model_dump(mode="json")


async def post(
    connection: Connection,
    key: str,
    legs: list[Json],
    *,
    kind: str = "top_up",
    order: Order | None = None,
    currency: str = "EUR",
    closes: bool = False,
) -> bool:
    """Posts straight into the ledger; False for a replay."""
    order_id = UUID(order.id) if order else None
    query = "SELECT ledger.post($1, $2, $3, $4, $5, $6)"
    written: bool = await connection.fetchval(query, key, kind, order_id, currency, legs, closes)
    return written


async def contents(connection: Connection) -> dict[str, str | None]:
    """A digest of each table, to see whether anything at all has changed."""
    tables = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
    )
    query = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {
        table["name"]: await connection.fetchval(query.format(table["name"])) for table in tables
    }


@dataclass(frozen=True)
class Market:
    """A database with the product's schema, and what people do in it."""

    pool: Pool

    async def top_up(self, user_id: str, amount: int = PRICE, currency: str = "EUR") -> None:
        """Puts minor units into a wallet."""
        key = f"top-up-{next(_numbers)}"
        async with self.pool.acquire() as connection:
            await wallets.move(connection, key, PostingKind.TOP_UP, user_id, amount, currency)

    async def held_by(self, user_id: str) -> int:
        """What a wallet holds, in cents."""
        async with self.pool.acquire() as connection:
            return await wallets.balance(connection, wallet(user_id), "EUR")

    async def in_escrow(self, order: Order) -> int:
        """What an order's escrow holds, in cents."""
        async with self.pool.acquire() as connection:
            return await wallets.balance(connection, escrow(order.id), "EUR")

    async def terms(self, seller_id: str | None = None, price: int = PRICE) -> Terms:
        """A service with one extra, as it can be ordered."""
        extra = Extra(id=str(uuid4()), price=EXTRA_PRICE, delivery_time=timedelta(days=1))
        terms = Terms(
            service_id=str(uuid4()),
            seller_id=seller_id or f"seller-{next(_numbers)}",
            currency="EUR",
            price=price,
            delivery_time=timedelta(days=3),
            revision_time=timedelta(days=3),
            extras=(extra,),
        )
        service = Service(
            **terms.model_dump(exclude={"service_id", "extras"}),
            id=UUID(terms.service_id),
            title="A logo",
            description=None,
            external_id=terms.service_id,
            extras=[ServiceExtra(UUID(extra.id), "Source files", extra.price, extra.delivery_time)],
        )
        async with self.pool.acquire() as connection:
            await services.add(connection, service)
        return terms

    async def order(
        self,
        state: State = State.PENDING,
        *,
        buyer_id: str | None = None,
        seller_id: str | None = None,
        price: int = PRICE,
        funds: int | None = None,
        deadline_at: datetime | None = None,
        policy: Policy | None = None,
        **changes: Any,
    ) -> Order:
        """An order in any open state, placed by a buyer with `funds` (exactly the price)."""
        buyer_id = buyer_id or f"buyer-{next(_numbers)}"
        funds = price if funds is None else funds
        if funds:
            await self.top_up(buyer_id, funds)
        terms = await self.terms(seller_id, price)
        step = placing(terms, buyer_id, state, deadline_at, policy, **changes)
        await self.place(step)
        return step.order

    async def place(self, step: Step) -> None:
        """Writes a new order down."""
        async with self.pool.acquire() as connection:
            noted = {"basket": "b-1207"}
            words = OrderTexts(
                "A logo", "For my shop.", {}, external_id=step.order.id, metadata=noted
            )
            await steps.place(connection, step, words)

    async def record(self, record: ToRecord) -> Recorded:
        """Writes a step down, as the activities do."""
        async with self.pool.acquire() as connection:
            return await steps.record(connection, record)

    async def ask(
        self,
        order: Order,
        action: Action,
        actor: Actor,
        request_id: str,
        most_attempts: int = 1_000,
    ) -> datetime:
        """Writes a request down, as the API does; gives the instant of its receipt."""
        async with self.pool.acquire() as connection:
            pending = await requests.write(
                connection, UUID(order.id), request_id, action, actor, Fields(), None, most_attempts
            )
        return pending.received_at


def placing(
    terms: Terms,
    buyer_id: str,
    state: State = State.PENDING,
    deadline_at: datetime | None = None,
    policy: Policy | None = None,
    *,
    remind_at: datetime | None = None,
    **changes: Any,
) -> Step:
    """The first step of an order, in `state` at once: the database knows no rules."""
    step = place(str(uuid4()), buyer_id, terms, (), policy or Policy(), now())
    assert isinstance(step, Step)
    changes["state"] = state
    if state is State.DISPUTED:
        opened_by = Actor(id=buyer_id, role=Role.BUYER)
        changes["dispute"] = Dispute(opened_by=opened_by, opened_at=now(), request_id=None)
    order = step.order.model_copy(update=changes)
    runs = deadline(order, state, now())
    if runs is not None and deadline_at is not None:
        runs = runs.model_copy(update={"at": deadline_at, "remind_at": None})
    elif runs is not None and remind_at is not None:
        runs = runs.model_copy(update={"remind_at": remind_at})
    return step.model_copy(update={"order": order.model_copy(update={"deadline": runs})})
