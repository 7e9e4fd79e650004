"""The proof of everything: the books, the rows, and the agreement with Temporal."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from traceback import format_tb
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from db import audit
from db.audit import Finding, Proof
from db.errors import Unavailable
from db.pool import Pool, connection
from db.sealed_secrets import unreadable
from db.sealing import Keyring
from db.timed_audit import SECONDS, Budget, findings_within
from infra import temporal
from providers.manual import ManualProvider
from providers.protocol import Provider
from reconcile.comparison import mismatches
from reconcile.orphan_workflows import CHECK as ORPHANS
from reconcile.orphan_workflows import orphan_workflows
from reconcile.payment_comparison import payment_mismatches
from reconcile.persistent_findings import PATIENCE_SECONDS, Begins, nobody
from reconcile.provider_comparison import NOT_PROVED, provider_findings
from reconcile.unconnected import unconnected
from reconcile.undone_payments import undone_payments
from reconcile.unserved import CHECK as UNSERVED
from reconcile.unserved import unasked, unserved

LONGEST_REASON = 200
UNCOMPARED = "not-compared"
COMPARISON, SEARCH, ROUTING, PAYMENTS = "comparison", ORPHANS, UNSERVED, "payments"
"""The checks that ask Temporal, as the budget knows them."""

log = structlog.get_logger()


async def prove(
    pool: Pool,
    client: Client,
    patience: float = PATIENCE_SECONDS,
    begins: Begins = nobody,
    seconds: float = SECONDS,
    keyring: Keyring | None = None,
    provider: Provider | None = None,
) -> Proof:
    """Look at every posting, every row and every workflow, at every secret that is kept where there
    is a keyring, and at what the payment provider has booked where there is one; only read.

    The books are proved whatever becomes of the comparison: one that failed is told beside them.
    So is each check that takes longer than so many `seconds`.

    Raises:
        Unavailable: the database does not answer.
    """
    begins("proving the books")
    budget = Budget(seconds)
    books = await findings_within(pool, budget, audit.names())
    async with connection(pool) as acquired:
        orders = await audit.order_ids(acquired)
    comparison = Comparison(pool, client, budget, patience, begins)
    await comparison.of_secrets(keyring)
    await comparison.of_orders(orders)
    await comparison.of_payments()
    await comparison.of_workflows()
    await comparison.with_provider(provider)
    return comparison.proof(len(orders), books)


@dataclass
class Comparison:
    """What asking Temporal has found so far, and why it could not be asked, if it could not."""

    pool: Pool
    client: Client
    budget: Budget
    patience: float = PATIENCE_SECONDS
    begins: Begins = nobody
    differing: list[Finding] = field(default_factory=list)
    uncompared: Finding | None = None
    unasked: Finding | None = None
    of_provider: list[Finding] = field(default_factory=list)

    async def of_secrets(self, keyring: Keyring | None) -> None:
        """Look whether the keys open every secret that is kept; without keys nobody can."""
        if keyring is not None:
            async with connection(self.pool) as acquired:
                self.differing += await unreadable(acquired, keyring)

    async def of_orders(self, orders: Sequence[UUID]) -> None:
        """Compare these orders with their workflows, unless asking has failed before."""
        look = partial(self._differing, orders)
        await self._asked(COMPARISON, "the comparison of orders with their workflows", look)

    async def _differing(self, orders: Sequence[UUID]) -> Sequence[Finding]:
        found = await mismatches(self.pool, self.client, orders, self.patience, self.begins)
        self.unasked = await unasked(self.pool, self.client, orders) or self.unasked
        return found

    async def of_workflows(self) -> None:
        """Look for workflows without an order, and for builds without a worker to which orders go,
        unless asking has failed before."""
        orphans = partial(orphan_workflows, self.pool, self.client, self.patience, self.begins)
        await self._asked(SEARCH, "the search for workflows without an order", orphans)
        builds = partial(unserved, self.pool, self.client)
        await self._asked(ROUTING, "the look at who is given orders", builds)

    async def of_payments(self) -> None:
        """Compare the payments that are under way with their workflows, unless asking has failed
        before."""
        what = "the comparison of payments with their workflows"
        await self._asked(PAYMENTS, what, self._payments_differing)

    async def _payments_differing(self) -> Sequence[Finding]:
        patience, begins = self.patience, self.begins
        found = await payment_mismatches(self.pool, self.client, None, patience, begins)
        return [*found, *await undone_payments(self.pool, patience, begins)]

    async def with_provider(self, provider: Provider | None) -> None:
        """Hold the books beside those of the payment provider, if there is one, and name what is
        under way at another."""
        connected = provider.name if provider else ManualProvider.name
        self.differing += await unconnected(self.pool, connected)
        if provider is not None:
            self.begins("asking the payment provider")
            self.of_provider = await provider_findings(self.pool, provider, datetime.now(UTC))

    async def _asked(
        self, check: str, what: str, look: Callable[[], Awaitable[Sequence[Finding]]]
    ) -> None:
        if self.uncompared is not None or not self.budget.allows(check, what):
            return
        try:
            with self.budget.spent_on(check, what) as seconds:
                async with asyncio.timeout(seconds):
                    self.differing += await look()
        except Unavailable:
            raise
        except (RPCError, RuntimeError) as error:  # a client that does not reach it says the latter
            self.uncompared = _uncompared(temporal.trouble(error))
        except Exception as error:
            kind, at = type(error).__name__, format_tb(error.__traceback__)[-1].strip()
            log.error("orders not compared", error=kind, at=at)  # what it says may hold values
            self.uncompared = _uncompared(f"an error of our own ({kind})")

    def proof(self, orders: int, books: Sequence[Finding]) -> Proof:
        """Return all that was found, of so many orders."""
        silent = [one for one in self.of_provider if one.check in NOT_PROVED]
        wrong = [one for one in self.of_provider if one.check not in NOT_PROVED]
        unasked = [self.unasked] if self.unasked else []
        unproved = [*self.budget.exceeded.values(), *unasked, *silent]
        return Proof(orders, [*books, *wrong], self.differing, self.uncompared, unproved)


def _uncompared(why: str) -> Finding:
    first, *_ = why.splitlines() or [why]
    problem = f"not compared with their workflows: {first[:LONGEST_REASON]}"
    return Finding(UNCOMPARED, "all orders", problem)
