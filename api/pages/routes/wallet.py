"""The wallet: what it holds, what is in escrow beside it, and what came in and left."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging, render
from api.auth.capabilities import Capability, demand
from api.pages.held_money import Held, held
from api.pages.months import Month, latest
from api.pages.page import show
from api.pages.pay_in_lines import pay_in_line
from api.pages.payout_account_words import account_words
from api.pages.payout_lines import payout_line
from api.pages.reader import Reader, SignedIn
from api.pages.statement import MOST_ENTRIES, Statement, as_pdf
from api.problems import Problem
from api.routes.wallets import POSITION, entries_of
from api.schemas.ledger import EntryView, WalletView
from api.state import Services, Shared
from api.tables.columns import columns_of
from api.tables.download import CsvDownload
from db import chargebacks, pay_ins, payout_accounts, payouts, wallet_entries, wallets
from db.pay_ins import PayIn
from db.payouts import WantedPayouts
from db.pool import Connection, connection
from db.reading import reading
from db.together import IN_ONE_TRIP, together
from db.wallet_entries import WalletEntry
from domain.ledger import PostingKind
from domain.money import Money
from domain.payments import PayInState
from domain.vocabulary import Code
from texts.wallets import wallet_entry

router = APIRouter(include_in_schema=False)
PART = 30
LATEST = 20
"""Payments, in or out, among which is looked for some that are under way."""
MOST_DISPUTED = 20
"""Orders that are named by which something is kept back."""
CSV_PART = 100
MONTHS = 24
SENT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@router.get("/wallet")
async def wallet(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    month: str = "",
    cursor: paging.Cursor = None,
) -> Response:
    """Show a wallet, its entries the newest first, of all times or of one month."""
    demand(reader.caller, Capability.TRADE)
    chosen, before = Month.read(month), paging.read(cursor, POSITION)
    within = chosen.within(reader.time_zone) if chosen else None
    own = reader.caller.id
    async with connection(shared.pool) as acquired:
        (has, kept), found, asked, out, account, disputed = await together(
            acquired,
            _held(IN_ONE_TRIP, own),
            wallet_entries.entries(IN_ONE_TRIP, own, before, PART + 1, within=within),
            pay_ins.page(IN_ONE_TRIP, own, None, LATEST),
            payouts.page(IN_ONE_TRIP, WantedPayouts(own), None, LATEST),
            payout_accounts.get(IN_ONE_TRIP, shared.payments.name, own),
            chargebacks.against(IN_ONE_TRIP, own, MOST_DISPUTED),
        )
    going_out = paging.shown(out, lambda one: payout_line(one, reader))
    rows = paging.shown(found[:PART], lambda one: _row(one, reader))
    return show(
        request,
        reader,
        "wallet.html",
        held=has,
        owed=kept.receivable,
        kept_back=[one for one in kept.disputed if one.amount],
        disputed=disputed,
        rows=rows,
        month=chosen,
        months=_months(reader, chosen),
        older=paging.onward(found, PART, lambda one: [one.tx_id, one.leg]),
        is_later_part=before is not None,
        statement=chosen or Month.of(reader.now, reader.time_zone),
        can_pay=shared.payments.takes_payments,
        has_paid=bool(asked),
        under_way=paging.shown(_moving(asked), lambda one: pay_in_line(one, reader)),
        has_paid_out=bool(out),
        going_out=[one for one in going_out if one.is_moving],
        account=account_words(account, reader),
    )


async def _held(acquired: Connection, user_id: str) -> tuple[list[Held], WalletView]:
    """Return what somebody has, in the wallet and in escrow beside it, and what of it they owe."""
    balances, withheld, in_escrow, owed = await together(
        acquired,
        wallets.balances(IN_ONE_TRIP, user_id),
        wallets.withheld(IN_ONE_TRIP, user_id),
        wallets.held_for_orders(IN_ONE_TRIP, user_id),
        chargebacks.owed(IN_ONE_TRIP, user_id),
    )
    view = render.wallet(balances, withheld, owed)
    return held(view, withheld, in_escrow), view


def _moving(asked: list[PayIn]) -> list[PayIn]:
    """Return the payments of which something is to come; what was not begun ends by itself."""
    return [
        one
        for one in asked
        if (one.state is PayInState.PAID and one.has_wish)
        or (one.state is PayInState.OPEN and one.url is not None)
    ]


def _months(reader: Reader, chosen: Month | None) -> list[Month]:
    found = list(latest(reader.now, reader.time_zone, MONTHS))
    return sorted({*found, *([chosen] if chosen else [])}, reverse=True)


def _row(entry: WalletEntry, reader: Reader) -> dict[str, Any]:
    with reading(f"movement {entry.tx_id}-{entry.leg}"):
        kind = PostingKind(entry.kind)
        return {
            "at": entry.at,
            "text": wallet_entry(kind, entry.amount, entry.reason, reader.language),
            "order_id": entry.order_id,
            "order_title": entry.order_title,
            "reference": entry.reference,
            "amount": reader.formatter.signed(entry.amount, entry.currency),
            "is_in": entry.amount > 0,
            "balance": Money(amount=entry.balance_after, currency=entry.currency),
        }


@router.get("/wallet/entries.csv")
async def entries_csv(reader: SignedIn, shared: Shared, month: str = "") -> Response:
    """Give the entries as a table, all or those of one month: what the API gives."""
    demand(reader.caller, Capability.TRADE)
    chosen = Month.read(month)
    name = f"wallet-{chosen}" if chosen else "wallet"
    return CsvDownload(name, columns_of(EntryView), _parts(reader, shared, chosen), SENT)


async def _parts(
    reader: Reader, shared: Services, month: Month | None
) -> AsyncIterator[list[dict[str, Any]]]:
    within = month.within(reader.time_zone) if month else None
    cursor, is_first = None, True
    while is_first or cursor is not None:
        part = await entries_of(
            shared, reader.caller.id, reader.locale, cursor, CSV_PART, within=within
        )
        yield [one.model_dump(mode="json") for one in part.items]
        cursor, is_first = part.next_cursor, False


@router.get("/wallet/statement.pdf")
async def statement_pdf(
    request: Request, reader: SignedIn, shared: Shared, month: str = ""
) -> Response:
    """Give a month's statement to keep or to print: this month's, where none is named."""
    demand(reader.caller, Capability.TRADE)
    chosen = Month.read(month) or Month.of(reader.now, reader.time_zone)
    first, end = chosen.within(reader.time_zone)
    async with connection(shared.pool) as acquired:
        found, held_before = await together(
            acquired,
            wallet_entries.entries(
                IN_ONE_TRIP, reader.caller.id, None, MOST_ENTRIES + 1, within=(first, end)
            ),
            wallet_entries.balances_at(IN_ONE_TRIP, reader.caller.id, first),
        )
    if len(found) > MOST_ENTRIES:
        raise Problem(
            Code.PAYLOAD_TOO_LARGE, "More was moved in this month than a statement can hold."
        )
    statement = Statement(
        marketplace=request.app.state.settings.marketplace_name or "Séquestre",
        owner=reader.name or reader.caller.id,
        month=chosen,
        made_at=reader.now,
        before={one.currency: one.amount for one in held_before},
        entries=found[::-1],
    )
    # Fonts are cut to what is written with them, which takes a processor for a while.
    content = await asyncio.to_thread(as_pdf, statement, reader.formatter)
    attachment = {"Content-Disposition": f'attachment; filename="statement-{chosen}.pdf"'}
    return Response(content, 200, {**SENT, **attachment}, "application/pdf")
