"""Payments of a provider's that are booked, the orders that they pay for, and disputes of them."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from db import chargebacks, pay_ins, provider_events, steps
from db.pay_ins import NewRow
from db.requests import Pending
from domain.command import Command
from domain.money import Money
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.payments import ProviderEventKind
from domain.policy import Policy
from domain.rules import decide
from domain.signals import read
from domain.step import Recorded, record_of_command
from domain.vocabulary import ProviderAct, State
from providers.protocol import ProviderEvent
from tests.db.market import Market, Owner, now, placing

EURO = Money(amount=2_000, currency="EUR")
PROVIDER, BUYER, SELLER, PAID = "paper", "bea", "sam", 2_000
PAID_IN = ProviderEventKind.PAY_IN_PAID
OPENED = ProviderEventKind.DISPUTE_OPENED
WON = ProviderEventKind.DISPUTE_WON
LOST = ProviderEventKind.DISPUTE_LOST

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Payments:
    """What a payer, their bank and the provider do."""

    market: Market

    async def pay_in(self, amount: int = PAID, currency: str = "EUR") -> UUID:
        """A payment of the buyer's that is in the books."""
        one = await self.asked(amount, currency)
        money = Money(amount=amount, currency=currency)
        await self.say(PAID_IN, one, f"pi-{one}", money, payment=self.first(one))
        return one

    async def asked(self, amount: int = PAID, currency: str = "EUR") -> UUID:
        """A payment of the buyer's that they are to make."""
        one = uuid4()
        async with self.market.pool.acquire() as connection:
            url = "https://marketplace.example.org/"
            new = NewRow(one, BUYER, amount, currency, PROVIDER, url, b"", None)
            await pay_ins.add(connection, new)
        return one

    @staticmethod
    def first(pay_in: UUID) -> str:
        """What the provider calls the money of a payment that is in the books."""
        return f"money-{pay_in}"

    async def order(
        self,
        state: State = State.DELIVERED,
        paid: int = PAID,
        policy: Policy | None = None,
        deadline_at: datetime | None = None,
        **changes: Any,
    ) -> tuple[UUID, Order]:
        """A payment, and the order that it pays for."""
        one = await self.pay_in(paid)
        terms = await self.market.terms(SELLER)
        step = placing(terms, BUYER, state, deadline_at, policy, **changes)
        async with self.market.pool.acquire() as connection:
            await steps.place(connection, step, OrderTexts("A logo", "For my shop.", {}))
            await pay_ins.note_order(connection, one, UUID(step.order.id))
        return one, step.order

    async def say(
        self,
        kind: ProviderEventKind,
        pay_in: UUID,
        reference: str = "dispute-1",
        money: Money | None = EURO,
        **more: Any,
    ) -> None:
        """The provider says something of a payment, and it is settled."""
        await self.note(kind, pay_in, reference, money, **more)
        await self.settle(pay_in)

    async def settle(self, pay_in: UUID) -> None:
        """What the provider has said of a payment is done."""
        async with self.market.pool.acquire() as connection:
            await pay_ins.settle(connection, pay_in)

    async def note(
        self,
        kind: ProviderEventKind,
        pay_in: UUID,
        reference: str = "dispute-1",
        money: Money | None = EURO,
        **more: Any,
    ) -> None:
        """The provider says something of a payment, and nobody has done anything about it."""
        event = ProviderEvent(
            f"event-{next(_numbers)}",
            kind,
            "x",
            datetime.now(UTC),
            reference,
            str(pay_in),
            money,
            **more,
        )
        async with self.market.pool.acquire() as connection:
            await provider_events.note(connection, PROVIDER, event)

    async def carry(self) -> list[Recorded]:
        """Everything is carried out that disputes ask for, as relay and workflows do."""
        recorded = list[Recorded]()
        while asked := await self.asks():
            recorded += [await self.decides(one) for one in asked]
        return recorded

    async def carry_all(self) -> None:
        """The same, until nothing is left that can be."""
        while await self.carry():
            pass

    async def asks(self, *, last_first: bool = False) -> list[Pending]:
        """What disputes ask of orders is written down, and their workflows have not come to it."""
        async with self.market.pool.acquire() as connection:
            waiting = await chargebacks.not_carried(connection, 10)
            in_turn = reversed(waiting) if last_first else waiting
            asked = [await chargebacks.carry(connection, one) for one in in_turn]
        return [one for one in asked if one is not None]

    async def decides(self, asked: Pending) -> Recorded:
        """The workflow of an order comes to what was asked of it."""
        order = await self.read(asked.order_id)
        said = {**asked.signal, "received_at": asked.received_at.isoformat()}
        command = read(ProviderAct(asked.action), said, asked.request_id, now())
        assert isinstance(command, Command)
        return await self.market.record(
            record_of_command(order, command, decide(order, command, now()))
        )

    async def read(self, order_id: UUID | str) -> Order:
        """An order as it stands."""
        async with self.market.pool.acquire() as connection:
            doc = await connection.fetchval(
                "SELECT doc FROM orders WHERE id = $1", UUID(str(order_id))
            )
        return Order.model_validate(doc)


async def outcomes(owner: Owner) -> list[str | None]:
    """What came of each thing that was said of disputes, in its order; None where it waits."""
    rows = await owner.fetch(
        "SELECT outcome FROM provider_events WHERE kind LIKE 'dispute%' ORDER BY number"
    )
    return [row["outcome"] for row in rows]


async def owed(owner: Owner) -> dict[str, int]:
    """Who owes how much."""
    rows = await owner.fetch("SELECT user_id, owed FROM receivables WHERE owed > 0")
    return {row["user_id"]: row["owed"] for row in rows}
