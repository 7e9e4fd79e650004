"""Orders that stand still: their workflow was terminated, failed or timed out before they ended."""

from collections.abc import Iterable, Iterator
from itertools import islice

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from infra.operator_questions import STOPPED

AT_ONCE = 50
"""Ids that one query asks for."""

GOES_ON = (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED)


async def stopped_orders(client: Client) -> list[str]:
    """Return the ids of the workflows that were stopped and have no later run that goes on, or has
    carried the order to its end. One query while there are none, whatever runs besides; what
    Temporal lists may be some seconds old.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    stopped = {one.id async for one in client.list_workflows(STOPPED)}
    return [
        name for some in _parts(sorted(stopped)) for name in await _without_later_run(client, some)
    ]


async def _without_later_run(client: Client, names: list[str]) -> list[str]:
    ids = ", ".join(f"'{name}'" for name in names)
    runs = [one async for one in client.list_workflows(f"WorkflowId IN ({ids})")]
    return [name for name in names if _latest(runs, name).status not in GOES_ON]


def _latest(runs: Iterable[WorkflowExecution], name: str) -> WorkflowExecution:
    return max((one for one in runs if one.id == name), key=lambda one: one.start_time)


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while part := list(islice(rest, AT_ONCE)):
        yield part
