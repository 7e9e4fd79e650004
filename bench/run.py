"""A whole run: one stack, arm after arm."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bench.arms import ARMS
from bench.machine import machine
from bench.plan import Plan
from bench.report import Report
from bench.stack import measured_stack


async def measured(names: Sequence[str], *, quick: bool, say: Callable[[str], None]) -> Report:
    """Measure these arms, and return what was found; `say` gets a line before each.

    Raises:
        StackError: the stack cannot start.
        Failed: the product answers what no measurement can go on from.
    """
    plan, here, found = Plan.of(quick=quick), machine(), {}
    async with measured_stack() as stack:
        for name, arm in ARMS.items():
            if name in names:
                say(f"Measuring: {name} …")
                found[name] = (await arm.measure(stack, plan)).model_dump(mode="json")
    return Report(measured_at=datetime.now(UTC), machine=here, quick=quick, found=found)
