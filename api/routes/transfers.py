"""Transfers: what came in and went out, looked up by finance and taken back once."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.answers import Answer, KeyHeader, key_of, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, can, demand
from api.auth.tokens import Caller
from api.guard.strict_json import StrictRoute
from api.operator_deeds import note
from api.problems import Problem, documented, not_found
from api.schemas.base import Page
from api.schemas.ledger import NewReversal, Reference, TransferView
from api.state import Shared
from api.transfer_service import answer_of
from db import transfers
from db.errors import InsufficientFunds
from db.pool import Connection, connection
from db.transfers import Fate, Wanted
from domain.identifiers import Identifier, exact_uuid
from domain.operator_deeds import Deed, Subject
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/transfers", tags=["transfers"], route_class=StrictRoute)

POSITION: TypeAdapter[int] = TypeAdapter(paging.BigNumber)
TransferId = Annotated[paging.Id, Path(description="As the call was answered that made it.")]
Kind = Literal[
    "top_up",
    "payout",
    "commission_payout",
    "reversal",
    "payout_hold",
    "payout_done",
    "payout_return",
    "chargeback",
    "recovery",
]
NEVER_TAKEN_BACK = {
    Fate.REVERSAL: "It takes another transfer back, and is not taken back itself: if the money did"
    " come or go after all, write it down as a new transfer.",
    Fate.PAYOUT: "It belongs to a payout through the payment provider, whose money comes back by"
    " itself where it does not arrive.",
    Fate.CHARGEBACK: "It moved what is owed for a payment that a bank has taken back. A top-up of"
    " the wallet makes it good.",
    Fate.PAY_IN: "It came in through the payment provider: what its payer's bank takes back is"
    " booked by itself. What you have sent back to its payer is a payout.",
    Fate.OF_ANOTHER_KIND: "It is of a kind that a newer release than this knows, and is not taken"
    " back by this one.",
}


@router.get(
    "",
    operation_id="list_transfers",
    response_model=Page[TransferView],
    responses=documented(Code.FORBIDDEN),
)
async def list_transfers(
    caller: SignedIn,
    shared: Shared,
    user_id: Annotated[Identifier | None, Query(description="Of this user's wallet.")] = None,
    kind: Annotated[Kind | None, Query(description="Of this kind alone.")] = None,
    reference: Annotated[
        Reference | None, Query(description="With this reference, and its reversal.")
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[TransferView]:
    """What came in from the payment provider and went out to it, newest first. For those who
    operate; a payment provider sees what it made itself."""
    demand(caller, Capability.SEE_TRANSFERS)
    before = paging.read(cursor, POSITION)
    wanted = Wanted(user_id, kind, reference, made_by=_only_by(caller))
    async with connection(shared.pool) as acquired:
        found = await transfers.page(acquired, wanted, before, limit + 1)
    return paging.page(found, limit, render.transfer, lambda one: one.number)


@router.get(
    "/{transfer_id}",
    operation_id="get_transfer",
    response_model=TransferView,
    responses=documented(Code.FORBIDDEN, Code.NOT_FOUND),
)
async def get_transfer(transfer_id: TransferId, caller: SignedIn, shared: Shared) -> TransferView:
    """What came in or went out, and whether it was taken back. For those who operate; a payment
    provider sees what it made itself."""
    demand(caller, Capability.SEE_TRANSFERS)
    number = paging.identifier(transfer_id, "transfer")
    async with connection(shared.pool) as acquired:
        found = await transfers.get(acquired, number)
    if found is None or _only_by(caller) not in (None, found.made_by):
        raise not_found("transfer")
    return render.transfer(found)


def _only_by(caller: Caller) -> str | None:
    """Return whose transfers alone a caller sees: their own; None where they see all."""
    return None if can(caller, Capability.READ_ALL) else caller.id


@router.post(
    "/{transfer_id}/reverse",
    operation_id="reverse_transfer",
    status_code=201,
    response_model=TransferView,
    responses=documented(
        Code.INSUFFICIENT_FUNDS,
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.NOT_REVERSIBLE,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def reverse_transfer(
    request: Request,
    transfer_id: TransferId,
    caller: SignedIn,
    shared: Shared,
    body: NewReversal,
    key: KeyHeader = None,
) -> Response:
    """Takes a top-up or a payout back, of the commission too: all of it, and once. A top-up goes
    back only while the wallet holds as much, and none that came in through the payment provider;
    what a payout brings back pays what the wallet's owner owes. They are told, and why. For
    operators and finance. What an order has moved is no transfer, and is undone by the order's
    actions alone."""
    demand(caller, Capability.TAKE_BACK)

    async def work(connection: Connection) -> Answer:
        try:
            found = exact_uuid(transfer_id)
        except ValueError:
            raise _unknown() from None
        try:
            taken = await transfers.reverse(connection, found, body.reason, caller.id)
        except InsufficientFunds as error:
            raise _spent() from error
        if taken.fate in NEVER_TAKEN_BACK:
            raise _no(NEVER_TAKEN_BACK[taken.fate])
        if taken.id is None:
            raise _unknown()
        if taken.fate is Fate.BEFORE:
            raise _before(str(taken.id))
        return await _noted(connection, caller, found, taken.id, body.reason)

    return (await once(shared.pool, key_of(request, caller, key, body), work)).response()


async def _noted(
    connection: Connection, by: Caller, taken_back: UUID, reversal: UUID, reason: str
) -> Answer:
    made = await transfers.get(connection, reversal)
    of = {"user_id": made.user_id if made else None, "reason": reason}
    await note(connection, by, Deed.REVERSAL, Subject.TRANSFER, taken_back, **of)
    return await answer_of(connection, reversal)


def _unknown() -> Problem:
    return Problem(
        Code.NOT_FOUND,
        "There is no transfer of this id. What an order has moved is none: it is undone by the"
        " order's actions alone.",
    )


def _spent() -> Problem:
    return Problem(
        Code.INSUFFICIENT_FUNDS,
        "The wallet no longer holds what the top-up brought, and a part of it cannot be taken back"
        " so; what is left can be paid out. Nothing changed.",
    )


def _before(reversal: str) -> Problem:
    return _no(f"It was taken back before, by the transfer {reversal}.", reversed_by=reversal)


def _no(why: str, **members: Any) -> Problem:
    return Problem(Code.NOT_REVERSIBLE, f"{why} Nothing changed.", **members)
