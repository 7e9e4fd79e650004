"""Payouts through the payment provider, as operators look at them and decide about large ones."""

from collections.abc import Awaitable

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging, paying_out
from api.answers import Answer, key_of
from api.auth.capabilities import Capability, demand
from api.pages.console.event_lines import event_line, to_do_about
from api.pages.console.lines import workflow_of
from api.pages.console.money_forms import Wrong, reason_in
from api.pages.console.payout_facts import payout_facts, payout_history, why_it_waits
from api.pages.console.payout_query import PAGE, PayoutQuery, read_payouts
from api.pages.console.standing_still import waits_in_vain_for
from api.pages.forms import KEY, Posted
from api.pages.page import show, to
from api.pages.payout_lines import payout_line
from api.pages.payout_stage import STATES
from api.pages.reader import Operating, Reader
from api.pages.taken import document_of
from api.problems import Problem, not_found
from api.schemas.base import Nothing
from api.schemas.payouts import NewRefusal
from api.state import Services, Shared
from db import display_names, operator_journal, payouts, provider_events
from db.operator_journal import WantedDeeds
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.payments import PayoutState
from domain.vocabulary import Code
from texts.catalogue import msg

router = APIRouter(prefix="/console/payouts", include_in_schema=False)

ON_A_PAGE = 50
MOST_EVENTS = 100
"""What is shown of all that was said of a payout, the first of it first."""

MOST_DEEDS = 20
REFUSED: dict[Code, str] = {
    Code.PAYOUT_NOT_ALLOWED: msg(
        "It does not wait for approval any more, so nothing was done: look at where it stands."
    ),
    Code.FORBIDDEN: msg("Somebody else than who asked for it has to decide. Nothing changed."),
    Code.IDEMPOTENCY_KEY_REUSED: msg(
        "This form was sent before with something else in it. Nothing changed; please start again."
    ),
}
"""Why nothing was decided, said with the payout as it stands."""


@router.get("")
async def listed(
    request: Request, reader: Operating, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Payouts of everybody or somebody, in any state or in one, newest first."""
    query = read_payouts(request.query_params)
    after = paging.read(cursor or None, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await payouts.page(acquired, query.wanted, after, ON_A_PAGE + 1)
        names = await display_names.of(acquired, {one.user_id for one in found})
    onward = paging.onward(found, ON_A_PAGE, lambda one: [one.created_at, one.id])
    return show(
        request,
        reader,
        "console/payouts.html",
        lines=paging.shown(found[:ON_A_PAGE], lambda one: payout_line(one, reader)),
        names=names,
        query=query,
        states=STATES,
        chips=query.chips(reader),
        following=query.address(cursor=onward) if onward else "",
        is_later_part=after is not None,
        takes_payments=shared.payments.takes_payments,
        waits_in_vain_for=waits_in_vain_for(found, shared.payments.name),
    )


@router.get("/{payout_id}")
async def one(
    request: Request, payout_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """A payout, what happened to it, what the provider said of it, and what can be decided."""
    return await _page(request, reader, shared, payout_id)


async def _page(
    request: Request,
    reader: Reader,
    shared: Services,
    payout_id: str,
    refusal: str = "",
    wrong: str = "",
    reason: str = "",
    status: int = 200,
) -> Response:
    number = paging.identifier(payout_id, "payout")
    async with connection(shared.pool) as acquired:
        found, known, deeds, said = await together(
            acquired,
            payouts.get(IN_ONE_TRIP, number),
            provider_events.concerned(IN_ONE_TRIP, [number]),
            operator_journal.page(
                IN_ONE_TRIP, WantedDeeds(subject_id=str(number)), None, MOST_DEEDS
            ),
            provider_events.of_payment(IN_ONE_TRIP, number, MOST_EVENTS),
        )
    if found is None:
        raise not_found("payout")
    return show(
        request,
        reader,
        "console/payout.html",
        status=status,
        one=payout_line(found, reader),
        facts=payout_facts(found, known.get(str(found.id)), reader),
        history=payout_history(found, deeds, reader),
        events=paging.shown(said, lambda event: event_line(event, known, reader)),
        to_do=to_do_about(said, reader),
        waits_in_vain_for=waits_in_vain_for([found], shared.payments.name),
        waits=found.state is PayoutState.REQUESTED,
        why=why_it_waits(found, reader),
        of_theirs=PayoutQuery(person=found.user_id).address(),
        is_own=found.user_id == reader.caller.id,
        workflow=workflow_of(request, f"{PAGE}/{found.id}"),
        refusal=refusal,
        wrong=wrong,
        reason=reason,
    )


@router.post("/{payout_id}/approve")
async def approve(
    request: Request, payout_id: paging.Id, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Let a large payout go, once."""
    demand(reader.caller, Capability.APPROVE_PAYOUTS)
    number = paging.identifier(payout_id, "payout")
    key = key_of(request, reader.caller, form.get(KEY), Nothing())
    deciding = paying_out.approved_once(shared, reader.caller, number, key)
    return await _decided(request, reader, shared, payout_id, deciding)


@router.post("/{payout_id}/refuse")
async def refuse(
    request: Request, payout_id: paging.Id, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Do not let a large payout go, for a reason that its owner reads."""
    demand(reader.caller, Capability.APPROVE_PAYOUTS)
    number, reason = paging.identifier(payout_id, "payout"), form.get("reason", "")
    try:
        body = reason_in(form, NewRefusal)
    except Wrong as wrong:
        said = reader.formatter.say(wrong.fields["reason"])
        return await _page(request, reader, shared, payout_id, "", said, reason, 422)
    key = key_of(request, reader.caller, form.get(KEY), body)
    deciding = paying_out.refused_once(shared, reader.caller, number, body.reason, key)
    return await _decided(request, reader, shared, payout_id, deciding, reason)


async def _decided(
    request: Request,
    reader: Reader,
    shared: Services,
    payout_id: str,
    deciding: Awaitable[Answer],
    reason: str = "",
) -> Response:
    """Lead to the payout once it is decided; where it is not, say why, and how it stands."""
    try:
        document_of(await deciding)
    except Problem as problem:
        if problem.code not in REFUSED:
            raise
        refusal = reader.formatter.say(REFUSED[problem.code])
        return await _page(request, reader, shared, payout_id, refusal, "", reason, problem.status)
    return to(f"{PAGE}/{payout_id}")
