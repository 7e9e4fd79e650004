"""What people's tokens show of them: the roles, kept for when all who have one are told, and the
name, for where nobody has given them another."""

import time
from contextlib import suppress
from dataclasses import replace

from api.auth.tokens import Authority, Caller
from db import display_names, people
from db.errors import Unavailable
from db.pool import Pool, connection

PAUSE_SECONDS = 60.0
"""How long the same of the same person is not written down again."""

Shown = tuple[frozenset[Authority], str | None]

MOST_REMEMBERED = 10_000


class ShownRoles:
    """Notes the roles that each request shows, those that were lost as well as new ones, and the
    name: at once where they are others than before, and else once a minute."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._noted: dict[str, tuple[Shown, float]] = {}

    async def left_of(self, caller: Caller) -> Caller:
        """Return a caller with those of their roles alone that they have not been without since,
        as far as that is known.

        Raises:
            Unavailable: the database does not answer.
        """
        async with connection(self._pool) as acquired:
            shown = await people.shown_roles(acquired, caller.id)
        return caller if shown is None else replace(caller, roles=caller.roles.intersection(shown))

    async def note(self, caller: Caller) -> None:
        """Note what a caller's token shows. A database that is away keeps nobody from being
        answered."""
        shown = (caller.roles, caller.name)
        noted, until = self._noted.get(caller.id, (None, 0.0))
        now = time.monotonic()
        if noted == shown and now < until:
            return
        with suppress(Unavailable):
            async with connection(self._pool) as acquired:
                await people.refresh_roles(acquired, caller.id, caller.roles)
                if caller.name is not None:
                    await display_names.note_shown(acquired, caller.id, caller.name)
            if len(self._noted) >= MOST_REMEMBERED:
                self._noted.clear()
            self._noted[caller.id] = shown, now + PAUSE_SECONDS
