"""A mediator's case: everything about an order, the newest first, in parts."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter

from api import paging, render
from api.auth.caller import SignedIn
from api.auth.order_roles import CallerRoles
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.routes.chargebacks import chargeback_view
from api.routes.orders import readable_in
from api.schemas.cases import CasePaymentView, CaseView
from api.schemas.orders import EventView
from api.state import Shared
from db import chargebacks, events, messages, pay_ins, wallets
from db.events import JournalPart
from db.messages import MessagePart
from db.orders import OrderRow
from db.pay_ins import PayIn
from db.pool import Connection, connection
from db.reading import reading
from db.together import IN_ONE_TRIP, together
from domain.money import Money
from domain.vocabulary import Action, Code

router = APIRouter(prefix="/v1/orders", tags=["disputes"], route_class=StrictRoute)

STEP_BYTES = 192 * 1024
REFUSED_BYTES = 64 * 1024
MESSAGE_BYTES = 128 * 1024
"""What was written with the steps of a part, with its refused attempts, and what was said: counted
apart, so that whoever is refused again and again, or talks, does not push out what was done."""

MOST_PAYMENTS = 100
"""So many of an order's payments are given, and of their disputes; more than one is rare."""

Position = tuple[int, int, int]
POSITION: TypeAdapter[Position] = TypeAdapter(tuple[paging.Number, paging.Number, paging.Number])
"""The version of the oldest step that was given, the number of the oldest refused attempt, and that
of the oldest message; 0 where there is none before it."""

THE_NEWEST: Position = (events.NEWEST, events.NEWEST, messages.NEWEST)


@router.get(
    "/{order_id}/case",
    operation_id="get_order_case",
    response_model=CaseView,
    responses=documented(Code.NOT_FOUND),
)
async def get_case(
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> CaseView:
    """The order with its brief, deliveries, refusals, statements, proposals and who had the case,
    what was said on it, the journal with refused attempts, its ledger, and its payment with what
    banks dispute of it. For its parties, mediators once disputed, and those who operate. A part
    holds up to `limit` steps and 192 KiB of what was written with them, and, each counted apart, up
    to `limit` refused attempts and 64 KiB, and up to `limit` messages and 128 KiB; `next_cursor`
    leads to the part with those before."""
    paging.read(cursor, POSITION)  # before the order is looked for: what is none is said so
    async with connection(shared.pool) as acquired:
        row, roles = await readable_in(acquired, caller, order_id)
        return await case_of(acquired, row, roles, cursor, limit)


async def case_of(
    connection: Connection, row: OrderRow, roles: CallerRoles, cursor: str | None, limit: int
) -> CaseView:
    """Return a part of the case of an order that its reader may see.

    Raises:
        Problem: the cursor is none of a case (422).
    """
    version, seq, number = paging.read(cursor, POSITION) or THE_NEWEST
    order = UUID(row.order.id)
    steps, refused, said, ledger, paid, disputed = await together(
        connection,
        events.steps_before(IN_ONE_TRIP, order, version, limit, STEP_BYTES),
        events.refused_before(IN_ONE_TRIP, order, seq, limit, REFUSED_BYTES),
        messages.before(IN_ONE_TRIP, order, number, limit, MESSAGE_BYTES),
        wallets.of_order(IN_ONE_TRIP, order),
        pay_ins.of_order(IN_ONE_TRIP, order, MOST_PAYMENTS),
        chargebacks.of_order(IN_ONE_TRIP, order, MOST_PAYMENTS),
    )
    found = sorted([*steps.entries, *refused.entries], key=lambda one: one.seq)
    rest = _rest(steps, refused, said)
    shown = paging.shown(found, partial(render.event, order))
    entries = [_without(entry, row.words.requests.get(entry.request_id or "")) for entry in shown]
    lists = {
        "deliveries": _accepted(entries, Action.DELIVER),
        "refusals": _accepted(entries, Action.REFUSE_REVISION, Action.REFUSE_CANCELLATION),
        "statements": _accepted(entries, Action.OPEN_DISPUTE, Action.ADD_STATEMENT),
        "hand_overs": _accepted(entries, Action.ASSIGN, Action.RELEASE),
        "proposals": _accepted(entries, Action.PROPOSE_SETTLEMENT, Action.WITHDRAW_SETTLEMENT),
        "refused_attempts": [entry for entry in entries if not entry.accepted],
    }
    # Not by their numbers, which leave some out where the database went back to a backup.
    is_all = cursor is None and rest is None and len(found) >= row.entries
    return CaseView(
        order=render.order(row, roles),
        **lists,
        messages=paging.shown(reversed(said.rows), partial(render.message, order)),
        journal=_named_elsewhere(entries, lists.values()),
        journal_whole=is_all and len(entries) == len(found),
        next_cursor=paging.written(rest) if rest else None,
        ledger=paging.shown(ledger, render.posting),
        payments=paging.shown(paid, _payment),
        chargebacks=paging.shown(disputed, chargeback_view),
    )


def _payment(row: PayIn) -> CasePaymentView:
    with reading(f"pay-in {row.id}"):
        return CasePaymentView(
            provider=row.provider,
            reference=row.reference,
            amount=Money(amount=row.amount, currency=row.currency),
            paid_at=row.ended_at,
        )


def _rest(steps: JournalPart, refused: JournalPart, said: MessagePart) -> Position | None:
    """Return where the next part begins; None where nothing is left."""
    if not (steps.more or refused.more or said.more):
        return None
    return (
        steps.entries[-1].version if steps.more else 0,
        refused.entries[-1].seq if refused.more else 0,
        said.rows[-1].number if said.more else 0,
    )


def _without(entry: EventView, quoted: dict[str, Any] | None) -> EventView:
    """Return an entry without the words of its request that the order itself shows."""
    said = quoted or {}
    fields = {
        name: value
        for name, value in entry.fields.items()
        if not (isinstance(value, str) and said.get(name) == value)
    }
    return entry.model_copy(update={"fields": fields})


def _accepted(entries: list[EventView], *actions: Action) -> list[EventView]:
    return [entry for entry in entries if entry.accepted and entry.action in actions]


def _named_elsewhere(entries: list[EventView], lists: Iterable[list[EventView]]) -> list[EventView]:
    """Return the entries, without the fields of those that stand in one of the lists."""
    told = {entry.seq for one in lists for entry in one}
    return [
        entry.model_copy(update={"fields": {}}) if entry.seq in told else entry for entry in entries
    ]
