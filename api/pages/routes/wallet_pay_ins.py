"""Money into one's wallet by the payment provider: begun with a form, followed on its own page."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.auth.capabilities import Capability, demand
from api.pages.amount_form import Unusable, WrittenAmount, money_in, written
from api.pages.forms import Posted
from api.pages.page import answered, drawn, is_fragment, show, to
from api.pages.pay_in_lines import pay_in_line
from api.pages.pay_in_page import PayInPage, pay_in_page
from api.pages.paying import begun, not_begun
from api.pages.reader import Reader, SignedIn
from api.pages.written_values import currencies
from api.payment_provider import demanded
from api.problems import Problem, not_found
from api.state import Services, Shared
from db import pay_ins, wallets
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from db.wallets import Balance

router = APIRouter(prefix="/wallet/pay-ins", include_in_schema=False)
PART = 30


@router.get("")
async def listed(
    request: Request, reader: SignedIn, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Show all payments of who looks, newest first, whatever became of them."""
    demand(reader.caller, Capability.TRADE)
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await pay_ins.page(acquired, reader.caller.id, after, PART + 1)
    return show(
        request,
        reader,
        "pay_in/list.html",
        lines=paging.shown(found[:PART], lambda one: pay_in_line(one, reader)),
        older=paging.onward(found, PART, lambda one: [one.created_at, one.id]),
        is_later_part=after is not None,
        can_pay=shared.payments.takes_payments,
    )


@router.get("/new")
async def new(request: Request, reader: SignedIn, shared: Shared) -> Response:
    """Show the form of a payment, and what will happen with it."""
    demand(reader.caller, Capability.TRADE)
    demanded(shared)
    balances = await _balances(shared, reader)
    return _form(request, reader, balances, written(request.query_params, balances))


@router.post("/new")
async def begin(request: Request, reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Begin a payment, once; what cannot be read comes back as it was written."""
    demand(reader.caller, Capability.TRADE)
    try:
        money = money_in(form, reader.formatter)
        return to(await begun(request, shared, reader, form, money))
    except Unusable as error:
        balances = await _balances(shared, reader)
        return _form(request, reader, balances, error.written, status=422)
    except Problem as problem:
        refusal, status = not_begun(problem, reader.formatter), problem.status
        if not refusal:
            raise
    balances = await _balances(shared, reader)
    return _form(request, reader, balances, written(form), refusal, status)


async def _balances(shared: Services, reader: Reader) -> list[Balance]:
    async with connection(shared.pool) as acquired:
        return await wallets.balances(acquired, reader.caller.id)


def _form(
    request: Request,
    reader: Reader,
    balances: Sequence[Balance],
    one: WrittenAmount,
    refusal: str = "",
    status: int = 200,
) -> Response:
    return show(
        request,
        reader,
        "pay_in/new.html",
        status=status,
        one=one,
        held=" · ".join(reader.formatter.money(each.amount, each.currency) for each in balances),
        currencies=currencies(reader.language),
        refusal=refusal,
    )


@router.get("/{pay_in_id}")
async def one(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    pay_in_id: paging.Id,
    back: str = "",
    seen: str = "",
) -> Response:
    """Show a payment to who makes it: with the way to the provider's page while it is open, then
    with what came of it. Who operates has a page of their own."""
    number = paging.identifier(pay_in_id, "payment")
    async with connection(shared.pool) as acquired:
        found, balances = await together(
            acquired,
            pay_ins.get(IN_ONE_TRIP, number),
            wallets.balances(IN_ONE_TRIP, reader.caller.id),
        )
    if found is None or found.user_id != reader.caller.id:
        if found is not None and reader.can(Capability.READ_ALL):
            return to(f"/console/pay-ins/{found.id}")
        raise not_found("payment")
    page = pay_in_page(found, balances, reader, reader.now, came_back=bool(back))
    if is_fragment(request):
        return _looked_again(request, reader, page, seen)
    return show(request, reader, "pay_in/page.html", one=page, came_back=bool(back))


def _looked_again(request: Request, reader: Reader, page: PayInPage, seen: str) -> Response:
    """Answer a page that is open: that it looks again, or that it is drawn anew."""
    if seen != page.stage:
        return answered(request, "", 200, {"HX-Redirect": page.address})
    return answered(request, drawn(request, reader, "pay_in/_ask.html", one=page))
