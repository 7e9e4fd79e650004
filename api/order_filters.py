"""What orders a list is to hold, from its query."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, beyond, can
from api.external_ids import ExternalIdQuery
from api.schemas.instants import WRITTEN_AS_INSTANT
from db.order_search import Sought
from domain.identifiers import Identifier, Uuid
from domain.text import MAX_TITLE, seen, without_nul
from domain.vocabulary import State

Words = Annotated[
    str,
    Query(
        min_length=1,
        max_length=MAX_TITLE,
        description="For those who operate: an order's id or eight digits or more of its beginning,"
        " a party's id, or words of the title. Of a word of three letters or more its beginning is"
        " enough; accents and capitals make no difference.",
    ),
    AfterValidator(without_nul),
    AfterValidator(seen),
]


async def _sought(
    caller: SignedIn,
    role: Annotated[
        Literal["buyer", "seller"] | None, Query(description="Only those where you are this.")
    ] = None,
    state: Annotated[
        list[State] | None, Query(description="Only those in one of these states.")
    ] = None,
    updated_since: Annotated[
        Annotated[paging.Instant, WRITTEN_AS_INSTANT] | None,
        Query(
            description="Only those that changed then or later, the oldest change first: one that"
            " changes while the list is read comes again. A change counts from when it was made,"
            " which is a moment before it can be read: to read on, begin a minute before the last"
            " one that you have."
        ),
    ] = None,
    buyer_id: Annotated[
        Identifier | None, Query(description="For those who operate: only this buyer's.")
    ] = None,
    seller_id: Annotated[
        Identifier | None, Query(description="For those who operate: only this seller's.")
    ] = None,
    service_id: Annotated[
        Uuid | None, Query(description="For those who operate: only those of this service.")
    ] = None,
    q: Words | None = None,
    external_id: ExternalIdQuery = None,
) -> Sought:
    """Return what is sought.

    Raises:
        Problem: the caller looks for it in a way that is for those who operate (403).
    """
    of_anybody = {"buyer_id": buyer_id, "seller_id": seller_id, "service_id": service_id, "q": q}
    sees_all = can(caller, Capability.READ_ALL)
    if not sees_all:
        _demand_none(of_anybody)
    return Sought(
        party=caller.id if role is None and not sees_all else None,
        buyer_ids=_each(caller.id if role == "buyer" else None, buyer_id),
        seller_ids=_each(caller.id if role == "seller" else None, seller_id),
        service_id=service_id,
        states=tuple(dict.fromkeys(state or ())),
        updated_since=updated_since,
        text=q,
        external_id=external_id,
    )


def _each(*ids: str | None) -> tuple[str, ...]:
    return tuple(one for one in ids if one is not None)


def _demand_none(of_anybody: Mapping[str, object]) -> None:
    given = [name for name, value in of_anybody.items() if value is not None]
    if given:
        raise beyond(
            Capability.READ_ALL,
            "You see your own orders, and can look for them by role, state, updated_since and"
            f" external_id; by {' and '.join(given)} those look who operate.",
        )


SoughtOrders = Annotated[Sought, Depends(_sought)]
