"""Who may see and touch what: the one place that decides it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers

from api.auth.jwks import KeysUnavailable
from api.auth.tokens import Authority, BadToken, Caller, Verifier
from api.currencies import can_be_offered
from api.problems import Problem, not_found, not_now
from domain.order import Actor, Order
from domain.rules import RULES, allowed
from domain.vocabulary import Action, Code, Role

_BEARER = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="A JSON Web Token with `sub`, `exp` and `roles` (user, mediator, operator).",
)


async def authenticated(
    request: Request,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """The caller, from the bearer token."""
    known: Caller | Problem | None = getattr(request.state, "identity", None)
    found = known or await identified(request.headers, request.app.state.verifier)
    if isinstance(found, Problem):
        raise found
    return found


async def identified(headers: Headers, verifier: Verifier) -> Caller | Problem:
    """Who sent these headers, or why nobody is believed to have."""
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
    return Problem(
        Code.UNAUTHENTICATED,
        f"Who are you? {why.capitalize()}.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def demand(caller: Caller, *authorities: Authority) -> None:
    """Refuses callers who have none of these roles."""
    if caller.roles.isdisjoint(authorities):
        names = " or ".join(authorities)
        raise Problem(Code.FORBIDDEN, f"This needs the role {names}.")


def demand_own(caller: Caller, user_id: str, what: str) -> None:
    """Refuses whoever asks for what is another user's, but operators.

    Raises:
        Problem: it is not theirs.
    """
    if caller.id != user_id and Authority.OPERATOR not in caller.roles:
        raise Problem(Code.FORBIDDEN, f"Only the user themselves can see {what}.")


@dataclass(frozen=True)
class Standing:
    """What a caller is to one order."""

    caller: Caller
    roles: tuple[Role, ...]

    def actor(self, action: Action) -> Actor:
        """The caller in the capacity in which they may do this, or else in their first one."""
        for role in self.roles:
            if any(rule.action is action and rule.by is role for rule in RULES):
                return Actor(id=self.caller.id, role=role)
        return Actor(id=self.caller.id, role=self.roles[0])

    def actions(self, order: Order) -> list[Action]:
        """What the caller may do to the order as it stands."""
        found = [
            action
            for role in self.roles
            for action in allowed(order, Actor(id=self.caller.id, role=role))
            if can_be_offered(order, action)
        ]
        return list(dict.fromkeys(found))


def standing(caller: Caller, order: Order) -> Standing | None:
    """What the caller is to the order; None where they may not know of it.

    A party is only ever a party to its own order, whatever other roles it has. Mediators see an
    order once it has been disputed, operators see all.
    """
    if caller.id == order.buyer_id:
        return Standing(caller, (Role.BUYER,))
    if caller.id == order.seller_id:
        return Standing(caller, (Role.SELLER,))
    roles = []
    if Authority.MEDIATOR in caller.roles and order.dispute is not None:
        roles.append(Role.MEDIATOR)
    if Authority.OPERATOR in caller.roles:
        roles.append(Role.OPERATOR)
    return Standing(caller, tuple(roles)) if roles else None


def demand_standing(caller: Caller, order: Order | None) -> Standing:
    """What the caller is to the order; 404 where there is none or they may not know of it."""
    found = standing(caller, order) if order is not None else None
    if found is None:
        raise not_found("order")
    return found
