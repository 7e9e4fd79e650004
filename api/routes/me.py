"""How the caller wants to be told."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.answers import Answer, KeyWithoutFields, answer_with, once
from api.auth.caller import SignedIn
from api.auth.tokens import Caller
from api.guard.strict_json import StrictRoute
from api.locale import preferred
from api.problems import Problem, documented, invalid
from api.schemas.people import Channels, MeView, Wishes
from api.state import Services, Shared
from db import confirmations, display_names, people
from db.idempotency import Key
from db.people import Person
from db.pool import Connection, connection, transaction
from db.together import IN_ONE_TRIP, together
from domain.vocabulary import Code
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
    return await known(shared, caller, preferred(accept_language))


async def known(shared: Services, caller: Caller, otherwise: Language) -> MeView:
    """Return somebody as they are known; who never said so reads in the language `otherwise`."""
    async with connection(shared.pool) as acquired:
        return await _of(acquired, caller, otherwise)


@router.put(
    "/me",
    operation_id="update_me",
    response_model=MeView,
    responses=documented(),
)
async def put_me(caller: SignedIn, shared: Shared, body: Wishes) -> MeView:
    """Say how to be told, in place of all that was said before, by oneself or the marketplace: the
    last word counts. A name that is left out stays as it is. Another address than before is
    asked, by a mail with a link that its owner opens within three days, whether it is theirs; until
    then nothing else is mailed to it. So many such mails are sent for one person within 24 hours;
    beyond that a change of the address is refused (429). One address gets no more of them either,
    whoever asks: where that is reached, this one is sent when its turn has come. With their roles,
    mediators and operators are found when all of them are told."""
    return await wish(shared, caller, body)


async def wish(shared: Services, caller: Caller, body: Wishes) -> MeView:
    """Keep how somebody wants to be told, and have another address than before asked.

    Raises:
        Problem: their addresses have been asked so often today (429).
    """
    async with transaction(shared.pool) as acquired:
        is_to_be_confirmed = await people.put(
            acquired,
            caller.id,
            language=body.language,
            email=body.email,
            by_email=body.channels.email,
            time_zone=body.time_zone,
            roles=sorted(caller.roles),
        )
        if is_to_be_confirmed and body.email is not None:
            await _ask(acquired, caller, body.email)
        if "name" in body.model_fields_set:
            await display_names.give(acquired, caller.id, body.name)
        return await _of(acquired, caller, body.language)


@router.post(
    "/me/email/confirmation",
    operation_id="confirm_email_again",
    status_code=202,
    response_model=MeView,
    responses=documented(Code.IDEMPOTENCY_KEY_REUSED),
)
async def ask_for_confirmation(caller: SignedIn, shared: Shared, key: KeyWithoutFields) -> Response:
    """Have the caller's address asked once more whether it is theirs, where the link of an earlier
    mail was lost or has expired. Nothing is sent to an address that is confirmed."""
    return (await asked_again(shared, caller, key)).response()


async def asked_again(shared: Services, caller: Caller, key: Key | None) -> Answer:
    """Have somebody's address asked once more whether it is theirs, once a key.

    Raises:
        Problem: there is none, or it was asked so often today, and there is no key.
    """

    async def work(connection: Connection) -> Answer:
        person = await people.get(connection, caller.id)
        if person is None or person.email is None:
            raise invalid("email", "there is no address to confirm; set one first (PUT /v1/me)")
        if not person.is_confirmed:
            await _ask(connection, caller, person.email)
        return answer_with(202, await _of(connection, caller, Language(person.language)))

    return await once(shared.pool, key, work)


async def _ask(connection: Connection, caller: Caller, email: str) -> None:
    """Have an address asked whether it is the caller's.

    Raises:
        Problem: the caller's addresses have been asked so often today (429).
    """
    wait = await confirmations.ask(connection, caller.id, email)
    if wait is not None:
        raise Problem(
            Code.RATE_LIMITED,
            f"Up to {confirmations.MOST_A_DAY} mails within 24 hours ask whether one person's"
            " addresses are theirs, and so many have been asked for. Nothing changed; open the link"
            f" in one of them, or ask again in {wait} s.",
            headers={"Retry-After": str(wait)},
        )


async def _of(connection: Connection, caller: Caller, otherwise: Language) -> MeView:
    """Return the caller as they are known, or as who said nothing, in the language `otherwise`."""
    person, names = await together(
        connection, people.get(IN_ONE_TRIP, caller.id), display_names.of(IN_ONE_TRIP, [caller.id])
    )
    return _view(caller, person or _unknown(caller, otherwise), names.get(caller.id))


def _unknown(caller: Caller, language: Language) -> Person:
    roles = sorted(caller.roles)
    return Person(language=language, email=None, by_email=False, time_zone="UTC", roles=roles)


def _view(caller: Caller, person: Person, name: str | None) -> MeView:
    return MeView(
        user_id=caller.id,
        name=name,
        roles=sorted(caller.roles),
        language=Language(person.language),
        email=person.email,
        email_confirmed=None if person.email is None else person.is_confirmed,
        time_zone=person.time_zone,
        channels=Channels(in_app=True, email=person.by_email),
    )
