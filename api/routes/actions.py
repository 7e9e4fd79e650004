"""Actions: one route for each, made from the list of actions with its own fields."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response

from api import paging, render
from api.action_service import ActionRequest
from api.answers import KeyHeader, key_of
from api.auth.caller import SignedIn
from api.auth.order_roles import CallerRoles
from api.currencies import demand_known
from api.entity_tags import version_in
from api.guard.strict_json import StrictRoute
from api.openapi.headers import ETAG, location
from api.problems import documented
from api.routes.orders import readable
from api.schemas.orders import AcceptedView
from api.state import Shared
from db.idempotency import Key
from db.orders import OrderRow
from db.reading import reading
from documents.order import OrderView
from domain.actions import FIELDS, Fields
from domain.rules import RULES
from domain.vocabulary import Action, Code

router = APIRouter(
    prefix="/v1/orders/{order_id}/actions", tags=["actions"], route_class=StrictRoute
)

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of the order that you saw: act only if it has not moved on.",
        examples=['"3"'],
    ),
]

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"headers": ETAG},
    202: {
        "model": AcceptedView,
        "headers": location("what became of the request"),
        "description": "Written down, and carried out as soon as possible; Location tells.",
    },
    **documented(
        Code.INSUFFICIENT_FUNDS,
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.ACTION_NOT_ALLOWED,
        Code.DEADLINE_PASSED,
        Code.VERSION_MISMATCH,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
}


def body_of(action: Action, route: Callable[..., Any]) -> None:
    """Gives a route the action's own fields as its `body`, optional where none is required."""
    model = FIELDS[action]
    optional = not any(field.is_required() for field in model.model_fields.values())
    body_type = model | None if optional else model
    route.__annotations__["body"] = Annotated[body_type, Body()]
    if optional:
        route.__defaults__ = (None, *(route.__defaults__ or ()))


def description(action: Action) -> str:
    """What an action is, and who may do it when."""
    rules = [rule for rule in RULES if rule.action is action]
    lines = [
        f"- by the {rule.by} in: {', '.join(rule.states)}"
        + (f" ({rule.only.words})" if rule.only else "")
        for rule in rules
    ]
    return f"{FIELDS[action].__doc__}\n\n" + "\n".join(lines)


def request_of(
    row: OrderRow,
    roles: CallerRoles,
    action: Action,
    fields: Fields,
    if_match: str | None,
    key: Callable[[], Key | None],
) -> ActionRequest:
    """Return what a caller asks of an order that they may see; `key` is read once all else is.

    Raises:
        Problem: an amount is in no currency (422), or the version or the key is none.
        Spoiled: what is kept of the order cannot be shown, so it is not changed either.
    """
    render.order(row, roles)
    demand_known(fields, row.order)
    with reading(f"order {row.order.id}"):
        actor = roles.actor(action, fields, row.order, row.read_at)
    return ActionRequest(
        row=row,
        roles=roles,
        action=action,
        actor=actor,
        fields=fields,
        if_version=version_in(if_match, row.order.version),
        key=key(),
    )


def asked(action: Action) -> Any:
    """The dependency that makes a request to an action's address one of the order's, with the
    caller's capacity settled once for all that follows."""

    async def read(
        request: Request,
        order_id: paging.Id,
        caller: SignedIn,
        shared: Shared,
        body: Fields | None,
        key: KeyHeader = None,
        if_match: IfMatch = None,
    ) -> ActionRequest:
        row, roles = await readable(shared, caller, order_id)
        fields = body if body is not None else FIELDS[action]()
        return request_of(
            row, roles, action, fields, if_match, lambda: key_of(request, caller, key, fields)
        )

    body_of(action, read)
    return Annotated[ActionRequest, Depends(read)]


def _route(action: Action) -> Callable[..., Awaitable[Response]]:
    async def act(request: ActionRequest, shared: Shared) -> Response:
        return (await shared.actions.act(request)).response()

    act.__annotations__["request"] = asked(action)
    act.__doc__ = description(action)
    return act


for _action in Action:
    router.add_api_route(
        f"/{_action.value}",
        _route(_action),
        methods=["POST"],
        name=_action.value,
        operation_id=_action.value,
        response_model=OrderView,
        responses=RESPONSES,
    )
