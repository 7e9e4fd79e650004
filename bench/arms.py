"""What is measured: one arm a kind of figure, each with what it gives and how that is shown."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from bench.cost import Cost, cost
from bench.stack import MeasuredStack
from bench.tables import Table, figure

Found = TypeVar("Found", bound=BaseModel)


@dataclass(frozen=True)
class Plan:
    """How long is measured."""

    rounds: int
    seconds: float
    """Of one arm in one round."""
    clients: int
    lives: int
    """Counted for the cost."""

    @classmethod
    def of(cls, *, quick: bool) -> "Plan":
        """Return the plan of a look, under two minutes, or of a measurement."""
        if quick:
            return cls(rounds=2, seconds=3.0, clients=16, lives=5)
        return cls(rounds=5, seconds=10.0, clients=16, lives=20)


@dataclass(frozen=True)
class Arm(Generic[Found]):
    """A kind of figure: the model of what is found, how it is measured, how it is shown."""

    model: type[Found]
    measure: Callable[[MeasuredStack, Plan], Awaitable[Found]]
    shown: Callable[[Found], Sequence[Table]]


async def _cost(measured: MeasuredStack, plan: Plan) -> Cost:
    return await cost(measured, plan.lives)


def _shown_cost(found: Cost) -> list[Table]:
    rows = [
        ("history events", figure(found.events)),
        ("history bytes", figure(found.history_bytes)),
        ("workflow tasks", figure(found.workflow_tasks)),
        ("workflows beside the order's", figure(found.workflows_beside)),
        ("SQL statements", figure(found.statements)),
        ("transactions", figure(found.transactions)),
        ("statements inside SQL functions", figure(found.inner_statements)),
        ("bytes of WAL", figure(found.wal_bytes)),
        *((f"calls to Temporal: {name}", figure(count)) for name, count in found.calls.items()),
    ]
    note = f"Counted over {found.lives} lives, one after the other; no clock comes into it."
    return [Table("What a life costs", ("a life", "count"), rows, note)]


ARMS: dict[str, Arm[Any]] = {"cost": Arm(Cost, _cost, _shown_cost)}
