"""Transfers: what came in and went out, made and taken back by operators."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.auth.capabilities import Capability, demand
from api.pages.console.money_forms import (
    CONFIRM,
    FIELDS,
    KINDS,
    NEEDED,
    NOT_DONE,
    REFUSED,
    SAYS,
    Kind,
    Movement,
    Wrong,
    movement,
    reason_in,
)
from api.pages.console.transfer_query import read_transfers, readable
from api.pages.console.words import TRANSFERS
from api.pages.forms import KEY, Form, Posted
from api.pages.page import show, to
from api.pages.reader import Operating, Reader
from api.problems import Problem, not_found
from api.routes.accounts import pay_out_commission
from api.routes.transfers import POSITION, get_transfer, reverse_transfer
from api.routes.wallets import pay_out, top_up
from api.schemas.ledger import NewPayout, NewReversal, TransferView
from api.state import Services, Shared
from db import accounts, chargebacks, display_names, transfers, wallets
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from db.wallets import Balance
from domain.ledger import AccountKind
from texts.transfers import NEVER_TAKEN_BACK

router = APIRouter(prefix="/console/transfers", include_in_schema=False)

ON_A_PAGE = 50
PAGE = "/console/transfers"


@router.get("")
async def listed(
    request: Request, reader: Operating, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """What came in and went out, newest first."""
    query, before = read_transfers(request.query_params), paging.read(cursor or None, POSITION)
    async with connection(shared.pool) as acquired:
        found = await transfers.page(acquired, query.wanted, before, ON_A_PAGE + 1)
    names = {one.user_id: one.user_name for one in found if one.user_id and one.user_name}
    onward = paging.onward(found, ON_A_PAGE, lambda one: one.number)
    return show(
        request,
        reader,
        "console/transfers.html",
        query=query,
        transfers=paging.shown(found[:ON_A_PAGE], readable),
        names=names,
        following=query.address(cursor=onward) if onward else "",
        kinds=TRANSFERS,
        chips=query.chips(reader),
    )


@router.get("/new/{kind}")
async def blank(request: Request, kind: str, reader: Operating, person: str = "") -> Response:
    """The form for money that comes in or goes out."""
    return _form(request, reader, _kind(kind, reader), {"person": person, "currency": "EUR"})


def _kind(name: str, reader: Reader) -> Kind:
    """Return what a form is for.

    Raises:
        Problem: there is no such form (404), or it is not the reader's to fill in (403).
    """
    for kind in KINDS:
        if kind == name:
            demand(reader.caller, NEEDED[kind])
            return kind
    raise not_found("page")


def _form(
    request: Request,
    reader: Reader,
    kind: Kind,
    written: dict[str, str],
    wrong: Wrong | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    return show(
        request,
        reader,
        "console/transfer_new.html",
        status=status,
        kind=kind,
        label=KINDS[kind],
        says=SAYS[kind],
        written={name: written.get(name, "") for name in FIELDS},
        wrong=wrong.fields if wrong else {},
        refusal=refusal,
    )


@router.post("/new/{kind}")
async def make(
    request: Request, kind: str, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Show what a form would do, and with its second step do it, once."""
    which = _kind(kind, reader)
    try:
        wish = movement(form, which)
    except Wrong as wrong:
        return _form(request, reader, which, dict(form), wrong, status=422)
    if form.get("step") != "confirm":
        if form.get("step") == "form":
            return _form(request, reader, which, dict(form))
        return await _foreseen(request, reader, shared, wish, form)
    try:
        answer = await _carried(request, reader, shared, wish, form)
    except Problem as problem:
        answer = problem.response()
    if answer.status_code == 201:
        return to(f"{PAGE}/{_read(answer)['id']}")
    refusal = _refusal(reader, answer)
    return _form(request, reader, which, dict(form), refusal=refusal, status=answer.status_code)


async def _carried(
    request: Request, reader: Reader, shared: Services, wish: Movement, form: Form
) -> Response:
    caller, key, body = reader.caller, form.get(KEY), wish.body
    if wish.kind == "commission_payout":
        out = NewPayout(**body.model_dump())
        return await pay_out_commission(request, caller, shared, out, key)
    move: Any = top_up if wish.kind == "top_up" else pay_out
    response: Response = await move(request, wish.person, caller, shared, body, key)
    return response


