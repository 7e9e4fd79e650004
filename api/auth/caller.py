"""Who a caller is: the bearer token of a request, and what it allows beyond one's own orders."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from structlog.contextvars import bind_contextvars

from api.auth.jwks import KeysUnavailable
from api.auth.shown_roles import ShownRoles
from api.auth.stream_tickets import TicketHolder
from api.auth.tokens import BadToken, Caller, Verifier
from api.problems import Problem, not_now, unauthenticated

_BEARER = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="A JSON Web Token with `sub`, `exp` and roles (user, mediator, operator, support,"
    " finance, provider), which are in the claim `roles` unless the marketplace has set another;"
    " its `name` is what somebody is called where nothing else is set.",
)


async def authenticated(
    request: Request,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """Return the caller, from the bearer token, and note the roles that it shows.

    Raises:
        Problem: there is none that holds (401), or it cannot be checked now (503).
    """
    # The limits have looked at the token before; without limits nobody has.
    known: Caller | Problem | None = getattr(request.state, "identity", None)
    found = known or await identified(request.headers, request.app.state.verifier)
    if isinstance(found, Problem):
        raise found
    bind_contextvars(caller=found.id)
    shown_roles: ShownRoles = request.app.state.services.shown_roles
    if isinstance(found, TicketHolder):
        # A ticket shows what somebody was when it was given to them, and nothing new.
        return await shown_roles.left_of(found)
    await shown_roles.note(found)
    return found


async def identified(headers: Headers, verifier: Verifier) -> Caller | Problem:
    """Return who sent these headers, or why nobody is believed to have."""
    scheme, token = get_authorization_scheme_param(headers.get("Authorization"))
    if scheme.lower() != "bearer" or not token:
        return _unauthenticated("send a bearer token")
    try:
        return await verifier.verify(token)
    except BadToken as error:
        return _unauthenticated(f"the token was not accepted: {error}")
    except KeysUnavailable as error:
        return not_now(str(error))


SignedIn = Annotated[Caller, Depends(authenticated)]


def _unauthenticated(why: str) -> Problem:
    return unauthenticated(f"Who are you? {why[0].upper()}{why[1:]}.")
