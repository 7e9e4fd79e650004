"""Whether the orders in the database and their workflows in Temporal say the same."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from temporalio.client import Client

from db import audit, clock, restorations, worker_heartbeats
from db.audit import Finding, OrderSnapshot
from db.pool import Connection, Pool, connection
from domain.conversation import number_told
from domain.operator_text import counted, instant
from domain.timers import first_expired
from infra.routing import all_served, crews
from reconcile.persistent_findings import (
    PATIENCE_SECONDS,
    Begins,
    Found,
    Key,
    nobody,
    persistent_findings,
)
from reconcile.workflow_status import (
    COMPLETED,
    MISSING,
    WorkflowStatus,
    with_query,
    workflow_status,
)

AT_ONCE = 20
WAITS_AT_MOST = timedelta(minutes=5)
"""How long a request may wait for its decision, a deadline for what it brings, and a message until
somebody begins to send it."""


class Mismatch(StrEnum):
    """The ways in which an order and its workflow can disagree, as findings name them."""

    GONE = "missing-workflow"
    """None runs that could carry the order on, or bring its end to the end."""
    BEHIND = "differing-workflow"
    """One runs that knows another order than the database."""
    STUCK = "stuck-workflow"
    """One runs and does not do what is due."""
    UNANSWERED = "unanswered-request"
    """The order has ended, and somebody who asked has not been told."""
    UNTOLD = "unsent-messages"
    """A message waits to be sent, and nobody is there to send it."""
    UNBEGUN = "unbegun-messages"
    """A message waits, and no API has begun to have it sent."""
    FAILING = "failing-workflow"
    """One runs that no worker can carry on: it would not read what it is sent either."""
    HALTED = "halted-workflow"
    """There is one, and somebody has seen to it that it does not run."""
    UNREADABLE = "unreadable-order"
    """Nobody can say: what the database has is no order."""


Verdict = tuple[Mismatch, str]
"""How the database and a workflow disagree, and how that is told."""


@dataclass(frozen=True)
class OrderMismatch(Finding):
    """A finding about an order and its workflow."""

    order_id: UUID
    mismatch: Mismatch


async def mismatches(
    pool: Pool,
    client: Client,
    orders: Sequence[UUID] | None = None,
    patience: float = PATIENCE_SECONDS,
    begins: Begins = nobody,
) -> list[OrderMismatch]:
    """Return those of all orders, or of `orders`, whose workflow does not run, runs too long,
    stands elsewhere or leaves something undone.

    A step that is under way makes the two differ for a moment: only what still differs after so
    many seconds of `patience` is a finding.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    if orders is None:
        async with connection(pool) as acquired:
            orders = await audit.order_ids(acquired)
    begins(f"comparing {counted(len(orders), 'order')} with what Temporal has of them")
    return await persistent_findings(partial(_differing, pool, client), orders, patience, begins)


