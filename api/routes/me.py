"""How the caller wants to be told."""

from typing import Annotated

from fastapi import APIRouter, Header

from api.auth.caller import SignedIn
from api.auth.tokens import Caller
from api.guard.strict_json import StrictRoute
from api.locale import preferred
from api.problems import documented
from api.schemas.people import Channels, MeView, Wishes
from api.state import Shared
from db import people
from db.people import Person
from db.pool import connection
from texts.catalogue import Language

router = APIRouter(prefix="/v1", tags=["notifications"], route_class=StrictRoute)


@router.get(
    "/me",
    operation_id="get_me",
    response_model=MeView,
    responses=documented(),
)
async def get_me(
    caller: SignedIn,
    shared: Shared,
    accept_language: Annotated[str | None, Header(alias="Accept-Language")] = None,
) -> MeView:
    """How the caller is told. Who never said so is told in the language that their program asks
    for, in UTC, and not by e-mail."""
    async with connection(shared.pool) as acquired:
        person = await people.get(acquired, caller.id)
    return _view(caller, person or _unknown(caller, preferred(accept_language)))


@router.put(
    "/me",
    operation_id="update_me",
    response_model=MeView,
    responses=documented(),
)
async def put_me(caller: SignedIn, shared: Shared, body: Wishes) -> MeView:
    """Say how to be told, in place of all that was said before. Mails that have not left yet go to
    the new address. With their roles, mediators and operators are found when all of them are
    told."""
    person = Person(
        language=body.language,
        email=body.email,
        by_email=body.channels.email,
        time_zone=body.time_zone,
        roles=sorted(caller.roles),
    )
    async with connection(shared.pool) as acquired:
        await people.put(acquired, caller.id, **vars(person))
    return _view(caller, person)


def _unknown(caller: Caller, language: Language) -> Person:
    roles = sorted(caller.roles)
    return Person(language=language, email=None, by_email=False, time_zone="UTC", roles=roles)


def _view(caller: Caller, person: Person) -> MeView:
    return MeView(
        user_id=caller.id,
        roles=sorted(caller.roles),
        language=Language(person.language),
        email=person.email,
        time_zone=person.time_zone,
        channels=Channels(in_app=True, email=person.by_email),
    )
