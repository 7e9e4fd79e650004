"""Actions: one route for each, made from the list of actions with its own fields."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response

from api import paging
from api.answers import KeyHeader, key_of
from api.asking import Asking, answered
from api.auth.caller import SignedIn
from api.guard.strict_json import StrictRoute
from api.openapi.headers import ETAG, location
from api.problems import documented
from api.schemas.orders import AcceptedView
from api.state import Shared
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


def asking(action: Action) -> Any:
    """The dependency that reads what is asked of an order at an action's address."""

    async def read(
        request: Request,
        order_id: paging.Id,
        caller: SignedIn,
        body: Fields | None,
        key: KeyHeader = None,
        if_match: IfMatch = None,
    ) -> Asking:
        fields = body if body is not None else FIELDS[action]()
        return Asking(
            order_id,
            caller,
            action,
            fields,
            if_match,
            partial(key_of, request, caller, key, fields),
        )

    body_of(action, read)
    return Annotated[Asking, Depends(read)]


def _route(action: Action) -> Callable[..., Awaitable[Response]]:
    async def act(asked: Asking, shared: Shared) -> Response:
        return (await answered(shared, asked)).response()

    act.__annotations__["asked"] = asking(action)
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
