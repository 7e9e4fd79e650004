"""Payments into wallets by the payment provider, as operators look at them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api import paging
from api.pages.console.event_lines import event_line, to_do_about
from api.pages.console.list_query import narrowed
from api.pages.console.order_query import Chip, read_one
from api.pages.console.pay_in_facts import pay_in_facts
from api.pages.console.standing_still import waits_in_vain_for
from api.pages.page import show
from api.pages.pay_in_lines import pay_in_line
from api.pages.reader import Operating
from api.problems import not_found
from api.state import Shared
from db import display_names, pay_ins, provider_events
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.identifiers import Identifier
from texts.catalogue import msg

router = APIRouter(prefix="/console/pay-ins", include_in_schema=False)

PAGE = "/console/pay-ins"
ON_A_PAGE = 50
MOST_EVENTS = 100
"""What is shown of all that was said of a payment, the first of it first."""

_PERSON: TypeAdapter[str] = TypeAdapter(Identifier)


@router.get("")
async def listed(
    request: Request,
    reader: Operating,
    shared: Shared,
    person: Annotated[str, Query()] = "",
    cursor: paging.Cursor = None,
) -> Response:
    """Payments into everybody's wallet or somebody's, newest first."""
    whose = read_one("person", person.strip(), _PERSON) or ""
    after = paging.read(cursor or None, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await pay_ins.page(acquired, whose or None, after, ON_A_PAGE + 1)
        names = await display_names.of(acquired, {one.user_id for one in found})
    onward = paging.onward(found, ON_A_PAGE, lambda one: [one.created_at, one.id])
    said = reader.formatter.say(msg("of %(person)s"), {"person": whose})
    return show(
        request,
        reader,
        "console/pay_ins.html",
        lines=paging.shown(found[:ON_A_PAGE], lambda one: pay_in_line(one, reader)),
        names=names,
        person=whose,
        chips=[Chip(said, PAGE)] if whose else [],
        following=narrowed(PAGE, {"person": whose, "cursor": onward}) if onward else "",
        is_later_part=after is not None,
        takes_payments=shared.payments.takes_payments,
        waits_in_vain_for=waits_in_vain_for(found, shared.payments.name),
    )


@router.get("/{pay_in_id}")
async def one(
    request: Request, pay_in_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """A payment, what became of it, and what the provider said of it."""
    number = paging.identifier(pay_in_id, "payment")
    async with connection(shared.pool) as acquired:
        found, known, said = await together(
            acquired,
            pay_ins.get(IN_ONE_TRIP, number),
            provider_events.concerned(IN_ONE_TRIP, [number]),
            provider_events.of_payment(IN_ONE_TRIP, number, MOST_EVENTS),
        )
    if found is None:
        raise not_found("payment")
    line, payer = pay_in_line(found, reader), known.get(str(found.id))
    return show(
        request,
        reader,
        "console/pay_in.html",
        one=line,
        facts=pay_in_facts(found, payer, reader),
        events=paging.shown(said, lambda event: event_line(event, known, reader)),
        to_do=to_do_about(said, reader),
        waits_in_vain_for=waits_in_vain_for([found], shared.payments.name),
    )