async def _foreseen(
    request: Request, reader: Reader, shared: Services, wish: Movement, form: Form
) -> Response:
    async with connection(shared.pool) as acquired:
        names = await display_names.of(acquired, [wish.person])
        if wish.kind == "commission_payout":
            held = {
                one.currency: one.amount
                for one in await accounts.sums(acquired)
                if one.kind == AccountKind.COMMISSION
            }
        else:
            found = await wallets.balances(acquired, wish.person)
            held = {one.currency: one.amount for one in found}
    before = held.get(wish.currency, 0)
    after = before + wish.amount * (1 if wish.kind == "top_up" else -1)
    amount = reader.formatter.money(wish.amount, wish.currency)
    return show(
        request,
        reader,
        "console/transfer_confirm.html",
        kind=wish.kind,
        label=KINDS[wish.kind],
        wish=wish,
        name=names.get(wish.person),
        written=[(name, form.get(name, "")) for name in FIELDS],
        before=before,
        after=after,
        confirm=reader.formatter.say(CONFIRM[wish.kind], {"amount": amount}),
    )


def _read(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(answer.body))
    return found


def _refusal(reader: Reader, answer: Response) -> str:
    code = _read(answer).get("code", "")
    known = {one.value: words for one, words in REFUSED.items()}
    return reader.formatter.say(known.get(code, NOT_DONE))


@router.get("/{transfer_id}")
async def one(
    request: Request, transfer_id: paging.Id, reader: Operating, shared: Shared
) -> Response:
    """A transfer, and what taking it back would do."""
    found = await get_transfer(transfer_id, reader.caller, shared)
    return await _transfer(request, reader, shared, found)


async def _transfer(
    request: Request,
    reader: Reader,
    shared: Services,
    found: TransferView,
    reason: str = "",
    wrong: Wrong | None = None,
    refusal: str = "",
    status: int = 200,
    step: str = "",
) -> Response:
    back = -found.amount.amount if found.kind == "top_up" else found.amount.amount
    whose = found.user_id or ""
    async with connection(shared.pool) as acquired:
        refused, balances, names, owed = await together(
            acquired,
            transfers.refusal(IN_ONE_TRIP, found.id),
            wallets.balances(IN_ONE_TRIP, whose),
            display_names.of(IN_ONE_TRIP, [whose]),
            chargebacks.owed(IN_ONE_TRIP, whose),
        )
    held = _in(found.amount.currency, balances)
    kept = max(0, min(back, _in(found.amount.currency, owed)))
    return show(
        request,
        reader,
        "console/transfer.html",
        status=status,
        transfer=found,
        name=names.get(whose),
        kinds=TRANSFERS,
        held=held,
        kept=kept,
        after=held + back - kept,
        can=refused is None,
        never=NEVER_TAKEN_BACK[refused.never] if refused and refused.never else "",
        reason=reason,
        wrong=wrong.fields if wrong else {},
        refusal=refusal,
        step=step,
    )


def _in(currency: str, balances: Sequence[Balance]) -> int:
    return sum(one.amount for one in balances if one.currency == currency)


@router.post("/{transfer_id}/reverse")
async def reverse(
    request: Request, transfer_id: paging.Id, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Show what taking a transfer back would do, and with the second step do it, once."""
    demand(reader.caller, Capability.TAKE_BACK)
    found = await get_transfer(transfer_id, reader.caller, shared)
    reason = form.get("reason", "")
    try:
        body = reason_in(form, NewReversal)
    except Wrong as wrong:
        return await _transfer(request, reader, shared, found, reason, wrong, status=422)
    if form.get("step") != "confirm":
        return await _transfer(request, reader, shared, found, reason, step="confirm")
    try:
        answer = await reverse_transfer(
            request, transfer_id, reader.caller, shared, body, form.get(KEY)
        )
    except Problem as problem:
        answer = problem.response()
    if answer.status_code == 201:
        return to(f"{PAGE}/{transfer_id}")
    refusal, now = _refusal(reader, answer), await get_transfer(transfer_id, reader.caller, shared)
    status = answer.status_code
    return await _transfer(request, reader, shared, now, reason, refusal=refusal, status=status)
