"""Whether anything around payments is left undone, whatever their workflows do."""

from collections.abc import Sequence
from functools import partial

from db import payments_undone
from db.audit import Finding
from db.pool import Pool, connection
from reconcile.comparison import WAITS_AT_MOST
from reconcile.persistent_findings import PATIENCE_SECONDS, Begins, nobody, persistent_findings

UNDONE, EARLY_DISPUTE = "unfinished-payment", "dispute-before-payment"


async def undone_payments(
    pool: Pool, patience: float = PATIENCE_SECONDS, begins: Begins = nobody
) -> list[Finding]:
    """Return what no API has done of itself around payments, and the disputes that wait for the
    word that what they are of was paid.

    Raises:
        Unavailable: the database does not answer.
    """
    look = partial(_undone, pool)
    return await persistent_findings(look, list(await _undone(pool, ())), patience, begins)


async def _undone(pool: Pool, known: Sequence[str]) -> dict[str, Finding]:
    """Return the findings by their subjects: of these, or without any known all of them."""
    async with connection(pool) as acquired:
        undone = await payments_undone.undone(acquired, WAITS_AT_MOST)
        early = await payments_undone.early_disputes(acquired)
    why = "is disputed, and its provider has not said that it was paid"
    found = [
        *(Finding(UNDONE, one.subject, one.problem) for one in undone),
        *(Finding(EARLY_DISPUTE, f"payment {one}", why) for one in early),
    ]
    return {one.subject: one for one in found if not known or one.subject in known}
