"""Entering as whoever one likes, on the machine of who tries the product out."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from api.auth.tokens import NEVER, Authority, Caller
from api.pages.demo_entrance import is_open_to
from api.pages.forms import Form, PostedByAnybody
from api.pages.own_paths import own_path
from api.pages.page import show
from api.pages.reader import Visitor
from api.pages.routes.sign_in import begin
from api.problems import not_found
from api.state import Shared
from domain.identifiers import MAX_IDENTIFIER, Identifier
from texts.catalogue import msg
from texts.demo_people import PEOPLE

router = APIRouter(include_in_schema=False)

BUYS_AND_SELLS = msg("Buys and sells")
MEDIATES = msg("Mediates")
OPERATES = msg("Operates")
SUPPORTS = msg("Helps people")
KEEPS_MONEY = msg("Looks after the money")
PAYS = msg("Pays in and out for a payment provider")
ROLES = (
    (Authority.USER, BUYS_AND_SELLS),
    (Authority.MEDIATOR, MEDIATES),
    (Authority.OPERATOR, OPERATES),
    (Authority.SUPPORT, SUPPORTS),
    (Authority.FINANCE, KEEPS_MONEY),
    (Authority.PROVIDER, PAYS),
)
NO_ID = msg("This cannot be somebody’s id. Try letters and digits.")
NO_ROLE = msg("Choose at least one role.")

_ID: TypeAdapter[str] = TypeAdapter(Identifier)


def _demand_open(request: Request) -> None:
    if not is_open_to(request):
        raise not_found("page")


@router.get("/enter")
async def entrance(
    request: Request, reader: Visitor, onward: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Show who one can enter as."""
    _demand_open(request)
    return _shown(request, reader, Form(()), own_path(onward))


@router.post("/enter")
async def enter(
    request: Request, reader: Visitor, shared: Shared, form: PostedByAnybody
) -> Response:
    """Begin a session as one of the demonstration's people, or as anybody with any roles."""
    _demand_open(request)
    onward = own_path(form.get("next", "/"))
    chosen = _known(form.get("person", "")) if "person" in form else _anybody(form)
    if isinstance(chosen, Caller):
        await shared.shown_roles.note(chosen)
        return await begin(request, shared, chosen, onward)
    return _shown(request, reader, form, onward, chosen)


def _known(person_id: str) -> Caller | dict[str, str]:
    for one in PEOPLE:
        if one.id == person_id:
            return _caller(one.id, one.roles, one.name)
    return {"user_id": NO_ID}


def _anybody(form: Form) -> Caller | dict[str, str]:
    """Return who is written in the form, or what is wrong by field."""
    wrong: dict[str, str] = {}
    roles = [role for role in form.all("roles") if role in list(Authority)]
    try:
        user_id = _ID.validate_python(form.get("user_id", "").strip())
    except ValidationError:
        wrong["user_id"] = NO_ID
    if not roles:
        wrong["roles"] = NO_ROLE
    return wrong or _caller(user_id, roles)


def _caller(user_id: str, roles: Iterable[str], name: str | None = None) -> Caller:
    return Caller(user_id, frozenset(map(Authority, roles)), float(NEVER), name)


def _shown(
    request: Request, reader: Visitor, form: Form, onward: str, wrong: dict[str, str] | None = None
) -> Response:
    say = reader.formatter.say
    said = {name: say(words) for name, words in (wrong or {}).items()}
    return show(
        request,
        reader,
        "enter.html",
        status=422 if wrong else 200,
        people=PEOPLE,
        roles=[{"value": role.value, "label": say(words)} for role, words in ROLES],
        label_of={role.value: say(words) for role, words in ROLES},
        chosen=form.all("roles") if wrong else [Authority.USER.value],
        user_id=form.get("user_id", ""),
        longest=MAX_IDENTIFIER,
        wrong=said,
        errors=[{"name": name, "text": words} for name, words in said.items()],
        next=onward,
    )
