"""Bringing an order and its workflow together again. The database is the truth: it is never changed
by this, and the workflow is made to read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from temporalio.client import Client

from db import audit, clock, deliveries, operator_journal, repairs, requests
from db import orders as orders_of_books
from db.audit import Finding
from db.pool import Connection, Pool, connection
from domain.operator_deeds import Deed, OperatorDeed, Subject
from infra import order_workflows
from reconcile.comparison import Mismatch, OrderMismatch, mismatches
from reconcile.journalled import with_outcome
from reconcile.orphan_workflows import OrphanWorkflow, orphan_workflows
from reconcile.payment_comparison import PaymentMismatch, payment_mismatches
from reconcile.payment_repair import PAYMENT_REMEDIES
from reconcile.persistent_findings import PATIENCE_SECONDS, Begins, nobody
from reconcile.undone_payments import EARLY_DISPUTE, UNDONE, undone_payments
from reconcile.unserved import unasked, unserved


class Remedy(StrEnum):
    """The repairs there are, as they are told and journalled."""

    START = "starts its workflow anew from the order in the database"
    WAKE = "has its workflow read the order and its undecided requests in the database"
    ANSWER = "has the API answer its undecided requests at once"
    SEND = "has the API see to it that its messages are sent"


REMEDIES: dict[Mismatch, Remedy] = {
    Mismatch.GONE: Remedy.START,
    Mismatch.BEHIND: Remedy.WAKE,
    Mismatch.STUCK: Remedy.WAKE,
    Mismatch.UNANSWERED: Remedy.ANSWER,
    Mismatch.UNTOLD: Remedy.SEND,
}

ADVICE: dict[Mismatch, str] = {
    Mismatch.UNBEGUN: "see that an API runs and reaches Temporal: it begins with them by itself",
    Mismatch.FAILING: "terminate it and repair again; where many fail, see to the workers first",
    Mismatch.HALTED: "have it go on, or terminate it and repair again",
    Mismatch.UNREADABLE: "find out who wrote to it, and put back what they changed",
}
"""What a person is to do where a repair does nothing."""

ADVICE_ON_UNSERVED = "start workers of it, or give the orders to those that work"
ADVICE_ON_UNASKED = "bring a worker up, or wake the one that is frozen, and look again"

ADVICE_ON_UNDONE = {
    UNDONE: "see that an API runs and reaches Temporal: it does this by itself",
    EARLY_DISPUTE: "have the provider send its word on the payment again, or settle it there",
}

ADVICE_ON_STRAYS = (
    "restore a newer backup, if there is one; or else terminate it (--apply --terminate-orphans)"
)


@dataclass(frozen=True)
class ByHand:
    """A finding that no repair puts right, and what a person is to do about it."""

    finding: Finding
    advice: str


@dataclass(frozen=True)
class Plan:
    """The findings that can be repaired, and those that a person has to look into first."""

    repairable: list[OrderMismatch]
    books: list[Finding]
    held_back: Sequence[OrderMismatch | PaymentMismatch]
    """Orders and payments whose books are broken: nothing may move on these before somebody knows
    why."""
    by_hand: list[ByHand]
    unseen: Sequence[Finding] = ()
    """What nobody could look at: there may be more to repair than is known."""
    payments: Sequence[PaymentMismatch] = ()
    """Those that can be repaired."""

    @property
    def orphans(self) -> list[OrphanWorkflow]:
        """Return the workflows without an order: a person decides whether they are to end."""
        found = (one.finding for one in self.by_hand)
        return [one for one in found if isinstance(one, OrphanWorkflow)]

    def without(self, ended: Collection[OrphanWorkflow]) -> "Plan":
        """Return what is left to do once these have been terminated."""
        return replace(self, by_hand=[one for one in self.by_hand if one.finding not in ended])

    @property
    def needs_a_person(self) -> bool:
        """Return whether something is left when everything has been repaired that can be."""
        return bool(self.books or self.held_back or self.by_hand)

    @property
    def is_empty(self) -> bool:
        """Return whether everything is as it should be, and was seen to be so."""
        return not (self.repairable or self.payments or self.needs_a_person or self.unseen)


async def plan(
    pool: Pool, client: Client, patience: float = PATIENCE_SECONDS, begins: Begins = nobody
) -> Plan:
    """Return what there is to do; only read."""
    async with connection(pool) as acquired:
        orders = await audit.order_ids(acquired)
    found = await mismatches(pool, client, orders, patience, begins)
    payments = await payment_mismatches(pool, client, None, patience, begins)
    undone = await undone_payments(pool, patience, begins)
    lost = await orphan_workflows(pool, client, patience, begins)
    unseen, builds = await unasked(pool, client, orders), await unserved(pool, client)
    begins("proving the books")
    async with connection(pool) as acquired:
        books = await audit.findings(acquired)
    broken = {one.subject for one in books}
    sound = [one for one in found if one.subject not in broken]
    well = [one for one in payments if one.subject not in broken]
    return Plan(
        repairable=[one for one in sound if one.mismatch in REMEDIES],
        payments=[one for one in well if one.mismatch in PAYMENT_REMEDIES],
        books=books,
        held_back=[
            *(one for one in found if one.subject in broken),
            *(one for one in payments if one.subject in broken),
        ],
        by_hand=[
            *(ByHand(one, ADVICE[one.mismatch]) for one in sound if one.mismatch in ADVICE),
            *(ByHand(one, ADVICE[one.mismatch]) for one in well if one.mismatch in ADVICE),
            *(ByHand(one, ADVICE_ON_UNDONE[one.check]) for one in undone),
            *(ByHand(one, ADVICE_ON_STRAYS) for one in lost),
            *(ByHand(one, ADVICE_ON_UNSERVED) for one in builds),
        ],
        unseen=[unseen] if unseen else [],
    )


async def carry_out(pool: Pool, client: Client, found: OrderMismatch, by: str) -> None:
    """Repair one order, in the name of whoever asked for it. Doing it twice does no harm.

    Whatever it suffers from, its requests and messages that wait are seen to as well: what took its
    workflow away took theirs.

    Raises:
        RPCError: Temporal refuses, which the journal has then, or does not answer.
    """
    remedy = REMEDIES[found.mismatch]
    async with connection(pool) as acquired:
        # Before anything is done: an attempt that breaks off is in the journal too.
        deed = await _note(acquired, found, by, remedy)
    async with with_outcome(pool, deed):
        await _apply(pool, client, found.order_id, remedy)


async def _note(connection: Connection, found: OrderMismatch, by: str, remedy: Remedy) -> int:
    begun = OperatorDeed(by, (), Deed.REPAIR, Subject.ORDER, str(found.order_id), reason=remedy)
    async with connection.transaction():
        deed = await operator_journal.begin(connection, begun)
        await repairs.write(connection, found.order_id, by, found.problem, remedy, deed)
    return deed


async def _apply(pool: Pool, client: Client, order_id: UUID, remedy: Remedy) -> None:
    async with connection(pool) as acquired:
        await requests.due_now(acquired, order_id)
        await deliveries.begin_anew(acquired, order_id)
        order = (await orders_of_books.stored(acquired, order_id)).order
        reading = await clock.reading(acquired)
    # The relay of any API does these, now that they are due; there is no workflow to tell.
    if remedy in (Remedy.ANSWER, Remedy.SEND):
        return
    await order_workflows.catch_up(client, order, reading)
    async with connection(pool) as acquired:
        await orders_of_books.mark_started(acquired, [order_id])


async def left_over(
    pool: Pool,
    client: Client,
    repaired: Collection[UUID],
    patience: float = PATIENCE_SECONDS,
    begins: Begins = nobody,
) -> list[OrderMismatch]:
    """Return which of these orders still differ from their workflows after `patience` seconds."""
    return await mismatches(pool, client, list(repaired), patience, begins)
