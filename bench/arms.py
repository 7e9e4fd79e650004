"""What is measured: one arm a kind of figure, each with what it gives and how that is shown.

An arm that needs a stack of its own (one that is filled first, say) starts it within `measure`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from bench import shown
from bench.cost import Cost, cost
from bench.latency import Latencies, latencies
from bench.plan import Plan
from bench.rates import Rates, rates
from bench.reads import Reads, reads
from bench.stack import MeasuredStack
from bench.tables import Table

Found = TypeVar("Found", bound=BaseModel)


@dataclass(frozen=True)
class Arm(Generic[Found]):
    """A kind of figure: the model of what is found, how it is measured, how it is shown."""

    model: type[Found]
    measure: Callable[[MeasuredStack, Plan], Awaitable[Found]]
    shown: Callable[[Found], Sequence[Table]]


ARMS: dict[str, Arm[Any]] = {
    "lives": Arm(Rates, rates, shown.of_rates),
    "latency": Arm(Latencies, latencies, shown.of_latencies),
    "reads": Arm(Reads, reads, shown.of_reads),
    # Last: it has PostgreSQL write down every statement.
    "cost": Arm(Cost, lambda stack, plan: cost(stack, plan.lives), shown.of_cost),
}
