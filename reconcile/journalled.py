"""Deeds that Temporal may refuse: noted as they begin, with their outcome behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.service import RPCError

from db import operator_journal
from db.pool import Pool, connection
from infra.temporal import NOT_NOW

LONGEST_REFUSAL = 500
"""Of what Temporal says so much is kept."""


@asynccontextmanager
async def with_outcome(pool: Pool, deed: int) -> AsyncIterator[None]:
    """Note what becomes of a deed while the block lasts: that it was done, or that Temporal refused
    it and why. Of one that breaks off otherwise, Temporal being away, nobody knows: it stays noted
    as begun.

    Raises:
        RPCError: Temporal refuses or does not answer.
    """
    try:
        yield
    except RPCError as error:
        if error.status not in NOT_NOW:
            await _note(pool, deed, _why(error))
        raise
    await _note(pool, deed, None)


async def _note(pool: Pool, deed: int, refusal: str | None) -> None:
    async with connection(pool) as acquired:
        await operator_journal.note_outcome(acquired, deed, refusal)


def _why(error: RPCError) -> str:
    # PostgreSQL keeps no NUL.
    said = error.message.replace("\0", " ")[:LONGEST_REFUSAL]
    return said or error.status.name.replace("_", " ").lower()
