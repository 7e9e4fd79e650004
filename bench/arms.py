"""What is measured: one arm a kind of figure, each with what it gives and how that is shown."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from bench import shown
from bench.cost import Cost, cost
from bench.growth.measure import Growth, growth
from bench.latency import Latencies, latencies
from bench.plan import Plan
from bench.rates import Rates, rates
from bench.reads import Reads, reads
from bench.replicas import Replicas, replicas
from bench.stack import MeasuredStack
from bench.storm import Storm, storm
from bench.tables import Table

Found = TypeVar("Found", bound=BaseModel)


@dataclass(frozen=True)
class Arm(Generic[Found]):
    """A kind of figure: the model of what is found, how that is shown, how it is measured: on the
    stack that the run shares, or alone, by whoever fills a stack first."""

    model: type[Found]
    shown: Callable[[Found], Sequence[Table]]
    measure: Callable[[MeasuredStack, Plan], Awaitable[Found]] | None = None
    measure_alone: Callable[[Plan], Awaitable[Found]] | None = None
    takes_long: bool = False
    """A look leaves it out unless it is asked for."""


ARMS: dict[str, Arm[Any]] = {
    "lives": Arm(Rates, shown.of_rates, rates),
    "latency": Arm(Latencies, shown.of_latencies, latencies),
    "reads": Arm(Reads, shown.of_reads, reads),
    "storm": Arm(Storm, shown.of_storm, storm, takes_long=True),
    "replicas": Arm(Replicas, shown.of_replicas, replicas, takes_long=True),
    # Last: it has PostgreSQL write down every statement.
    "cost": Arm(Cost, shown.of_cost, lambda stack, plan: cost(stack, plan.lives)),
    "growth": Arm(
        Growth,
        shown.of_growth,
        measure_alone=lambda plan: growth(plan.sizes, plan.running),
        takes_long=True,
    ),
}
