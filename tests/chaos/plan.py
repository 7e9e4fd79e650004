"""What a seed decides: who orders what from whom, what they do, and what is broken when.

A seed fixes the orders, their people, prices and moves, how each move is sent, and the faults with
their order, lengths and places, counted in moves that have been answered. It cannot fix how the
machine schedules processes, which bytes are under way when something breaks, who wins a race, nor
the ids and instants that the product makes: two runs of a seed are alike, not equal. The numbers of
orders and faults are part of what is drawn: another number is another plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.chaos.kinds import IMPATIENT, KINDS, Step, in_manner
from tests.chaos.proxy import Weather

PROCESSES = ("api", "worker", "postgres", "temporal")
LINKS = ("client", "api-postgres", "worker-postgres", "api-temporal", "worker-temporal")
BAD_WEATHER = tuple(weather for weather in Weather if weather is not Weather.CALM)
ORDERS_A_BUYER = 8
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

    @property
    def quick(self) -> bool:
        """Whether the seller has no time to deliver."""
        return self.kind in IMPATIENT

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

    @property
    def moves(self) -> int:
        """The progress of the whole run."""
        return sum(order.moves for order in self.orders)


def plan(seed: int, orders: int, faults: int, longest: float) -> Plan:
    """The plan of a seed. Nothing is frozen or cut off for more than `longest` seconds."""
    random = Random(seed)
    placed = tuple(_orders(random, orders))
    moves = sum(order.moves for order in placed)
    funds: dict[str, int] = {}
    for order in placed:
        part = random.uniform(0.3, 1.0)
        funds[order.buyer] = funds.get(order.buyer, 1) + int(part * order.price)
    broken = tuple(_faults(random, faults, moves, longest))
    return Plan(seed, placed, broken, funds, random.choice(("complete", "open_dispute")))


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


def _faults(random: Random, count: int, moves: int, longest: float) -> Iterator[Fault]:
    kinds = [
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
