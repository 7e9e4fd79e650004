"""The proof of a night: what runs and what has changed. What has ended is proved once.

Whoever wants everything proved again calls `prove`, which `sequestre check` does.
"""

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError

from db import audit, watermark
from db.audit import Finding, Part, Proof
from db.audit_queries import OF_PARTS
from db.pool import Pool, connection
from db.sealing import Keyring
from db.timed_audit import SECONDS, Budget, findings_within
from providers.protocol import Provider
from reconcile.orphan_workflows import orders_with_workflows
from reconcile.persistent_findings import PATIENCE_SECONDS
from reconcile.proof import Comparison

AT_ONCE = 5_000
"""Orders that are proved and noted together: a night that breaks off goes on from there."""


async def prove_what_changed(
    pool: Pool,
    client: Client,
    seconds: float = SECONDS,
    patience: float = PATIENCE_SECONDS,
    keyring: Keyring | None = None,
    provider: Provider | None = None,
) -> Proof:
    """Look at every order that runs, at every one that has ended and was not proved since its row
    was last written, and at what moved the balances that changed; note what is in order. Where
    there is a payment provider, hold the books beside its own.

    Each check may take so many `seconds`; one that would take longer is told as not proved, and
    what it should have proved is not noted.

    Raises:
        Unavailable: the database does not answer.
    """
    budget = Budget(seconds)
    async with connection(pool) as acquired:
        tonight = await watermark.unproved(acquired)
    books = await _accounts_proved(pool, budget, tonight.accounts)
    comparison = Comparison(pool, client, budget, patience)
    await comparison.of_secrets(keyring)
    for orders in _parts(tonight.orders):
        books += await _orders_proved(pool, budget, comparison, orders)
    await comparison.of_orders(await _that_run_again(pool, client, tonight.orders))
    await comparison.of_payments()
    await comparison.of_workflows()
    await comparison.with_provider(provider)
    return comparison.proof(len(tonight.orders), books)


def _parts(orders: Mapping[UUID, int]) -> Iterator[dict[UUID, int]]:
    versions = list(orders.items())
    for first in range(0, len(versions), AT_ONCE):
        yield dict(versions[first : first + AT_ONCE])


async def _accounts_proved(
    pool: Pool, budget: Budget, accounts: Mapping[int, int]
) -> list[Finding]:
    """Return what does not hold of these accounts and their postings, and of what has no part."""
    whole = [check for check in audit.names() if check not in OF_PARTS]
    books = await findings_within(pool, budget, whole)
    part = Part(accounts=list(accounts))
    books += await findings_within(pool, budget, sorted(OF_PARTS), part)
    if not books and not budget.exceeded:
        async with connection(pool) as acquired:
            await watermark.note_accounts(acquired, accounts)
    return books


async def _orders_proved(
    pool: Pool, budget: Budget, comparison: Comparison, orders: Mapping[UUID, int]
) -> list[Finding]:
    """Return what does not hold of these orders' books, and note those of which everything does."""
    part = Part(orders=list(orders))
    books = await findings_within(pool, budget, sorted(OF_PARTS), part)
    await comparison.of_orders(part.orders)
    if comparison.uncompared is None and not budget.exceeded:
        wrong = {one.subject for one in (*books, *comparison.differing)}
        sound = {one: orders[one] for one in orders if f"order {one}" not in wrong}
        async with connection(pool) as acquired:
            await watermark.note_orders(acquired, sound)
    return books


async def _that_run_again(pool: Pool, client: Client, known: Collection[UUID]) -> list[UUID]:
    """Return the orders that are there and were proved before, and of which a workflow runs."""
    try:
        running = await orders_with_workflows(client)
    except (RPCError, RuntimeError):  # the comparison will say that it does not answer
        return []
    async with connection(pool) as acquired:
        there = await audit.there_of(acquired, [one for one in running if one not in known])
    return list(there)
