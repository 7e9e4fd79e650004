"""A village: a hundred orders of its own people, written as the product writes them.

Every id of a village holds its mark, eight hexadecimal digits, so that it can be copied as often as
wanted by exchanging these. Two people are of no village and have a share in each: a seller and a
buyer with many orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from bench.growth.stories import (
    DAYS_OF_WORK,
    ENDED,
    EXTRA_PRICE,
    FROM_BEFORE,
    OPEN,
    PRICE,
    Act,
    lives,
)
from db import display_names, messages, orders, people, requests, services, steps, wallets, webhooks
from db.pool import Connection
from db.services import Service, ServiceExtra
from domain.command import command
from domain.ledger import PostingKind
from domain.order import Actor, Extra, Order
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import decide
from domain.step import Step, record_of_command
from domain.vocabulary import Action, Role

ENDED_MARK: Final = "c0dec0de"
OPEN_MARK: Final = "c0deb00b"
SELLER, BUYER = "a-large-studio", "a-large-buyer"
"""Who is of no village: of a hundred orders ten are theirs."""
MEDIATOR, OPERATOR = "the-mediator", "the-operator"
SHARE: Final = 10
FORTUNE: Final = 1_000_000_000_000
POLICY: Final = Policy(ruling_window=DAYS_OF_WORK)
TITLES: Final = ("A logo for your shop", "A voice for your film", "A rare map", "A short text")
ENDPOINT: Final = UUID(int=7)


@dataclass
class Village:
    """A village while it comes into being: its mark, and the last number that was given."""

    connection: Connection
    mark: str
    number: int = 0
    terms: list[Terms] = field(default_factory=list)

    def id(self) -> str:
        """Return an id of this village that nothing has yet."""
        self.number += 1
        return str(UUID(f"{self.mark}-0000-4000-8000-{self.number:012x}"))

    async def found(self) -> None:
        """Write its people and what they offer."""
        self.terms = [
            *[await self._offer(SELLER, f"{TITLES[n]} by the studio") for n in range(2)],
            *[
                await self._offer(f"seller-{n}-{self.mark}", TITLES[n % len(TITLES)])
                for n in range(20)
            ],
        ]
        for n in range(20):
            buyer = f"buyer-{n}-{self.mark}"
            await _wallet(self.connection, f"top-up-{n}-{self.mark}", buyer, 50 * PRICE)
            await display_names.give(self.connection, buyer, f"Ana {n} {self.mark}")

    async def _offer(self, seller_id: str, title: str) -> Terms:
        extra = Extra(id=self.id(), price=EXTRA_PRICE, delivery_time=DAYS_OF_WORK)
        terms = Terms(
            service_id=self.id(),
            seller_id=seller_id,
            currency="EUR",
            price=PRICE,
            delivery_time=DAYS_OF_WORK,
            revision_time=DAYS_OF_WORK,
            extras=(extra,),
        )
        await services.add(
            self.connection,
            Service(
                **terms.model_dump(exclude={"service_id", "extras"}),
                id=UUID(terms.service_id),
                title=title,
                description="Drawn by hand, in three drafts.",
                extras=[ServiceExtra(UUID(extra.id), "Sources", extra.price, extra.delivery_time)],
            ),
        )
        return terms

    async def play(self, number: int, life: Sequence[Act]) -> None:
        """Write the order with this number, from its placing to the end of its life."""
        of_studio = number % SHARE == 0
        terms = self.terms[number % 2 if of_studio else 2 + number % (len(self.terms) - 2)]
        buyer_id = BUYER if number % SHARE == 1 else f"buyer-{number % 20}-{self.mark}"
        order = await self._placed(terms, buyer_id)
        request_id = ""
        for act in life:
            named = order.extras[0].id if act.action is Action.BUY_EXTRA else request_id
            order, request_id = await self._done(order, act, named)
        await self._talk(order)

    async def _placed(self, terms: Terms, buyer_id: str) -> Order:
        step = place(self.id(), buyer_id, terms, (), POLICY, _now())
        if not isinstance(step, Step):
            raise TypeError(step.detail)
        order = step.order
        titles = {extra.id: "Sources" for extra in terms.extras}
        title = TITLES[int(order.id[-2:], 16) % len(TITLES)]
        brief = "For a shop that sells fish; blue, and readable from afar. " * 5
        words = OrderTexts(title, brief, titles, external_id=f"ours-{order.id}", metadata={})
        await steps.place(self.connection, step, words)
        await orders.mark_started(self.connection, [UUID(order.id)])
        return order

    async def _done(self, order: Order, act: Act, named: str) -> tuple[Order, str]:
        said = {
            name: named if value == FROM_BEFORE else value
            for name, value in act.fields.model_dump().items()
        }
        fields, request_id = type(act.fields).model_validate(said), self.id()
        actor = Actor(id=_who(order, act.role), role=act.role)
        pending = await requests.write(
            self.connection, UUID(order.id), request_id, act.action, actor, fields, None
        )
        wish = command(act.action, actor, pending.received_at, fields, request_id)
        verdict = decide(order, wish, _now())
        if not isinstance(verdict, Step):
            raise TypeError(verdict.detail)
        await requests.mark_signalled(self.connection, pending)
        recorded = await steps.record(self.connection, record_of_command(order, wish, verdict))
        return recorded.order, request_id

    async def _talk(self, order: Order) -> None:
        author = Actor(id=order.buyer_id, role=Role.BUYER)
        await messages.write(self.connection, order, author, "Thank you for this.", (), 0)
        await messages.mark_read(self.connection, UUID(order.id), order.seller_id, 1)


async def settle_world(connection: Connection) -> None:
    """Write what all villages share: the fortune of the large buyer, an endpoint that hears of
    everything, and people who are mailed."""
    for n in range(3):
        await _wallet(connection, f"fortune-{n}", BUYER, FORTUNE)
    await webhooks.add(connection, ENDPOINT, "https://shop.example/", None, "sealed", OPERATOR)
    for who in (SELLER, BUYER):
        await display_names.give(connection, who, who.replace("-", " ").title())
        await people.put(
            connection,
            who,
            language="fr",
            email=None,
            by_email=False,
            time_zone="Europe/Paris",
            roles=["user"],
        )


async def settle_village(connection: Connection, mark: str) -> None:
    """Write the village of ended orders, or that of open ones."""
    village = Village(connection, mark)
    await village.found()
    for number, life in enumerate(lives(ENDED if mark == ENDED_MARK else OPEN)):
        await village.play(number, life)


async def _wallet(connection: Connection, key: str, user_id: str, amount: int) -> None:
    await wallets.move(connection, key, PostingKind.TOP_UP, user_id, amount, "EUR", f"pi-{key}")


def _who(order: Order, role: Role) -> str:
    return {Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(role, MEDIATOR)


def _now() -> datetime:
    return datetime.now(UTC)
