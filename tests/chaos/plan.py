"""What a seed decides: who orders what from whom, what they do, and what is broken when.

A seed fixes the orders, their people, prices and moves, how each move is sent, and the faults with
their order, lengths and places, counted in moves that have been answered. It cannot fix how the
machine schedules processes, which bytes are under way when something breaks, who wins a race, nor
the ids and instants that the product makes: two runs of a seed are alike, not equal. The numbers of
orders and faults are part of what is drawn: another number is another plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from tests.chaos.dispute_kinds import DISPUTES, PARTS, PlannedDispute
from tests.chaos.kinds import IMPATIENT, KINDS, ONE_REVISION, Step, in_manner
from tests.chaos.payment_kinds import PAY_INS, PAYOUTS, PlannedPayment
from tests.chaos.proxy import Weather

PROCESSES = ("api", "worker", "postgres", "temporal")
LINKS = ("client", "api-postgres", "worker-postgres", "api-temporal", "worker-temporal")
PROVIDER_LINKS = ("api-provider", "worker-provider", "provider-api")
PROVIDER_TROUBLE = (
    *("outage", "rate limited", "broken", "replies lost"),
    *("events first", "events twice", "events reversed"),
)
"""What is wrong with the payment provider itself."""
BAD_WEATHER = tuple(weather for weather in Weather if weather is not Weather.CALM)
ORDERS_A_BUYER = 8
ORDERS_A_PAYMENT = 3
PAYMENTS = ("", "", "first", "with", "with", "late")
ASKED_BACK = ("first", "with")
"""Payments that banks dispute, how often, and how often that is decided in the end alone."""
DISPUTED, LATE = 0.5, 0.3
ORDERS_AN_OWING = 20
SPENT_BEFORE = PlannedDispute("lost", part=1, after=0, late=False)
"""Of a payment that its payer has spent at once, on an order which is stopped a while later."""
MANNERS = ("once",) * 8 + ("crowd", "late")
T = TypeVar("T")

LAST = 0.95
"""The part of all moves after which nothing more is broken."""


@dataclass(frozen=True)
class Fault:
    """Something to break after so many `moves`: a process, killed or frozen (inside a transaction
    too), a link, or callers who read nothing."""

    moves: int
    what: str
    where: str
    seconds: float
    seed: int


@dataclass(frozen=True)
class PlannedOrder:
    """An order to place; `means`: whether its buyer tops up when the wallet holds too little."""

    number: int
    kind: str
    buyer: str
    seller: str
    price: int
    extras: int
    means: bool
    steps: tuple[Step, ...]
    seed: int
    payment: str = ""
    """How its buyer gets what is missing in the wallet: at the provider `first`, or together `with`
    the order, or `late`, when the service is sold no more; otherwise from an operator."""
    dispute: PlannedDispute | None = None
    """What their bank does about that payment."""

    @property
    def quick(self) -> bool:
        """Whether the seller has no time to deliver."""
        return self.kind in IMPATIENT

    @property
    def revisions(self) -> int | None:
        """How many revisions the service includes."""
        return 1 if self.kind in ONE_REVISION else None

    @property
    def moves(self) -> int:
        """How much progress the order is worth, with its placing."""
        return 1 + len(self.steps)


@dataclass(frozen=True)
class Plan:
    """A whole run. `funds` is what each buyer has at first: less than all their orders cost.
    `decision_expiry` is what follows when nobody decides."""

    seed: int
    orders: tuple[PlannedOrder, ...]
    faults: tuple[Fault, ...]
    funds: dict[str, int]
    decision_expiry: str
    payments: tuple[PlannedPayment, ...] = ()

    @property
    def moves(self) -> int:
        """The progress of the whole run."""
        return sum(order.moves for order in self.orders) + len(self.payments)


def plan(seed: int, orders: int, faults: int, longest: float, *, provided: bool = False) -> Plan:
    """The plan of a seed. Nothing is frozen or cut off for more than `longest` seconds. With a
    payment provider people pay there, and it has its own trouble."""
    random = Random(seed)
    placed = tuple(_orders(random, orders))
    payments: tuple[PlannedPayment, ...] = ()
    if provided:
        payer = Random(f"payments of {seed}")
        placed = tuple(replace(one, payment=payer.choice(PAYMENTS)) for one in placed)
        placed = tuple(_disputed(Random(f"banks of {seed}"), placed))
        placed = tuple(map(_owing, placed))
        payments = tuple(_payments(payer, max(orders // ORDERS_A_PAYMENT, 1)))
    moves = sum(order.moves for order in placed) + len(payments)
    funds: dict[str, int] = {}
    for order in placed:
        part = random.uniform(0.3, 1.0) if order.dispute != SPENT_BEFORE else 0
        funds[order.buyer] = funds.get(order.buyer, 1) + int(part * order.price)
    broken = tuple(_faults(random, faults, moves, longest, OF_PROVIDER if provided else []))
    expiry = random.choice(("complete", "open_dispute"))
    return Plan(seed, placed, broken, funds, expiry, payments)


def _orders(random: Random, count: int) -> Iterator[PlannedOrder]:
    buyers = max(2, count // ORDERS_A_BUYER)
    kinds = _dealt(random, tuple(KINDS), count)
    for number, kind in enumerate(kinds):
        yield PlannedOrder(
            number=number,
            kind=kind,
            buyer=f"buyer-{random.randrange(buyers)}",
            seller=f"seller-{random.randrange(buyers)}",
            price=random.randint(101, 9_999),
            extras=random.choice((0, 0, 1)),
            means=random.random() < 0.7,
            steps=tuple(in_manner(step, random.choice(MANNERS)) for step in KINDS[kind]),
            seed=random.getrandbits(32),
        )


def _payments(random: Random, count: int) -> Iterator[PlannedPayment]:
    for number, kind in enumerate(_dealt(random, (*PAY_INS, *PAYOUTS), count)):
        yield PlannedPayment(number, kind, random.randint(101, 9_999), random.getrandbits(32))


def _disputed(random: Random, orders: tuple[PlannedOrder, ...]) -> Iterator[PlannedOrder]:
    """The orders with what the banks of those who pay do, of which about half do nothing."""
    kinds = _dealt(random, tuple(DISPUTES), len(orders))
    for order, kind in zip(orders, kinds, strict=True):
        dispute = PlannedDispute(
            kind,
            part=random.choice(PARTS),
            after=random.randint(0, len(order.steps)),
            late=random.random() < LATE,
        )
        is_disputed = order.payment in ASKED_BACK and random.random() < DISPUTED
        yield replace(order, dispute=dispute) if is_disputed else order


def _owing(order: PlannedOrder) -> PlannedOrder:
    """Now and then one whose buyer owes its price, until that comes back."""
    if order.number % ORDERS_AN_OWING != ORDERS_AN_OWING // 2:
        return order
    kind = "stopped in dispute"
    return replace(
        order,
        kind=kind,
        buyer=f"owing-{order.number}",
        extras=0,
        means=True,
        steps=tuple(KINDS[kind]),
        payment="first",
        dispute=SPENT_BEFORE,
    )


OF_PROVIDER = [
    *((trouble, "provider") for trouble in PROVIDER_TROUBLE),
    *((weather, link) for weather in BAD_WEATHER for link in PROVIDER_LINKS),
    ("freeze", "provider"),
]


def _faults(
    random: Random, count: int, moves: int, longest: float, more: list[tuple[str, str]]
) -> Iterator[Fault]:
    kinds = [
        *more,
        *(("kill", process) for process in PROCESSES * 2),
        *(("freeze", process) for process in PROCESSES),
        *(("freeze inside", "api"), ("not reading", "client")) * 2,
        *((weather, link) for weather in BAD_WEATHER for link in LINKS),
        *((Weather.LOSE_REPLIES, link) for link in LINKS),
    ]
    spread = moves * LAST / max(count, 1)
    for number, (what, where) in enumerate(_dealt(random, tuple(kinds), count)):
        yield Fault(
            moves=int((number + random.random()) * spread),
            what=what,
            where=where,
            seconds=random.uniform(0.2, 1.0) * longest,
            seed=random.getrandbits(32),
        )


def _dealt(random: Random, cards: tuple[T, ...], count: int) -> Iterator[T]:
    """So many cards from shuffled decks: all come before one comes again."""
    left: list[T] = []
    for _ in range(count):
        if not left:
            left = random.sample(cards, len(cards))
        yield left.pop()
