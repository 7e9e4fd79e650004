"""The journal of those who operate, as the API writes it: in the transaction of each deed."""

from structlog.contextvars import get_contextvars

from api.auth.capabilities import Capability, can
from api.auth.tokens import Caller
from db import operator_journal
from db.pool import Connection, Pool, connection
from domain.operator_deeds import Deed, OperatorDeed, Subject


async def note(
    connection: Connection,
    by: Caller,
    deed: Deed,
    subject: Subject,
    subject_id: object,
    *,
    user_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Note what a caller does, under the id that this call has in the log."""
    done = OperatorDeed(
        by.id,
        tuple(sorted(by.roles)),
        deed,
        subject,
        str(subject_id),
        user_id,
        reason,
        get_contextvars().get("request_id"),
    )
    await operator_journal.write(connection, done)


class Exports:
    """Notes who takes lists of what is other people's away as files."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note(self, by: object, name: str) -> None:
        """Note that somebody takes a list away, unless they see no more of it than their own.

        Raises:
            Unavailable: the database does not answer.
        """
        if isinstance(by, Caller) and can(by, Capability.READ_ALL):
            async with connection(self._pool) as acquired:
                await note(acquired, by, Deed.EXPORT, Subject.LIST, name)
