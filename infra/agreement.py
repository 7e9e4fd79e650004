"""Whether the orders in the database and their workflows in Temporal say the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import partial
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from db import audit
from db.audit import Finding, Stand
from db.pool import Pool, connection
from domain.timers import passed
from domain.words import instant
from infra.lasting import PATIENCE_SECONDS, lasting
from infra.order_workflows import somebody_works
from workflows import notifications as telling
from workflows.attributes import ORDER_STATE
from workflows.order import OrderWorkflow, workflow_id

AT_ONCE = 20
ANSWERS_WITHIN = timedelta(seconds=5)
WAITS_AT_MOST = timedelta(minutes=5)
"""How long a request may wait for its decision, and a deadline for what it brings."""


class Ailment(Enum):
    """What is wrong between an order and its workflow."""

    GONE = auto()
    """None runs that could carry the order on, or bring its end to the end."""
    BEHIND = auto()
    """One runs that knows another order than the database."""
    STUCK = auto()
    """One runs and does not do what is due."""
    UNANSWERED = auto()
    """The order has ended, and somebody who asked has not been told."""
    UNTOLD = auto()
    """A message waits to be sent, and nobody is there to send it."""


@dataclass(frozen=True)
class Disagreement(Finding):
    """What an order and its workflow do not agree about."""

    order_id: UUID
    ailment: Ailment


@dataclass(frozen=True)
class Seen:
    """An order's workflow as Temporal has it: its status and search attribute, and the version of
    the order by its own account, None where it was not asked. `untold` are the steps of the order
    with messages that no workflow sends."""

    status: WorkflowExecutionStatus | None
    state: str | None = None
    version: int | None = None
    is_mute: bool = False
    untold: Sequence[int] = ()

    @property
    def runs(self) -> bool:
        """Whether somebody could signal it."""
        return self.status is WorkflowExecutionStatus.RUNNING


async def disagreements(
    pool: Pool,
    client: Client,
    orders: Sequence[UUID] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> list[Disagreement]:
    """Those of all orders, or of these, whose workflow does not run, runs too long, stands
    elsewhere or leaves something undone.

    A step that is under way makes the two differ for a moment: only what still differs after so
    many seconds of `patience` is a finding.
    """
    if orders is None:
        async with connection(pool) as acquired:
            orders = await audit.order_ids(acquired)
    return await lasting(partial(_differing, pool, client), orders, patience)


async def _differing(
    pool: Pool, client: Client, orders: Sequence[UUID]
) -> dict[UUID, Disagreement]:
    manned = await somebody_works(client)
    found: list[Disagreement] = []
    for first in range(0, len(orders), AT_ONCE):
        some = orders[first : first + AT_ONCE]
        seen = await asyncio.gather(*(_seen(client, order_id) for order_id in some))
        async with connection(pool) as acquired:  # after Temporal: an order's end is written first
            stands = await audit.stands(acquired, some)
        looks = [(stands[order_id], one) for order_id, one in zip(some, seen, strict=True)]
        asked = await asyncio.gather(*(_asked(client, *look, manned=manned) for look in looks))
        for (stand, _), one in zip(looks, asked, strict=True):
            found += _judged(stand, one, datetime.now(UTC))
    return {one.order_id: one for one in found}


async def _seen(client: Client, order_id: UUID) -> Seen:
    found = await _described(client, workflow_id(str(order_id)))
    if found is None:
        return Seen(None)
    return Seen(found.status, found.typed_search_attributes.get(ORDER_STATE))


async def _described(client: Client, name: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(name).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _asked(client: Client, stand: Stand, seen: Seen, *, manned: bool) -> Seen:
    untold = [seq for seq in stand.telling if not await _is_told(client, stand.order.id, seq)]
    return replace(await _at_step(client, stand, seen, manned=manned), untold=untold)


async def _is_told(client: Client, order_id: str, seq: int) -> bool:
    found = await _described(client, telling.workflow_id(order_id, seq))
    return found is not None and found.status is WorkflowExecutionStatus.RUNNING


async def _at_step(client: Client, stand: Stand, seen: Seen, *, manned: bool) -> Seen:
    """Only the workflow itself knows at which step it is, and only a worker can ask it."""
    if not seen.runs or not manned or stand.order.state.is_final:
        return seen
    handle = client.get_workflow_handle(workflow_id(stand.order.id))
    try:
        order = await handle.query(OrderWorkflow.order, rpc_timeout=ANSWERS_WITHIN)
    except (WorkflowQueryFailedError, RPCError):
        return replace(seen, is_mute=True)
    return replace(seen, version=order.version)


def _judged(stand: Stand, seen: Seen, now: datetime) -> list[Disagreement]:
    """What is wrong, the first of it: the rest may follow from that."""
    order = stand.order
    verdict = _of_status(stand, seen) or _of_standing(stand, seen) or _of_waiting(stand, seen, now)
    if verdict is None:
        return []
    ailment, problem = verdict
    return [Disagreement(f"order {order.id}", problem, UUID(order.id), ailment)]


def _of_status(stand: Stand, seen: Seen) -> tuple[Ailment, str] | None:
    order = stand.order
    why = f"is {order.state} and its workflow is {_word(seen.status)}"
    if not order.state.is_final:
        return None if seen.runs else (Ailment.GONE, why)
    if seen.status in (None, WorkflowExecutionStatus.COMPLETED):  # None: past Temporal's retention
        return None
    return (Ailment.BEHIND if seen.runs else Ailment.GONE), why


def _of_standing(stand: Stand, seen: Seen) -> tuple[Ailment, str] | None:
    order = stand.order
    if seen.status is not None and seen.state != order.state:
        why = f"is {order.state} and its workflow shows {seen.state}"
        return (Ailment.BEHIND if seen.runs else Ailment.GONE), why
    if seen.version is not None and seen.version != order.version:
        why = f"is at step {order.version} and its workflow at step {seen.version}"
        return Ailment.BEHIND, why
    return None


def _of_waiting(stand: Stand, seen: Seen, now: datetime) -> tuple[Ailment, str] | None:
    order, longest = stand.order, now - WAITS_AT_MOST
    if stand.undecided_since is not None and stand.undecided_since < longest:
        why = f"has a request of {instant(stand.undecided_since)} that nobody has decided"
        return (Ailment.UNANSWERED if order.state.is_final else Ailment.STUCK), why
    timer = None if order.state.is_final else passed(order, longest)
    if timer is not None:
        return Ailment.STUCK, f"nothing has followed its deadline of {instant(timer.at)}"
    if seen.is_mute:
        return Ailment.STUCK, f"is {order.state} and its workflow does not answer"
    if seen.untold:
        steps = ", ".join(str(seq) for seq in seen.untold)
        return Ailment.UNTOLD, f"has messages that nobody sends, of entry {steps} of its journal"
    return None


def _word(status: WorkflowExecutionStatus | None) -> str:
    return status.name.lower().replace("_", " ") if status is not None else "missing"
