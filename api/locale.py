"""In which language and time zone somebody reads."""

import re
from dataclasses import dataclass
from typing import Annotated

from babel import negotiate_locale
from fastapi import Depends, Header

from api.auth.caller import SignedIn
from api.state import Shared
from db import people
from db.pool import connection
from texts.catalogue import Language

_WEIGHT = re.compile(r"[qQ]=([01](?:\.[0-9]{0,3})?)")


@dataclass(frozen=True)
class Locale:
    """A reader's language and time zone (an IANA name)."""

    language: Language
    time_zone: str


async def reader(
    caller: SignedIn,
    shared: Shared,
    accept_language: Annotated[str | None, Header(alias="Accept-Language")] = None,
) -> Locale:
    """Return what the caller has chosen, else what their program asks, else English and UTC."""
    async with connection(shared.pool) as acquired:
        person = await people.get(acquired, caller.id)
    if person is not None:
        return Locale(Language(person.language), person.time_zone)
    return Locale(preferred(accept_language), "UTC")


CallerLocale = Annotated[Locale, Depends(reader)]


def preferred(accept_language: str | None) -> Language:
    """Return which of our languages an Accept-Language header likes best (RFC 9110 §12.5.4)."""
    named = [_weighed(part) for part in (accept_language or "").split(",")]
    liked = sorted((one for one in named if one[1] > 0), key=lambda one: -one[1])
    found = negotiate_locale(
        [name for name, _ in liked], [language.value for language in Language], sep="-"
    )
    return Language(found) if found else Language.EN


def _weighed(part: str) -> tuple[str, float]:
    """Return a language and how much it is liked, from 0 to 1; 0 where that is unreadable."""
    name, _, weight = part.partition(";")
    given = _WEIGHT.fullmatch(weight.strip())
    return name.strip().lower(), float(given[1]) if given else float(not weight)
