"""Whether the orders in the database and their workflows in Temporal say the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import partial
from uuid import UUID

from temporalio.client import Client

from db import audit
from db.audit import Finding, Stand
from db.pool import Pool, connection
from domain.timers import passed
from domain.words import instant
from infra.order_workflows import somebody_works
from reconcile.persistent_findings import PATIENCE_SECONDS, lasting
from reconcile.workflow_status import COMPLETED, MISSING, Seen, asked, seen

AT_ONCE = 20
WAITS_AT_MOST = timedelta(minutes=5)
"""How long a request may wait for its decision, a deadline for what it brings, and a message until
somebody begins to send it."""


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
    UNBEGUN = auto()
    """A message waits, and no API has begun to have it sent."""
    FAILING = auto()
    """One runs that no worker can carry on: it would not read what it is sent either."""
    HALTED = auto()
    """There is one, and somebody has seen to it that it does not run."""
    UNREADABLE = auto()
    """Nobody can say: what the database has is no order."""


@dataclass(frozen=True)
class Disagreement(Finding):
    """What an order and its workflow do not agree about."""

    order_id: UUID
    ailment: Ailment


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
        found += await _of_some(pool, client, orders[first : first + AT_ONCE], manned=manned)
    return {one.order_id: one for one in found}


async def _of_some(
    pool: Pool, client: Client, orders: Sequence[UUID], *, manned: bool
) -> list[Disagreement]:
    shown = await asyncio.gather(*(seen(client, str(order_id)) for order_id in orders))
    async with connection(pool) as acquired:  # after Temporal: an order's end is written first
        stands = await audit.stands(acquired, orders, WAITS_AT_MOST)
    looks = [(stands[one], look) for one, look in zip(orders, shown, strict=True) if one in stands]
    answers = await asyncio.gather(*(asked(client, *look, manned=manned) for look in looks))
    found = [_unreadable(order_id) for order_id in orders if order_id not in stands]
    for (stand, _), answer in zip(looks, answers, strict=True):
        found += _judged(stand, answer, datetime.now(UTC))
    return found


def _unreadable(order_id: UUID) -> Disagreement:
    problem = "its document in the database cannot be read"
    return Disagreement(f"order {order_id}", problem, order_id, Ailment.UNREADABLE)


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
    why = f"is {order.state} and its workflow is {seen.status}"
    if not seen.runs and not seen.is_over:
        return Ailment.HALTED, why
    if seen.fails:
        return Ailment.FAILING, f"is {order.state} and its workflow's task fails"
    if not order.state.is_final:
        return None if seen.runs else (Ailment.GONE, why)
    if seen.status in (MISSING, COMPLETED):  # missing: past Temporal's retention
        return None
    return (Ailment.BEHIND if seen.runs else Ailment.GONE), why


def _of_standing(stand: Stand, seen: Seen) -> tuple[Ailment, str] | None:
    order = stand.order
    if seen.status != MISSING and seen.state != order.state:
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
        return Ailment.UNTOLD, f"has messages that nobody sends, of {_entries(seen.untold)}"
    if stand.unbegun:
        why = f"has messages that nobody has begun to send, of {_entries(stand.unbegun)}"
        return Ailment.UNBEGUN, why
    return None


def _entries(steps: Sequence[int]) -> str:
    return f"entry {', '.join(str(seq) for seq in steps)} of its journal"
