"""In which language and time zone somebody reads."""

from dataclasses import dataclass
from typing import Annotated

from babel import negotiate_locale
from fastapi import Depends, Header

from api.access import SignedIn
from api.state import Shared
from db import people
from db.pool import connection
from texts.catalogue import Language


@dataclass(frozen=True)
class Reader:
    """How to speak to somebody."""

    language: Language
    time_zone: str


async def reader(
    caller: SignedIn,
    shared: Shared,
    accept_language: Annotated[str | None, Header(alias="Accept-Language")] = None,
) -> Reader:
    """As the caller has chosen, or else as their program asks, or else English and UTC."""
    async with connection(shared.pool) as acquired:
        person = await people.get(acquired, caller.id)
    if person is not None:
        return Reader(Language(person["language"]), person["time_zone"])
    return Reader(preferred(accept_language), "UTC")


Reading = Annotated[Reader, Depends(reader)]


def preferred(accept_language: str | None) -> Language:
    """The first of our languages that an Accept-Language header names."""
    wanted = [part.split(";")[0].strip() for part in (accept_language or "").split(",")]
    found = negotiate_locale(wanted, [language.value for language in Language], sep="-")
    return Language(found) if found else Language.EN
