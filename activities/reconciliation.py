"""The nightly look at everything, and what is raised where something does not hold."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat_while
from db.audit import Finding, Proof
from domain.base import Frozen

FIRST = 20
"""Findings that are told in full; `sequestre check` has all of them."""

log = structlog.get_logger()


class Reconciled(Frozen):
    """The count of orders looked at and of what does not hold, in the books and between orders and
    workflows, and of what could not be told; the first findings in words, and which checks found
    something about what, as `db.last_checks` has it; or why nothing could be looked at. No words of
    people."""

    orders: int
    books: int
    differing: int
    unproved: int = 0
    first: tuple[str, ...] = ()
    unchecked: str | None = None
    checks: tuple[tuple[str, str], ...] = ()


class ReconciliationActivities:
    """The activity of `ReconciliationWorkflow`, over a proof that the worker gives it."""

    def __init__(self, prove: Callable[[], Awaitable[Proof]]) -> None:
        self._prove = prove

    @activity.defn(name="check_everything")
    async def check_everything(self) -> Reconciled:
        """Look at what runs and what has changed, and be loud where something is found.

        Raises:
            ApplicationError: the books hold, and the orders could not be compared this time.
        """
        async with heartbeat_while():
            proof = await self._prove()
        if (
            proof.uncompared and not proof.books and not proof.unproved
        ):  # wrong books are told now, not when that works
            raise ApplicationError(str(proof.uncompared))
        found = Reconciled(
            orders=proof.orders,
            books=len(proof.books),
            differing=len(proof.differing),
            unproved=len(proof.blind),
            first=_in_words(proof.findings[:FIRST]),
            checks=tuple(dict.fromkeys((one.check, about) for about, one in proof.by_subject)),
        )
        _report(found)
        return found


def _in_words(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(str(one) for one in findings)


def _report(found: Reconciled) -> None:
    counts = {"orders": found.orders, "books": found.books, "workflows": found.differing}
    counts["unproved"] = found.unproved
    if found.first:
        log.error("reconciliation found", **counts, first=list(found.first))
    else:
        log.info("reconciliation found nothing", **counts)
