"""The roles that people's tokens show, kept for when all who have one are told."""

import time
from contextlib import suppress
from dataclasses import replace

from api.auth.tokens import Authority, Caller
from db import people
from db.errors import Unavailable
from db.pool import Pool, connection

PAUSE_SECONDS = 60.0
"""How long the same roles of the same person are not written down again."""

MOST_REMEMBERED = 10_000


class ShownRoles:
    """Notes the roles that each request shows, those that were lost as well as new ones: at once
    where they are others than before, and else once a minute."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._noted: dict[str, tuple[frozenset[Authority], float]] = {}

    async def left_of(self, caller: Caller) -> Caller:
        """Return a caller with those of their roles alone that they have not been without since: of
        who never said how to be told nothing is known.

        Raises:
            Unavailable: the database does not answer.
        """
        async with connection(self._pool) as acquired:
            shown = await people.shown_roles(acquired, caller.id)
        return caller if shown is None else replace(caller, roles=caller.roles.intersection(shown))

    async def note(self, caller: Caller) -> None:
        """Note the roles of a caller. A database that is away keeps nobody from being answered."""
        roles, until = self._noted.get(caller.id, (None, 0.0))
        now = time.monotonic()
        if roles == caller.roles and now < until:
            return
        with suppress(Unavailable):
            async with connection(self._pool) as acquired:
                await people.refresh_roles(acquired, caller.id, caller.roles)
            if len(self._noted) >= MOST_REMEMBERED:
                self._noted.clear()
            self._noted[caller.id] = caller.roles, now + PAUSE_SECONDS
