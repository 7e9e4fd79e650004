"""A whole run: arm after arm, on one stack where they can share it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from bench.arms import ARMS
from bench.machine import machine
from bench.plan import Plan
from bench.report import Report
from bench.stack import measured_stack

Say = Callable[[str], None]


async def measured(names: Sequence[str], *, quick: bool, say: Say) -> Report:
    """Measure these arms, and return what was found; `say` gets a line before each.

    Raises:
        StackError: a stack cannot start.
        Failed: the product answers what no measurement can go on from.
    """
    plan, here = Plan.of(quick=quick), machine()
    try:
        found = await _on_one_stack(names, plan, say) | await _alone(names, plan, say)
    except ExceptionGroup as several:  # of clients at once: the first of them says it all
        raise several.exceptions[0] from several
    return Report(
        measured_at=datetime.now(UTC),
        machine=here,
        quick=quick,
        found={name: part.model_dump(mode="json") for name, part in found.items()},
    )


async def _on_one_stack(names: Sequence[str], plan: Plan, say: Say) -> dict[str, BaseModel]:
    wanted = {name: arm.measure for name, arm in ARMS.items() if name in names and arm.measure}
    if not wanted:
        return {}
    found = {}
    async with measured_stack() as stack:
        for name, measure in wanted.items():
            say(f"Measuring: {name} …")
            found[name] = await measure(stack, plan)
    return found


async def _alone(names: Sequence[str], plan: Plan, say: Say) -> dict[str, BaseModel]:
    found = {}
    for name, arm in ARMS.items():
        if name in names and arm.measure_alone:
            say(f"Measuring: {name} …")
            found[name] = await arm.measure_alone(plan)
    return found
