"""The proof of everything: the books, the rows, and the agreement with Temporal."""

from temporalio.client import Client

from db import audit
from db.audit import Proof
from db.pool import Pool, connection
from infra.agreement import disagreements
from infra.lasting import PATIENCE_SECONDS


async def prove(pool: Pool, client: Client, patience: float = PATIENCE_SECONDS) -> Proof:
    """Looks at every posting, every row and every workflow. Only reads."""
    differing = await disagreements(pool, client, patience=patience)
    async with connection(pool) as acquired:
        books = await audit.findings(acquired)
        orders = len(await audit.order_ids(acquired))
    return Proof(orders, books, differing)
