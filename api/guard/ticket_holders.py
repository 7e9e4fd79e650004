"""Who opens a stream with a ticket in its address."""

import re
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.stream_tickets import StreamTickets
from api.auth.tokens import BadToken, Caller
from api.problems import Problem, unauthenticated

PARAMETER = "ticket"

_STREAM = re.compile(r"/v1/orders/([^/]+)/stream", re.ASCII)


class TicketHolders:
    """Takes a ticket for its holder's word on who they are, at the stream that it is for and
    nowhere else. Limits count them as that person, and not by their address."""

    def __init__(self, app: ASGIApp, tickets: StreamTickets) -> None:
        self._app = app
        self._tickets = tickets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            found = _STREAM.fullmatch(scope["path"])
            given = _tickets_in(scope) if found else []
            if found and given and "Authorization" not in Headers(scope=scope):
                state = scope.setdefault("state", {})
                # Of two that differ none is taken: the route refuses them.
                state["identity"] = self._holder(given[0], found[1])
        await self._app(scope, receive, send)

    def _holder(self, ticket: str, order_id: str) -> Caller | Problem:
        try:
            return self._tickets.holder(ticket, order_id)
        except BadToken as error:
            return unauthenticated(f"Who are you? The ticket was not accepted: {error}.")


def _tickets_in(scope: Scope) -> list[str]:
    query = scope["query_string"].decode("latin-1")
    return parse_qs(query, keep_blank_values=True).get(PARAMETER, [])
