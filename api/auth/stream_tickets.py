"""Tickets that open the stream of one order, for who cannot send a header: the EventSource of
browsers.

A ticket stands in an address, where others may read it. So it holds for a minute, for one person
and one order, and is no token: nothing else takes it. It says all this itself, sealed, so that
every API process knows it and none has to remember it. Within its minute it opens streams again, as
a browser does whose connection broke; beyond, the page asks for another one.
"""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import to_json

from api.auth.tokens import BadToken, Caller, authorities
from db.sealing import Keyring, Unsealable

PURPOSE = "ticket of a stream"
SECONDS = 60

_TICKET = re.compile(r"[A-Za-z0-9_-]{40,2000}", re.ASCII)


@dataclass(frozen=True)
class TicketHolder(Caller):
    """Who comes with a ticket: whom it was given to, in the roles that they had then."""


class StreamTickets:
    """Gives tickets out, and knows them again."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def issue(self, caller: Caller, order_id: UUID) -> tuple[str, float]:
        """Return a ticket and its end (seconds since 1970, UTC), which is that of the caller's
        token where that ends before the minute does."""
        until = min(time.time() + SECONDS, caller.expires_at)
        said = [str(order_id), until, caller.id, sorted(caller.roles), caller.expires_at]
        sealed = self._keyring.seal_for(PURPOSE, to_json(said))
        return urlsafe_b64encode(sealed).decode().rstrip("="), until

    def holder(self, ticket: str, order_id: str) -> TicketHolder:
        """Return whom a ticket was given to for this order. Their streams end as with their token.

        Raises:
            BadToken: it is none, or for another order, or its minute is over.
        """
        about, until, caller_id, roles, expires_at = self._said(ticket)
        if about != order_id:
            raise BadToken("it is for another order")
        if until <= time.time():
            raise BadToken("it has expired")
        return TicketHolder(caller_id, authorities(roles), expires_at)

    def _said(self, ticket: str) -> tuple[str, float, str, list[str], float]:
        if not _TICKET.fullmatch(ticket):
            raise BadToken("it is not one of ours")
        try:
            sealed = urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
            about, until, caller_id, roles, ends = json.loads(
                self._keyring.open_for(PURPOSE, sealed)
            )
        except (ValueError, Unsealable) as error:
            raise BadToken("it is not one of ours") from error
        return about, until, caller_id, roles, ends