async def worker_answers(pool: Pool, client: Client) -> bool:
    """Return whether there are workers that could say where every workflow stands: one that is
    frozen still polls, as far as Temporal knows, and keeps everybody who asks waiting.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    seen = await crews(client)
    async with connection(pool) as acquired:
        alive = await worker_heartbeats.lately_alive(acquired)
    return all_served(seen, alive)


async def _differing(
    pool: Pool, client: Client, orders: Sequence[UUID]
) -> dict[UUID, OrderMismatch]:
    worker_polls = await worker_answers(pool, client)
    return await some_at_once(partial(_of_some, pool, client, worker_polls=worker_polls), orders)


async def some_at_once(
    look: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Found]]], these: Sequence[Key]
) -> dict[Key, Found]:
    """Return what `look` finds of these, which it gets `AT_ONCE` at a time: it asks Temporal of
    each, all beside each other."""
    found: dict[Key, Found] = {}
    for first in range(0, len(these), AT_ONCE):
        found |= await look(these[first : first + AT_ONCE])
    return found


async def _of_some(
    pool: Pool, client: Client, orders: Sequence[UUID], *, worker_polls: bool
) -> dict[UUID, OrderMismatch]:
    shown = await asyncio.gather(*(workflow_status(client, str(order_id)) for order_id in orders))
    async with connection(pool) as acquired:  # after Temporal: an order's end is written first
        snapshots = await audit.order_snapshots(acquired, orders, WAITS_AT_MOST)
        longest = await _longest_wait(acquired)
    looks = [
        (snapshots[one], look) for one, look in zip(orders, shown, strict=True) if one in snapshots
    ]
    answers = await asyncio.gather(
        *(with_query(client, *look, worker_polls=worker_polls) for look in looks)
    )
    found = [_unreadable(order_id) for order_id in orders if order_id not in snapshots]
    for (snapshot, _), answer in zip(looks, answers, strict=True):
        found += _judged(snapshot, answer, longest)
    return {one.order_id: one for one in found}


async def _longest_wait(acquired: Connection) -> datetime:
    """Return the instant (UTC) from before which nothing may wait any more. What is older than a
    restoration does not get the usual time: a workflow that is newer than the database takes it for
    decided, however often it is signalled."""
    usual = await clock.now(acquired) - WAITS_AT_MOST
    restored = await restorations.latest(acquired)
    return max(usual, restored.at) if restored else usual


def _unreadable(order_id: UUID) -> OrderMismatch:
    problem = "its document in the database cannot be read"
    return _mismatch(order_id, Mismatch.UNREADABLE, problem)


def _judged(
    snapshot: OrderSnapshot, workflow_status: WorkflowStatus, longest: datetime
) -> list[OrderMismatch]:
    """Return the first thing that is wrong, if any: the rest may follow from it."""
    order = snapshot.order
    verdict = (
        _of_status(snapshot, workflow_status)
        or _of_standing(snapshot, workflow_status)
        or _of_waiting(snapshot, workflow_status, longest)
    )
    if verdict is None:
        return []
    mismatch, problem = verdict
    return [_mismatch(UUID(order.id), mismatch, problem)]


def _mismatch(order_id: UUID, mismatch: Mismatch, problem: str) -> OrderMismatch:
    return OrderMismatch(mismatch.value, f"order {order_id}", problem, order_id, mismatch)


def held_up(what: str, seen: WorkflowStatus) -> Verdict | None:
    """Return what keeps the workflow that there is, if anything does, of something that is `what`
    in the database."""
    if not seen.runs and not seen.is_over:
        return Mismatch.HALTED, f"{what} and its workflow is {seen.status}"
    if seen.fails:
        return Mismatch.FAILING, f"{what} and its workflow's task fails"
    return None


def _of_status(snapshot: OrderSnapshot, workflow_status: WorkflowStatus) -> Verdict | None:
    order = snapshot.order
    verdict = held_up(f"is {order.state}", workflow_status)
    if verdict is not None:
        return verdict
    why = f"is {order.state} and its workflow is {workflow_status.status}"
    if not order.state.is_final:
        return None if workflow_status.runs else (Mismatch.GONE, why)
    if workflow_status.status in (MISSING, COMPLETED):  # missing: past Temporal's retention
        return None
    return (Mismatch.BEHIND if workflow_status.runs else Mismatch.GONE), why


def _of_standing(snapshot: OrderSnapshot, workflow_status: WorkflowStatus) -> Verdict | None:
    order = snapshot.order
    if workflow_status.status != MISSING and workflow_status.state != order.state:
        why = f"is {order.state} and its workflow shows {workflow_status.state}"
        return (Mismatch.BEHIND if workflow_status.runs else Mismatch.GONE), why
    if workflow_status.version is not None and workflow_status.version != order.version:
        why = f"is at step {order.version} and its workflow at step {workflow_status.version}"
        return Mismatch.BEHIND, why
    return None


def _of_waiting(
    snapshot: OrderSnapshot, workflow_status: WorkflowStatus, longest: datetime
) -> Verdict | None:
    order = snapshot.order
    if snapshot.undecided_since is not None and snapshot.undecided_since < longest:
        why = f"has a request of {instant(snapshot.undecided_since)} that nobody has decided"
        return (Mismatch.UNANSWERED if order.state.is_final else Mismatch.STUCK), why
    timer = None if order.state.is_final else first_expired(order, longest)
    if timer is not None:
        return Mismatch.STUCK, f"nothing has followed its deadline of {instant(timer.at)}"
    if workflow_status.is_mute:
        return Mismatch.STUCK, f"is {order.state} and its workflow does not answer"
    if workflow_status.untold:
        return (
            Mismatch.UNTOLD,
            f"has messages that nobody sends, of {_entries(workflow_status.untold)}",
        )
    if snapshot.unbegun:
        why = f"has messages that nobody has begun to send, of {_entries(snapshot.unbegun)}"
        return Mismatch.UNBEGUN, why
    return None


def _entries(told: Sequence[int]) -> str:
    """Say what is told of: entries of the journal by their numbers, messages by minus theirs."""
    entries = [str(seq) for seq in told if number_told(seq) is None]
    numbers = [str(number) for number in map(number_told, told) if number is not None]
    parts = [f"entry {', '.join(entries)} of its journal"] if entries else []
    return " and ".join([*parts, *([f"message {', '.join(numbers)}"] if numbers else [])])
