"""The proof of everything: the books, the rows, and the agreement with Temporal."""

from collections.abc import Sequence
from traceback import format_tb

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from db import audit
from db.audit import Finding, Proof
from db.errors import Unavailable
from db.pool import Pool, connection
from db.sealed_secrets import unreadable
from db.sealing import Keyring
from reconcile.comparison import mismatches
from reconcile.orphan_workflows import orphan_workflows
from reconcile.persistent_findings import PATIENCE_SECONDS, Begins, nobody

LONGEST_REASON = 200
UNCOMPARED = "not-compared"

log = structlog.get_logger()


async def prove(
    pool: Pool,
    client: Client,
    patience: float = PATIENCE_SECONDS,
    begins: Begins = nobody,
    keyring: Keyring | None = None,
) -> Proof:
    """Look at every posting, every row and every workflow, and at every secret that is kept where
    there is a keyring; only read.

    The books are proved whatever becomes of the comparison: one that failed is told beside them.

    Raises:
        Unavailable: the database does not answer.
    """
    begins("proving the books")
    async with connection(pool) as acquired:
        books = await audit.findings(acquired)
        orders = len(await audit.order_ids(acquired))
        closed = await unreadable(acquired, keyring) if keyring else []
    differing, uncompared = await _compared(pool, client, patience, begins)
    return Proof(orders, books, [*closed, *differing], uncompared)


async def _compared(
    pool: Pool, client: Client, patience: float, begins: Begins
) -> tuple[Sequence[Finding], Finding | None]:
    try:
        differing = await mismatches(pool, client, patience=patience, begins=begins)
        return [*differing, *await orphan_workflows(pool, client, patience, begins)], None
    except Unavailable:
        raise
    except (RPCError, RuntimeError) as error:  # a client that does not reach it says the latter
        return [], _uncompared(str(error))
    except Exception as error:
        kind, at = type(error).__name__, format_tb(error.__traceback__)[-1].strip()
        log.error("orders not compared", error=kind, at=at)  # what it says may hold values
        return [], _uncompared(f"an error of our own ({kind})")


def _uncompared(why: str) -> Finding:
    first, *_ = why.splitlines() or [why]
    problem = f"not compared with their workflows: {first[:LONGEST_REASON]}"
    return Finding(UNCOMPARED, "all orders", problem)
