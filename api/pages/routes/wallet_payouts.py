"""Money out of one's wallet by the payment provider: asked for with a form that says what will
happen, followed and taken back on its own page."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging, paying_out, payout_accounts
from api.answers import key_of, required_key
from api.auth.capabilities import Capability, demand
from api.pages.amount_form import Unusable, WrittenAmount, money_in, written
from api.pages.forms import KEY, Form, Posted
from api.pages.page import show, to
from api.pages.payable import Payable, foreseen, payable
from api.pages.payout_account_words import REFUSES, account_words
from api.pages.payout_lines import payout_line
from api.pages.payout_page import payout_page
from api.pages.payout_stage import MOVING, Stage, stage_of
from api.pages.reader import Reader, SignedIn
from api.pages.taken import document_of
from api.payment_provider import demanded
from api.problems import Problem, not_found
from api.schemas.base import Nothing
from api.schemas.payouts import AskedPayout
from api.state import Services, Shared
from db import chargebacks, payouts
from db.payouts import Payout, WantedPayouts
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.money import Money
from domain.vocabulary import Code
from texts.catalogue import msg
from texts.refusals import BY_CODE, problem_said

router = APIRouter(prefix="/wallet/payouts", include_in_schema=False)

PAGE = "/wallet/payouts"
PART = 30
TOO_MUCH = msg("Of your wallet, %(available)s can be paid out now. Nothing has left it.")
NOT_LET = msg("The payment provider does not let it be taken back any more: it goes on as before.")
NOT_YET = msg(
    "The payment provider is being asked to pay it at this moment, so it was not taken back. Once"
    " the provider has answered, you can try again here."
)
NOT_GIVEN_BACK = msg(
    "It was to be taken back, and the payment provider does not give the money back yet."
)
WHY_KEPT: dict[Stage, str] = {Stage.STUCK: NOT_GIVEN_BACK, Stage.HANDED_OVER: NOT_YET}
TOLD: dict[Code, str] = {
    Code.PAYOUT_ACCOUNT_NOT_READY: BY_CODE[Code.PAYOUT_ACCOUNT_NOT_READY],
    Code.IDEMPOTENCY_KEY_REUSED: BY_CODE[Code.IDEMPOTENCY_KEY_REUSED],
    Code.PROVIDER_REFUSED: REFUSES,
}
"""Why something was not asked for, said with the form as it was filled in."""

KEPT_ON = (Code.PAYOUT_NOT_ALLOWED, Code.PROVIDER_REFUSED)
"""Why something was not taken back, said with the payout as it stands."""


@router.get("")
async def listed(
    request: Request, reader: SignedIn, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Show all payouts of who looks, newest first, whatever became of them."""
    demand(reader.caller, Capability.TRADE)
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await payouts.page(acquired, WantedPayouts(reader.caller.id), after, PART + 1)
    return show(
        request,
        reader,
        "payout/list.html",
        lines=paging.shown(found[:PART], lambda one: payout_line(one, reader)),
        older=paging.onward(found, PART, lambda one: [one.created_at, one.id]),
        is_later_part=after is not None,
        can_ask=shared.payments.takes_payments,
    )


@router.get("/new")
async def new(request: Request, reader: SignedIn, shared: Shared) -> Response:
    """Show the form of a payout, and what can be paid out."""
    demand(reader.caller, Capability.TRADE)
    demanded(shared)
    found = await payable(shared, reader.caller.id)
    asked = written(request.query_params, found.filled, found.takes)
    return _form(request, reader, found, asked)


