"""Money out of an account to a bank, which takes its time and sometimes sends it back."""

import asyncio
import time

from fastapi import APIRouter, Request
from pydantic import Field

from embedded.stripe_stand_in.amounts import Amount, Currency, demand_whole
from embedded.stripe_stand_in.checkout import Here
from embedded.stripe_stand_in.connect import account_of
from embedded.stripe_stand_in.wire import Json, ListParams, Params, Refused, asked, page
from embedded.stripe_stand_in.world import PLATFORM, World

DAY = 86_400
EVENTS = {"paid": "payout.paid", "failed": "payout.failed", "canceled": "payout.canceled"}

router = APIRouter(prefix="/v1")


class NewPayout(Params):
    """Money to a bank."""

    amount: Amount
    currency: Currency
    metadata: dict[str, str] = Field(default_factory=dict)


def owner_of(request: Request, world: World) -> str | None:
    """Whose account a call is made for.

    Raises:
        Refused: there is none such.
    """
    name = request.headers.get("Stripe-Account")
    if name is None:
        return PLATFORM
    account_of(world, name)
    return name


@router.post("/payouts")
async def new_payout(request: Request, world: Here) -> Json:
    """Money sets out for a bank."""
    new = await asked(request, NewPayout)
    owner = owner_of(request, world)
    demand_whole(new.amount, new.currency, is_payout=True)
    if owner is not PLATFORM and not world.objects[owner]["payouts_enabled"]:
        raise Refused("Payouts are not enabled on this account.", "payouts_not_allowed")
    if new.amount > world.available(owner, new.currency):
        raise Refused("You have insufficient funds.", "balance_insufficient", is_kept=True)
    payout = world.made(
        *("po", "payout"),
        **new.model_dump(exclude={"expand"}),
        owner=owner,
        status="pending",
        arrival_date=int(time.time()) + DAY,
        failure_code=None,
        failure_message=None,
    )
    _move(world, payout, "payout", -new.amount)
    world.tell("payout.created", payout, account=owner)
    request.app.state.calls.pay_later(payout)
    return payout


class PayoutList(ListParams):
    """Which payouts."""

    status: str | None = None


@router.get("/payouts")
async def payouts(request: Request, world: Here) -> Json:
    """What set out for the bank of an account."""
    params, owner = await asked(request, PayoutList), owner_of(request, world)
    rows = (
        one
        for one in world.every("payout")
        if one["owner"] == owner and params.status in (None, one["status"])
    )
    return page(rows, params, "/v1/payouts")


@router.get("/payouts/{name}")
async def payout(name: str, request: Request, world: Here) -> Json:
    """A payout."""
    return _theirs(request, world, name)


@router.post("/payouts/{name}/cancel")
async def cancel(name: str, request: Request, world: Here) -> Json:
    """A payout is taken back."""
    payout = _theirs(request, world, name)
    if payout["status"] != "pending":
        raise Refused(
            f"Payouts can only be canceled while they are pending; this one is {payout['status']}.",
            is_kept=True,
        )
    return settle(world, payout, "canceled")


def _theirs(request: Request, world: World, name: str) -> Json:
    payout = world.found("payout", name)
    if payout["owner"] != owner_of(request, world):
        raise Refused(f"No such payout: '{name}'", "resource_missing", status=404)
    return payout


def settle(
    world: World, payout: Json, state: str, reason: str = "The bank account has been closed."
) -> Json:
    """A payout comes to something; `failed` after `paid` as well, which is how one is returned."""
    if payout["status"] in ("failed", "canceled"):
        raise Refused(f"This payout is {payout['status']}.")
    payout["status"] = state
    if state == "failed":
        payout.update(failure_code="account_closed", failure_message=reason)
    if state in ("failed", "canceled"):
        kind = "payout_failure" if state == "failed" else "payout_cancel"
        _move(world, payout, kind, payout["amount"])
    world.tell(EVENTS.get(state, "payout.updated"), payout, account=payout["owner"])
    return payout


def _move(world: World, payout: Json, kind: str, amount: int) -> None:
    owner = payout["owner"]
    world.book(owner, kind, amount, payout)
    total = "withdrawn" if owner is PLATFORM else "paid_out"
    world.total(payout["currency"])[total] -= amount


async def pay_in_time(world: World, payout: Json) -> bool:
    """Pay a payout after a while, unless something else became of it."""
    await asyncio.sleep(world.payouts_after or 0)
    if payout["status"] != "pending":
        return False
    settle(world, payout, "paid")
    return True
