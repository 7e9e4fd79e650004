"""The people of the marketplace, as its backend sets them up and its support looks them up."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.auth.tokens import authorities
from api.guard.strict_json import StrictRoute
from api.operator_deeds import note
from api.problems import documented, not_found
from api.schemas.people import Channels, SetUp, UserView
from api.state import Shared
from db import display_names, people, users
from db.pool import Connection, connection, transaction
from db.reading import reading
from db.users import User
from domain.identifiers import Identifier
from domain.operator_deeds import Deed, Subject
from domain.vocabulary import Code
from texts.catalogue import Language

router = APIRouter(prefix="/v1/users/{user_id:path}", tags=["users"], route_class=StrictRoute)

UserId = Annotated[Identifier, Path(description="Who.")]


@router.get(
    "",
    operation_id="get_user",
    response_model=UserView,
    responses=documented(Code.FORBIDDEN, Code.NOT_FOUND),
)
async def get_user(user_id: UserId, caller: SignedIn, shared: Shared) -> UserView:
    """Who somebody is to this service, and how they are told; 404 where nothing is known of them:
    neither said, nor ordered, offered or paid. For those who operate."""
    demand(caller, Capability.READ_ALL)
    async with connection(shared.pool) as acquired:
        found = await users.get(acquired, user_id)
    if found is None:
        raise not_found("user")
    return view(user_id, found)


@router.put(
    "",
    operation_id="set_up_user",
    response_model=UserView,
    responses=documented(Code.FORBIDDEN),
)
async def put_user(user_id: UserId, caller: SignedIn, shared: Shared, body: SetUp) -> UserView:
    """Say who somebody is and how they are told, without a token of theirs. What is left out stays
    as it is, and what they say themselves later (PUT /v1/me) takes its place: the last word counts.
    Nobody has to be known before. For operators and support."""
    demand(caller, Capability.SET_UP_PEOPLE)
    async with transaction(shared.pool) as acquired:
        await _set_up(acquired, user_id, body)
        await note(acquired, caller, Deed.SET_UP_USER, Subject.USER, user_id, user_id=user_id)
        found = await users.get(acquired, user_id)
    return view(user_id, found or users.NOBODY)


async def _set_up(connection: Connection, user_id: str, body: SetUp) -> None:
    # Who is only given a name has still said nothing of how to be told.
    if body.model_dump(exclude={"name"}, exclude_none=True) or "email" in body.model_fields_set:
        await people.set_up(
            connection,
            user_id,
            language=body.language,
            time_zone=body.time_zone,
            by_email=body.channels.email if body.channels else None,
            email=body.email,
            sets_email="email" in body.model_fields_set,
        )
    if "name" in body.model_fields_set:
        await display_names.give(connection, user_id, body.name)


def view(user_id: str, found: User) -> UserView:
    """Return what is known of somebody as a document."""
    with reading(f"user {user_id}"):
        return UserView(
            user_id=user_id,
            name=found.name,
            roles=sorted(authorities(found.roles)),
            language=Language(found.language) if found.language else None,
            email=found.email,
            email_confirmed=None if found.email is None else found.is_confirmed,
            time_zone=found.time_zone,
            channels=Channels(in_app=True, email=found.by_email),
        )