@router.post("/new")
async def ask(request: Request, reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Show what a payout would do, and with the second step ask for it, once; what cannot be done
    comes back as it was written."""
    demand(reader.caller, Capability.TRADE)
    demanded(shared)
    found = await payable(shared, reader.caller.id)
    asked = written(form, found.filled, found.takes)
    try:
        money = money_in(form, reader.formatter, found.takes)
        if form.get("step") == "form":
            return _form(request, reader, found, asked)
        if form.get("step") != "confirm":
            return await _preview(request, reader, shared, found, money, asked)
        return to(f"{PAGE}/{await _asked(request, reader, shared, money, form)}")
    except Unusable as error:
        return _form(request, reader, found, error.written, status=422)
    except Problem as problem:
        return await _refused(request, reader, shared, problem, asked)


async def _preview(
    request: Request,
    reader: Reader,
    shared: Services,
    found: Payable,
    money: Money,
    asked: WrittenAmount,
) -> Response:
    """Show what would happen.

    Raises:
        Problem: it would be refused.
    """
    paying_out.ready(await payout_accounts.known(shared, reader.caller.id))
    if money.amount > found.of(money.currency):
        raise paying_out.short_of(AskedPayout(amount=money.amount, currency=money.currency))
    async with connection(shared.pool) as acquired:
        why = await paying_out.approval_for(shared, acquired, reader.caller.id, money)
    return show(
        request,
        reader,
        "payout/confirm.html",
        asked=asked,
        money_out=money,
        notes=foreseen(money, found, why, reader),
    )


async def _asked(
    request: Request, reader: Reader, shared: Services, money: Money, form: Form
) -> str:
    """Ask for a payout, once for each form that was shown, and return its id.

    Raises:
        Problem: it was refused.
    """
    body = AskedPayout(amount=money.amount, currency=money.currency)
    key = required_key(request, reader.caller, form.get(KEY), body)
    made = document_of(await paying_out.asked_once(shared, reader.caller, body, key))
    return str(made["id"])


async def _refused(
    request: Request, reader: Reader, shared: Services, problem: Problem, asked: WrittenAmount
) -> Response:
    """Show the form again with why it was refused, beside the wallet and account as they are now.

    Raises:
        Problem: it says all by itself.
    """
    if problem.code not in (Code.INSUFFICIENT_FUNDS, *TOLD):
        raise problem
    found, formatter = await payable(shared, reader.caller.id), reader.formatter
    if problem.code in TOLD:
        refusal = formatter.say(TOLD[problem.code])
        return _form(request, reader, found, asked, refusal, problem.status)
    available = formatter.money(found.of(asked.currency), asked.currency)
    errors = {"amount": formatter.say(TOO_MUCH, {"available": available})}
    return _form(request, reader, found, replace(asked, errors=errors), status=problem.status)


def _form(
    request: Request,
    reader: Reader,
    found: Payable,
    one: WrittenAmount,
    refusal: str = "",
    status: int = 200,
) -> Response:
    return show(
        request,
        reader,
        "payout/new.html",
        status=status,
        one=one,
        available=found.filled,
        clearing=[each for each in found.clearing if each.amount > 0],
        disputed=[each for each in found.disputed if each.amount > 0],
        currencies=[{"value": each.currency, "label": each.currency} for each in found.available],
        account=account_words(found.account, reader),
        refusal=refusal,
    )


@router.get("/{payout_id}")
async def one(request: Request, reader: SignedIn, shared: Shared, payout_id: paging.Id) -> Response:
    """Show a payout to whose it is. Who operates has a page of their own."""
    found, owed = await _found(shared, reader, payout_id)
    if found.user_id != reader.caller.id:
        if reader.can(Capability.READ_ALL):
            return to(f"/console/payouts/{found.id}")
        raise not_found("payout")
    return _page(request, reader, found, owed)


async def _found(shared: Services, reader: Reader, payout_id: str) -> tuple[Payout, int]:
    """Return a payout, and what who looks at it owes in its currency, in minor units.

    Raises:
        Problem: there is none (404).
    """
    number = paging.identifier(payout_id, "payout")
    async with connection(shared.pool) as acquired:
        found, owed = await together(
            acquired,
            payouts.get(IN_ONE_TRIP, number),
            chargebacks.owed(IN_ONE_TRIP, reader.caller.id),
        )
    if found is None:
        raise not_found("payout")
    return found, sum(one.amount for one in owed if one.currency == found.currency)


@router.post("/{payout_id}/cancel")
async def take_back(
    request: Request, reader: SignedIn, shared: Shared, payout_id: paging.Id, form: Posted
) -> Response:
    """Take a payout back while that is possible; where it is not any more, show where it stands."""
    number = paging.identifier(payout_id, "payout")
    key = key_of(request, reader.caller, form.get(KEY), Nothing())
    try:
        document_of(await paying_out.cancelled_once(shared, reader.caller, number, key))
    except Problem as problem:
        if problem.code not in KEPT_ON:
            raise
        return await _kept_on(request, reader, shared, payout_id, problem)
    return to(f"{PAGE}/{number}")


async def _kept_on(
    request: Request, reader: Reader, shared: Services, payout_id: str, problem: Problem
) -> Response:
    found, owed = await _found(shared, reader, payout_id)
    return _page(request, reader, found, owed, _why_kept(found, reader), problem.status)


def _why_kept(found: Payout, reader: Reader) -> str:
    stage = stage_of(found)
    if stage in WHY_KEPT:
        return reader.formatter.say(WHY_KEPT[stage])
    if stage in MOVING:
        return reader.formatter.say(NOT_LET)
    return problem_said(Code.PAYOUT_NOT_ALLOWED, reader.formatter)


def _page(
    request: Request, reader: Reader, found: Payout, owed: int, refusal: str = "", status: int = 200
) -> Response:
    return show(
        request,
        reader,
        "payout/page.html",
        status=status,
        one=payout_page(found, owed, reader),
        refusal=refusal,
    )
