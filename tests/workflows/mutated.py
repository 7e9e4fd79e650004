"""Order workflows that are not the product's, to see that a replay tells them apart.

In a module of their own, since the sandbox imports the module of a workflow anew.
"""

from temporalio import workflow

from workflows.order import OrderWorkflow
from workflows.start import OrderStart

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta
    from typing import Any

    from pydantic import BaseModel

    from domain.order import Order, Outcome
    from domain.step import Recorded, ToRecord


class _Mutated(OrderWorkflow):
    _order: Order


@workflow.defn(name="OrderWorkflow")
class PausesFirst(_Mutated):
    """Another command in front of every step."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: OrderStart) -> Outcome:
        """As the product's."""
        return await super().run(start)

    async def _record(self, record: ToRecord, summary: str) -> Recorded:
        await workflow.sleep(timedelta(seconds=1))
        return await super()._record(record, summary)


@workflow.defn(name="OrderWorkflow")
class PausesFirstIfNew(_Mutated):
    """The same, with the old way kept for orders that were begun before."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: OrderStart) -> Outcome:
        """As the product's."""
        return await super().run(start)

    async def _record(self, record: ToRecord, summary: str) -> Recorded:
        if workflow.patched("pause-before-a-step"):
            await workflow.sleep(timedelta(seconds=1))
        return await super()._record(record, summary)


@workflow.defn(name="OrderWorkflow")
class SetsNoTimer(_Mutated):
    """A command less."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: OrderStart) -> Outcome:
        """As the product's."""
        return await super().run(start)

    async def _wait(self) -> None:
        await workflow.wait_condition(lambda: bool(self._inbox))


@workflow.defn(name="OrderWorkflow")
class ShowsFirst(_Mutated):
    """The same commands in another order: what it is found by changes before it is written."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: OrderStart) -> Outcome:
        """As the product's."""
        return await super().run(start)

    async def _record(self, record: ToRecord, summary: str) -> Recorded:
        after = getattr(record.verdict, "order", self._order)
        self._order = after
        self._publish()
        return await super()._record(record, summary)


class _StartOfBefore(BaseModel):
    """What runs began with before there were generations."""

    order: Order
    seen: tuple[str, ...] = ()
    by_hand: int = 0
    letters: tuple[Any, ...] = ()


@workflow.defn(name="OrderWorkflow")
class FromBeforeGenerations(_Mutated):
    """As a release before generations reads what a run begins with."""

    @workflow.init
    def __init__(self, start: _StartOfBefore) -> None:
        super().__init__(OrderStart(order=start.order))

    @workflow.run
    async def run(self, start: _StartOfBefore) -> Outcome:  # type: ignore[override]
        """As the product's."""
        return await super().run(OrderStart(order=start.order))
